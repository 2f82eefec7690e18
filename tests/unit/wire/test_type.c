/* SPDX-License-Identifier: MIT */
/* The words that people type and read for the numbers of the DNS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"
#include "wire/type.h"

/* Whatever is printed is understood again, for every number there is. */
static void test_all_types_round_trip(void **state)
{
	(void)state;
	for (uint32_t type = 0; type <= UINT16_MAX; type++) {
		char text[TYPE_TEXT_LEN];
		uint16_t parsed;
		assert_int_equal(type_parse(type_print((uint16_t)type, text), &parsed), 0);
		assert_int_equal(parsed, type);
	}
}

static void test_types(void **state)
{
	char text[TYPE_TEXT_LEN];
	uint16_t type;
	(void)state;
	assert_string_equal(type_print(TYPE_AAAA, text), "AAAA");
	assert_string_equal(type_print(TYPE_NSEC3PARAM, text), "NSEC3PARAM");
	assert_string_equal(type_print(65280, text), "TYPE65280");
	assert_int_equal(type_parse("https", &type), 0);
	assert_int_equal(type, TYPE_HTTPS);
	assert_int_equal(type_parse("Type28", &type), 0);
	assert_int_equal(type, TYPE_AAAA);
	assert_int_equal(type_parse("TYPE65535", &type), 0);
	static const char *const bad[] = { "", "TYPE", "TYPE65536", "TYPE99999", "TYPE000001",
		"TYPE-1", "TYPE1x", "AA", "AAAAA", " A" };
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(type_parse(bad[i], &type), ERR_FORMAT);
}

static void test_classes_and_rcodes(void **state)
{
	char text[TYPE_TEXT_LEN];
	(void)state;
	assert_string_equal(class_print(CLASS_IN, text), "IN");
	assert_string_equal(class_print(CLASS_CH, text), "CH");
	assert_string_equal(class_print(32, text), "CLASS32");
	assert_string_equal(rcode_print(RCODE_NXDOMAIN, text), "NXDOMAIN");
	assert_string_equal(rcode_print(RCODE_BADVERS, text), "BADVERS");
	assert_string_equal(rcode_print(3841, text), "RCODE3841");
}

/* A failure taken for an answer would end the search for one; and the other way round. */
static void test_answers(void **state)
{
	(void)state;
	for (unsigned rcode = 0; rcode < 4096; rcode++)
		assert_int_equal(rcode_is_answer((uint16_t)rcode),
			rcode == RCODE_NOERROR || rcode == RCODE_NXDOMAIN ||
				rcode == RCODE_YXDOMAIN);
}

/* Stripping less confuses old clients, stripping DNSKEY or DS would break answers to them. */
static void test_dnssec(void **state)
{
	(void)state;
	assert_true(type_is_dnssec(TYPE_RRSIG));
	assert_true(type_is_dnssec(TYPE_NSEC));
	assert_true(type_is_dnssec(TYPE_NSEC3));
	assert_false(type_is_dnssec(TYPE_DNSKEY));
	assert_false(type_is_dnssec(TYPE_DS));
	assert_false(type_is_dnssec(TYPE_A));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_types_round_trip),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_classes_and_rcodes),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_dnssec),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
