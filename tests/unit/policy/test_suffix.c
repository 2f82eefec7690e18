/* SPDX-License-Identifier: MIT */
/* Lost if these fail: private names sent to the wrong servers. */
#include "policy/suffix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/rand.h"
#include "support/failmalloc.h"

#define NONE SIZE_MAX

static int add(struct suffix_set *set, const char *text, size_t value)
{
	struct name_space space;
	struct name name;
	assert_int_equal(name_parse(text, &space, &name), 0);
	return suffix_set_add(set, name, value);
}

static size_t find(const struct suffix_set *set, const char *text)
{
	struct name_space space;
	struct name name;
	size_t value = 12345;
	assert_int_equal(name_parse(text, &space, &name), 0);
	if (suffix_set_find(set, name, &value, NULL))
		return value;
	assert_int_equal(value, 12345);
	return NONE;
}

static unsigned labels(const struct suffix_set *set, const char *text)
{
	struct name_space space;
	struct name name;
	size_t value;
	unsigned count = 99;
	assert_int_equal(name_parse(text, &space, &name), 0);
	assert_true(suffix_set_find(set, name, &value, &count));
	return count;
}

static void test_the_longest_wins(void **state)
{
	(void)state;
	struct suffix_set *set = suffix_set_new();
	assert_non_null(set);
	assert_int_equal(find(set, "example.com"), NONE);
	assert_int_equal(add(set, "com", 1), 0);
	assert_int_equal(add(set, "a.b.example.com", 3), 0);
	assert_int_equal(add(set, "example.com", 2), 0);
	assert_int_equal(find(set, "com"), 1);
	assert_int_equal(find(set, "other.com"), 1);
	assert_int_equal(find(set, "example.com"), 2);
	assert_int_equal(find(set, "b.example.com"), 2);
	assert_int_equal(find(set, "a.b.example.com"), 3);
	assert_int_equal(find(set, "x.y.z.a.b.example.com"), 3);
	assert_int_equal(find(set, "net"), NONE);
	assert_int_equal(find(set, "."), NONE);
	assert_int_equal(labels(set, "x.com"), 1);
	assert_int_equal(labels(set, "x.example.com"), 2);
	assert_int_equal(labels(set, "a.b.example.com"), 4);
	suffix_set_free(set);
	suffix_set_free(NULL);
}

static void test_whole_labels_in_any_case(void **state)
{
	(void)state;
	struct suffix_set *set = suffix_set_new();
	assert_int_equal(add(set, "Example.COM", 7), 0);
	assert_int_equal(find(set, "WWW.eXAMPLE.com"), 7);
	assert_int_equal(find(set, "myexample.com"), NONE);
	assert_int_equal(find(set, "xample.com"), NONE);
	assert_int_equal(find(set, "example.com.net"), NONE);
	/* A dot inside of a label ends none. */
	assert_int_equal(find(set, "www.example\\.com"), NONE);
	suffix_set_free(set);
}

static void test_the_root_has_all(void **state)
{
	(void)state;
	struct suffix_set *set = suffix_set_new();
	char longest[NAME_TEXT_LEN] = "";
	for (int i = 0; i < 127; i++)
		strcat(longest, "x.");
	assert_int_equal(add(set, ".", 4), 0);
	assert_int_equal(find(set, "."), 4);
	assert_int_equal(find(set, "example.com"), 4);
	assert_int_equal(labels(set, "example.com"), 0);
	assert_int_equal(find(set, longest), 4);
	assert_int_equal(add(set, longest, 5), 0);
	assert_int_equal(find(set, longest), 5);
	assert_int_equal(find(set, longest + 2), 4);
	assert_int_equal(labels(set, longest), 127);
	suffix_set_free(set);
}

