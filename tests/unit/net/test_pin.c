/* SPDX-License-Identifier: MIT */
/* A pin that is misread lets in the wrong one, or nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "net/pin.h"

/* Of 0, 1, … 31, and of 32 octets 0xff, as base64(1) writes them. */
#define COUNTING "sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define ONES	 "sha256///////////////////////////////////////////8="

static void read_and_written(void **state)
{
	char text[PIN_TEXT_LEN];
	struct pin pin;
	(void)state;

	assert_int_equal(pin_parse(COUNTING, &pin), 0);
	for (uint8_t i = 0; i < PIN_LEN; i++)
		assert_int_equal(pin.sha256[i], i);
	assert_string_equal(pin_write(&pin, text), COUNTING);
	assert_int_equal(pin_parse(ONES, &pin), 0);
	for (uint8_t i = 0; i < PIN_LEN; i++)
		assert_int_equal(pin.sha256[i], 0xff);
	assert_string_equal(pin_write(&pin, text), ONES);
	assert_int_equal(strlen(text), PIN_TEXT_LEN - 1);
}

static void what_is_no_pin(void **state)
{
	static const char *const texts[] = {
		"",
		"sha256/",
		"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
		"sha1/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
		"SHA256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
		"sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
		"sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8==",
		"sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh=8",
		"sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==",
		/* Other bits behind the last octet. */
		"sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=",
		/* The URL alphabet, blanks. */
		"sha256/-_ECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
		"sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd h8=",
		" sha256/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
		"pin-sha256=\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"",
	};
	(void)state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct pin pin = { .sha256 = { 7 } };
		if (pin_parse(texts[i], &pin) != ERR_FORMAT || pin.sha256[0] != 7)
			fail_msg("\"%s\"", texts[i]);
	}
}

static void found_among_others(void **state)
{
	struct pin items[3] = { { { 1 } }, { { 2 } }, { { 3 } } };
	const struct pins pins = { .items = items, .count = 3 }, none = { .count = 0 };
	const struct pin second = { { 2 } }, other = { { 2, 1 } };
	(void)state;

	assert_int_equal(pins_find(&pins, &second), 1);
	assert_int_equal(pins_find(&pins, &other), 3);
	assert_int_equal(pins_find(&none, &second), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_and_written),
		cmocka_unit_test(what_is_no_pin),
		cmocka_unit_test(found_among_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
