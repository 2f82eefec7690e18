/* SPDX-License-Identifier: MIT */
/* What a name says of the root's keys, and whether it is true. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dnssec/sentinel.h"
#include "sample.h"

static bool fails(const struct anchors *anchors, const char *text, uint16_t type)
{
	struct name_space space;
	const struct question question = { name_of(text, &space), type, CLASS_IN };
	return sentinel_fails(anchors, &question);
}

static void test_keys_of_the_root(void **state)
{
	struct anchors *anchors = anchors_new();
	(void)state;
	assert_int_equal(anchors_add_root(anchors), 0);
	assert_false(fails(anchors, "root-key-sentinel-is-ta-20326.example", TYPE_A));
	assert_false(fails(anchors, "ROOT-key-sentinel-is-TA-38696.example", TYPE_AAAA));
	assert_true(fails(anchors, "root-key-sentinel-is-ta-20327.example", TYPE_A));
	assert_true(fails(anchors, "ROOT-key-sentinel-IS-ta-20327.example", TYPE_A));
	assert_true(fails(anchors, "root-key-sentinel-not-ta-20326.example", TYPE_AAAA));
	assert_false(fails(anchors, "root-key-sentinel-not-ta-00001.example", TYPE_A));
	anchors_free(anchors);
}

static void test_a_key_as_anchor(void **state)
{
	struct anchor_fault fault;
	struct anchors *anchors = anchors_new();
	(void)state;
	/* RFC 8080 section 6.1 */
	assert_int_equal(
		anchors_parse(anchors,
			". DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=\n", &fault),
		0);
	assert_false(fails(anchors, "root-key-sentinel-is-ta-03613.example", TYPE_A));
	assert_true(fails(anchors, "root-key-sentinel-is-ta-20326.example", TYPE_A));
	anchors_free(anchors);
}

static void test_other_names_say_nothing(void **state)
{
	static const char *const names[] = { ".", "example", "root-key-sentinel-is-ta-1.example",
		"root-key-sentinel-is-ta-000001.example", "root-key-sentinel-is-ta-0000x.example",
		"root-key-sentinel-ta-00001.example", "x.root-key-sentinel-is-ta-00001.example" };
	struct anchors *anchors = anchors_new();
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_false(fails(anchors, names[i], TYPE_A));
	assert_false(fails(anchors, "root-key-sentinel-is-ta-00001.example", TYPE_MX));
	/* No root anchor at all: no key is trusted. */
	assert_true(fails(anchors, "root-key-sentinel-is-ta-00001.example", TYPE_A));
	anchors_free(anchors);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_of_the_root),
		cmocka_unit_test(test_a_key_as_anchor),
		cmocka_unit_test(test_other_names_say_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
