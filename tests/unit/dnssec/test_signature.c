/* SPDX-License-Identifier: MIT */
/* Which signatures are looked at, in which order, and how many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dnssec/signature.h"
#include "sample.h"
#include "world.h"

#define SIGNATURES_MAX 32

struct sample {
	struct name_space zone_space, owner_space;
	struct crypto crypto;
	struct budget budget;
	struct arena arena;
	struct dnskey keys[16];
	struct zone zone;
	struct bytes rdata;
	struct rrset rrset;
	uint8_t octets[SIGNATURES_MAX][SIGNER_RDATA_MAX];
	struct bytes signature_rdata[SIGNATURES_MAX];
	struct rrset signatures;
};

static struct sample s;

static int set_up(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	crypto_init(&s.crypto, NULL);
	budget_init(&s.budget);
	arena_init(&s.arena, 1u << 20);
	s.zone = (struct zone){ .name = name_of("example", &s.zone_space), .keys = s.keys };
	s.rdata = OCTETS("\300\0\2\1");
	s.rrset = (struct rrset){ .owner = name_of("a.b.example", &s.owner_space),
		.type = TYPE_A,
		.class = CLASS_IN,
		.ttl_s = 300,
		.count = 1,
		.rdata = &s.rdata };
	s.signatures = s.rrset;
	s.signatures.type = TYPE_RRSIG;
	s.signatures.rdata = s.signature_rdata;
	s.signatures.count = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_done(&s.arena);
	crypto_done(&s.crypto);
	return 0;
}

static void key(uint8_t algorithm, unsigned number)
{
	s.keys[s.zone.key_count++] = signer_key(algorithm, number)->dnskey;
}

/* Signs as labels say: 3 is the name itself, 2 *.b.example. */
static void sign(uint8_t algorithm, unsigned number, uint8_t labels, bool spoil)
{
	static const char *const owners[] = { "*", "*.example", "*.b.example", "a.b.example" };
	struct name_space space;
	struct rrset rrset = s.rrset;
	size_t at = s.signatures.count++;
	const struct signer_terms terms = { .signer = s.zone.name,
		.inception = WORLD_WALL_S - 100,
		.expiration = WORLD_WALL_S + 100,
		.labels = labels };
	rrset.owner = name_of(owners[labels], &space);
	size_t len = signer_sign(signer_key(algorithm, number), &rrset, &terms, s.octets[at]);
	s.octets[at][len - 2] ^= (uint8_t)spoil;
	s.signature_rdata[at] = bytes_of(s.octets[at], len);
}

static struct signature check(void)
{
	const struct checker checker = { &s.crypto, &s.budget, &s.arena, WORLD_WALL_S, false,
		NULL };
	struct signature signature = { 0 };
	assert_int_equal(
		signature_check(&checker, &s.zone, &s.rrset, &s.signatures, &signature), 0);
	return signature;
}

static void test_fits(void **state)
{
	(void)state;
	key(13, 0);
	sign(13, 0, 3, false);
	struct signature signature = check();
	assert_int_equal(signature.reason.code, REASON_NONE);
	assert_int_equal(signature.ttl_s, 100); /* what is left of its validity */
	assert_false(signature.expanded);
	assert_int_equal(s.budget.checks, 1);
}

static void test_wildcard(void **state)
{
	(void)state;
	key(13, 0);
	sign(13, 0, 2, false);
	struct signature signature = check();
	assert_int_equal(signature.reason.code, REASON_NONE);
	assert_true(signature.expanded);
	assert_int_equal(signature.labels, 2);
}

