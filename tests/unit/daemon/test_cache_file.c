/* SPDX-License-Identifier: MIT */
/* After every start all names would be asked for again; or after a crash, all that were asked for
 * since the start before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "cache/image.h"
#include "daemon/cache_file.h"
#include "support/fake_loop.h"
#include "told.h"

#define UPSTREAM "upstreams: {url: tls://9.9.9.9, name: a}\n"
#define ROUTE	 "routes: [{domains: other.example, upstreams: a}]\n"
#define MINUTE	 UINT64_C(60000)

static const struct hash_key hash_key = { 1, 2 };
static const struct cache_options options = { .size = 1 << 20, .shards = 1 };
static char folder[64], path[80], aside[80];
static struct state_dir dir;
static struct loop *loop;
static struct cache *cache;
static struct cache_file *file;
static struct snapshot snapshot;
static bool clock_set;

bool __wrap_clock_is_set(void); /* instead of the machine's, by the linker */

bool __wrap_clock_is_set(void)
{
	return clock_set;
}

static void configure(const char *text)
{
	config_free(snapshot.config);
	snapshot.config = config_parse("test", text, strlen(text), stderr);
	assert_non_null(snapshot.config);
}

static int setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/stubborn-test-cache-XXXXXX");
	if (!mkdtemp(folder) || state_dir_init(&dir, folder) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/cache", folder);
	snprintf(aside, sizeof(aside), "%s/cache.bad", folder);
	loop = loop_new();
	cache = cache_new(&options, &hash_key);
	configure(UPSTREAM);
	file = NULL;
	clock_set = true;
	return loop && cache ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	cache_file_free(file);
	cache_free(cache);
	loop_free(loop);
	config_free(snapshot.config);
	snapshot.config = NULL;
	state_dir_done(&dir);
	unlink(path);
	unlink(aside);
	return rmdir(folder);
}

static struct cache_key key_of(const char *name)
{
	struct name_space space;
	struct question question = { .type = TYPE_A, .class = CLASS_IN };
	struct cache_key key;

	assert_int_equal(name_parse(name, &space, &question.name), 0);
	cache_key_init(&key, &hash_key, &question, false);
	return key;
}

static void put(const char *name)
{
	const struct cache_key key = key_of(name);
	struct entry *entry;
	const struct entry_source source = {
		.question = cache_key_question(&key),
		.rcode = RCODE_NXDOMAIN,
		.ttl_s = 3600,
		.now_s = clock_boot_s(),
	};

	assert_int_equal(entry_new(&source, &entry), 0);
	cache_put(cache, &key, entry);
	entry_release(entry);
}

static bool knows(const char *name)
{
	const struct cache_key key = key_of(name);
	struct entry *entry = cache_get(cache, &key);
	const bool fresh = entry && entry_ttl_left_s(entry, clock_boot_s()) > 3000;
	entry_release(entry);
	return fresh;
}

static void start(void)
{
	file = cache_file_new(loop, &dir, cache, &snapshot);
	assert_non_null(file);
}

static void start_and_save(const char *name)
{
	start();
	put(name);
	cache_file_save(file);
}

/* By kill -9: nothing is saved. */
static void start_again(void)
{
	cache_file_free(file);
	cache_free(cache);
	cache = cache_new(&options, &hash_key);
	start();
}

static bool is_there(const char *which)
{
	return access(which, F_OK) == 0;
}

static void over_a_stop(void **state)
{
	struct stat found;
	(void)state;

	start_and_save("www.example");
	assert_int_equal(stat(path, &found), 0);
	assert_int_equal(found.st_mode & 07777, 0600);
	start_again();
	assert_true(knows("www.example"));
	/* It stays there: the next start may follow a crash. */
	start_again();
	assert_true(knows("www.example"));
}

static void every_quarter_of_an_hour(void **state)
{
	(void)state;
	start();
	put("www.example");
	fake_loop_advance(loop, 15 * MINUTE - 1);
	assert_false(is_there(path));
	fake_loop_advance(loop, 1);
	assert_true(is_there(path));
	put("mail.example");
	fake_loop_advance(loop, 15 * MINUTE);
	start_again();
	assert_true(knows("www.example"));
	assert_true(knows("mail.example"));
}

