/* SPDX-License-Identifier: MIT */
/* What leaves this machine: small enough to arrive, right down to the letter case, and nothing of
 * the client in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"
#include "wire/compose.h"
#include "wire/rrset.h"

static void header_blank(struct compose *c)
{
	writer_bytes(&c->w, bytes_of((const uint8_t[HEADER_LEN]){ 0 }, HEADER_LEN));
}

/* The octets behind the header. */
static void assert_composed(const struct compose *c, struct bytes expected)
{
	assert_false(c->w.failed);
	assert_int_equal(c->w.len - HEADER_LEN, expected.len);
	assert_memory_equal(c->w.base + HEADER_LEN, expected.at, expected.len);
}

static void compose_text(struct compose *c, const char *text)
{
	struct name_space space;
	compose_name(c, name_of(text, &space));
}

static void test_name_compression(void **state)
{
	uint8_t buffer[256];
	struct compose c;
	(void)state;
	compose_init(&c, buffer, sizeof(buffer));
	header_blank(&c);
	compose_text(&c, "www.example.com");
	compose_text(&c, "example.com");
	compose_text(&c, "mail.example.com");
	compose_text(&c, "a.mail.example.com");
	compose_text(&c, ".");
	compose_text(&c, "www.example.com");
	compose_text(&c, "example.org");
	assert_composed(&c, OCTETS("\3www\7example\3com\0" /* 12, 16, 24 */
				   "\300\20"
				   "\4mail\300\20" /* 31 */
				   "\1a\300\37"
				   "\0"
				   "\300\14"
				   "\7example\3org\0"));
}

/* Who sends mixed case, to be sure of the answer, gets that case back and no other. */
static void test_case_is_kept(void **state)
{
	uint8_t buffer[256];
	struct compose c;
	(void)state;
	compose_init(&c, buffer, sizeof(buffer));
	header_blank(&c);
	compose_text(&c, "www.eXample.com");
	compose_text(&c, "www.example.com");
	assert_composed(&c, OCTETS("\3www\7eXample\3com\0\3www\7example\300\30"));
}

/* Any number of names, read back as they were written. */
static void test_many_names_round_trip(void **state)
{
	static uint8_t buffer[MESSAGE_LEN_MAX];
	struct compose c;
	char text[64];
	(void)state;
	compose_init(&c, buffer, sizeof(buffer));
	header_blank(&c);
	for (unsigned i = 0; i < 2000; i++) {
		snprintf(text, sizeof(text), "a%u.b%u.c%u.example", i % 7, i % 31, i % 403);
		compose_text(&c, text);
	}
	assert_false(c.w.failed);
	struct reader r = reader_over(bytes_of(buffer, c.w.len));
	reader_skip(&r, HEADER_LEN);
	for (unsigned i = 0; i < 2000; i++) {
		struct name_space space, expected;
		snprintf(text, sizeof(text), "a%u.b%u.c%u.example", i % 7, i % 31, i % 403);
		struct name name = name_read(&r, &space), wanted = name_of(text, &expected);
		assert_true(bytes_equal(
			bytes_of(name.octets, name.len), bytes_of(wanted.octets, wanted.len)));
	}
	assert_true(reader_finished(&r));
}

/* The same label in front of many others: each must lead on to its own. */
static void test_same_label_before_others(void **state)
{
	static uint8_t buffer[4096];
	struct name_space space;
	struct compose c;
	char text[64];
	(void)state;
	compose_init(&c, buffer, sizeof(buffer));
	header_blank(&c);
	for (unsigned i = 0; i < 120; i++) {
		snprintf(text, sizeof(text), i < 40 ? "p%u." : "x.p%u.", i % 40);
		compose_text(&c, text);
	}
	struct reader r = reader_over(bytes_of(buffer, c.w.len));
	reader_skip(&r, HEADER_LEN);
	for (unsigned i = 0; i < 120; i++) {
		snprintf(text, sizeof(text), i < 40 ? "p%u." : "x.p%u.", i % 40);
		assert_name(name_read(&r, &space), text);
	}
	assert_true(reader_finished(&r));
}

/* Beyond 16,383 octets no pointer leads: names there are written so that they can be read. */
static void test_far_names(void **state)
{
	static uint8_t buffer[40000];
	struct compose c;
	(void)state;
	compose_init(&c, buffer, sizeof(buffer));
	header_blank(&c);
	compose_text(&c, "near.example");
	while (c.w.len < 16383)
		writer_u8(&c.w, 0);
	size_t first = c.w.len;
	compose_text(&c, "far.example");
	compose_text(&c, "far.example");
	struct reader r = reader_over(bytes_of(buffer, c.w.len));
	reader_skip(&r, first);
	for (int i = 0; i < 2; i++) {
		struct name_space space;
		assert_name(name_read(&r, &space), "far.example.");
	}
	assert_true(reader_finished(&r));
}

