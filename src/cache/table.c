/* SPDX-License-Identifier: MIT */
#include "cache/table.h"

#include <assert.h>
#include <stdlib.h>

#include "base/allocation.h"

/* A first table of half a kilooctet: an idle daemon is small. */
#define FIRST_BUCKETS 64

/* Old buckets emptied with each insertion. One would do to be through before the table is full
 * again. */
#define MOVES 2

void table_init(struct table *table)
{
	*table = (struct table){ 0 };
}

void table_done(struct table *table)
{
	free(table->buckets);
	free(table->old);
	table_init(table);
}

size_t table_growth(const struct table *table)
{
	size_t count = table->bucket_count == 0 ? FIRST_BUCKETS : table->bucket_count * 2;
	if (table->old || table->count < table->bucket_count)
		return 0;
	return count * sizeof(struct entry_link *) + sizeof(size_t);
}

void table_grow(struct table *table)
{
	size_t count = table->bucket_count == 0 ? FIRST_BUCKETS : table->bucket_count * 2;

	assert(!table->old);
	struct entry_link **buckets = calloc(count, sizeof(struct entry_link *));
	if (!buckets)
		return;
	table->old = table->buckets;
	table->buckets = buckets;
	table->bucket_count = count;
	table->moved = 0;
	table->octets = allocation_cost(table->buckets) + allocation_cost(table->old);
}

bool table_usable(const struct table *table)
{
	return table->buckets;
}

static struct entry_link **bucket_of(const struct table *table, uint32_t hash)
{
	if (table->old) {
		size_t at = hash & (table->bucket_count / 2 - 1);
		if (at >= table->moved)
			return &table->old[at];
	}
	return &table->buckets[hash & (table->bucket_count - 1)];
}

struct entry_link *table_first(const struct table *table, uint32_t hash)
{
	return table->buckets ? *bucket_of(table, hash) : NULL;
}

static void push(struct entry_link **bucket, struct entry_link *link)
{
	link->next = *bucket;
	*bucket = link;
}

static void move_some(struct table *table)
{
	for (int i = 0; i < MOVES && table->moved < table->bucket_count / 2; i++) {
		struct entry_link *link = table->old[table->moved++];
		while (link) {
			struct entry_link *next = link->next;
			push(bucket_of(table, link->hash), link);
			link = next;
		}
	}
	if (table->moved == table->bucket_count / 2) {
		free(table->old);
		table->old = NULL;
		table->octets = allocation_cost(table->buckets);
	}
}

void table_insert(struct table *table, struct entry_link *link)
{
	if (table->old)
		move_some(table);
	push(bucket_of(table, link->hash), link);
	table->count++;
}

void table_remove(struct table *table, struct entry_link *link)
{
	struct entry_link **at = bucket_of(table, link->hash);
	while (*at != link) {
		assert(*at);
		at = &(*at)->next;
	}
	*at = link->next;
	link->next = NULL;
	table->count--;
}

static uint32_t reversed(uint32_t bits)
{
	bits = (bits & 0x55555555) << 1 | (bits >> 1 & 0x55555555);
	bits = (bits & 0x33333333) << 2 | (bits >> 2 & 0x33333333);
	bits = (bits & 0x0f0f0f0f) << 4 | (bits >> 4 & 0x0f0f0f0f);
	bits = (bits & 0x00ff00ff) << 8 | (bits >> 8 & 0x00ff00ff);
	return bits << 16 | bits >> 16;
}

/* Hashes in the order of their reversed bits: a bucket is then one stretch of them, and when the
 * table doubles each stretch falls into two that lie side by side. */
uint64_t table_walk(
	const struct table *table, uint64_t at, struct entry_link **out, size_t max, size_t *count)
{
	const uint32_t mask = (uint32_t)(table->bucket_count - 1);
	const uint32_t bucket = reversed((uint32_t)at) & mask;

	*count = 0;
	if (!table->buckets)
		return TABLE_WALKED;
	for (struct entry_link *link = *bucket_of(table, bucket); link && *count < max;
		link = link->next) {
		/* An old bucket has the links of two new ones. */
		if ((link->hash & mask) == bucket)
			out[(*count)++] = link;
	}
	return at + TABLE_WALKED / table->bucket_count;
}