static void other_grounds(void **state)
{
	(void)state;
	start_and_save("www.example");
	configure(UPSTREAM ROUTE);
	start_again();
	assert_false(knows("www.example"));
	assert_false(is_there(aside));
}

/* A reload that changes the grounds makes what is kept worthless: it is kept anew, soon. */
static void grounds_that_change(void **state)
{
	(void)state;
	start_and_save("www.example");
	configure(UPSTREAM ROUTE);
	cache_file_follow(file, &snapshot);
	fake_loop_advance(loop, MINUTE);
	start_again();
	assert_true(knows("www.example"));
	/* Of any other reload nothing is seen. */
	unlink(path);
	fake_loop_advance(loop, 14 * MINUTE);
	configure(UPSTREAM ROUTE "log: {level: debug}\n");
	cache_file_follow(file, &snapshot);
	fake_loop_advance(loop, MINUTE - 1);
	assert_false(is_there(path));
	fake_loop_advance(loop, 1);
	assert_true(is_there(path));
}

static void switched_off(void **state)
{
	(void)state;
	start_and_save("www.example");
	configure(UPSTREAM "cache: {persist: false}\n");
	cache_file_follow(file, &snapshot);
	assert_false(is_there(path));
	cache_file_save(file);
	fake_loop_advance(loop, 60 * MINUTE);
	assert_false(is_there(path));
	configure(UPSTREAM);
	cache_file_follow(file, &snapshot);
	fake_loop_advance(loop, MINUTE);
	assert_true(is_there(path));
	configure(UPSTREAM "cache: {persist: false}\n");
	start_again();
	assert_false(knows("www.example"));
	assert_false(is_there(path));
}

static void damaged(void **state)
{
	(void)state;
	start_and_save("www.example");
	assert_int_equal(truncate(path, 70), 0);
	start_again();
	assert_false(knows("www.example"));
	assert_true(is_there(aside));
	put("mail.example");
	cache_file_save(file);
	start_again();
	assert_true(knows("mail.example"));
}

/* Whoever has written so much into it would take as much memory. */
static void longer_than_it_can_be(void **state)
{
	(void)state;
	start_and_save("www.example");
	assert_int_equal(truncate(path, IMAGE_LEN_MAX + 1), 0);
	assert_true(told_begin());
	start_again();
	assert_told("cache: it is longer than it can be: it is not used");
	told_end();
	assert_true(is_there(aside));
}

/* Answers of last year would be fresh, or such be kept as a clock would not have let pass. */
static void without_a_clock(void **state)
{
	(void)state;
	start_and_save("www.example");
	clock_set = false;
	start_again();
	assert_false(knows("www.example"));
	unlink(path);
	put("www.example");
	cache_file_save(file);
	assert_false(is_there(path));
}

/* A machine without a clock of its own would not know what it knew, and soon would have forgotten
 * it for good. */
static void until_the_clock_is_set(void **state)
{
	(void)state;
	start_and_save("www.example");
	clock_set = false;
	start_again();
	put("mail.example");
	fake_loop_advance(loop, 60 * MINUTE);
	assert_false(knows("www.example"));
	/* A stop before it is read loses nothing of it. */
	clock_set = true;
	cache_file_save(file);
	clock_set = false;
	start_again();
	put("mail.example");
	/* All begin validation anew then, and the cache is forgotten. */
	cache_file_follow(file, &snapshot);
	fake_loop_advance(loop, MINUTE);
	clock_set = true;
	cache_file_follow(file, &snapshot);
	assert_false(knows("www.example"));
	fake_loop_advance(loop, MINUTE);
	assert_true(knows("www.example"));
	/* And kept is what is known by now. */
	clock_set = true;
	start_again();
	assert_true(knows("www.example"));
	assert_true(knows("mail.example"));
}

/* It is noticed late where nobody tells. */
static void until_the_clock_is_seen_to_be_set(void **state)
{
	(void)state;
	start_and_save("www.example");
	clock_set = false;
	start_again();
	clock_set = true;
	fake_loop_advance(loop, 15 * MINUTE);
	assert_true(knows("www.example"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(over_a_stop),
		T(every_quarter_of_an_hour),
		T(other_grounds),
		T(grounds_that_change),
		T(switched_off),
		T(damaged),
		T(longer_than_it_can_be),
		T(without_a_clock),
		T(until_the_clock_is_set),
		T(until_the_clock_is_seen_to_be_set),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
