/* SPDX-License-Identifier: MIT */
#include "base/map.h"

#include <assert.h>
#include <stdlib.h>

#define FIRST_BUCKETS 16

void map_init(struct map *map)
{
	*map = (struct map){ 0 };
}

void map_done(struct map *map)
{
	free(map->buckets);
	map_init(map);
}

static struct map_node **bucket_of(const struct map *map, uint64_t hash)
{
	return &map->buckets[hash & (map->bucket_count - 1)];
}

static struct map_node *same_hash(struct map_node *node, uint64_t hash)
{
	while (node && node->hash != hash)
		node = node->next;
	return node;
}

struct map_node *map_first(const struct map *map, uint64_t hash)
{
	return map->bucket_count == 0 ? NULL : same_hash(*bucket_of(map, hash), hash);
}

struct map_node *map_next(const struct map_node *node)
{
	return same_hash(node->next, node->hash);
}

struct map_node *map_any(const struct map *map)
{
	if (map->count == 0)
		return NULL;
	size_t i = 0;
	while (!map->buckets[i])
		i++;
	return map->buckets[i];
}

static int grow(struct map *map)
{
	struct map bigger = { .count = map->count };
	bigger.bucket_count = map->bucket_count == 0 ? FIRST_BUCKETS : map->bucket_count * 2;
	bigger.buckets = calloc(bigger.bucket_count, sizeof(struct map_node *));
	if (!bigger.buckets)
		return ERR_NOMEM;
	for (size_t i = 0; i < map->bucket_count; i++) {
		for (struct map_node *node = map->buckets[i], *next; node; node = next) {
			next = node->next;
			struct map_node **bucket = bucket_of(&bigger, node->hash);
			node->next = *bucket;
			*bucket = node;
		}
	}
	free(map->buckets);
	*map = bigger;
	return 0;
}

int map_insert(struct map *map, struct map_node *node)
{
	/* A table that cannot grow still works while it has any bucket, only slower. */
	if (map->count >= map->bucket_count && grow(map) != 0 && map->bucket_count == 0)
		return ERR_NOMEM;
	struct map_node **bucket = bucket_of(map, node->hash);
	node->next = *bucket;
	*bucket = node;
	map->count++;
	return 0;
}

void map_remove(struct map *map, struct map_node *node)
{
	struct map_node **at = bucket_of(map, node->hash);
	while (*at != node) {
		assert(*at);
		at = &(*at)->next;
	}
	*at = node->next;
	node->next = NULL;
	map->count--;
}
