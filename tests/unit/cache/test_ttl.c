/* SPDX-License-Identifier: MIT */
/* Lost if these fail: answers used after their owner wanted them forgotten, or asked for anew
 * with every query. */
#include "cache/ttl.h"

#include <limits.h>

#include "sample.h"

static const struct ttl_options options = { .max_s = 86400, .max_negative_s = 3600 };

/* mname and rname ".", then five numbers of which MINIMUM is the last. */
static void soa_write(uint8_t rdata[static 22], uint32_t minimum_s)
{
	memset(rdata, 0, 22);
	u32_store(rdata + 18, minimum_s);
}

static uint32_t negative(uint32_t soa_ttl_s, uint32_t minimum_s)
{
	struct sample_rrset soa;
	uint8_t rdata[22];
	soa_write(rdata, minimum_s);
	sample_rrset(&soa, "example", TYPE_SOA, SECTION_AUTHORITY, soa_ttl_s, rdata, sizeof(rdata));
	return ttl_negative_s(&options, &soa.rrset, 1);
}

static uint32_t positive(const struct ttl_options *with, uint32_t ttl_s)
{
	struct sample_rrset a;
	sample_rrset(&a, "example", TYPE_A, SECTION_ANSWER, ttl_s, "\1\2\3\4", 4);
	return ttl_positive_s(with, &a.rrset, 1);
}

static void test_least_of_a_chain(void **state)
{
	(void)state;
	struct sample_rrset cname, a;
	sample_rrset(&cname, "www.example", TYPE_CNAME, SECTION_ANSWER, 20, "\1a\0", 3);
	sample_rrset(&a, "a", TYPE_A, SECTION_ANSWER, 300, "\1\2\3\4", 4);
	struct rrset rrsets[] = { a.rrset, cname.rrset };
	assert_int_equal(ttl_positive_s(&options, rrsets, 2), 20);
	assert_int_equal(ttl_positive_s(&options, rrsets, 0), 0);
}

static void test_bounds_of_the_user(void **state)
{
	(void)state;
	struct ttl_options raised = { .min_s = 60, .max_s = 600 };
	assert_int_equal(positive(&options, 604800), 86400);
	assert_int_equal(positive(&raised, 5), 60);
	assert_int_equal(positive(&raised, 61), 61);
	assert_int_equal(positive(&raised, 601), 600);
	raised.min_s = 3600;
	assert_int_equal(positive(&raised, 5), 600);
}

static void test_zero_is_not_raised(void **state)
{
	(void)state;
	struct ttl_options raised = { .min_s = 60, .max_s = 600 };
	assert_int_equal(positive(&raised, 0), 0);
	assert_int_equal(positive(&options, 0), 0);
}

static void test_denial_by_soa(void **state)
{
	(void)state;
	assert_int_equal(negative(900, 300), 300);
	assert_int_equal(negative(300, 900), 300);
	assert_int_equal(negative(86400, 86400), 3600);
	assert_int_equal(negative(0, 900), 0);
	assert_int_equal(negative(900, 0), 0);
	assert_int_equal(negative(900, 0x80000000), 0);
	assert_int_equal(negative(900, 0x7fffffff), 900);
}

static void test_denial_without_soa_is_not_kept(void **state)
{
	(void)state;
	struct sample_rrset soa, cname;
	uint8_t rdata[22];
	soa_write(rdata, 300);
	sample_rrset(&cname, "example", TYPE_CNAME, SECTION_ANSWER, 60, "\1a\0", 3);
	assert_int_equal(ttl_negative_s(&options, &cname.rrset, 1), 0);
	assert_int_equal(ttl_negative_s(&options, NULL, 0), 0);
	/* Anywhere but in the authority section an SOA says nothing of denials. */
	sample_rrset(&soa, "example", TYPE_SOA, SECTION_ANSWER, 300, rdata, sizeof(rdata));
	assert_int_equal(ttl_negative_s(&options, &soa.rrset, 1), 0);
	/* Nor does one too short to be one. */
	sample_rrset(&soa, "example", TYPE_SOA, SECTION_AUTHORITY, 300, rdata, 21);
	assert_int_equal(ttl_negative_s(&options, &soa.rrset, 1), 0);
}

static void test_denial_no_longer_than_proof_and_chain(void **state)
{
	(void)state;
	static const uint16_t types[] = { TYPE_NSEC, TYPE_NSEC3, TYPE_RRSIG };
	struct sample_rrset soa, other;
	uint8_t rdata[22];

	soa_write(rdata, 900);
	sample_rrset(&soa, "example", TYPE_SOA, SECTION_AUTHORITY, 900, rdata, sizeof(rdata));
	for (size_t i = 0; i < 3; i++) {
		sample_rrset(&other, "example", types[i], SECTION_AUTHORITY, 40, "", 0);
		struct rrset proof[] = { soa.rrset, other.rrset };
		assert_int_equal(ttl_negative_s(&options, proof, 2), 40);
	}
	sample_rrset(&other, "www.example", TYPE_CNAME, SECTION_ANSWER, 30, "\1a\0", 3);
	struct rrset chain[] = { other.rrset, soa.rrset };
	assert_int_equal(ttl_negative_s(&options, chain, 2), 30);
	/* min-ttl is about positive answers. */
	struct ttl_options raised = { .min_s = 600, .max_s = 86400, .max_negative_s = 3600 };
	assert_int_equal(ttl_negative_s(&raised, chain, 2), 30);
}

static void test_failures_grow(void **state)
{
	(void)state;
	assert_int_equal(ttl_failure_s(0), 1);
	assert_int_equal(ttl_failure_s(1), 1);
	assert_int_equal(ttl_failure_s(2), 2);
	assert_int_equal(ttl_failure_s(9), 256);
	assert_int_equal(ttl_failure_s(10), 300);
	assert_int_equal(ttl_failure_s(255), 300);
	assert_int_equal(ttl_failure_s(UINT_MAX), 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_least_of_a_chain),
		cmocka_unit_test(test_bounds_of_the_user),
		cmocka_unit_test(test_zero_is_not_raised),
		cmocka_unit_test(test_denial_by_soa),
		cmocka_unit_test(test_denial_without_soa_is_not_kept),
		cmocka_unit_test(test_denial_no_longer_than_proof_and_chain),
		cmocka_unit_test(test_failures_grow),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
