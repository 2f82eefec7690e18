/* SPDX-License-Identifier: MIT */
/* One question to the upstreams for all who need its response at the same time: a client's, or what
 * a validation wants. */
#pragma once

#include "base/map.h"
#include "cache/cache.h"
#include "upstream/group.h"

struct fetches {
	struct loop *loop;
	struct cache *cache;
	struct map by_key;
	uint64_t heard_ms; /* when an upstream last said anything, by loop_now_ms() */
};

struct fetch;

/* One that waits; embedded in what needs the response. */
struct fetch_waiter {
	struct list link;
	struct fetch *fetch; /* NULL: it does not wait */
	/* Once, when the response is there, unless it left or the response was there at once. */
	void (*come)(void *owner);
	void *owner;
};

struct fetch_plan {
	struct cache_key key; /* the question; with CD as it is to be asked */
	struct group *group;
	const struct endpoint *avoid; /* asked anew of any other, for one waiter; NULL: of all */
	bool signatures;	      /* they are needed */
	uint64_t deadline_ms;	      /* on loop_now_ms()'s clock */
};

/* What came; stays until the last waiter leaves. */
struct fetch_result {
	int err;		       /* as of struct ask_result */
	const struct message *message; /* NULL if err is set */
	struct endpoint *endpoint;     /* who answered, or failed last; NULL: nobody was asked */
	const char *why;	       /* of a failure; "" otherwise */
};

void fetches_init(struct fetches *fetches, struct loop *loop, struct cache *cache);

/* Nobody may wait any more. */
void fetches_done(struct fetches *fetches);

/* Boards the fetch of that key, or starts it. What the cache has under that key is a response that
 * is there at once; come() is then not called. ERR_NOMEM. */
MUST_USE int fetch_begin(
	struct fetches *fetches, const struct fetch_plan *plan, struct fetch_waiter *waiter);

/* NULL: it has not come yet. */
const struct fetch_result *fetch_result(const struct fetch_waiter *waiter);

/* It is NOERROR, NXDOMAIN, or YXDOMAIN, which tells that a DNAME makes the name too long
 * (RFC 6672 section 2.2); everything else is a failure of the upstreams. */
bool fetch_is_answer(const struct fetch_result *result);

/* Gives up what came, or waiting for it; when nobody waits any more, it is not asked any more.
 * Nothing happens to one that does not wait. */
void fetch_leave(struct fetch_waiter *waiter);
