/* SPDX-License-Identifier: MIT */
/* What scripts read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cli/json.h"

/* A name or a text of a stranger's must not end the string that it stands in. */
static void test_strings(void **state)
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
		CASE("\xc3\xa4 \xf0\x9f\x98\x80", "\"\xc3\xa4 \xf0\x9f\x98\x80\""),
		CASE("\xc2\x80\xc2\x9b"
		     "2J\xc2\x9f\xc2\xa0",
			"\"\\u0080\\u009b2J\\u009f\xc2\xa0\""),
		CASE("\xff", "\"\\u00ff\""),
		CASE("\xc3(", "\"\\u00c3(\""),
		CASE("\xc0\x80", "\"\\u00c0\\u0080\""),
		CASE("\xf0\x9f\x98", "\"\\u00f0\\u009f\\u0098\""),
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text;
		size_t len;
		FILE *out = open_memstream(&text, &len);
		assert_non_null(out);
		json_string_print(out, cases[i].text);
		assert_int_equal(fclose(out), 0);
		assert_string_equal(text, cases[i].json);
		free(text);
	}
}

static void test_values(void **state)
{
	char *text;
	size_t len;
	struct json json = { .out = open_memstream(&text, &len) };
	(void)state;
	assert_non_null(json.out);
	json_open(&json, NULL, '{');
	json_text(&json, "a\"b", "x");
	json_text(&json, "none", NULL);
	json_open(&json, "list", '[');
	json_number(&json, NULL, -1);
	json_bool(&json, NULL, true);
	json_open(&json, NULL, '{');
	json_close(&json, '}');
	json_close(&json, ']');
	json_octets(&json, "octets", bytes_of("\xff", 1));
	json_bool(&json, "no", false);
	json_close(&json, '}');
	assert_int_equal(fclose(json.out), 0);
	assert_string_equal(text, "{\"a\\\"b\":\"x\",\"none\":null,\"list\":[-1,true,{}],"
				  "\"octets\":\"\\u00ff\",\"no\":false}");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_values),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
