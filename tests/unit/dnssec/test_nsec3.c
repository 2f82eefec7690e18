/* SPDX-License-Identifier: MIT */
/* Hashes of names, and what lies between them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rfc5155.h"
#include "sample.h"

/* RFC 5155 appendix A: salt aabbccdd, 12 iterations. */
static const struct {
	const char *name, *hash;
} hashes[] = {
	{ "example", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom" },
	{ "a.example", "35mthgpgcu1qg68fab165klnsnk3dpvl" },
	{ "ai.example", "gjeqe526plbf1g8mklp59enfd789njgi" },
	{ "ns1.example", "2t7b4g4vsa5smi47k61mv5bv1a22bojr" },
	{ "ns2.example", "q04jkcevqvmu85r014c7dkba38o0ji5r" },
	{ "w.example", "k8udemvp1j2f7eg6jebps17vp3n8i58h" },
	{ "*.w.example", "r53bq7cc2uvmubfu5ocmm6pers9tk9en" },
	{ "x.w.example", "b4um86eghhds6nea196smvmlo4ors995" },
	{ "y.w.example", "ji6neoaepv8b5o6k4ev33abha8ht9fgc" },
	{ "X.Y.W.Example", "2vptu5timamqttgl4luu9kg21e0aor3s" },
	{ "xx.example", "t644ebqk9bibcna874givr6joj62mlhv" },
};

static void test_hash(void **state)
{
	const struct nsec3 like = { .iterations = 12, .salt = OCTETS("\xaa\xbb\xcc\xdd") };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(hashes); i++) {
		uint8_t hash[NSEC3_HASH_LEN], expected[NSEC3_HASH_LEN];
		struct name_space space;
		unbase32hex(hashes[i].hash, expected);
		assert_int_equal(nsec3_hash(&like, name_of(hashes[i].name, &space), hash), 0);
		assert_memory_equal(hash, expected, sizeof(hash));
	}
}

static int read_as(const char *owner, const char *zone, struct bytes rdata, struct nsec3 *out)
{
	struct name_space spaces[2];
	return nsec3_read(name_of(owner, &spaces[0]), rdata, name_of(zone, &spaces[1]), out);
}

static void test_read(void **state)
{
	const char owner[] = "0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM.example";
	uint8_t rdata[256], hash[NSEC3_HASH_LEN];
	struct bytes good = rfc5155_rdata(0, 1, rdata);
	struct nsec3 nsec3;
	(void)state;
	assert_int_equal(read_as(owner, "example", good, &nsec3), 0);
	unbase32hex(rfc5155_zone[0].hash, hash);
	assert_true(nsec3_matches(&nsec3, hash));
	assert_true(nsec3.optout);
	assert_int_equal(nsec3.iterations, 12);
	assert_int_equal(nsec3.salt.len, 4);
	unbase32hex(rfc5155_zone[1].hash, hash);
	assert_memory_equal(nsec3.next, hash, sizeof(hash));

	assert_int_equal(read_as(owner, "other", good, &nsec3), ERR_FORMAT);
	assert_int_equal(read_as("a.example", "example", good, &nsec3), ERR_FORMAT);
	assert_int_equal(
		read_as("0p9mhaveqvm6t7vbl5lop2u3t2rp3tow.example", "example", good, &nsec3),
		ERR_FORMAT); /* w is no letter of it */
	assert_int_equal(read_as(".", "example", good, &nsec3), ERR_FORMAT);
	for (size_t cut = 0; cut < 30; cut++)
		assert_int_equal(
			read_as(owner, "example", bytes_of(good.at, cut), &nsec3), ERR_FORMAT);
	/* Unknown flags, unknown hash: it counts for nothing. RFC 5155 sections 8.1, 8.2 */
	rdata[1] = 2;
	assert_int_equal(read_as(owner, "example", good, &nsec3), ERR_FORMAT);
	rdata[1] = 0;
	assert_int_equal(read_as(owner, "example", good, &nsec3), 0);
	assert_false(nsec3.optout);
	rdata[0] = 2;
	assert_int_equal(read_as(owner, "example", good, &nsec3), ERR_FORMAT);
	rdata[0] = 1;
	/* Deeper in the zone than its chain lies. */
	assert_int_equal(
		read_as("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.sub.example", "example", good, &nsec3),
		ERR_FORMAT);
	/* A hash that is longer than SHA-1's. */
	assert_int_equal(rdata[9], NSEC3_HASH_LEN);
	memmove(rdata + 11, rdata + 10, good.len - 10);
	rdata[9]++;
	assert_int_equal(
		read_as(owner, "example", bytes_of(good.at, good.len + 1), &nsec3), ERR_FORMAT);
}

static void test_same_chain(void **state)
{
	struct nsec3 a = { .iterations = 1, .salt = OCTETS("a") }, b = a;
	(void)state;
	assert_true(nsec3_same_chain(&a, &b));
	b.salt = OCTETS("b");
	assert_false(nsec3_same_chain(&a, &b));
	b = a;
	b.iterations = 2;
	assert_false(nsec3_same_chain(&a, &b));
}

static void test_covers(void **state)
{
	struct nsec3 nsec3 = { .owner = { 10 }, .next = { 20 } };
	uint8_t before[20] = { 9 }, owner[20] = { 10 }, between[20] = { 10, 1 }, next[20] = { 20 },
		after[20] = { 21 };
	(void)state;
	assert_false(nsec3_covers(&nsec3, before));
	assert_false(nsec3_covers(&nsec3, owner));
	assert_true(nsec3_covers(&nsec3, between));
	assert_false(nsec3_covers(&nsec3, next));
	assert_false(nsec3_covers(&nsec3, after));
	/* Around the end. */
	nsec3 = (struct nsec3){ .owner = { 20 }, .next = { 10 } };
	assert_true(nsec3_covers(&nsec3, before));
	assert_false(nsec3_covers(&nsec3, owner));
	assert_false(nsec3_covers(&nsec3, between));
	assert_false(nsec3_covers(&nsec3, next));
	assert_true(nsec3_covers(&nsec3, after));
	/* Alone. */
	nsec3 = (struct nsec3){ .owner = { 10 }, .next = { 10 } };
	assert_true(nsec3_covers(&nsec3, before));
	assert_false(nsec3_covers(&nsec3, owner));
	assert_true(nsec3_covers(&nsec3, after));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_same_chain),
		cmocka_unit_test(test_covers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
