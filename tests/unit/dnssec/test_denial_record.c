/* SPDX-License-Identifier: MIT */
/* What is fit to be kept of a denial, for how long, and in which order it stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "denied.h"
#include "dnssec/denial_record.h"
#include "support/failmalloc.h"

#define LABEL "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"

/* From the RRset and the signatures behind it. */
static struct denial_record *record_of(const struct rrset *rrset)
{
	return denial_record_new(rrset, rrset + 1, DENIED_WALL_S);
}

static uint32_t ttl_s_of(const struct rrset *rrset)
{
	struct denial_record *record = record_of(rrset);
	uint32_t ttl_s = record ? record->ttl_s : 0;
	denial_record_free(record);
	return ttl_s;
}

static void assert_unfit(const struct rrset *rrset)
{
	assert_null(record_of(rrset));
}

/* Keys stand as name_compare() has the names. */
static void test_key_is_in_canonical_order(void **state)
{
	static const char *const names[] = { "example", "a.example", "yljkjljk.a.example",
		"Z.a.example", "zABC.a.EXAMPLE", "z.example", "\\000.z.example",
		"a.\\000.z.example", "\\000\\000.z.example", "\\001.z.example",
		"\\001\\000.z.example", "\\002.z.example", "*.z.example", "\\200.z.example",
		"z\\000.example", "b.z\\000.example", "za.example" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		for (size_t k = 0; k < COUNT_OF(names); k++) {
			struct name_space a_space, b_space, zone_space;
			struct denial_key a_key, b_key;
			struct name a = name_of(names[i], &a_space),
				    b = name_of(names[k], &b_space);
			struct name zone = name_of("example", &zone_space);
			int order = treap_compare(
				denial_key_init(&a_key, a, zone), denial_key_init(&b_key, b, zone));
			int expected = name_compare(a, b);
			assert_int_equal(
				(order > 0) - (order < 0), (expected > 0) - (expected < 0));
			bool begins = a_key.len <= b_key.len &&
				      memcmp(a_key.octets, b_key.octets, a_key.len) == 0;
			assert_int_equal(begins, name_is_within(b, a));
		}
	}
}

/* The longest name of octets that take two each. */
static void test_longest_key(void **state)
{
	struct name_space space = { .octets = { 0 } };
	struct denial_key key;
	(void)state;
	for (unsigned i = 0; i < 3; i++)
		space.octets[64 * i] = 63;
	space.octets[192] = 61;
	struct name name = { space.octets, NAME_LEN_MAX };
	assert_int_equal(denial_key_init(&key, name, name_root()).len, 2 * (3 * 63 + 61) + 4);
	assert_int_equal(denial_key_init(&key, name, name).len, 0);
}

static void test_nsec(void **state)
{
	struct denied d;
	struct denial_key space;
	(void)state;
	denied_init(&d);
	struct rrset *nsec = denied_nsec(&d, "example", "B.example", "d.example", TYPES(TYPE_A));
	struct name zone = denied_name(&d, "example");
	struct denial_record *record = record_of(nsec);
	assert_non_null(record);
	assert_name(record->zone, "example.");
	assert_name(record->rrset.owner, "B.example.");
	assert_int_equal(record->ttl_s, 3000);
	assert_true(record->cost > sizeof(*record));
#define COVERS(name)                                                                               \
	denial_record_covers(record, denial_key_init(&space, denied_name(&d, name), zone))
	assert_false(COVERS("b.example"));
	assert_true(COVERS("a.b.example"));
	assert_true(COVERS("c.example"));
	assert_false(COVERS("d.example"));
	assert_false(COVERS("a.example"));
	assert_true(denial_record_matches(
		record, denial_key_init(&space, denied_name(&d, "b.EXAMPLE"), zone)));
	denial_record_free(record);
	/* The last one of a zone, and the only one. */
	record = record_of(denied_nsec(&d, "example", "x.example", "example", TYPES(TYPE_A)));
	assert_true(COVERS("z.example"));
	assert_false(COVERS("w.example"));
	assert_false(COVERS("example"));
	denial_record_free(record);
	record = record_of(denied_nsec(&d, "example", "example", "example", TYPES(TYPE_SOA)));
	assert_true(COVERS("z.example"));
	assert_false(COVERS("example"));
	denial_record_free(record);
	denial_record_free(NULL);
	arena_done(&d.arena);
}

