/* SPDX-License-Identifier: MIT */
#include "resolve/stale.h"

bool stale_usable(const struct entry *entry, uint32_t limit_s, uint32_t now_s)
{
	return entry_freshness(entry, now_s) != FRESHNESS_EXPIRED ||
	       entry_expired_s(entry, now_s) < limit_s;
}

struct entry *stale_find(
	struct cache *cache, const struct cache_key *key, uint32_t limit_s, uint32_t now_s)
{
	struct entry *entry = cache_get(cache, key);

	if (entry && !stale_usable(entry, limit_s, now_s)) {
		entry_release(entry);
		entry = NULL;
	}
	return entry;
}
