/* SPDX-License-Identifier: MIT */
/* Each proof of RFC 4035 and RFC 5155, and each way in which it is almost one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dnssec/denial.h"
#include "rfc5155.h"
#include "sample.h"

struct sample {
	struct crypto crypto;
	struct budget budget;
	struct name_space spaces[40];
	unsigned names;
	uint8_t rdata[20][256];
	unsigned records;
	struct denial denial;
};

static struct name name_in(struct sample *s, const char *text)
{
	return name_of(text, &s->spaces[s->names++]);
}

static void begin(struct sample *s)
{
	memset(s, 0, sizeof(*s));
	crypto_init(&s->crypto, NULL);
	budget_init(&s->budget);
	denial_init(&s->denial, name_in(s, "example"), &s->crypto, &s->budget);
}

static void add(struct sample *s, const char *owner, uint16_t type, struct bytes rdata)
{
	struct rrset rrset = {
		.owner = name_in(s, owner), .type = type, .count = 1, .rdata = &rdata
	};
	denial_add(&s->denial, &rrset);
}

/* Types end with 0. */
static void nsec(struct sample *s, const char *owner, const char *next, const uint16_t *types)
{
	uint8_t bitmap[64];
	struct writer w = writer_into(s->rdata[s->records++], 256);
	size_t count = 0;

	while (types[count])
		count++;
	name_write(&w, name_in(s, next));
	writer_bytes(&w, bytes_of(bitmap, signer_bitmap(types, count, bitmap)));
	add(s, owner, TYPE_NSEC, bytes_of(w.base, w.len));
}

#define TYPES(...) ((const uint16_t[]){ __VA_ARGS__, 0 })

static enum reason_code of_name(struct sample *s, const char *name)
{
	s->names = 30;
	return denial_of_name(&s->denial, name_in(s, name));
}

static enum reason_code of_type(struct sample *s, const char *name, uint16_t type)
{
	s->names = 30;
	return denial_of_type(&s->denial, name_in(s, name), type);
}

static enum reason_code of_closer(struct sample *s, const char *name, unsigned labels)
{
	s->names = 30;
	return denial_of_closer(&s->denial, name_in(s, name), labels);
}

static void test_nothing(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	assert_int_equal(of_name(&s, "a.example"), REASON_DENIAL_MISSING);
	assert_int_equal(of_type(&s, "a.example", TYPE_A), REASON_DENIAL_MISSING);
	assert_int_equal(of_closer(&s, "a.example", 1), REASON_EXPANSION_NOT_PROVEN);
}

static void test_nsec_name(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	nsec(&s, "b.example", "d.example", TYPES(TYPE_A));
	assert_int_equal(of_name(&s, "c.example"), REASON_WILDCARD_NOT_DENIED);
	nsec(&s, "example", "b.example", TYPES(TYPE_SOA, TYPE_NS));
	assert_int_equal(of_name(&s, "c.example"), REASON_NONE);
	assert_int_equal(of_name(&s, "b.example"), REASON_NAME_EXISTS);
	assert_int_equal(of_name(&s, "e.example"), REASON_NAME_NOT_DENIED);
	/* Its wildcard would be *.b.example, which the same record denies. */
	assert_int_equal(of_name(&s, "x.b.example"), REASON_NONE);
}

/* What an empty non-terminal hides is the name below it. RFC 8020 */
static void test_nsec_empty_non_terminal(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	nsec(&s, "example", "x.y.example", TYPES(TYPE_SOA, TYPE_NS));
	assert_int_equal(of_name(&s, "y.example"), REASON_NAME_EXISTS);
	assert_int_equal(of_type(&s, "y.example", TYPE_A), REASON_NONE);
	assert_int_equal(of_name(&s, "b.example"), REASON_NONE);
}

/* RFC 4035 section 5.4, RFC 6840 section 4 */
/* There is x.*.example alone: *.example is an empty non-terminal, and so is what it stands for.
 * RFC 4592 section 4.9 */
