/* SPDX-License-Identifier: MIT */
/* What is counted too low would keep the resolver busy, what is counted too high would refuse a
 * server that is fine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/burden.h"

#define ASSERT_BURDEN(kind, expected, ...)                                                         \
	do {                                                                                       \
		const uint8_t octets[] = { __VA_ARGS__ };                                          \
		assert_int_equal(burden_of(kind, bytes_of(octets, sizeof(octets))), expected);     \
	} while (0)

/* SEQUENCE { INTEGER 1, SET {}, OCTET STRING { SEQUENCE { NULL } }, OCTET STRING "a" }: seven. */
#define SEVEN	  0x30, 14, 2, 1, 1, 0x31, 0, 4, 4, 0x30, 2, 5, 0, 4, 1, 'a'
#define SEVEN_LEN 16

static void elements_of_certificates(void **state)
{
	(void)state;
	ASSERT_BURDEN(BURDEN_CERTIFICATES_1_2, 0, 0, 0, 0);
	ASSERT_BURDEN(BURDEN_CERTIFICATES_1_2, 7, 0, 0, 3 + SEVEN_LEN, 0, 0, SEVEN_LEN, SEVEN);
	ASSERT_BURDEN(BURDEN_CERTIFICATES_1_2, 14, 0, 0, 2 * (3 + SEVEN_LEN), 0, 0, SEVEN_LEN,
		SEVEN, 0, 0, SEVEN_LEN, SEVEN);
	ASSERT_BURDEN(
		BURDEN_CERTIFICATES_1_3, 7, 0, 0, 0, 5 + SEVEN_LEN, 0, 0, SEVEN_LEN, SEVEN, 0, 0);
	/* With a length of more octets than one. */
	ASSERT_BURDEN(BURDEN_CERTIFICATES_1_2, 2, 0, 0, 10, 0, 0, 7, 0x30, 0x82, 0, 3, 4, 1, 'a');
}

static void elements_of_ocsp_responses(void **state)
{
	(void)state;
	ASSERT_BURDEN(BURDEN_STATUS, 7, 1, 0, 0, SEVEN_LEN, SEVEN);
	/* After the certificate that it is about, behind another extension. */
	ASSERT_BURDEN(BURDEN_CERTIFICATES_1_3, 8, 0, 0, 0, 7 + 5 + 8 + SEVEN_LEN, 0, 0, 2, 5, 0, 0,
		5 + 8 + SEVEN_LEN, 0, 18, 0, 1, 'a', 0, 5, 0, 4 + SEVEN_LEN, 1, 0, 0, SEVEN_LEN,
		SEVEN, 0);
}

/* By its octets, as nobody knows what a reader makes of it. */
static void what_is_no_der(void **state)
{
	(void)state;
	ASSERT_BURDEN(BURDEN_CERTIFICATES_1_2, 4, 0, 0, 7, 0, 0, 4, 0x30, 0x80, 0, 0);
	ASSERT_BURDEN(BURDEN_CERTIFICATES_1_2, 5, 0, 0, 8, 0, 0, 5, 0x1f, 1, 0, 0, 0);
	ASSERT_BURDEN(BURDEN_CERTIFICATES_1_2, 1 + 2, 0, 0, 7, 0, 0, 4, 0x30, 2, 4, 9);
	ASSERT_BURDEN(BURDEN_CERTIFICATES_1_2, 4, 0, 0, 9, 'a');
	ASSERT_BURDEN(BURDEN_CERTIFICATES_1_3, 2, 9, 0);
}

/* In an element that ends before it, one is that claims to reach far beyond: what follows counts.
 */
static void nothing_hides(void **state)
{
	(void)state;
	ASSERT_BURDEN(BURDEN_CERTIFICATES_1_2, 1 + 4 + 7, 0, 0, 9 + SEVEN_LEN, 0, 0, 6 + SEVEN_LEN,
		0x30, 4, 4, 0x82, 0, SEVEN_LEN, SEVEN);
}

/* Elements in elements without end would take the stack. */
static void what_is_deep(void **state)
{
	uint8_t octets[6 + 120] = { 0, 0, 123, 0, 0, 120 };
	(void)state;

	for (unsigned i = 0; i < 60; i++) {
		octets[6 + 2 * i] = 0x30;
		octets[6 + 2 * i + 1] = (uint8_t)(118 - 2 * i);
	}
	assert_int_equal(burden_of(BURDEN_CERTIFICATES_1_2, bytes_of(octets, sizeof(octets))),
		32 + (120 - 2 * 32));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_of_certificates),
		cmocka_unit_test(elements_of_ocsp_responses),
		cmocka_unit_test(what_is_no_der),
		cmocka_unit_test(nothing_hides),
		cmocka_unit_test(what_is_deep),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
