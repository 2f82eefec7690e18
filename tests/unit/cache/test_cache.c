/* SPDX-License-Identifier: MIT */
/* Lost if these fail: a machine's memory beyond what its owner allowed, answers of other questions,
 * or the names that are used most. */
#include "cache/cache.h"

#include <stdio.h>

#include "base/rand.h"
#include "sample.h"
#include "support/failmalloc.h"

#define MIB ((size_t)1 << 20)

static struct cache *cache_of(size_t size, unsigned shards)
{
	struct cache_options options = { .size = size, .shards = shards };
	struct cache *cache = cache_new(&options, &sample_hash_key);
	assert_non_null(cache);
	return cache;
}

static void resize(struct cache *cache, size_t size, unsigned shards)
{
	struct cache_options options = { .size = size, .shards = shards };
	cache_configure(cache, &options);
}

/* Puts an A record with that address under that name. */
static void put(struct cache *cache, const char *name, uint32_t address)
{
	struct entry *entry = sample_entry(name, address, 60);
	struct cache_key key = sample_key(name, TYPE_A, false);
	assert_non_null(entry);
	cache_put(cache, &key, entry);
	entry_release(entry);
}

/* The address, 0 if there is none. */
static uint32_t get(struct cache *cache, const char *name)
{
	struct cache_key key = sample_key(name, TYPE_A, false);
	struct entry *entry = cache_get(cache, &key);
	uint32_t address = entry ? sample_address(entry) : 0;
	entry_release(entry);
	return address;
}

/* The same with a TTL of 0. */
static void put_zero(struct cache *cache, const char *name, uint32_t address)
{
	struct entry *entry = sample_entry(name, address, 0);
	struct cache_key key = sample_key(name, TYPE_A, false);
	assert_non_null(entry);
	cache_put(cache, &key, entry);
	entry_release(entry);
}

static const char *numbered(char text[static 64], uint32_t n)
{
	(void)snprintf(text, 64, "host-%05u.example.com", n);
	return text;
}

/* An answer of some size. */
static void put_large(struct cache *cache, const char *name, const uint8_t *rdata, size_t len)
{
	struct name_space space;
	struct sample_rrset opaque;
	struct entry *entry;
	struct cache_key key = sample_key(name, TYPE_A, false);

	sample_rrset(&opaque, name, 65280, SECTION_ANSWER, 60, rdata, len);
	struct entry_source source = {
		.question = sample_question(&space, name, TYPE_A),
		.rrsets = &opaque.rrset,
		.rrset_count = 1,
		.ttl_s = 60,
	};
	assert_int_equal(entry_new(&source, &entry), 0);
	cache_put(cache, &key, entry);
	entry_release(entry);
}

static void put_failure(struct cache *cache, const char *name)
{
	struct name_space space;
	struct entry *entry;
	struct cache_key key = sample_key(name, TYPE_A, false);
	struct entry_source source = {
		.question = sample_question(&space, name, TYPE_A),
		.rcode = RCODE_SERVFAIL,
		.ttl_s = 1,
		.failure_count = 1,
	};
	assert_int_equal(entry_new(&source, &entry), 0);
	cache_put(cache, &key, entry);
	entry_release(entry);
}

static bool has(struct cache *cache, const char *name)
{
	struct cache_key key = sample_key(name, TYPE_A, false);
	struct entry *entry = cache_get(cache, &key);
	entry_release(entry);
	return entry;
}

static bool has_failure(struct cache *cache, const char *name)
{
	struct cache_key key = sample_key(name, TYPE_A, false);
	struct entry *entry = cache_get_failure(cache, &key);
	bool has = entry != NULL;
	assert_true(!entry || entry_failure_count(entry) > 0);
	entry_release(entry);
	return has;
}