static void test_none(void **state)
{
	const struct checker checker = { &s.crypto, &s.budget, &s.arena, WORLD_WALL_S, false,
		NULL };
	struct signature signature = { 0 };
	(void)state;
	key(13, 0);
	assert_int_equal(check().reason.code, REASON_RRSIG_MISSING);
	assert_int_equal(signature_check(&checker, &s.zone, &s.rrset, NULL, &signature), 0);
	assert_int_equal(signature.reason.code, REASON_RRSIG_MISSING);
	/* Not in the zone, or signed by another: as if there were none. */
	sign(13, 0, 3, false);
	s.rrset.owner = name_of("a.b.other", &s.owner_space);
	assert_int_equal(check().reason.code, REASON_RRSIG_MISSING);
	s.rrset.owner = name_of("a.b.example", &s.owner_space);
	s.zone.name = name_root();
	assert_int_equal(check().reason.code, REASON_RRSIG_MISSING);
	assert_int_equal(s.budget.checks, 0);
}

/* The cheapest that could fit is the first that is tried. */
static void test_cheapest_first(void **state)
{
	(void)state;
	key(14, 0);
	key(13, 0);
	key(8, 0);
	sign(14, 0, 3, true);
	sign(13, 0, 3, true);
	sign(8, 0, 3, false);
	assert_int_equal(check().reason.code, REASON_NONE);
	assert_int_equal(s.budget.checks, 1);
}

/* Those without a key, of no known algorithm or out of time cost nothing. */
static void test_not_tried(void **state)
{
	(void)state;
	key(13, 0);
	sign(13, 2, 3, false);
	sign(15, 0, 3, false);
	assert_int_equal(check().reason.code, REASON_RRSIG_NO_KEY);
	s.crypto.algorithm[13] = false;
	assert_int_equal(check().reason.code, REASON_RRSIG_NO_KEY); /* of 15, which is known */
	s.crypto.algorithm[15] = false;
	assert_int_equal(check().reason.code, REASON_RRSIG_ALGORITHM);
	assert_int_equal(s.budget.checks, 0);
}

/* Eight signatures, the cheapest of them, and no more; four keys of a tag; sixteen in all. */
static void test_budgets(void **state)
{
	(void)state;
	key(13, 0);
	for (unsigned i = 0; i < 8; i++)
		sign(13, 0, 3, true);
	assert_int_equal(check().reason.code, REASON_RRSIG_WRONG);
	assert_int_equal(s.budget.failed_checks, 8);
	budget_init(&s.budget);
	sign(13, 0, 3, false);
	assert_int_equal(check().reason.code, REASON_SPENT_SIGNATURES);
	assert_int_equal(s.budget.failed_checks, 8);
	/* A cheaper one pushes a dearer one out. */
	key(8, 0);
	sign(8, 0, 3, false);
	assert_int_equal(check().reason.code, REASON_NONE);
	/* The same key many times over stands for others of its tag. */
	s.zone.key_count = 0;
	for (unsigned i = 0; i < 5; i++)
		key(13, 0);
	budget_init(&s.budget);
	assert_int_equal(check().reason.code, REASON_SPENT_CHECKS);
	assert_int_equal(s.budget.checks, 16);
	s.signatures.count = 1;
	budget_init(&s.budget);
	assert_int_equal(check().reason.code, REASON_SPENT_KEYS);
	assert_int_equal(s.budget.checks, 4);
}

static void test_claims(void **state)
{
	struct name_space space;
	struct name name;
	(void)state;
	assert_false(signature_claimed_by(NULL, s.rrset.owner, &name));
	assert_false(signature_claimed_by(&s.signatures, s.rrset.owner, &name));
	sign(13, 0, 3, false);
	assert_true(signature_claimed_by(&s.signatures, s.rrset.owner, &name));
	assert_name(name, "example.");
	assert_false(signature_claimed_by(&s.signatures, name_of("www.other", &space), &name));
	s.zone.name = name_of("b.example", &s.zone_space);
	sign(13, 0, 3, false);
	assert_true(signature_claimed_by(&s.signatures, s.rrset.owner, &name));
	assert_name(name, "b.example.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_wildcard, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cheapest_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_tried, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_budgets, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_claims, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
