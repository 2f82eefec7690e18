/* SPDX-License-Identifier: MIT */
/* The hash table of one shard. It doubles bit by bit, a few buckets with each insertion, so that
 * nobody waits for it; it counts the memory that it takes and never takes any unasked. */
#pragma once

#include "base/err.h"
#include "cache/entry.h"

struct table {
	struct entry_link **buckets;
	struct entry_link **old; /* half as many, being emptied into buckets; NULL: none */
	size_t bucket_count;	 /* a power of two, or 0 */
	size_t moved;		 /* those of old below it are empty for good */
	size_t count;		 /* links held */
	size_t octets;		 /* of buckets and old, the allocator's own included */
};

/* Nothing is allocated. */
void table_init(struct table *table);

/* Frees the table, not what it holds; it is as new. */
void table_done(struct table *table);

/* Octets that the next step of growth takes; 0 while it is large enough. */
size_t table_growth(const struct table *table);

/* Takes that step. Without memory for it the table stays as it is, which costs time only, or, if
 * it never had any, makes it unusable. */
void table_grow(struct table *table);

/* Can it hold anything at all? */
bool table_usable(const struct table *table);

/* Heads the chain in which a link of that hash would be; NULL if empty. */
struct entry_link *table_first(const struct table *table, uint32_t hash);

/* link->hash must be set, and the table be usable. */
void table_insert(struct table *table, struct entry_link *link);

/* link must be in the table. */
void table_remove(struct table *table, struct entry_link *link);

/* One bucket's worth of what is in the table, for walking over all of it with other calls between:
 * at begins at 0, and each call returns where the next is to begin; TABLE_WALKED: that was all.
 * What is in the table all the while comes exactly once, however much the table grows. At most max
 * links go to out, *count says how many; those beyond it in one bucket are left out. */
#define TABLE_WALKED (UINT64_C(1) << 32)
uint64_t table_walk(
	const struct table *table, uint64_t at, struct entry_link **out, size_t max, size_t *count);
