/* SPDX-License-Identifier: MIT */
/* Digests and keys are compared by eye and pasted elsewhere: each character counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"
#include "wire/print.h"

/* RFC 4648 section 10 */
static void test_base64(void **state)
{
	static const char *const cases[][2] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" }, { "\xff\xfe\xfb", "//77" } };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct sheet sheet;
		base64_print(sheet_open(&sheet), bytes_of(cases[i][0], strlen(cases[i][0])));
		assert_sheet(&sheet, cases[i][1]);
	}
}

/* RFC 4648 section 10, without the filling-up that RFC 5155 section 3.3 leaves out. */
static void test_base32hex(void **state)
{
	static const char *const cases[][2] = { { "\1f", "CO" }, { "\2fo", "CPNG" },
		{ "\3foo", "CPNMU" }, { "\4foob", "CPNMUOG" }, { "\5fooba", "CPNMUOJ1" },
		{ "\6foobar", "CPNMUOJ1E8" } };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct sheet sheet;
		const struct field field = { FIELD_HASH,
			bytes_of(cases[i][0], strlen(cases[i][0])) };
		field_print(sheet_open(&sheet), &field);
		assert_sheet(&sheet, cases[i][1]);
	}
}

static void test_octets(void **state)
{
	struct sheet sheet;
	static const uint8_t v6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };
	FILE *out = sheet_open(&sheet);
	(void)state;
	hex_print(out, OCTETS("\x00\xaf\x10"));
	quoted_octet_print(out, 'a');
	quoted_octet_print(out, '"');
	quoted_octet_print(out, '\\');
	quoted_octet_print(out, 7);
	quoted_octet_print(out, 255);
	ipv4_print(out, (const uint8_t *)"\300\0\2\1");
	ipv6_print(out, v6);
	assert_sheet(&sheet, "00AF10a\\\"\\\\\\007\\255192.0.2.12001:db8::1");
}

static void test_field_has_text(void **state)
{
	const struct field word = { FIELD_TAG, OCTETS("\5issue") },
			   no_word = { FIELD_TAG, OCTETS("\1-") };
	const struct field empty = { FIELD_BASE64_ANY, { NULL, 0 } },
			   list = { FIELD_BITMAP, OCTETS("x") };
	(void)state;
	assert_true(field_has_text(&word));
	assert_false(field_has_text(&no_word));
	assert_true(field_needs_blank(&word));
	assert_false(field_needs_blank(&empty));
	assert_false(field_needs_blank(&list));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_base32hex),
		cmocka_unit_test(test_octets),
		cmocka_unit_test(test_field_has_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
