/* SPDX-License-Identifier: MIT */
#include "cache/cache.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/allocation.h"
#include "cache/table.h"

/* An entry may take this part of a shard at most: one large answer must not drive out all others.
 */
#define ENTRY_PART 8

/* The table may take this part of a shard at most. It takes less than a fifth while entries are as
 * small as they get, so only a bound that was made smaller is ever in its way. */
#define TABLE_PART 4

/* Entries driven out by one insertion at most, under the lock: some hundred microseconds. One or
 * two are the rule; more only after the bound was made smaller. */
#define EVICTIONS_MAX 4096

/* Entries spared by one insertion at most because they were used since they last were the newest:
 * some ten microseconds. Each was paid for with a hit; past it a used one has to go. */
#define SPARED_MAX 256

struct shard {
	pthread_mutex_t lock;
	struct table table;
	struct entry_link ring; /* .older is the newest entry, .newer the oldest */
	size_t entry_octets;
	size_t bound; /* octets: entries and table */
	uint64_t evictions;
};

struct cache {
	struct hash_key hash_key;
	size_t shard_count; /* a power of two */
	struct shard shards[];
};

/* The cache's own memory is part of what was allowed. */
static size_t bound_of_shard(const struct cache *cache, size_t size)
{
	size_t own = allocation_cost(cache);
	return size > own ? (size - own) / cache->shard_count : 0;
}

struct cache *cache_new(const struct cache_options *options, const struct hash_key *hash_key)
{
	size_t count = options->shards;
	assert(count > 0 && (count & (count - 1)) == 0);

	struct cache *cache = calloc(1, sizeof(*cache) + count * sizeof(struct shard));
	if (!cache)
		return NULL;
	cache->hash_key = *hash_key;
	cache->shard_count = count;
	for (size_t i = 0; i < count; i++) {
		struct shard *shard = &cache->shards[i];
		/* Fails only for attributes that we do not give. */
		(void)pthread_mutex_init(&shard->lock, NULL);
		table_init(&shard->table);
		shard->ring.newer = shard->ring.older = &shard->ring;
		shard->bound = bound_of_shard(cache, options->size);
	}
	return cache;
}

/* The lower half of the hash chooses the bucket. */
static struct shard *shard_of(struct cache *cache, uint64_t hash)
{
	return &cache->shards[hash >> 32 & (cache->shard_count - 1)];
}

/* Locking a mutex of the default kind, properly used, cannot fail. */
static void lock(struct shard *shard)
{
	(void)pthread_mutex_lock(&shard->lock);
}

static void unlock(struct shard *shard)
{
	(void)pthread_mutex_unlock(&shard->lock);
}

static void ring_unlink(struct entry_link *link)
{
	link->newer->older = link->older;
	link->older->newer = link->newer;
	link->newer = link->older = NULL;
}

static void ring_push(struct shard *shard, struct entry_link *link)
{
	link->newer = &shard->ring;
	link->older = shard->ring.older;
	link->older->newer = link;
	shard->ring.older = link;
	link->used = false;
}

/* Remembered, not acted on: a hit then writes to no other entry's memory, which would cost more
 * than all the rest of it. */
static void touch(struct entry_link *link)
{
	if (!link->used)
		link->used = true;
}

static bool is_failure(const struct entry *entry)
{
	return entry_failure_count(entry) > 0;
}

/* An answer and a failure of the same key stand in the same chain. */
static struct entry_link *find(const struct shard *shard, const struct cache_key *key, bool failure)
{
	uint32_t hash = (uint32_t)key->hash;
	struct entry_link *link = table_first(&shard->table, hash);

	while (link && !(link->hash == hash && is_failure(entry_of_link(link)) == failure &&
			       entry_matches(entry_of_link(link), key)))
		link = link->next;
	return link;
}

static void forget(struct shard *shard, struct entry_link *link)
{
	struct entry *entry = entry_of_link(link);
	table_remove(&shard->table, link);
	ring_unlink(link);
	shard->entry_octets -= entry_cost(entry);
	entry_release(entry);
}

static void forget_all(struct shard *shard)
{
	while (shard->ring.older != &shard->ring)
		forget(shard, shard->ring.older);
	table_done(&shard->table);
}

void cache_free(struct cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < cache->shard_count; i++) {
		forget_all(&cache->shards[i]);
		(void)pthread_mutex_destroy(&cache->shards[i].lock);
	}
	free(cache);
}

void cache_configure(struct cache *cache, const struct cache_options *options)
{
	for (size_t i = 0; i < cache->shard_count; i++) {
		struct shard *shard = &cache->shards[i];
		lock(shard);
		shard->bound = bound_of_shard(cache, options->size);
		unlock(shard);
	}
}

const struct hash_key *cache_hash_key(const struct cache *cache)
{
	return &cache->hash_key;
}

static struct entry *get(struct cache *cache, const struct cache_key *key, bool failure)
{
	struct shard *shard = shard_of(cache, key->hash);
	struct entry *entry = NULL;

	lock(shard);
	struct entry_link *link = find(shard, key, failure);
	if (link) {
		entry = entry_hold(entry_of_link(link));
		touch(link);
	}
	unlock(shard);
	return entry;
}

struct entry *cache_get(struct cache *cache, const struct cache_key *key)
{
	return get(cache, key, false);
}

struct entry *cache_get_failure(struct cache *cache, const struct cache_key *key)
{
	return get(cache, key, true);
}

static size_t octets_of(const struct shard *shard)
{
	return shard->entry_octets + shard->table.octets;
}

/* The oldest, unless it was used since: then it becomes the newest, and the next is looked at
 * ("second chance", Corbato 1968: nearly least recently used). NULL if there is none. */
