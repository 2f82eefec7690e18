/* SPDX-License-Identifier: MIT */
/* One round over the addresses of an upstream until one of them answers: each in turn, the next
 * one at once when one fails and beside it when one is slow (RFC 8305 section 5). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "net/loop.h"

/* Milliseconds that an address has to itself (RFC 8305 section 8). */
#define REACH_STAGGER_MS 250

/* Milliseconds between attempts beside those of a round that has tried all. */
#define REACH_AGAIN_MS 500

/*  REST ──begin──→ PAUSE ──→ TRYING ──→ REST
 *    │                         ↑
 *    └──────────begin──────────┘       PAUSE also goes back to REST when stopped */
enum reach_state { REACH_REST, REACH_PAUSE, REACH_TRYING };

struct reach_events {
	/* Try that address; reach_attempt_failed() is called when it comes to nothing. False: it
	 * could not even be tried. */
	bool (*open)(void *owner, size_t address);
	/* All are tried and none has answered: that one may be tried once more, which is not part
	 * of the round. */
	void (*again)(void *owner, size_t address);
	/* Every address failed; may begin again. */
	void (*failed)(void *owner);
};

struct reach {
	struct loop *loop;
	const struct reach_events *events;
	void *owner;
	enum reach_state state;
	struct timer timer; /* end of the pause, or of an address' head start */
	size_t first;	    /* address of this round */
	size_t ring;	    /* addresses when it began: tried from the first one on, all around */
	size_t count;	    /* addresses with those that came since, which are tried behind */
	size_t tried;	    /* so many of them */
	size_t under_way;
	size_t again;	   /* attempts beside the round */
	uint64_t began_ms; /* this round's first attempt */
	uint64_t tried_ms; /* its last one */
};

void reach_init(
	struct reach *reach, struct loop *loop, const struct reach_events *events, void *owner);

/* Begins a round over count addresses with the first one given, not before that time. On the
 * loop's stack, as failed() may come at once. It must be at rest. */
void reach_begin(struct reach *reach, size_t count, size_t first, uint64_t not_before_ms);

/* There are more addresses, count in all; those before have kept their numbers. On the loop's
 * stack, and not at rest. */
void reach_extend(struct reach *reach, size_t count);

/* On the loop's stack. */
void reach_attempt_failed(struct reach *reach);

/* An attempt succeeded, or nobody needs one: back to rest. What is under way is the owner's to
 * close, and none of these attempts any more. */
void reach_stop(struct reach *reach);
