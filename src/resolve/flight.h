/* SPDX-License-Identifier: MIT */
/* Equal questions in flight are one upstream query: the first one starts a flight,
 * the others board it, and all get the entry that it lands with. */
#pragma once

#include "cache/ttl.h"
#include "dnssec/denial_cache.h"
#include "resolve/inquiry.h"

struct flights {
	struct loop *loop;
	struct cache *cache;
	struct map by_key;
	unsigned generation; /* of the configuration: what began under another is not kept */
	struct fetches fetches;
	struct turns turns;
	struct opinions opinions;
	struct fitness fitness;
};

/* What a flight came back with; borrowed for the call. */
struct landing {
	struct entry *entry; /* NULL when err is set */
	int err;	     /* ERR_NOMEM, ERR_LIMIT: our own trouble, not cached */
	const char *source;  /* the upstream's name, "" if nobody was asked */
	const char *why;     /* of a failure; "" otherwise */
};

/* One that waits; embedded in what it serves. */
struct passenger {
	struct list link;
	void (*landed)(void *owner, const struct landing *landing); /* once, unless it left */
	void *owner;
};

struct flight_plan {
	struct inquiry_plan inquiry;
	struct ttl_options ttl;
	unsigned earlier_failures;    /* in a row, that the cache remembers of this question */
	struct denial_cache *denials; /* where what is proven not to exist goes; NULL: nowhere */
	uint32_t serve_stale_s;	      /* for so long expired answers are told; 0: never */
};

void flights_init(struct flights *flights, struct loop *loop, struct cache *cache);

/* Cancels all; nobody may be aboard. */
void flights_done(struct flights *flights);

/* The end of waiting: all that are aboard are told a failure now. */
void flights_abandon(struct flights *flights);

size_t flights_count(const struct flights *flights);

/* Boards the flight of plan->key, false when there is none. */
bool flight_board(
	struct flights *flights, const struct cache_key *key, struct passenger *passenger);

/* Is there one? */
bool flight_is_under_way(const struct flights *flights, const struct cache_key *key);

/* Starts it with its first passenger; NULL: it is for the cache alone. ERR_NOMEM. */
MUST_USE int flight_start(
	struct flights *flights, const struct flight_plan *plan, struct passenger *passenger);

/* The flight goes on without it, for the cache's sake. */
void flight_leave(struct passenger *passenger);
