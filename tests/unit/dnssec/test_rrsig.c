/* SPDX-License-Identifier: MIT */
/* When a signature is to be believed, and for how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dnssec/rrsig.h"
#include "sample.h"
#include "wire/type.h"

#define FIXED "\0\1\15\2\0\0\16\20\0\0\0\2\0\0\0\1\22\64"

static void test_read(void **state)
{
	struct rrsig rrsig;
	(void)state;
	assert_int_equal(rrsig_read(OCTETS(FIXED "\7example\0sig"), &rrsig), 0);
	assert_int_equal(rrsig.covers, TYPE_A);
	assert_int_equal(rrsig.algorithm, 13);
	assert_int_equal(rrsig.labels, 2);
	assert_int_equal(rrsig.original_ttl_s, 3600);
	assert_int_equal(rrsig.expiration, 2);
	assert_int_equal(rrsig.inception, 1);
	assert_int_equal(rrsig.key_tag, 0x1234);
	assert_name(rrsig.signer, "example.");
	assert_true(bytes_equal(rrsig.signature, OCTETS("sig")));
	assert_int_equal(rrsig.fixed.len, 18);
	assert_int_equal(rrsig_read(OCTETS(FIXED "\7example\0"), &rrsig), ERR_FORMAT);
	assert_int_equal(rrsig_read(OCTETS(FIXED "\7exam"), &rrsig), ERR_FORMAT);
	assert_int_equal(rrsig_read(OCTETS("\0\1"), &rrsig), ERR_FORMAT);
}

static enum reason_code time_at(
	uint32_t inception, uint32_t expiration, int64_t wall_s, bool no_earlier)
{
	struct rrsig rrsig = { .inception = inception, .expiration = expiration };
	int64_t when_s;
	return rrsig_time(&rrsig, wall_s, no_earlier, &when_s);
}

static enum reason_code at(uint32_t inception, uint32_t expiration, int64_t wall_s)
{
	return time_at(inception, expiration, wall_s, false);
}

/* What is over at the floor is over now; what begins after it may have begun. */
static void test_no_clock(void **state)
{
	(void)state;
	assert_int_equal(time_at(1000, 2000, 1500, true), REASON_NONE);
	assert_int_equal(time_at(1000, 2000, 500, true), REASON_NONE);
	assert_int_equal(time_at(1000, 2000, 2101, true), REASON_RRSIG_EXPIRED);
	assert_int_equal(time_at(2000, 1000, 500, true), REASON_RRSIG_MALFORMED);
}

static void test_begin(void **state)
{
	const int64_t turn = (int64_t)1 << 32;
	struct rrsig rrsig = { .inception = UINT32_MAX - 999 };
	(void)state;
	assert_true(rrsig_begins_s(&rrsig, turn + 500) == turn - 1000);
	assert_true(rrsig_begins_s(&rrsig, turn - 5000) == turn - 1000);
	rrsig.inception = 1000;
	assert_true(rrsig_begins_s(&rrsig, turn - 500) == turn + 1000);
}

/* A tenth of the validity, an hour at most. */
static void test_skew(void **state)
{
	const uint32_t day = 86400;
	(void)state;
	assert_int_equal(at(1000, 2000, 900), REASON_NONE);
	assert_int_equal(at(1000, 2000, 899), REASON_RRSIG_NOT_YET_VALID);
	assert_int_equal(at(1000, 2000, 2100), REASON_NONE);
	assert_int_equal(at(1000, 2000, 2101), REASON_RRSIG_EXPIRED);
	assert_int_equal(at(30 * day, 60 * day, 60 * day + 3600), REASON_NONE);
	assert_int_equal(at(30 * day, 60 * day, 60 * day + 3601), REASON_RRSIG_EXPIRED);
	assert_int_equal(at(30 * day, 60 * day, 30 * day - 3600), REASON_NONE);
	assert_int_equal(at(30 * day, 60 * day, 30 * day - 3601), REASON_RRSIG_NOT_YET_VALID);
	assert_int_equal(at(2000, 1000, 1500), REASON_RRSIG_MALFORMED);
	assert_int_equal(at(1000, 1000, 1000), REASON_NONE);
}

/* In 2106 the counter starts anew, and signatures reach across. RFC 1982 */
static void test_serial(void **state)
{
	const int64_t turn = (int64_t)1 << 32;
	struct rrsig rrsig = { .inception = UINT32_MAX - 999, .expiration = 1000 };
	int64_t when_s;
	(void)state;
	assert_int_equal(at(UINT32_MAX - 999, 1000, turn - 500), REASON_NONE);
	assert_int_equal(at(UINT32_MAX - 999, 1000, turn + 500), REASON_NONE);
	assert_int_equal(rrsig_time(&rrsig, turn + 5000, false, &when_s), REASON_RRSIG_EXPIRED);
	assert_true(when_s == turn + 1000);
	assert_int_equal(
		rrsig_time(&rrsig, turn - 5000, false, &when_s), REASON_RRSIG_NOT_YET_VALID);
	assert_true(when_s == turn - 1000);
}

static void test_ttl(void **state)
{
	struct rrsig rrsig = { .expiration = 10000, .original_ttl_s = 300 };
	(void)state;
	assert_int_equal(rrsig_ttl_s(&rrsig, 1000), 300);
	assert_int_equal(rrsig_ttl_s(&rrsig, 9800), 200);
	assert_int_equal(rrsig_ttl_s(&rrsig, 10500), 1);
	rrsig.original_ttl_s = 0;
	assert_int_equal(rrsig_ttl_s(&rrsig, 1000), 0);
}

static void test_labels(void **state)
{
	struct name_space space;
	(void)state;
	assert_int_equal(rrsig_labels_of(name_root()), 0);
	assert_int_equal(rrsig_labels_of(name_of("www.example", &space)), 2);
	assert_int_equal(rrsig_labels_of(name_of("*.example", &space)), 1);
	assert_int_equal(rrsig_labels_of(name_of("a.*.example", &space)), 3);
	assert_int_equal(rrsig_labels_of(name_of("**.example", &space)), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_skew),
		cmocka_unit_test(test_serial),
		cmocka_unit_test(test_no_clock),
		cmocka_unit_test(test_begin),
		cmocka_unit_test(test_ttl),
		cmocka_unit_test(test_labels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
