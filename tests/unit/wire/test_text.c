/* SPDX-License-Identifier: MIT */
/* What `query` and `explain` show, and what scripts read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"
#include "wire/text.h"

static void test_record(void **state)
{
	struct name_space space;
	struct sheet sheet;
	struct record record = { .owner = name_of("www.example", &space),
		.type = TYPE_A,
		.class = CLASS_IN,
		.ttl_s = 300,
		.rdata = OCTETS("\300\0\2\1") };
	(void)state;
	record_print(sheet_open(&sheet), &record);
	assert_sheet(&sheet, "www.example. 300 IN A 192.0.2.1\n");
	record.class = 32;
	record.type = 65280;
	record.rdata = OCTETS("\n");
	record_print(sheet_open(&sheet), &record);
	assert_sheet(&sheet, "www.example. 300 CLASS32 TYPE65280 \\# 1 0A\n");
}

static void test_json(void **state)
{
	static const struct {
		struct bytes text;
		const char *json;
	} cases[] = {
#define CASE(literal, json) { { (const uint8_t *)(literal), sizeof(literal) - 1 }, json }
		CASE("", "\"\""),
		CASE("plain", "\"plain\""),
		CASE("a\"b\\c/", "\"a\\\"b\\\\c/\""),
		CASE("\0\n\x1f\x7f", "\"\\u0000\\u000a\\u001f\\u007f\""),
		CASE("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80",
			"\"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80\""),
		/* Octets that are not UTF-8, among them overlong forms and surrogates. */
		CASE("\xff", "\"\\u00ff\""),
		CASE("\xc3", "\"\\u00c3\""),
		CASE("\xc3(", "\"\\u00c3(\""),
		CASE("\xc0\x80", "\"\\u00c0\\u0080\""),
		CASE("\xe0\x80\x80", "\"\\u00e0\\u0080\\u0080\""),
		CASE("\xed\xa0\x80", "\"\\u00ed\\u00a0\\u0080\""),
		CASE("\xf4\x90\x80\x80", "\"\\u00f4\\u0090\\u0080\\u0080\""),
		CASE("\xf0\x9f\x98", "\"\\u00f0\\u009f\\u0098\""),
		CASE("\x80", "\"\\u0080\""),
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct sheet sheet;
		json_string_print(sheet_open(&sheet), cases[i].text);
		assert_sheet(&sheet, cases[i].json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_json),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