static void test_nsec_empty_wildcard(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	nsec(&s, "x.*.example", "example", TYPES(TYPE_A));
	assert_int_equal(of_type(&s, "n.example", TYPE_A), REASON_TYPE_NOT_DENIED);
	nsec(&s, "example", "x.*.example", TYPES(TYPE_SOA, TYPE_NS));
	assert_int_equal(of_name(&s, "n.example"), REASON_NAME_EXISTS);
	assert_int_equal(of_type(&s, "n.example", TYPE_A), REASON_NONE);
}

static void test_nsec_type(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	nsec(&s, "a.example", "b.example", TYPES(TYPE_A));
	nsec(&s, "cut.example", "d.example", TYPES(TYPE_NS, TYPE_RRSIG));
	nsec(&s, "alias.example", "b.example", TYPES(TYPE_CNAME));
	nsec(&s, "example", "a.example", TYPES(TYPE_SOA, TYPE_NS));
	nsec(&s, "sub.example", "t.example", TYPES(TYPE_DNAME));
	assert_int_equal(of_type(&s, "a.example", TYPE_AAAA), REASON_NONE);
	assert_int_equal(of_type(&s, "a.example", TYPE_A), REASON_TYPE_EXISTS);
	assert_int_equal(of_type(&s, "alias.example", TYPE_A), REASON_TYPE_EXISTS);
	assert_int_equal(of_type(&s, "cut.example", TYPE_A), REASON_DENIAL_PARENT_SIDE);
	assert_int_equal(of_type(&s, "cut.example", TYPE_DS), REASON_NONE);
	assert_int_equal(of_type(&s, "example", TYPE_DS), REASON_DENIAL_CHILD_SIDE);
	assert_int_equal(of_type(&s, "example", TYPE_A), REASON_NONE);
	/* What is below a delegation or a DNAME is not this zone's to deny. */
	assert_int_equal(of_type(&s, "www.cut.example", TYPE_A), REASON_DENIAL_BELOW_CUT);
	assert_int_equal(of_name(&s, "www.cut.example"), REASON_DENIAL_BELOW_CUT);
	assert_int_equal(of_name(&s, "www.sub.example"), REASON_DENIAL_BELOW_CUT);
	assert_int_equal(of_closer(&s, "www.cut.example", 1), REASON_DENIAL_BELOW_CUT);
	assert_int_equal(of_type(&s, "zz.example", TYPE_A), REASON_TYPE_NOT_DENIED);
	assert_true(denial_shows_cut(&s.denial, name_in(&s, "cut.example")));
	assert_false(denial_shows_cut(&s.denial, name_in(&s, "a.example")));
	assert_false(denial_shows_cut(&s.denial, name_in(&s, "example")));
}

static void test_nsec_wildcard(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	nsec(&s, "*.w.example", "xw.example", TYPES(TYPE_MX));
	assert_int_equal(of_type(&s, "a.w.example", TYPE_A), REASON_NONE);
	assert_int_equal(of_type(&s, "a.w.example", TYPE_MX), REASON_TYPE_EXISTS);
	assert_int_equal(of_name(&s, "a.w.example"), REASON_WILDCARD_NOT_DENIED);
	assert_int_equal(of_closer(&s, "a.z.w.example", 2), REASON_NONE);
	/* An alias made from it would be what was asked for; a delegation stands for no name. */
	begin(&s);
	nsec(&s, "*.w.example", "xw.example", TYPES(TYPE_CNAME));
	assert_int_equal(of_type(&s, "a.w.example", TYPE_A), REASON_TYPE_EXISTS);
	begin(&s);
	nsec(&s, "*.w.example", "xw.example", TYPES(TYPE_NS));
	assert_int_equal(of_type(&s, "a.w.example", TYPE_A), REASON_DENIAL_PARENT_SIDE);
	/* The name next to the wildcard is closer than it may be. */
	begin(&s);
	nsec(&s, "y.z.w.example", "xw.example", TYPES(TYPE_A));
	assert_int_equal(of_closer(&s, "yy.z.w.example", 2), REASON_EXPANSION_NOT_PROVEN);
	assert_int_equal(of_closer(&s, "yy.z.w.example", 3), REASON_NONE);
	begin(&s);
	nsec(&s, "example", "y.z.w.example", TYPES(TYPE_A));
	assert_int_equal(of_closer(&s, "a.z.w.example", 2), REASON_EXPANSION_NOT_PROVEN);
}

