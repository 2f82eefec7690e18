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
