/* SPDX-License-Identifier: MIT */
/* Extended errors among other options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/ede.h"

static void test_options(void **state)
{
	static const char options[] = "\0\12\0\2ab"	  /* a cookie */
				      "\0\17\0\2\0\6"	  /* 6, no text */
				      "\0\17\0\1x"	  /* too short to have a code */
				      "\0\17\0\5\0\7abc"; /* 7, "abc" */
	struct reader reader = reader_over(bytes_of(options, sizeof(options) - 1));
	struct bytes text;
	uint16_t code;
	(void)state;
	assert_true(ede_next(&reader, &code, &text));
	assert_int_equal(code, 6);
	assert_int_equal(text.len, 0);
	assert_true(ede_next(&reader, &code, &text));
	assert_int_equal(code, 7);
	assert_memory_equal(text.at, "abc", 3);
	assert_false(ede_next(&reader, &code, &text));
	reader = reader_over(bytes_of("\0\17\0\11\0\6", 6)); /* longer than there is */
	assert_false(ede_next(&reader, &code, &text));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_options) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