static void nsec3(struct sample *s, const char *hash, uint8_t flags)
{
	for (unsigned i = 0; i < RFC5155_COUNT; i++) {
		char owner[64];
		if (strncmp(rfc5155_zone[i].hash, hash, strlen(hash)) != 0)
			continue;
		snprintf(owner, sizeof(owner), "%s.example", rfc5155_zone[i].hash);
		add(s, owner, TYPE_NSEC3, rfc5155_rdata(i, flags, s->rdata[s->records++]));
	}
}

/* RFC 5155 appendix B.1: name error. */
static void test_rfc5155_b1(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	nsec3(&s, "0p9m", 0);
	nsec3(&s, "b4um", 0);
	assert_int_equal(of_name(&s, "a.c.x.w.example"), REASON_WILDCARD_NOT_DENIED);
	nsec3(&s, "35mt", 0);
	assert_int_equal(of_name(&s, "a.c.x.w.example"), REASON_NONE);
	assert_int_equal(s.budget.hash_blocks, 4 * 13); /* three names and the wildcard */
	assert_int_equal(of_name(&s, "x.w.example"), REASON_NAME_EXISTS);
	begin(&s);
	nsec3(&s, "0p9m", 1);
	nsec3(&s, "b4um", 1);
	nsec3(&s, "35mt", 1);
	assert_int_equal(of_name(&s, "a.c.x.w.example"), REASON_OPTOUT);
	/* Without the closest encloser, or what covers the next closer. */
	begin(&s);
	nsec3(&s, "2t7b", 0);
	assert_int_equal(of_name(&s, "a.c.x.w.example"), REASON_ENCLOSER_NOT_PROVEN);
	nsec3(&s, "b4um", 0);
	assert_int_equal(of_name(&s, "a.c.x.w.example"), REASON_NAME_NOT_DENIED);
}

/* B.2, B.2.1: no data, an empty non-terminal; B.6: the apex says nothing of its own DS. */
static void test_rfc5155_nodata(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	nsec3(&s, "2t7b", 1);
	nsec3(&s, "ji6n", 1);
	nsec3(&s, "0p9m", 1);
	nsec3(&s, "35mt", 1);
	assert_int_equal(of_type(&s, "ns1.example", TYPE_MX), REASON_NONE);
	assert_int_equal(of_type(&s, "ns1.example", TYPE_A), REASON_TYPE_EXISTS);
	assert_int_equal(of_type(&s, "y.w.example", TYPE_A), REASON_NONE);
	assert_int_equal(of_type(&s, "example", TYPE_DS), REASON_DENIAL_CHILD_SIDE);
	assert_int_equal(of_type(&s, "a.example", TYPE_A), REASON_DENIAL_PARENT_SIDE);
	assert_int_equal(of_type(&s, "a.example", TYPE_DS), REASON_TYPE_EXISTS);
	assert_int_equal(of_type(&s, "www.a.example", TYPE_A), REASON_DENIAL_BELOW_CUT);
	assert_int_equal(of_name(&s, "www.a.example"), REASON_DENIAL_BELOW_CUT);
	assert_true(denial_shows_cut(&s.denial, name_in(&s, "a.example")));
	assert_false(denial_shows_cut(&s.denial, name_in(&s, "ns1.example")));
}

