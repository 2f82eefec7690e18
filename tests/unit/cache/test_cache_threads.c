/* SPDX-License-Identifier: MIT */
/* Lost if these fail: with several workers, a crash or another client's answer. Says most under
 * TSan. */
#include "cache/cache.h"

#include <pthread.h>
#include <stdio.h>

#include "base/rand.h"
#include "sample.h"

#define THREADS 4
#define ROUNDS	20000
#define NAMES	2000

struct worker {
	pthread_t thread;
	struct cache *cache;
	struct rand rand;
	size_t hits;
	size_t wrong; /* cmocka's assertions are for the main thread */
};

static struct cache_key key_of(const struct cache *cache, uint32_t n)
{
	char text[64];
	struct name_space space;
	struct question question = { .type = TYPE_A, .class = CLASS_IN };
	struct cache_key key;

	(void)snprintf(text, sizeof(text), "host-%u.example", n);
	if (name_parse(text, &space, &question.name) != 0)
		abort();
	cache_key_init(&key, cache_hash_key(cache), &question, false);
	return key;
}

static void put(struct worker *worker, uint32_t n)
{
	char text[64];
	struct cache_key key = key_of(worker->cache, n);
	struct name_space space;
	uint8_t octets[4];
	struct bytes rdata = bytes_of(octets, sizeof(octets));
	struct rrset a = { .type = TYPE_A, .class = CLASS_IN, .count = 1, .rdata = &rdata };
	struct entry *entry;

	(void)snprintf(text, sizeof(text), "host-%u.example", n);
	u32_store(octets, n);
	if (name_parse(text, &space, &a.owner) != 0)
		abort();
	struct entry_source source = {
		.question = { .name = a.owner, .type = TYPE_A, .class = CLASS_IN },
		.rrsets = &a,
		.rrset_count = 1,
		.ttl_s = 60,
		.failure_count = n % 50 == 0,
	};
	if (entry_new(&source, &entry) != 0)
		abort();
	cache_put(worker->cache, &key, entry);
	entry_release(entry);
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	for (int i = 0; i < ROUNDS; i++) {
		/* Few of them often, many seldom. */
		uint32_t n = rand_below(&worker->rand, 1 + rand_below(&worker->rand, NAMES));
		struct cache_key key = key_of(worker->cache, n);
		struct entry *entry = cache_get(worker->cache, &key);
		if (!entry) {
			put(worker, n);
			continue;
		}
		worker->hits++;
		worker->wrong += sample_address(entry) != n;
		/* Refreshed by two at once now and then. */
		if (rand_below(&worker->rand, 20) == 0)
			put(worker, n);
		entry_release(entry);
	}
	return NULL;
}

/* As whoever saves it does. */
static void walk_over(struct worker *worker)
{
	static struct cache_walk walk; /* one thread's */

	walk = (struct cache_walk){ 0 };
	while (cache_walk(worker->cache, &walk)) {
		for (size_t i = 0; i < walk.count; i++) {
			const struct form form = entry_form(walk.entries[i], true);
			worker->wrong += form.ttl_count != 1;
			worker->hits++;
			entry_release(walk.entries[i]);
		}
	}
}

static void *administer(void *argument)
{
	struct worker *worker = argument;
	/* The others may begin later. */
	for (int i = 0; i < ROUNDS / 100 || worker->hits == 0; i++) {
		struct cache_options options = { .size = 50000 + rand_below(&worker->rand, 200000),
			.shards = 2 };
		cache_configure(worker->cache, &options);
		worker->wrong += cache_usage(worker->cache).octets > 300000;
		cache_forget_failures(worker->cache);
		walk_over(worker);
	}
	return NULL;
}

static void test_many_workers_one_cache(void **state)
{
	(void)state;
	struct cache_options options = { .size = 250000, .shards = 2 };
	struct cache *cache = cache_new(&options, &sample_hash_key);
	struct worker workers[THREADS + 1] = { 0 };

	assert_non_null(cache);
	for (unsigned i = 0; i <= THREADS; i++) {
		workers[i].cache = cache;
		rand_init_seeded(&workers[i].rand, i);
		assert_int_equal(pthread_create(&workers[i].thread, NULL,
					 i < THREADS ? work : administer, &workers[i]),
			0);
	}
	for (unsigned i = 0; i <= THREADS; i++) {
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
		assert_int_equal(workers[i].wrong, 0);
		assert_true(workers[i].hits > 0);
	}
	cache_configure(cache, &options);
	for (uint32_t n = 0; n < 100; n++)
		put(&workers[0], n);
	assert_true(cache_usage(cache).octets <= options.size);
	cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_workers_one_cache),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
