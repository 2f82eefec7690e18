/* SPDX-License-Identifier: MIT */
/* What is told and remembered when the upstreams have no answer.                RFC 9520 */
#pragma once

#include "resolve/fetch.h"

/* What failed, and how; all borrowed. */
struct failure {
	const struct cache_key *key;
	const struct fetch_result *result;
	unsigned earlier;   /* how often in a row the same question failed before */
	uint32_t ttl_min_s; /* it is not asked again sooner, whatever else is said */
};

/* SERVFAIL for the question of its key, with an Extended DNS Error that says what the result is. It
 * is final if an upstream says that there is an answer, and that it must not be told. ERR_NOMEM. */
MUST_USE int failure_entry(const struct failure *failure, uint32_t now_s, struct entry **out);

/* The failure of that key that still counts as an answer, held for the caller. NULL: there is none.
 */
struct entry *failure_find(struct cache *cache, const struct cache_key *key, uint32_t now_s);

/* How often in a row it failed, as the cache remembers, whether that still counts as an answer or
 * not. */
unsigned failures_before(struct cache *cache, const struct cache_key *key, uint32_t now_s);