/* What is below a DNAME lies elsewhere. RFC 6672 section 5.3.4.1 */
static void test_nsec3_dname(void **state)
{
	uint8_t bitmap[64];
	struct sample s;
	(void)state;
	begin(&s);
	nsec3(&s, "2t7b", 0);
	nsec3(&s, "0p9m", 0);
	nsec3(&s, "35mt", 0);
	s.denial.nsec3s[0].types = bytes_of(bitmap, signer_bitmap(TYPES(TYPE_DNAME), 1, bitmap));
	assert_int_equal(of_name(&s, "www.ns1.example"), REASON_DENIAL_BELOW_CUT);
	assert_int_equal(of_type(&s, "www.ns1.example", TYPE_A), REASON_DENIAL_BELOW_CUT);
	assert_int_equal(of_type(&s, "ns1.example", TYPE_A), REASON_NONE);
}

/* B.3: an unsigned delegation in an opt-out span; without the flag it proves nothing. */
static void test_rfc5155_b3(void **state)
{
	struct sample s;
	(void)state;
	for (uint8_t flags = 0; flags <= 1; flags++) {
		begin(&s);
		nsec3(&s, "0p9m", flags);
		nsec3(&s, "35mt", flags);
		assert_int_equal(of_type(&s, "c.example", TYPE_DS),
			flags ? REASON_OPTOUT : REASON_TYPE_NOT_DENIED);
		assert_int_equal(of_type(&s, "c.example", TYPE_A),
			flags ? REASON_OPTOUT : REASON_TYPE_NOT_DENIED);
	}
	begin(&s);
	nsec3(&s, "0p9m", 1);
	assert_int_equal(of_type(&s, "c.example", TYPE_DS), REASON_TYPE_NOT_DENIED);
}

/* B.4: a wildcard's answer; B.5: no data at a wildcard. */
static void test_rfc5155_wildcard(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	nsec3(&s, "q04j", 0);
	assert_int_equal(of_closer(&s, "a.z.w.example", 2), REASON_NONE);
	assert_int_equal(of_closer(&s, "a.c.x.w.example", 2), REASON_EXPANSION_NOT_PROVEN);
	nsec3(&s, "k8ud", 0);
	assert_int_equal(of_type(&s, "a.z.w.example", TYPE_AAAA), REASON_TYPE_NOT_DENIED);
	nsec3(&s, "r53b", 0);
	assert_int_equal(of_type(&s, "a.z.w.example", TYPE_AAAA), REASON_NONE);
	assert_int_equal(of_type(&s, "a.z.w.example", TYPE_MX), REASON_TYPE_EXISTS);
	assert_int_equal(of_name(&s, "a.z.w.example"), REASON_WILDCARD_NOT_DENIED);
	uint8_t bitmap[64];
	s.denial.nsec3s[2].types = bytes_of(bitmap, signer_bitmap(TYPES(TYPE_CNAME), 1, bitmap));
	assert_int_equal(of_type(&s, "a.z.w.example", TYPE_AAAA), REASON_TYPE_EXISTS);
	begin(&s);
	nsec3(&s, "q04j", 1);
	assert_int_equal(of_closer(&s, "a.z.w.example", 2), REASON_OPTOUT);
	/* Opt-out hides delegations: what the wildcard has is there all the same. */
	nsec3(&s, "k8ud", 0);
	nsec3(&s, "r53b", 0);
	assert_int_equal(of_type(&s, "a.z.w.example", TYPE_AAAA), REASON_OPTOUT);
	assert_int_equal(of_type(&s, "a.z.w.example", TYPE_MX), REASON_TYPE_EXISTS);
}

