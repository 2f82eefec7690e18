/* SPDX-License-Identifier: MIT */
/* A name in a certificate must not talk to the terminal of who reads about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "net/sentence.h"

PRINTF(3, 4) static void write_it(char *text, size_t len, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	sentence_write(text, len, format, list);
	va_end(list);
}

static void only_plain_characters_get_through(void **state)
{
	char text[64];
	(void)state;

	write_it(text, sizeof(text), "got %s: %d", "a\033[2J\n\x7f\xc3\xa9~", 7);
	assert_string_equal(text, "got a?[2J????~: 7");
}

static void a_long_one_is_cut(void **state)
{
	char text[8] = "xxxxxxx";
	(void)state;

	write_it(text, sizeof(text), "%s", "0123456789");
	assert_string_equal(text, "0123456");
}

static void what_a_peer_wrote_is_read_in_one_way(void **state)
{
	static const uint8_t octets[] = "a\"b\\c\x1b\0\n\xc3\x7f,~";
	char text[64];
	(void)state;

	const struct bytes peers = bytes_of(octets, sizeof(octets) - 1);
	assert_string_equal(
		sentence_quote(text, sizeof(text), peers), "\"a\\\"b\\\\c\\1B\\00\\0A\\C3\\7F,~\"");
	assert_true(sentence_escape(text, sizeof(text), peers));
	assert_string_equal(text, "a\"b\\c\\1B\\00\\0A\\C3\\7F,~");
	assert_string_equal(sentence_quote(text, sizeof(text), bytes_of("", 0)), "\"\"");
}

/* Cut, it would look like another name; and half an escape means something else. */
static void a_cut_is_seen(void **state)
{
	char text[11];
	(void)state;

	assert_string_equal(sentence_quote(text, sizeof(text), bytes_of("01234", 5)), "\"01234\"");
	assert_string_equal(
		sentence_quote(text, sizeof(text), bytes_of("012345", 6)), "\"01234\"...");
	assert_string_equal(
		sentence_quote(text, sizeof(text), bytes_of("012\x1b\"", 5)), "\"012\"...");
	assert_string_equal(
		sentence_quote(text, sizeof(text), bytes_of("0123\"", 5)), "\"0123\"...");
	assert_true(sentence_escape(text, sizeof(text), bytes_of("0123456789", 10)));
	assert_false(sentence_escape(text, sizeof(text), bytes_of("01234567\x1b", 9)));
	assert_string_equal(text, "01234567");
}

static void times_are_told_in_utc(void **state)
{
	char text[SENTENCE_TIME_LEN];
	(void)state;

	assert_string_equal(sentence_time(1769860800, text), "2026-01-31 12:00 UTC");
	assert_string_equal(sentence_time(0, text), "1970-01-01 00:00 UTC");
	assert_string_equal(sentence_time(INT64_MAX, text), "(no date)");
}

static void a_clock_that_is_not_set(void **state)
{
	char text[SENTENCE_CLOCK_LEN];
	(void)state;

	assert_false(sentence_clock(text));
	assert_string_equal(text, "");
	clock_raise_floor(INT64_C(7258118400));
	assert_true(sentence_clock(text));
	assert_non_null(strstr(text, "the clock is not set: it says 2"));
	assert_non_null(strstr(text, "must be 2200-01-01 00:00 UTC or later; until it is set, "));
	assert_non_null(strstr(text, "let an NTP client set it, or date(1)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_plain_characters_get_through),
		cmocka_unit_test(a_long_one_is_cut),
		cmocka_unit_test(what_a_peer_wrote_is_read_in_one_way),
		cmocka_unit_test(a_cut_is_seen),
		cmocka_unit_test(times_are_told_in_utc),
		cmocka_unit_test(a_clock_that_is_not_set),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
