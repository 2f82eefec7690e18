/* SPDX-License-Identifier: MIT */
/* An expired answer is better than none.                                        RFC 8767 */
#pragma once

#include "cache/cache.h"

/* A client has waited long enough for a fresh one: the client response timer of section 5. */
#define STALE_AFTER_MS 1800

/* The upstreams failed at refreshing one, and are left alone: the failure recheck timer of section
 * 5. */
#define STALE_RECHECK_S 30

/* May that answer be told? Fresh ones may; expired ones for limit_s seconds more. */
bool stale_usable(const struct entry *entry, uint32_t limit_s, uint32_t now_s);

/* The answer of that key if it may be told, held for the caller. It may be a fresh one that another
 * worker has put there. NULL: there is none. */
struct entry *stale_find(
	struct cache *cache, const struct cache_key *key, uint32_t limit_s, uint32_t now_s);