/* RFC 9276 section 3.2 */
static void test_iterations(void **state)
{
	static const struct {
		uint16_t iterations;
		enum reason_code code;
	} cases[] = { { 50, REASON_WILDCARD_NOT_DENIED }, { 51, REASON_NSEC3_ITERATIONS },
		{ 500, REASON_NSEC3_ITERATIONS }, { 501, REASON_NSEC3_COSTLY },
		{ UINT16_MAX, REASON_NSEC3_COSTLY } };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct sample s;
		begin(&s);
		nsec3(&s, "2t7b", 0);
		s.denial.nsec3s[0].iterations = cases[i].iterations;
		enum reason_code code = of_name(&s, "www.example");
		if (cases[i].iterations > 50)
			assert_int_equal(code, cases[i].code);
		assert_int_equal(s.budget.hashes, cases[i].iterations > 50 ? 0 : 2);
		code = of_closer(&s, "www.example", 1);
		if (cases[i].iterations > 50)
			assert_int_equal(code, cases[i].code);
	}
}

/* CVE-2023-50868: a name of many labels costs what the budget says, and not more. */
static void test_closest_encloser_attack(void **state)
{
	char text[400] = "";
	struct sample s;
	(void)state;
	begin(&s);
	nsec3(&s, "2t7b", 0);
	s.denial.nsec3s[0].iterations = 50;
	for (unsigned i = 0; i < 120; i++)
		strcat(text, "a.");
	strcat(text, "example");
	assert_int_equal(of_name(&s, text), REASON_SPENT_HASHES);
	assert_int_equal(s.budget.hashes, 12);
	assert_int_equal(of_type(&s, text, TYPE_A), REASON_SPENT_HASHES);
	assert_int_equal(s.budget.hashes, 24);
	/* A zone without iterations, as it should be: a long name costs a hash a label. */
	s.denial.nsec3s[0].iterations = 0;
	assert_int_equal(of_name(&s, text), REASON_ENCLOSER_NOT_PROVEN);
	assert_int_equal(s.budget.hashes, 24 + 121);
}

static void test_no_hash(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	s.crypto.digest[DIGEST_SHA1] = false;
	nsec3(&s, "2t7b", 0);
	assert_int_equal(of_name(&s, "www.example"), REASON_NSEC3_NO_HASH);
}

/* Records of another chain, and more than are looked at, count for nothing. */
static void test_add(void **state)
{
	uint8_t rdata[256];
	struct sample s;
	(void)state;
	begin(&s);
	nsec3(&s, "0p9m", 0);
	struct bytes other = rfc5155_rdata(1, 0, rdata);
	rdata[3] = 13;
	add(&s, "2t7b4g4vsa5smi47k61mv5bv1a22bojr.example", TYPE_NSEC3, other);
	assert_int_equal(s.denial.nsec3_count, 1);
	add(&s, "a.example", TYPE_NSEC, OCTETS("broken"));
	assert_int_equal(s.denial.nsec_count, 0);
	for (unsigned i = 0; i < DENIAL_RECORDS_MAX + 5; i++) {
		s.names = 10;
		add(&s, "a.example", TYPE_NSEC, OCTETS("\1b\0"));
	}
	assert_int_equal(s.denial.nsec_count, DENIAL_RECORDS_MAX);
	for (unsigned i = 0; i < DENIAL_RECORDS_MAX + 5; i++) {
		s.names = s.records = 10;
		nsec3(&s, "0p9m", 0);
	}
	assert_int_equal(s.denial.nsec3_count, DENIAL_RECORDS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_nsec_name),
		cmocka_unit_test(test_nsec_empty_non_terminal),
		cmocka_unit_test(test_nsec_empty_wildcard),
		cmocka_unit_test(test_nsec_type),
		cmocka_unit_test(test_nsec_wildcard),
		cmocka_unit_test(test_rfc5155_b1),
		cmocka_unit_test(test_rfc5155_nodata),
		cmocka_unit_test(test_nsec3_dname),
		cmocka_unit_test(test_rfc5155_b3),
		cmocka_unit_test(test_rfc5155_wildcard),
		cmocka_unit_test(test_iterations),
		cmocka_unit_test(test_closest_encloser_attack),
		cmocka_unit_test(test_no_hash),
		cmocka_unit_test(test_add),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