static void test_nsec3(void **state)
{
	struct denied d;
	uint8_t hash[20] = { 0x80 };
	(void)state;
	denied_init(&d);
	/* The owner begins with 06 and next with 20; then the last one, whose next is before it. */
	struct denial_record *record = record_of(denied_nsec3(&d, "example", LABEL, 0x20, 1, 50));
	assert_non_null(record);
	assert_true(record->optout);
	assert_false(record->wraps);
	assert_false(denial_record_covers(record, bytes_of(hash, 20)));
	hash[0] = 0x10;
	assert_true(denial_record_covers(record, bytes_of(hash, 20)));
	denial_record_free(record);
	record = record_of(denied_nsec3(&d, "example", LABEL, 0x01, 0, 0));
	assert_false(record->optout);
	assert_true(record->wraps);
	assert_true(denial_record_covers(record, bytes_of(hash, 20)));
	hash[0] = 0;
	assert_true(denial_record_covers(record, bytes_of(hash, 20)));
	hash[0] = 2;
	assert_false(denial_record_covers(record, bytes_of(hash, 20)));
	denial_record_free(record);
	assert_unfit(denied_nsec3(&d, "example", LABEL, 0x20, 0, 51));
	assert_unfit(denied_nsec3(&d, "example", LABEL, 0x20, 2, 0));
	assert_unfit(denied_nsec3(&d, "example", "short", 0x20, 0, 0));
	arena_done(&d.arena);
}

/* Longer than the data may be used nothing is denied with it. */
static void test_ttl_is_the_least(void **state)
{
	struct denied d;
	(void)state;
	denied_init(&d);
	assert_int_equal(ttl_s_of(denied_soa(&d, "example", 5000)), 3000);
	assert_int_equal(ttl_s_of(denied_soa(&d, "example", 200)), 200);
	assert_int_equal(ttl_s_of(denied_soa(&d, "example", 0)), 0);
	assert_int_equal(ttl_s_of(denied_soa(&d, "example", 0x80000000)), 0);
	d.original_ttl_s = 150;
	assert_int_equal(ttl_s_of(denied_soa(&d, "example", 200)), 150);
	d.validity_s = 20;
	assert_int_equal(
		ttl_s_of(denied_nsec(&d, "example", "a.example", "b.example", TYPES(TYPE_A))), 20);
	d.ttl_s = 0;
	assert_unfit(denied_soa(&d, "example", 200));
	d.ttl_s = d.original_ttl_s = d.validity_s = 1000000;
	assert_int_equal(ttl_s_of(denied_soa(&d, "example", 1000000)), DENIAL_TTL_MAX_S);
	/* Of several signatures, that which ends first. */
	struct rrset *soa = denied_soa(&d, "example", 1000000);
	d.validity_s = 30;
	denied_sign_too(&d, "example");
	assert_int_equal(ttl_s_of(soa), 30);
	arena_done(&d.arena);
}

/* Whose signature fits must be beyond doubt: a zone must not deny what is not its own. */
static void test_signers(void **state)
{
	struct denied d;
	(void)state;
	denied_init(&d);
	struct rrset *nsec =
		denied_nsec(&d, "evil.example", "a.evil.example", "zz.example", TYPES(TYPE_A));
	assert_unfit(nsec);
	nsec = denied_nsec(&d, "evil.example", "a.evil.example", "b.evil.example", TYPES(TYPE_A));
	struct denial_record *record = record_of(nsec);
	assert_name(record->zone, "evil.example.");
	denial_record_free(record);
	denied_sign_too(&d, "evil.example");
	assert_int_equal(ttl_s_of(nsec), 3000);
	denied_sign_too(&d, "example");
	assert_unfit(nsec);
	nsec = denied_nsec(&d, "example", "a.evil.example", "zz.example", TYPES(TYPE_A));
	denied_sign_too(&d, "evil.example");
	assert_unfit(nsec);
	assert_unfit(denied_nsec(&d, "other", "a.example", "b.example", TYPES(TYPE_A)));
	struct rrset *soa = denied_soa(&d, "example", 100);
	d.rrsets[d.count - 1].rdata = &nsec->rdata[0]; /* no RRSIG */
	assert_unfit(soa);
	d.rrsets[d.count - 1].count = 0;
	assert_unfit(soa);
	arena_done(&d.arena);
}

static void test_unfit(void **state)
{
	struct denied d;
	struct bytes two[2];
	(void)state;
	denied_init(&d);
	/* An SOA that is not the signer's, and one cut short. */
	struct rrset *soa = denied_soa(&d, "example", 100);
	soa->owner = denied_name(&d, "sub.example");
	assert_unfit(soa);
	soa = denied_soa(&d, "example", 100);
	two[0] = bytes_of(soa->rdata[0].at, soa->rdata[0].len - 1);
	soa->rdata = two;
	assert_unfit(soa);
	/* Two records, another class or type, backward, with octets missing. */
	struct rrset *nsec = denied_nsec(&d, "example", "a.example", "b.example", TYPES(TYPE_A));
	assert_int_equal(ttl_s_of(nsec), 3000);
	nsec->class = CLASS_CH;
	assert_unfit(nsec);
	nsec->class = CLASS_IN;
	two[0] = two[1] = nsec->rdata[0];
	nsec->rdata = two;
	nsec->count = 2;
	assert_unfit(nsec);
	nsec->count = 1;
	two[0].len -= 1;
	assert_unfit(nsec);
	assert_unfit(denied_nsec(&d, "example", "b.example", "a.example", TYPES(TYPE_A)));
	assert_unfit(denied_nsec(&d, "example", "b.example", "b.example", TYPES(TYPE_A)));
	nsec = denied_nsec(&d, "example", "a.example", "b.example", TYPES(TYPE_A));
	nsec->type = TYPE_A;
	assert_unfit(nsec);
	arena_done(&d.arena);
}