static void test_what_was_put_is_found(void **state)
{
	(void)state;
	struct cache *cache = cache_of(MIB, 4);
	assert_int_equal(get(cache, "www.example"), 0);
	put(cache, "www.example", 1);
	put(cache, "example", 2);
	assert_int_equal(get(cache, "www.example"), 1);
	assert_int_equal(get(cache, "WWW.EXAMPLE"), 1);
	assert_int_equal(get(cache, "example"), 2);
	assert_int_equal(get(cache, "a.www.example"), 0);
	put(cache, "WWW.example", 3);
	assert_int_equal(get(cache, "www.example"), 3);
	assert_int_equal(cache_usage(cache).entries, 2);
	assert_int_equal(cache_usage(cache).evictions, 0);
	assert_memory_equal(cache_hash_key(cache), &sample_hash_key, sizeof(sample_hash_key));
	cache_free(cache);
	cache_free(NULL);
}

static void test_unchecked_data_apart(void **state)
{
	(void)state;
	struct cache *cache = cache_of(MIB, 1);
	struct name_space space;
	struct entry *entry;
	struct cache_key unchecked = sample_key("example", TYPE_A, true);
	struct entry_source source = {
		.question = sample_question(&space, "example", TYPE_A),
		.checking_disabled = true,
		.ttl_s = 60,
	};
	assert_int_equal(entry_new(&source, &entry), 0);
	cache_put(cache, &unchecked, entry);
	entry_release(entry);
	assert_false(has(cache, "example"));
	put(cache, "example", 9);
	assert_int_equal(get(cache, "example"), 9);
	entry = cache_get(cache, &unchecked);
	assert_int_equal(entry_form(entry, false).ttl_count, 0);
	entry_release(entry);
	assert_int_equal(cache_usage(cache).entries, 2);
	cache_free(cache);
}

static void test_putting_the_same_again(void **state)
{
	(void)state;
	struct cache *cache = cache_of(MIB, 1);
	struct entry *entry = sample_entry("example", 4, 60);
	struct cache_key key = sample_key("example", TYPE_A, false);
	cache_put(cache, &key, entry);
	size_t octets = cache_usage(cache).octets;
	cache_put(cache, &key, entry);
	assert_int_equal(cache_usage(cache).octets, octets);
	assert_int_equal(cache_usage(cache).entries, 1);
	/* Driven out and put once more, by someone who still holds it. */
	put(cache, "example", 5);
	cache_put(cache, &key, entry);
	entry_release(entry);
	assert_int_equal(get(cache, "example"), 4);
	cache_free(cache);
}

static void test_an_answer_outlives_the_cache(void **state)
{
	(void)state;
	struct cache *cache = cache_of(MIB, 1);
	struct cache_key key = sample_key("example", TYPE_A, false);
	put(cache, "example", 4);
	struct entry *entry = cache_get(cache, &key);
	put(cache, "example", 5);
	cache_free(cache);
	assert_int_equal(sample_address(entry), 4);
	entry_release(entry);
}

static void test_an_idle_cache_is_small(void **state)
{
	(void)state;
	struct cache *cache = cache_of(1024 * MIB, 4);
	assert_true(cache_usage(cache).octets < 4096);
	put(cache, "example", 4);
	assert_true(cache_usage(cache).octets < 8192);
	cache_free(cache);
}

/* 100,000 names with one address each: 16 MiB is the goal, and what a default cache holds. */
static void test_memory_of_a_busy_cache(void **state)
{
	(void)state;
	struct cache *cache = cache_of(16 * MIB, 1);
	char text[64];
	for (uint32_t i = 0; i < 100000; i++)
		put(cache, numbered(text, i), i + 1);
	struct cache_usage usage = cache_usage(cache);
	print_message("# %zu octets an entry\n", usage.octets / 100000);
	assert_int_equal(usage.entries, 100000);
	assert_int_equal(usage.evictions, 0);
	assert_true(usage.octets <= 16 * MIB);
	/* What it says it takes is not less than entries and a bucket for each. */
	struct entry *entry = sample_entry(numbered(text, 0), 1, 60);
	assert_true(usage.octets >= 100000 * (entry_cost(entry) + sizeof(void *)));
	entry_release(entry);
	for (uint32_t i = 0; i < 100000; i++)
		assert_int_equal(get(cache, numbered(text, i)), i + 1);
	cache_free(cache);
}

