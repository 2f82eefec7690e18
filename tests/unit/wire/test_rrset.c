/* SPDX-License-Identifier: MIT */
/* RRsets are what is signed, cached and answered: one record missing or twice and the signature
 * does not fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"
#include "support/failmalloc.h"
#include "wire/rrset.h"

#define ARENA_LIMIT (8u << 20)

#define RRSIG_FIXED(covers) covers "\5\2\0\0\0\1\0\0\0\2\0\0\0\3\0\4\0sig"

struct sample {
	struct name_space spaces[16];
	struct record records[16];
	struct message message;
	struct arena arena;
	struct rrset *rrsets;
	size_t count;
};

static void sample_init(struct sample *s)
{
	memset(s, 0, sizeof(*s));
	s->message.records = s->records;
	arena_init(&s->arena, ARENA_LIMIT);
}

static void add(
	struct sample *s, const char *owner, uint16_t type, uint32_t ttl_s, struct bytes rdata)
{
	size_t i = s->message.count++;
	s->records[i] = (struct record){ .owner = name_of(owner, &s->spaces[i]),
		.type = type,
		.class = CLASS_IN,
		.ttl_s = ttl_s,
		.rdata = rdata };
}

static int group(struct sample *s)
{
	return rrsets_group(&s->message, &s->arena, &s->rrsets, &s->count);
}

static void test_group(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s);
	add(&s, "www.example", TYPE_A, 300, OCTETS("\300\0\2\2"));
	add(&s, "www.example", TYPE_RRSIG, 300, OCTETS(RRSIG_FIXED("\0\1")));
	add(&s, "WWW.example", TYPE_A, 200, OCTETS("\300\0\2\1"));
	add(&s, "www.example", TYPE_RRSIG, 300, OCTETS(RRSIG_FIXED("\0\34")));
	add(&s, "www.example", TYPE_AAAA, 50, OCTETS("0123456789abcdef"));
	add(&s, "example", TYPE_A, 50, OCTETS("\300\0\2\1"));
	add(&s, "www.example", TYPE_A, 250, OCTETS("\300\0\2\2"));
	add(&s, "www.example", TYPE_A, 10, OCTETS("\300\0\2\1"));
	s.records[7].section = SECTION_ADDITIONAL;
	assert_int_equal(group(&s), 0);
	assert_int_equal(s.count, 6);

	/* In the message's order, spelled as at first, the least TTL, no rdata twice. */
	assert_name(s.rrsets[0].owner, "www.example.");
	assert_int_equal(s.rrsets[0].type, TYPE_A);
	assert_int_equal(s.rrsets[0].covers, 0);
	assert_int_equal(s.rrsets[0].ttl_s, 200);
	assert_int_equal(s.rrsets[0].count, 2);
	assert_true(bytes_equal(s.rrsets[0].rdata[0], OCTETS("\300\0\2\2")));
	assert_true(bytes_equal(s.rrsets[0].rdata[1], OCTETS("\300\0\2\1")));
	assert_int_equal(s.rrsets[1].type, TYPE_RRSIG);
	assert_int_equal(s.rrsets[1].covers, TYPE_A);
	assert_int_equal(s.rrsets[2].covers, TYPE_AAAA);
	assert_int_equal(s.rrsets[3].type, TYPE_AAAA);
	assert_name(s.rrsets[4].owner, "example.");
	assert_int_equal(s.rrsets[5].section, SECTION_ADDITIONAL);
	assert_int_equal(s.rrsets[5].ttl_s, 10);
	assert_int_equal(s.rrsets[5].count, 1);
	arena_done(&s.arena);
}

/* A copy with a smaller TTL still lowers the set's. */
static void test_duplicates(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s);
	add(&s, "a", TYPE_TXT, 30, OCTETS("\1x"));
	add(&s, "a", TYPE_TXT, 20, OCTETS("\1x"));
	add(&s, "a", TYPE_TXT, 10, OCTETS("\1x"));
	add(&s, "a", TYPE_TXT, 40, OCTETS("\1X"));
	assert_int_equal(group(&s), 0);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.rrsets[0].count, 2);
	assert_int_equal(s.rrsets[0].ttl_s, 10);
	arena_done(&s.arena);
}

static void test_nothing(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s);
	assert_int_equal(group(&s), 0);
	assert_int_equal(s.count, 0);
	arena_done(&s.arena);
}

static void test_short_rrsig(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s);
	add(&s, "a", TYPE_RRSIG, 30, OCTETS("\0"));
	assert_int_equal(group(&s), ERR_FORMAT);
	arena_done(&s.arena);
}

static void test_out_of_memory(void **state)
{
	struct sample s;
	size_t failures = 0;
	(void)state;
	for (size_t n = 0;; n++) {
		sample_init(&s);
		add(&s, "a", TYPE_TXT, 30, OCTETS("\1x"));
		add(&s, "b", TYPE_TXT, 30, OCTETS("\1x"));
		/* So little is left that each piece may be the one too many. */
		arena_init(&s.arena, ARENA_LIMIT);
		assert_non_null(arena_alloc(&s.arena, 4064 - 16 * n));
		failmalloc_arm(0);
		int err = group(&s);
		bool happened = failmalloc_disarm();
		assert_int_equal(err, happened ? ERR_NOMEM : 0);
		arena_done(&s.arena);
		if (!happened)
			break;
		failures++;
	}
	assert_true(failures >= 5);
}

/* Many records, some of them twice: each of 1,500 sets is found whole. That it does not take
 * for ever is what the fuzzers' time-out and the benchmarks look at. */
static void test_many(void **state)
{
	enum { OWNERS = 1500, EACH = 3 };
	static uint8_t names[OWNERS][8];
	static uint8_t rdata[EACH][4];
	static struct record records[OWNERS * EACH];
	struct message message = { .records = records };
	struct arena arena;
	struct rrset *rrsets;
	size_t count;
	(void)state;
	for (unsigned i = 0; i < EACH; i++)
		rdata[i][0] = (uint8_t)(i % 2);
	for (unsigned i = 0; i < OWNERS * EACH; i++) {
		unsigned owner = i * 7 % OWNERS;
		snprintf((char *)names[owner], sizeof(names[owner]), "\5%05u", owner);
		records[message.count++] = (struct record){ .owner = { names[owner], 7 },
			.type = TYPE_A,
			.class = CLASS_IN,
			.ttl_s = 1,
			.rdata = bytes_of(rdata[i / OWNERS], 4) };
	}
	arena_init(&arena, ARENA_LIMIT);
	assert_int_equal(rrsets_group(&message, &arena, &rrsets, &count), 0);
	assert_int_equal(count, OWNERS);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(rrsets[i].count, 2);
		assert_true(name_equal(rrsets[i].owner, records[i].owner));
	}
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_group),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_short_rrsig),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