/* Made up for one question: the owner may not even exist (RFC 4470). That of a compact denial does
 * say of its owner what there is (RFC 9824). */
static void test_made_up(void **state)
{
	struct denied d;
	(void)state;
	denied_init(&d);
	assert_unfit(
		denied_nsec(&d, "example", "a.example", "b.example", TYPES(TYPE_RRSIG, TYPE_NSEC)));
	assert_unfit(denied_nsec(&d, "example", "a.example", "b.example", TYPES(TYPE_NSEC)));
	assert_unfit(denied_nsec(&d, "example", "a.example", "b.example", TYPES(0)));
	assert_int_equal(ttl_s_of(denied_nsec(&d, "example", "a.example", "b.example",
				 TYPES(TYPE_RRSIG, TYPE_NSEC, TYPE_NXNAME))),
		3000);
	assert_int_equal(ttl_s_of(denied_nsec(&d, "example", "a.example", "b.example",
				 TYPES(TYPE_RRSIG, TYPE_NSEC, TYPE_LOC))),
		3000);
	assert_int_equal(ttl_s_of(denied_nsec(&d, "example", "a.example", "b.example",
				 TYPES(TYPE_SSHFP, TYPE_RRSIG, TYPE_NSEC))),
		3000);
	arena_done(&d.arena);
}

/* The copy owes nothing to what it was made from. */
static void test_copy(void **state)
{
	struct denied d;
	struct arena arena;
	struct rrset out[2];
	(void)state;
	arena_init(&arena, 1u << 16);
	denied_init(&d);
	struct rrset *nsec = denied_nsec(&d, "example", "a.example", "b.example", TYPES(TYPE_A));
	denied_sign_too(&d, "example");
	struct denial_record *record = record_of(nsec);
	arena_done(&d.arena);
	assert_int_equal(denial_record_copy(record, 17, &arena, out), 0);
	denial_record_free(record);
	assert_name(out[0].owner, "a.example.");
	assert_int_equal(out[0].type, TYPE_NSEC);
	assert_int_equal(out[0].count, 1);
	assert_int_equal(out[0].section, SECTION_AUTHORITY);
	assert_int_equal(out[0].class, CLASS_IN);
	assert_int_equal(out[0].ttl_s, 17);
	assert_true(bytes_equal(out[0].rdata[0], OCTETS("\1b\7example\0\0\1\100")));
	assert_name(out[1].owner, "a.example.");
	assert_int_equal(out[1].type, TYPE_RRSIG);
	assert_int_equal(out[1].covers, TYPE_NSEC);
	assert_int_equal(out[1].count, 2);
	assert_int_equal(out[1].ttl_s, 17);
	assert_int_equal(u16_load(out[1].rdata[1].at), TYPE_NSEC);
	arena_done(&arena);
}

static void test_out_of_memory(void **state)
{
	struct denied d;
	struct arena arena;
	struct rrset out[2];
	(void)state;
	denied_init(&d);
	struct rrset *soa = denied_soa(&d, "example", 100);
	failmalloc_arm(0);
	assert_null(record_of(soa));
	assert_true(failmalloc_disarm());
	struct denial_record *record = record_of(soa);
	arena_init(&arena, 1u << 16);
	failmalloc_arm(0);
	assert_int_equal(denial_record_copy(record, 17, &arena, out), ERR_NOMEM);
	(void)failmalloc_disarm();
	denial_record_free(record);
	arena_done(&arena);
	/* Nor does anybody make us keep what is long. */
	for (unsigned i = 0; i < 7; i++)
		denied_sign_too(&d, "example");
	assert_int_equal(ttl_s_of(soa), 100);
	denied_sign_too(&d, "example");
	assert_unfit(soa);
	d.rrsets[1].count = 8;
	struct bytes *rdata = arena_array(&d.arena, 8, sizeof(*rdata));
	memcpy(rdata, d.rrsets[1].rdata, 8 * sizeof(*rdata));
	uint8_t *octets = arena_alloc(&d.arena, DENIAL_RECORD_OCTETS_MAX);
	memcpy(octets, rdata[0].at, rdata[0].len);
	rdata[0] = bytes_of(octets, DENIAL_RECORD_OCTETS_MAX);
	d.rrsets[1].rdata = rdata;
	assert_unfit(soa);
	arena_done(&d.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key_is_in_canonical_order),
		cmocka_unit_test(test_longest_key),
		cmocka_unit_test(test_nsec),
		cmocka_unit_test(test_nsec3),
		cmocka_unit_test(test_ttl_is_the_least),
		cmocka_unit_test(test_signers),
		cmocka_unit_test(test_unfit),
		cmocka_unit_test(test_made_up),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_out_of_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