static void test_no_name_twice(void **state)
{
	(void)state;
	struct suffix_set *set = suffix_set_new();
	assert_int_equal(add(set, "example.com", 1), 0);
	assert_int_equal(add(set, "EXAMPLE.com", 2), ERR_FORMAT);
	assert_int_equal(find(set, "example.com"), 1);
	assert_int_equal(add(set, "example.org", UINT32_MAX), 0);
	assert_int_equal(find(set, "example.org"), UINT32_MAX);
	if (SIZE_MAX > UINT32_MAX)
		assert_int_equal(add(set, "example.net", SIZE_MAX), ERR_LIMIT);
	assert_int_equal(find(set, "example.net"), NONE);
	suffix_set_free(set);
}

/* As many names as a block list has, found each and all, and nothing else. */
static void test_many_names(void **state)
{
	(void)state;
	struct suffix_set *set = suffix_set_new();
	char text[64];
	for (unsigned i = 0; i < 200000; i++) {
		(void)snprintf(text, sizeof(text), "h%u.d%u.example", i, i % 1000);
		assert_int_equal(add(set, text, i), 0);
	}
	size_t before = failmalloc_count();
	for (unsigned i = 0; i < 200000; i++) {
		(void)snprintf(text, sizeof(text), "www.h%u.d%u.example", i, i % 1000);
		assert_int_equal(find(set, text), i);
		(void)snprintf(text, sizeof(text), "h%u.d%u.example", i, i % 1000 + 1);
		assert_int_equal(find(set, text), NONE);
	}
	/* A look-up allocates nothing. */
	assert_int_equal(failmalloc_count(), before);
	suffix_set_free(set);
}

/* Against the obvious way of doing it. */
static void test_as_if_all_were_tried(void **state)
{
	(void)state;
	struct name_space spaces[60];
	struct name names[60];
	struct rand rand;

	rand_init_seeded(&rand, 11);
	for (int round = 0; round < 200; round++) {
		struct suffix_set *set = suffix_set_new();
		bool in[60];
		for (size_t i = 0; i < 60; i++) {
			char text[64] = ".";
			size_t len = 0;
			for (uint32_t n = rand_below(&rand, 6); n > 0; n--) {
				text[len++] = "aAbc"[rand_below(&rand, 4)];
				text[len++] = '.';
				text[len] = '\0';
			}
			assert_int_equal(name_parse(text, &spaces[i], &names[i]), 0);
			in[i] = i < 30 && suffix_set_add(set, names[i], i) == 0;
		}
		for (size_t i = 0; i < 60; i++) {
			size_t want = NONE, got = NONE;
			for (size_t j = 0; j < 30; j++) {
				if (in[j] && name_is_within(names[i], names[j]) &&
					(want == NONE || names[j].len > names[want].len))
					want = j;
			}
			if (!suffix_set_find(set, names[i], &got, NULL))
				got = NONE;
			assert_int_equal(got, want);
		}
		suffix_set_free(set);
	}
}

static void test_out_of_memory(void **state)
{
	(void)state;
	char text[64];
	size_t failures = 0;

	failmalloc_arm(0);
	assert_null(suffix_set_new());
	assert_true(failmalloc_disarm());
	struct suffix_set *set = suffix_set_new();
	for (unsigned i = 0; i < 1000; i++) {
		(void)snprintf(text, sizeof(text), "h%u.example", i);
		/* The first allocation that it wants fails, then the second, then none. */
		for (size_t n = 0;; n++) {
			failmalloc_arm(n);
			int err = add(set, text, i);
			if (!failmalloc_disarm()) {
				assert_int_equal(err, 0);
				break;
			}
			failures++;
			assert_int_equal(err, ERR_NOMEM);
			assert_int_equal(find(set, text), NONE);
			assert_true(i == 0 || find(set, "h0.example") == 0);
		}
	}
	assert_true(failures > 10);
	suffix_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_longest_wins),
		cmocka_unit_test(test_whole_labels_in_any_case),
		cmocka_unit_test(test_the_root_has_all),
		cmocka_unit_test(test_no_name_twice),
		cmocka_unit_test(test_many_names),
		cmocka_unit_test(test_as_if_all_were_tried),
		cmocka_unit_test(test_out_of_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