static void test_never_beyond_its_bound(void **state)
{
	(void)state;
	static const size_t sizes[] = { 1024, 4096, 20000, 65536, MIB };
	static uint8_t rdata[20000];
	char text[64];
	struct rand rand;

	rand_init_seeded(&rand, 5);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (unsigned shards = 1; shards <= 4; shards *= 4) {
			struct cache *cache = cache_of(sizes[i], shards);
			size_t most = cache_usage(cache).octets;
			for (int n = 0; n < 5000; n++) {
				size_t len = rand_below(&rand, 10) == 0
						     ? rand_below(&rand, sizeof(rdata))
						     : rand_below(&rand, 200);
				put_large(
					cache, numbered(text, rand_below(&rand, 9999)), rdata, len);
				struct cache_usage usage = cache_usage(cache);
				most = usage.octets > most ? usage.octets : most;
			}
			assert_true(most <= sizes[i]);
			/* And well used, where it is large enough for anything. */
			if (sizes[i] >= 65536)
				assert_true(most > sizes[i] / 2);
			cache_free(cache);
		}
	}
}

static void test_a_bound_too_small_for_anything(void **state)
{
	(void)state;
	struct cache *cache = cache_of(100, 1);
	put(cache, "example", 1);
	assert_false(has(cache, "example"));
	assert_int_equal(cache_usage(cache).entries, 0);
	cache_free(cache);
}

static void test_one_large_answer_drives_out_none(void **state)
{
	(void)state;
	static uint8_t rdata[16000];
	struct cache *cache = cache_of(65536, 1);
	char text[64];
	for (uint32_t i = 0; i < 300; i++)
		put(cache, numbered(text, i), i + 1);
	put(cache, "large.example", 1);
	put_large(cache, "large.example", rdata, sizeof(rdata));
	/* Not kept; what it replaced is not true any more. */
	assert_false(has(cache, "large.example"));
	assert_int_equal(cache_usage(cache).evictions, 0);
	assert_int_equal(cache_usage(cache).entries, 300);
	put_large(cache, "large.example", rdata, 4000);
	assert_true(has(cache, "large.example"));
	cache_free(cache);
}

static void test_the_least_used_go_first(void **state)
{
	(void)state;
	struct cache *cache = cache_of(65536, 1);
	char text[64];

	/* Ten names that are asked for all the time, thousands that are asked for once. */
	for (uint32_t i = 0; i < 10; i++)
		put(cache, numbered(text, i), i + 1);
	for (uint32_t i = 100; i < 20000; i++) {
		put(cache, numbered(text, i), 1);
		uint32_t hot = i % 10;
		assert_int_equal(get(cache, numbered(text, hot)), hot + 1);
	}
	struct cache_usage usage = cache_usage(cache);
	assert_int_equal(usage.evictions, 10 + 19900 - usage.entries);
	/* What came last is there, what came first is not. */
	assert_true(has(cache, numbered(text, 19999)));
	assert_true(has(cache, numbered(text, 19900)));
	assert_false(has(cache, numbered(text, 100)));
	cache_free(cache);
}

static void test_a_smaller_bound_holds_at_once(void **state)
{
	(void)state;
	struct cache *cache = cache_of(MIB, 1);
	char text[64];
	for (uint32_t i = 0; i < 5000; i++)
		put(cache, numbered(text, i), i + 1);
	assert_int_equal(cache_usage(cache).entries, 5000);
	resize(cache, MIB / 2, 1);
	put(cache, "example", 1);
	assert_true(cache_usage(cache).octets <= MIB / 2);
	/* The newest of the old are still there. */
	assert_true(cache_usage(cache).entries > 2000);
	assert_int_equal(get(cache, numbered(text, 4999)), 5000);
	assert_false(has(cache, numbered(text, 0)));
	resize(cache, MIB, 1);
	for (uint32_t i = 0; i < 5000; i++)
		put(cache, numbered(text, i), i + 1);
	assert_true(cache_usage(cache).octets <= MIB);
	assert_true(cache_usage(cache).entries >= 5000);
	cache_free(cache);
}