/* Slots left over from what was taken back must not lead anywhere. */
static void test_rewind_leaves_no_trace(void **state)
{
	uint8_t buffer[256];
	struct name_space space;
	struct compose c;
	(void)state;
	compose_init(&c, buffer, sizeof(buffer));
	header_blank(&c);
	compose_text(&c, "example");
	size_t before = c.w.len;
	compose_text(&c, "a.b.example");
	writer_rewind(&c.w, before);
	compose_text(&c, "x.y.example");
	size_t second = c.w.len;
	compose_text(&c, "a.b.example");
	struct reader r = reader_over(bytes_of(buffer, c.w.len));
	reader_skip(&r, second);
	assert_name(name_read(&r, &space), "a.b.example.");
	assert_true(reader_finished(&r));
}

static void test_rrset(void **state)
{
	uint8_t buffer[256];
	struct name_space a, b;
	struct compose c;
	uint16_t ttl_at[2];
	(void)state;
	const struct question question = { name_of("Example.com", &a), TYPE_MX, CLASS_IN };
	const struct bytes rdata[] = { OCTETS("\0\5\4mail\7Example\3com\0"), OCTETS("\0\6\2mx\0") };
	const struct rrset rrset = { .owner = name_of("Example.com", &b),
		.type = TYPE_MX,
		.class = CLASS_IN,
		.ttl_s = 300,
		.count = 2,
		.rdata = rdata };
	compose_init(&c, buffer, sizeof(buffer));
	header_blank(&c);
	compose_question(&c, &question);
	assert_int_equal(compose_rrset(&c, &rrset, ttl_at), 2);
	assert_composed(&c, OCTETS("\7Example\3com\0\0\17\0\1"
				   "\300\14\0\17\0\1\0\0\1\54\0\11\0\5\4mail\300\14"
				   "\300\14\0\17\0\1\0\0\1\54\0\6\0\6\2mx\0"));
	assert_int_equal(u32_load(buffer + ttl_at[0]), 300);
	assert_int_equal(u32_load(buffer + ttl_at[1]), 300);
	assert_int_equal(ttl_at[0], 35);
	/* Without a place for the offsets. */
	assert_int_equal(compose_rrset(&c, &rrset, NULL), 2);
}

/* A set's own owner is the first name written, or the root, or far off. */
static void test_rrset_owners(void **state)
{
	static uint8_t buffer[40000];
	static const char *const owners[] = { "new.example", "." };
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct name_space space, read;
		struct compose c;
		const struct bytes rdata[] = { OCTETS("\1\1\1\1"), OCTETS("\2\2\2\2") };
		const struct rrset rrset = { .owner = name_of(owners[i % 2], &space),
			.type = TYPE_A,
			.class = CLASS_IN,
			.count = 2,
			.rdata = rdata };
		compose_init(&c, buffer, sizeof(buffer));
		header_blank(&c);
		while (i >= 2 && c.w.len < 20000)
			writer_u8(&c.w, 1);
		size_t first = c.w.len;
		assert_int_equal(compose_rrset(&c, &rrset, NULL), 2);
		struct reader r = reader_over(bytes_of(buffer, c.w.len));
		reader_skip(&r, first);
		for (int k = 0; k < 2; k++) {
			assert_true(name_equal(name_read(&r, &read), rrset.owner));
			reader_skip(&r, 14);
		}
		assert_true(reader_finished(&r));
	}
}

/* A part of an RRset is no answer: all or nothing, at every length of the buffer. */
static void test_rrset_does_not_fit(void **state)
{
	uint8_t buffer[256];
	struct name_space space;
	const struct bytes rdata[] = { OCTETS("\300\0\2\1"), OCTETS("\300\0\2\2") };
	const struct rrset rrset = { .owner = name_of("example", &space),
		.type = TYPE_A,
		.class = CLASS_IN,
		.count = 2,
		.rdata = rdata };
	const size_t whole = HEADER_LEN + 9 + 14 + 2 + 14;
	(void)state;
	for (size_t cap = HEADER_LEN; cap < whole; cap++) {
		struct compose c;
		compose_init(&c, buffer, cap);
		header_blank(&c);
		assert_int_equal(compose_rrset(&c, &rrset, NULL), 0);
		assert_true(c.w.failed);
		assert_int_equal(c.w.len, HEADER_LEN);
	}
	struct compose c;
	compose_init(&c, buffer, whole);
	header_blank(&c);
	assert_int_equal(compose_rrset(&c, &rrset, NULL), 2);
	assert_int_equal(c.w.len, whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name_compression),
		cmocka_unit_test(test_case_is_kept),
		cmocka_unit_test(test_many_names_round_trip),
		cmocka_unit_test(test_same_label_before_others),
		cmocka_unit_test(test_far_names),
		cmocka_unit_test(test_rewind_leaves_no_trace),
		cmocka_unit_test(test_rrset),
		cmocka_unit_test(test_rrset_owners),
		cmocka_unit_test(test_rrset_does_not_fit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
