/* SPDX-License-Identifier: MIT */
/* The octets that a signature is over: one in the wrong place and nothing signed resolves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dnssec/canon.h"
#include "sample.h"
#include "support/failmalloc.h"

#define ARENA_LIMIT (1u << 20)

static struct bytes signed_data(struct canon *canon, uint8_t labels)
{
	static struct bytes fixed;
	struct name_space space;
	struct rrsig rrsig = {
		.labels = labels, .original_ttl_s = 0x01020304, .signer = name_of("EXample", &space)
	};
	fixed = OCTETS("fixed-fixed-fixed-");
	rrsig.fixed = fixed;
	return canon_signed_data(canon, &rrsig);
}

/* Names in the rdata in lower case, in order, none twice, the original TTL.
 * RFC 4034 sections 6.2, 6.3 */
static void test_order_and_case(void **state)
{
	struct bytes rdata[] = { OCTETS("\0\12\1B\0"), OCTETS("\0\12\1a\0"), OCTETS("\0\12\1b\0"),
		OCTETS("\0\1\1z\0") };
	struct name_space space;
	struct rrset rrset = { .owner = name_of("WWW.Example", &space),
		.type = TYPE_MX,
		.class = CLASS_IN,
		.ttl_s = 5,
		.count = 4,
		.rdata = rdata };
	struct arena arena;
	struct canon canon;
	(void)state;
	arena_init(&arena, ARENA_LIMIT);
	assert_int_equal(canon_init(&canon, &rrset, &arena), 0);
	assert_int_equal(canon.count, 3);
#define RECORD(rdata) "\3www\7example\0\0\17\0\1\1\2\3\4\0\5" rdata
	assert_true(bytes_equal(signed_data(&canon, 2),
		OCTETS("fixed-fixed-fixed-\7example\0" RECORD("\0\1\1z\0") RECORD("\0\12\1a\0")
				RECORD("\0\12\1b\0"))));
	arena_done(&arena);
}

/* Shorter first where one begins the other; opaque octets unsigned. */
static void test_octet_order(void **state)
{
	struct bytes rdata[] = { OCTETS("\377"), OCTETS("a\0"), OCTETS("a"), OCTETS("") };
	struct rrset rrset = {
		.owner = name_root(), .type = 65280, .class = CLASS_IN, .count = 4, .rdata = rdata
	};
	struct arena arena;
	struct canon canon;
	(void)state;
	arena_init(&arena, ARENA_LIMIT);
	assert_int_equal(canon_init(&canon, &rrset, &arena), 0);
	assert_int_equal(canon.rdata[0].len, 0);
	assert_true(bytes_equal(canon.rdata[1], OCTETS("a")));
	assert_true(bytes_equal(canon.rdata[2], OCTETS("a\0")));
	assert_true(bytes_equal(canon.rdata[3], OCTETS("\377")));
	arena_done(&arena);
}

/* A wildcard's signature is over the wildcard. RFC 4035 section 5.3.2 */
static void test_wildcard(void **state)
{
	static const struct {
		const char *owner;
		uint8_t labels;
		const char *as;
		size_t as_len;
	} cases[] = {
		{ "a.b.Example", 1, "\1*\7example", 11 },
		{ "a.b.Example", 2, "\1*\1b\7example", 13 },
		{ "a.b.Example", 3, "\1a\1b\7example", 13 },
		{ "a.b.Example", 0, "\1*", 3 },
		{ "*.Example", 1, "\1*\7example", 11 },
		{ "*.Example", 0, "\1*", 3 },
	};
	struct bytes rdata = OCTETS("\300\0\2\1");
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct name_space space;
		struct rrset rrset = { .owner = name_of(cases[i].owner, &space),
			.type = TYPE_A,
			.class = CLASS_IN,
			.count = 1,
			.rdata = &rdata };
		struct arena arena;
		struct canon canon;
		arena_init(&arena, ARENA_LIMIT);
		assert_int_equal(canon_init(&canon, &rrset, &arena), 0);
		struct bytes data = signed_data(&canon, cases[i].labels);
		assert_int_equal(data.len, 18 + 9 + cases[i].as_len + 10 + 4);
		assert_memory_equal(data.at + 27, cases[i].as, cases[i].as_len);
		arena_done(&arena);
	}
}

/* The longest name there is, as a wildcard's and as itself. */
static void test_longest(void **state)
{
	uint8_t octets[NAME_LEN_MAX] = { 0 };
	struct bytes rdata = OCTETS("\300\0\2\1");
	struct rrset rrset = { .owner = { octets, NAME_LEN_MAX },
		.type = TYPE_A,
		.class = CLASS_IN,
		.count = 1,
		.rdata = &rdata };
	struct arena arena;
	struct canon canon;
	(void)state;
	for (size_t i = 0; i < NAME_LEN_MAX - 1; i += 2) {
		octets[i] = 1;
		octets[i + 1] = 'A';
	}
	for (uint8_t labels = 0; labels <= 127; labels++) {
		arena_init(&arena, ARENA_LIMIT);
		assert_int_equal(canon_init(&canon, &rrset, &arena), 0);
		size_t len = labels == 127 ? 255u : 2u * labels + 3u;
		assert_int_equal(signed_data(&canon, labels).len, 18 + 9 + len + 14);
		arena_done(&arena);
	}
}

/* RFC 6840 section 5.1: not NSEC's next name, nor names of types younger than RFC 3597. */
static void test_types(void **state)
{
	(void)state;
	assert_true(canon_lowers(TYPE_NS));
	assert_true(canon_lowers(TYPE_SOA));
	assert_true(canon_lowers(TYPE_SRV));
	assert_true(canon_lowers(TYPE_DNAME));
	assert_true(canon_lowers(TYPE_RRSIG));
	assert_false(canon_lowers(TYPE_NSEC));
	assert_false(canon_lowers(TYPE_SVCB));
	assert_false(canon_lowers(TYPE_HTTPS));
	assert_false(canon_lowers(TYPE_TXT));
	assert_false(canon_lowers(TYPE_HINFO));
}

static void test_out_of_memory(void **state)
{
	struct bytes rdata[] = { OCTETS("\1A\0"), OCTETS("\1B\0") };
	struct rrset rrset = {
		.owner = name_root(), .type = TYPE_NS, .class = CLASS_IN, .count = 2, .rdata = rdata
	};
	(void)state;
	for (size_t room = 0;; room += 16) {
		struct arena arena;
		struct canon canon;
		arena_init(&arena, ARENA_LIMIT);
		assert_non_null(arena_alloc(&arena, 4064 - room));
		failmalloc_arm(0);
		int err = canon_init(&canon, &rrset, &arena);
		bool happened = failmalloc_disarm();
		assert_int_equal(err, happened ? ERR_NOMEM : 0);
		arena_done(&arena);
		if (!happened)
			break;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_case),
		cmocka_unit_test(test_octet_order),
		cmocka_unit_test(test_wildcard),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_out_of_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
