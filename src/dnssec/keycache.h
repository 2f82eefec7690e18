/* SPDX-License-Identifier: MIT */
/* What was found out about zones on the way down from an anchor, kept for as long as it holds: keys
 * of secure zones, proofs that a name is unsigned or no zone cut, and for a minute what is bogus.
 * Belongs to one thread; its memory has a bound, what was not used for longest goes first. */
#pragma once

#include "base/arena.h"
#include "base/hash.h"
#include "dnssec/zone.h"

#define KEYCACHE_TTL_MAX_S   86400 /* as other data */
#define KEYCACHE_BOGUS_TTL_S 60	   /* a forger need not be asked after twice in a minute */

struct keycache;

/* bytes_max counts all: entries, their keys, the table. NULL: out of memory. */
struct keycache *keycache_new(size_t bytes_max, struct hash_key key);

/* Counted, as a validation under way outlives a change of anchors. */
struct keycache *keycache_hold(struct keycache *keycache);

/* An empty one in exchange for a hold: a new one where others hold the old one, too, so that what
 * they find out stays with them; else, or without memory for it, the same one. */
struct keycache *keycache_renew(struct keycache *keycache);

/* Gives back the hold of who made it, or of keycache_hold(). NULL is accepted. */
void keycache_free(struct keycache *keycache);

/* A copy of zone, in place of what was known of that name; kept for zone->ttl_s. A zone that is
 * UNKNOWN, or does not fit, or for which there is no memory, is not kept. */
void keycache_put(struct keycache *keycache, const struct zone *zone, uint32_t now_s);

/* A copy in the arena; its ttl_s is what is left. ERR_NOT_FOUND, ERR_NOMEM. */
MUST_USE int keycache_find(struct keycache *keycache, struct name name, uint32_t now_s,
	struct arena *arena, struct zone *out);

/* What from holds against into: all that was found out there counts, but for what is bogus there;
 * where into has it otherwise, that goes, and what was found below it. Both were made with the same
 * key. from is empty afterwards. */
void keycache_adopt(struct keycache *into, struct keycache *from, uint32_t now_s);

/* ZONE_UNKNOWN if nothing is known. Neither copies nor counts as use. */
enum zone_state keycache_state(const struct keycache *keycache, struct name name, uint32_t now_s);

/* Forgets name and all below, all there is with the root: after a change of anchors, on "flush". */
void keycache_forget(struct keycache *keycache, struct name name);

size_t keycache_count(const struct keycache *keycache);
size_t keycache_bytes(const struct keycache *keycache);
