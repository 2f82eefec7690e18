/* SPDX-License-Identifier: MIT */
/* A type that a bitmap hides or invents makes a denial of what exists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dnssec/bitmap.h"
#include "sample.h"
#include "wire/type.h"

/* RFC 4034 section 4.3: A MX RRSIG NSEC TYPE1234. */
static void test_rfc4034(void **state)
{
	uint8_t octets[64];
	size_t len = unhex("0006400100000003 041b00000000000000000000000000000000000000000000000000"
			   "0020",
		octets, sizeof(octets));
	struct bytes bitmap = bytes_of(octets, len);
	(void)state;
	assert_true(bitmap_valid(bitmap));
	unsigned found = 0;
	for (unsigned type = 0; type <= UINT16_MAX; type++)
		found += bitmap_has(bitmap, (uint16_t)type);
	assert_int_equal(found, 5);
	assert_true(bitmap_has(bitmap, TYPE_A));
	assert_true(bitmap_has(bitmap, TYPE_MX));
	assert_true(bitmap_has(bitmap, TYPE_RRSIG));
	assert_true(bitmap_has(bitmap, TYPE_NSEC));
	assert_true(bitmap_has(bitmap, 1234));
}

static void test_valid(void **state)
{
	uint8_t octets[80] = { 0, 33 };
	(void)state;
	assert_true(bitmap_valid(bytes_of(NULL, 0)));
	assert_false(bitmap_has(bytes_of(NULL, 0), TYPE_A));
	assert_false(bitmap_valid(bytes_of(octets, 35))); /* too long a window */
	octets[1] = 32;
	assert_true(bitmap_valid(bytes_of(octets, 34)));
	assert_false(bitmap_valid(bytes_of(octets, 33))); /* cut */
	assert_false(bitmap_valid(OCTETS("\0")));
	assert_false(bitmap_valid(OCTETS("\0\0")));	    /* an empty window */
	assert_false(bitmap_valid(OCTETS("\1\1\1\0\1\1"))); /* out of order */
	assert_false(bitmap_valid(OCTETS("\1\1\1\1\1\1"))); /* twice */
	assert_true(bitmap_valid(OCTETS("\0\1\1\1\1\1")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc4034),
		cmocka_unit_test(test_valid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