/* One whose table alone would be too large, and with more entries than go at once. */
static void test_a_much_smaller_bound(void **state)
{
	(void)state;
	struct cache *cache = cache_of(16 * MIB, 1);
	char text[64];
	size_t octets, puts = 0;
	for (uint32_t i = 0; i < 20000; i++)
		put(cache, numbered(text, i), i + 1);
	octets = cache_usage(cache).octets;
	resize(cache, 65536, 1);
	put(cache, numbered(text, 50000), 1);
	/* One insertion does not do it all: other workers wait for it. */
	assert_true(cache_usage(cache).entries > 10000);
	while (cache_usage(cache).octets > 65536) {
		put(cache, numbered(text, 50000), 1);
		assert_true(cache_usage(cache).octets < octets);
		octets = cache_usage(cache).octets;
		puts++;
	}
	assert_true(puts <= 6);
	for (uint32_t i = 0; i < 1000; i++) {
		put(cache, numbered(text, i), i + 1);
		assert_int_equal(get(cache, numbered(text, i)), i + 1);
		assert_true(cache_usage(cache).octets <= 65536);
	}
	cache_free(cache);
}

/* What was known must not be lost because asking for it again failed. */
static void test_a_failure_stands_beside_the_answer(void **state)
{
	(void)state;
	struct cache *cache = cache_of(MIB, 4);
	put(cache, "www.example", 1);
	assert_false(has_failure(cache, "www.example"));
	put_failure(cache, "www.example");
	put_failure(cache, "www.example");
	assert_true(has_failure(cache, "www.example"));
	assert_int_equal(get(cache, "www.example"), 1);
	assert_int_equal(cache_usage(cache).entries, 2);
	put(cache, "www.example", 2);
	assert_false(has_failure(cache, "www.example"));
	assert_int_equal(get(cache, "www.example"), 2);
	assert_int_equal(cache_usage(cache).entries, 1);
	put_failure(cache, "example");
	assert_false(has(cache, "example"));
	cache_free(cache);
}

/* An answer that must not be kept is an answer: what was known before is over. */
static void test_an_answer_of_no_time_ends_the_old_one(void **state)
{
	(void)state;
	struct cache *cache = cache_of(MIB, 1);
	struct entry *entry = sample_entry("www.example", 3, 0);
	struct cache_key key = sample_key("www.example", TYPE_A, false);
	put(cache, "www.example", 1);
	put_failure(cache, "www.example");
	cache_put(cache, &key, entry);
	assert_false(has(cache, "www.example"));
	assert_false(has_failure(cache, "www.example"));
	assert_int_equal(cache_usage(cache).entries, 0);
	entry_release(entry);
	cache_free(cache);
}

static void test_failures_are_forgotten_alone(void **state)
{
	(void)state;
	struct cache *cache = cache_of(MIB, 2);
	char text[64];
	for (uint32_t i = 0; i < 100; i++) {
		if (i % 3 != 0)
			put(cache, numbered(text, i), i);
		if (i % 3 != 1)
			put_failure(cache, numbered(text, i));
	}
	cache_forget_failures(cache);
	for (uint32_t i = 0; i < 100; i++) {
		assert_int_equal(has(cache, numbered(text, i)), i % 3 != 0);
		assert_false(has_failure(cache, numbered(text, i)));
	}
	assert_int_equal(cache_usage(cache).entries, 66);
	cache_free(cache);
}

static void test_a_hit_allocates_nothing(void **state)
{
	(void)state;
	struct cache *cache = cache_of(MIB, 1);
	char text[64];
	for (uint32_t i = 0; i < 1000; i++)
		put(cache, numbered(text, i), i + 1);
	struct name_space space;
	struct question question = sample_question(&space, "HOST-00500.example.com", TYPE_A);
	struct cache_key key;
	size_t before = failmalloc_count();
	for (int i = 0; i < 100; i++) {
		cache_key_init(&key, cache_hash_key(cache), &question, false);
		struct entry *entry = cache_get(cache, &key);
		assert_int_equal(sample_address(entry), 501);
		entry_release(entry);
	}
	assert_int_equal(failmalloc_count(), before);
	cache_free(cache);
}