static struct entry_link *victim_of(struct shard *shard, int *spared)
{
	for (;;) {
		struct entry_link *oldest = shard->ring.newer;
		if (oldest == &shard->ring)
			return NULL;
		if (!oldest->used || *spared == SPARED_MAX)
			return oldest;
		ring_unlink(oldest);
		ring_push(shard, oldest);
		(*spared)++;
	}
}

/* False when so much must go that it would take too long for one insertion; the next goes on. */
static bool evict_down_to(struct shard *shard, size_t octets)
{
	int spared = 0;
	for (int i = 0; octets_of(shard) > octets; i++) {
		struct entry_link *victim = victim_of(shard, &spared);
		if (!victim)
			break;
		if (i == EVICTIONS_MAX)
			return false;
		forget(shard, victim);
		shard->evictions++;
	}
	return true;
}

/* A table never shrinks. One that is far too large for a new bound goes, with all that it has. */
static bool fit_table(struct shard *shard)
{
	if (shard->table.octets > shard->bound / TABLE_PART) {
		if (!evict_down_to(shard, 0))
			return false;
		table_done(&shard->table);
	}
	size_t growth = table_growth(&shard->table);
	if (growth > 0 && shard->table.octets + growth <= shard->bound / TABLE_PART &&
		octets_of(shard) + growth <= shard->bound)
		table_grow(&shard->table);
	return table_usable(&shard->table);
}

static bool make_room(struct shard *shard, size_t octets)
{
	return octets <= shard->bound / ENTRY_PART && fit_table(shard) &&
	       evict_down_to(shard, shard->bound - octets);
}

/* What that answer ends. One that may not be kept and says the same as the one before it ends
 * nothing: it is what a cache tells in the last second of its own copy. */
static void forget_before(
	struct shard *shard, const struct cache_key *key, const struct entry *entry)
{
	struct entry_link *answer = is_failure(entry) ? NULL : find(shard, key, false);
	struct entry_link *failure = find(shard, key, true);

	if (answer && (entry_ttl_s(entry) > 0 || !entry_says_same(entry_of_link(answer), entry)))
		forget(shard, answer);
	if (failure)
		forget(shard, failure);
}

void cache_put(struct cache *cache, const struct cache_key *key, struct entry *entry)
{
	struct shard *shard = shard_of(cache, key->hash);
	struct entry_link *link = entry_link(entry);

	assert(entry_matches(entry, key));
	lock(shard);
	if (find(shard, key, is_failure(entry)) == link) {
		touch(link);
	} else {
		assert(!link->newer);
		/* Even if the new one finds no room: what it replaces is not true any more. */
		forget_before(shard, key, entry);
		if (entry_ttl_s(entry) > 0 && make_room(shard, entry_cost(entry))) {
			link->hash = (uint32_t)key->hash;
			entry_hold(entry);
			table_insert(&shard->table, link);
			ring_push(shard, link);
			shard->entry_octets += entry_cost(entry);
		}
	}
	unlock(shard);
}

static bool is_any_failure(const struct entry *entry, const void *unused)
{
	(void)unused;
	return is_failure(entry);
}

static bool is_within(const struct entry *entry, const void *ancestor)
{
	return name_is_within(entry_name(entry), *(const struct name *)ancestor);
}

static void forget_if(struct cache *cache,
	bool (*condition)(const struct entry *entry, const void *argument), const void *argument)
{
	for (size_t i = 0; i < cache->shard_count; i++) {
		struct shard *shard = &cache->shards[i];
		lock(shard);
		struct entry_link *link = shard->ring.older, *older;
		for (; link != &shard->ring; link = older) {
			older = link->older;
			if (condition(entry_of_link(link), argument))
				forget(shard, link);
		}
		unlock(shard);
	}
}

void cache_forget_failures(struct cache *cache)
{
	forget_if(cache, is_any_failure, NULL);
}

void cache_forget_within(struct cache *cache, struct name ancestor)
{
	forget_if(cache, is_within, &ancestor);
}

/* Of a bucket; it has one or two entries, as the hash is keyed. */
#define BUCKET_MAX 32

/* Buckets in one step of a walk, full or empty. */
#define BUCKETS_MAX 256

static void walk_shard(struct shard *shard, struct cache_walk *walk)
{
	struct entry_link *links[BUCKET_MAX];

	lock(shard);
	for (int i = 0; i < BUCKETS_MAX && walk->at < TABLE_WALKED &&
			walk->count + BUCKET_MAX <= CACHE_WALK_MAX;
		i++) {
		size_t count;
		walk->at = table_walk(&shard->table, walk->at, links, BUCKET_MAX, &count);
		for (size_t j = 0; j < count; j++)
			walk->entries[walk->count++] = entry_hold(entry_of_link(links[j]));
	}
	unlock(shard);
	if (walk->at >= TABLE_WALKED) {
		walk->shard++;
		walk->at = 0;
	}
}

bool cache_walk(struct cache *cache, struct cache_walk *walk)
{
	walk->count = 0;
	while (walk->count == 0 && walk->shard < cache->shard_count)
		walk_shard(&cache->shards[walk->shard], walk);
	return walk->count > 0;
}

struct cache_usage cache_usage(struct cache *cache)
{
	struct cache_usage usage = { .octets = allocation_cost(cache) };
	for (size_t i = 0; i < cache->shard_count; i++) {
		struct shard *shard = &cache->shards[i];
		lock(shard);
		usage.entries += shard->table.count;
		usage.octets += octets_of(shard);
		usage.evictions += shard->evictions;
		unlock(shard);
	}
	return usage;
}
