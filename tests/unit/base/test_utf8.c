/* SPDX-License-Identifier: MIT */
/* What passes for text: what slips through here is shown to a person, or to a JSON parser. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/utf8.h"

#define OCTETS(literal)                                                                            \
	{                                                                                          \
		(const uint8_t *)(literal), sizeof(literal) - 1                                    \
	}

/* The edges of RFC 3629 section 4. */
static void test_characters(void **state)
{
	static const struct bytes good[] = { OCTETS("\0"), OCTETS("\x7f"), OCTETS("\xc2\x80"),
		OCTETS("\xdf\xbf"), OCTETS("\xe0\xa0\x80"), OCTETS("\xed\x9f\xbf"),
		OCTETS("\xee\x80\x80"), OCTETS("\xef\xbf\xbf"), OCTETS("\xf0\x90\x80\x80"),
		OCTETS("\xf4\x8f\xbf\xbf") };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(utf8_char_len(good[i]), good[i].len);
		for (size_t len = 1; len < good[i].len; len++)
			assert_int_equal(utf8_char_len(bytes_of(good[i].at, len)), 0);
	}
}

static void test_no_characters(void **state)
{
	static const struct bytes bad[] = { OCTETS("\x80"), OCTETS("\xbf"), OCTETS("\xff"),
		OCTETS("\xc3("), OCTETS("\xe2\x82("), OCTETS("\xf0\x9f\x98("),
		/* Overlong. */
		OCTETS("\xc0\x80"), OCTETS("\xc1\xbf"), OCTETS("\xe0\x9f\xbf"),
		OCTETS("\xf0\x8f\xbf\xbf"),
		/* Surrogates, and beyond U+10FFFF. */
		OCTETS("\xed\xa0\x80"), OCTETS("\xed\xbf\xbf"), OCTETS("\xf4\x90\x80\x80"),
		OCTETS("\xf5\x80\x80\x80") };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(utf8_char_len(bad[i]), 0);
}

static void test_texts(void **state)
{
	static const struct bytes text = OCTETS("a\xc3\xa4\xe2\x82\xac\xff z");

	(void)state;
	assert_int_equal(utf8_valid_len(text), 6);
	assert_int_equal(utf8_valid_len(bytes_of(text.at, 6)), 6);
	assert_int_equal(utf8_valid_len(bytes_of(text.at, 5)), 3);
	assert_int_equal(utf8_valid_len(bytes_of(text.at, 0)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_characters),
		cmocka_unit_test(test_no_characters),
		cmocka_unit_test(test_texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
