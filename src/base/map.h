/* SPDX-License-Identifier: MIT */
/* Intrusive chained hash table. The caller hashes (base/hash.h, keyed where a peer chooses the
 * key) and compares; the table only grows. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct map_node {
	struct map_node *next;
	uint64_t hash;
};

struct map {
	struct map_node **buckets;
	size_t bucket_count; /* a power of two, or 0 */
	size_t count;	     /* nodes held */
};

/* Nothing is allocated until the first insert. */
void map_init(struct map *map);

/* Frees the table, not the nodes: they belong to their owners. */
void map_done(struct map *map);

/* The first node with that hash, NULL if none; go on with map_next() and compare keys yourself. */
struct map_node *map_first(const struct map *map, uint64_t hash);
struct map_node *map_next(const struct map_node *node);

/* Some node, NULL when there is none: for taking out all of them, one after the other. */
struct map_node *map_any(const struct map *map);

/* node->hash must be set; duplicates are the caller's business. ERR_NOMEM. */
MUST_USE int map_insert(struct map *map, struct map_node *node);

/* node must be in the map. */
void map_remove(struct map *map, struct map_node *node);
