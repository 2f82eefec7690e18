/* SPDX-License-Identifier: MIT */
/* What `query` shows. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
