/* SPDX-License-Identifier: MIT */
/* What one worker resolves with: policy, cache, upstream groups, and the queries under way.
 * Everything but the cache and the policy belongs to the worker's thread. */
#pragma once

#include "cache/cache.h"
#include "cache/ttl.h"
#include "dnssec/anchor.h"
#include "dnssec/crypto.h"
#include "policy/policy.h"
#include "upstream/group.h"

struct resolve_options {
	uint32_t query_time_ms; /* a question's whole life */
	uint32_t in_flight_max; /* flights at once, of this worker */
	struct ttl_options ttl;
	uint32_t serve_stale_s; /* for so long expired answers are told; 0: never */
	bool prefetch;		/* what is about to expire and asked for is asked anew */
};

/* How long upstreams are asked: a little less than a question lives, as clients give up after the
 * same 5 s that are its default, and are to hear why there is no answer. */
static inline uint32_t resolve_asking_ms(const struct resolve_options *options)
{
	return options->query_time_ms - options->query_time_ms / 20;
}

/* Where names go, and whom they must be signed by: made anew for each configuration. The holds of
 * groups and anchors are the routing's. */
struct routing {
	struct anchors *anchors;     /* NULL: nothing is validated */
	const struct policy *policy; /* outlives the routing */
	struct group *default_group;
	struct group **route_groups; /* by decision.route */
	size_t route_count;
};

struct resolve_counts {
	struct count hits;	/* answered from the cache */
	struct count misses;	/* asked upstream or joined to a flight */
	struct count coalesced; /* of the misses: joined to a flight */
	struct count failures;	/* SERVFAIL of our own */
	struct count shed;	/* not asked, as too much waits already */
	struct count stale;	/* of the hits and misses: told an expired answer */
	struct count prefetches;
};

/* What is told about each finished query, for the query log. */
struct query_report {
	const struct question *question;
	uint16_t rcode;
	const char *source; /* "cache", "local", or the upstream's name */
	const char *why;    /* of a failure; "" otherwise */
	uint32_t took_ms;
};

struct resolver_setup {
	struct loop *loop;
	struct cache *cache;
	struct crypto *crypto;	  /* outlives the resolver */
	struct hash_key hash_key; /* of what is known of zones */
	struct resolve_counts *counts;
	struct resolve_options options;
	void (*finished)(void *owner, const struct query_report *report); /* NULL: nobody listens */
	/* That upstream's data for some name are bogus, and another's are not; why says what is
	 * wrong with them. At most some times a second. NULL: nobody listens. */
	void (*doubted)(void *owner, const struct endpoint *upstream, const char *why);
	/* That upstream is not fit for signed names, and why, as the rest of a sentence about it;
	 * or it is again (NULL). NULL: nobody listens, and it is not found out. */
	void (*judged)(void *owner, const struct endpoint *upstream, const char *why);
	void *owner;
};

struct resolver;

struct resolver *resolver_new(const struct resolver_setup *setup); /* NULL: out of memory */

/* Every query must be done or cancelled. */
void resolver_free(struct resolver *resolver);

/* Every query that waits is done within the call, with SERVFAIL: for the end of the worker. None
 * must be started by their done(). */
void resolver_abandon(struct resolver *resolver);

/* From now on. Takes over the routing's array and holds; the old ones are released. What is known
 * of zones by other anchors is forgotten; answers in the cache are the caller's business. */
void resolver_configure(struct resolver *resolver, const struct resolve_options *options,
	void (*finished)(void *owner, const struct query_report *report),
	const struct routing *routing_take);

/* That upstream was down and is up again: is it as it was? */
void resolver_upstream_back(struct resolver *resolver, const struct endpoint *upstream);

/* What was found true until now may not be: what is known of zones is forgotten, and what is being
 * asked is not kept. Answers in the cache are the caller's business. */
void resolver_forget(struct resolver *resolver);

/* Gives back what a routing holds; of one that a resolver did not take. */
void routing_done(struct routing *routing);