static void test_out_of_memory(void **state)
{
	(void)state;
	struct cache_options options = { .size = MIB, .shards = 2 };
	char text[64];

	failmalloc_arm(0);
	assert_null(cache_new(&options, &sample_hash_key));
	assert_true(failmalloc_disarm());

	struct cache *cache = cache_of(MIB, 1);
	struct cache_key key = sample_key("example", TYPE_A, false);
	struct entry *entry = sample_entry("example", 1, 60);
	failmalloc_arm(0);
	cache_put(cache, &key, entry);
	assert_true(failmalloc_disarm());
	assert_false(has(cache, "example"));
	cache_put(cache, &key, entry);
	assert_true(has(cache, "example"));
	entry_release(entry);
	/* No memory for a larger table: slower, and still right. */
	for (uint32_t i = 0; i < 1000; i++) {
		entry = sample_entry(numbered(text, i), i + 1, 60);
		key = sample_key(text, TYPE_A, false);
		failmalloc_arm(0);
		cache_put(cache, &key, entry);
		(void)failmalloc_disarm(); /* most insertions ask for nothing */
		entry_release(entry);
	}
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(get(cache, numbered(text, i)), i + 1);
	cache_free(cache);
}

/* Whoever saves the cache would have it without those that were there all the while. */
static void test_walked_while_it_is_used(void **state)
{
	(void)state;
	struct cache *cache = cache_of(4 * MIB, 4);
	static struct cache_walk walk;
	static uint8_t seen[4000];
	size_t steps = 0, put_meanwhile = 2000;
	char text[64];

	for (uint32_t n = 0; n < 2000; n++)
		put(cache, numbered(text, n), n);
	walk = (struct cache_walk){ 0 };
	memset(seen, 0, sizeof(seen));
	for (; cache_walk(cache, &walk); steps++) {
		assert_true(walk.count > 0 && walk.count <= CACHE_WALK_MAX);
		for (size_t i = 0; i < walk.count; i++) {
			/* Held, even if the cache has forgotten it since. */
			cache_forget_within(cache, entry_name(walk.entries[i]));
			seen[sample_address(walk.entries[i])]++;
			entry_release(walk.entries[i]);
		}
		for (int i = 0; i < 50 && put_meanwhile < 4000; i++, put_meanwhile++)
			put(cache, numbered(text, (uint32_t)put_meanwhile),
				(uint32_t)put_meanwhile);
	}
	assert_false(cache_walk(cache, &walk));
	assert_true(steps >= 2000 / CACHE_WALK_MAX);
	for (size_t n = 0; n < 2000; n++)
		assert_int_equal(seen[n], 1);
	for (size_t n = 2000; n < 4000; n++)
		assert_true(seen[n] <= 1);
	cache_free(cache);
}

/* A cache upstream tells 0 in the last second of its copy: after that nothing would be left for an
 * outage. What has changed is gone all the same. */
static void test_a_ttl_of_zero(void **state)
{
	struct cache *cache = cache_of(MIB, 1);
	(void)state;
	put_zero(cache, "www.example", 1);
	assert_int_equal(get(cache, "www.example"), 0);
	put(cache, "www.example", 1);
	put_zero(cache, "www.example", 1);
	assert_int_equal(get(cache, "www.example"), 1);
	put_zero(cache, "www.example", 2);
	assert_int_equal(get(cache, "www.example"), 0);
	assert_int_equal(cache_usage(cache).entries, 0);
	cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_ttl_of_zero),
		cmocka_unit_test(test_what_was_put_is_found),
		cmocka_unit_test(test_unchecked_data_apart),
		cmocka_unit_test(test_putting_the_same_again),
		cmocka_unit_test(test_an_answer_outlives_the_cache),
		cmocka_unit_test(test_an_idle_cache_is_small),
		cmocka_unit_test(test_memory_of_a_busy_cache),
		cmocka_unit_test(test_never_beyond_its_bound),
		cmocka_unit_test(test_a_bound_too_small_for_anything),
		cmocka_unit_test(test_one_large_answer_drives_out_none),
		cmocka_unit_test(test_the_least_used_go_first),
		cmocka_unit_test(test_a_smaller_bound_holds_at_once),
		cmocka_unit_test(test_a_much_smaller_bound),
		cmocka_unit_test(test_a_failure_stands_beside_the_answer),
		cmocka_unit_test(test_an_answer_of_no_time_ends_the_old_one),
		cmocka_unit_test(test_failures_are_forgotten_alone),
		cmocka_unit_test(test_a_hit_allocates_nothing),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_walked_while_it_is_used),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
