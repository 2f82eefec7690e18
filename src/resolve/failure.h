/* SPDX-License-Identifier: MIT */
/* What is told and remembered when the upstreams have no answer.                RFC 9520 */
#pragma once

#include "resolve/fetch.h"

/* SERVFAIL for the question of key, with an Extended DNS Error that says what result is. earlier is
 * how often in a row the same question failed before. ERR_NOMEM. */
MUST_USE int failure_entry(const struct cache_key *key, const struct fetch_result *result,
	unsigned earlier, uint32_t now_s, struct entry **out);

/* How often in a row it failed, as the cache remembers, whether that still counts as an answer or
 * not. */
unsigned failures_before(struct cache *cache, const struct cache_key *key, uint32_t now_s);
