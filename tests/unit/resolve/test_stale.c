/* SPDX-License-Identifier: MIT */
/* How old an answer may be that is told: no older than the owner of the machine allowed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "replay/written.h"
#include "resolve/stale.h"

static const struct hash_key hash_key = { 1, 2 };

/* Stored at 1000 s for 60 s. */
static struct entry *entry_of(const struct question *question, uint8_t failure_count)
{
	const struct entry_source source = {
		.question = *question, .ttl_s = 60, .now_s = 1000, .failure_count = failure_count
	};
	struct entry *entry = NULL;

	assert_int_equal(entry_new(&source, &entry), 0);
	return entry;
}

static void usable_for_so_long(void **state)
{
	struct name_space space;
	const struct question question = written_question("www.example.", "A", &space);
	struct entry *entry = entry_of(&question, 0);
	(void)state;

	assert_true(stale_usable(entry, 0, 1059));
	assert_false(stale_usable(entry, 0, 1060));
	assert_true(stale_usable(entry, 1, 1060));
	assert_false(stale_usable(entry, 1, 1061));
	assert_true(stale_usable(entry, 86400, 1059 + 86400));
	assert_false(stale_usable(entry, 86400, 1060 + 86400));
	entry_release(entry);
}

static void only_answers_are_found(void **state)
{
	const struct cache_options options = { .size = 1024 * 1024, .shards = 1 };
	struct cache *cache = cache_new(&options, &hash_key);
	struct name_space space;
	const struct question question = written_question("www.example.", "A", &space);
	struct entry *failure = entry_of(&question, 1), *answer = entry_of(&question, 0);
	struct cache_key key;
	(void)state;

	cache_key_init(&key, &hash_key, &question, false);
	cache_put(cache, &key, failure);
	assert_null(stale_find(cache, &key, 86400, 1000));
	cache_put(cache, &key, answer);
	assert_null(stale_find(cache, &key, 10, 1070));
	struct entry *found = stale_find(cache, &key, 10, 1069);
	assert_ptr_equal(found, answer);
	entry_release(found);
	entry_release(failure);
	entry_release(answer);
	cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usable_for_so_long),
		cmocka_unit_test(only_answers_are_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
