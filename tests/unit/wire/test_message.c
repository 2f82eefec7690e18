/* SPDX-License-Identifier: MIT */
/* A message that is misread is an answer to another question, or a daemon that stands still. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"
#include "support/failmalloc.h"
#include "wire/message.h"

#define ARENA_LIMIT (8u << 20)

/* Header with QR=1, RD=1, RA=1 and question "www.example.com. A IN"; its name stands at 12. */
#define HEAD(an, ns, ar) "\x12\x34\x81\x80\0\1\0" an "\0" ns "\0" ar
#define QUESTION	 "\3www\7example\3com\0\0\1\0\1"
#define A_RECORD	 "\300\14\0\1\0\1\0\0\1\54\0\4\300\0\2\1"
#define OPT		 "\0\0\51\4\320\0\0\200\0\0\0"

static int read_in(struct bytes wire, struct arena *arena, struct message *out)
{
	arena_init(arena, ARENA_LIMIT);
	return message_read(wire, arena, out);
}

static void test_header(void **state)
{
	(void)state;
	/* Every value of the second word but Z comes back as it was. */
	for (uint32_t flags = 0; flags <= UINT16_MAX; flags++) {
		uint8_t octets[HEADER_LEN] = { 0xab, 0xcd, (uint8_t)(flags >> 8), (uint8_t)flags, 0,
			1, 2, 3, 4, 5, 6, 7 };
		uint8_t again[HEADER_LEN];
		struct header header;
		assert_int_equal(header_read(bytes_of(octets, sizeof(octets)), &header), 0);
		struct writer w = writer_into(again, sizeof(again));
		header_write(&w, &header);
		octets[3] &= 0xbf;
		assert_memory_equal(again, octets, sizeof(octets));
	}
	struct header header;
	assert_int_equal(header_read(OCTETS(HEAD("\1", "\2", "\3")), &header), 0);
	assert_int_equal(header.id, 0x1234);
	assert_true(header.qr && header.rd && header.ra);
	assert_false(header.aa || header.tc || header.ad || header.cd);
	assert_int_equal(header.record_count[SECTION_ADDITIONAL], 3);
	assert_int_equal(header_read(bytes_of("12345678901", 11), &header), ERR_FORMAT);
}

/* A query as clients send it: what a cache hit has to look at, without one allocation. */
static void test_head_of_a_query(void **state)
{
	struct bytes wire = OCTETS("\x12\x34\1\40\0\1\0\0\0\0\0\1" QUESTION OPT);
	struct message_head head;
	size_t allocations = failmalloc_count();
	(void)state;
	assert_int_equal(message_head_read(wire, &head), 0);
	assert_int_equal(failmalloc_count(), allocations);
	assert_int_equal(head.header.id, 0x1234);
	assert_true(head.header.rd && head.header.ad);
	assert_name(head.question.name, "www.example.com.");
	assert_ptr_equal(head.question.name.octets, wire.at + HEADER_LEN);
	assert_int_equal(head.question.type, TYPE_A);
	assert_int_equal(head.question.class, CLASS_IN);
	assert_true(head.edns.present && head.edns.dnssec_ok);
	assert_int_equal(head.edns.udp_size, 1232);

	wire = OCTETS(HEAD("\0", "\0", "\0") QUESTION);
	assert_int_equal(message_head_read(wire, &head), 0);
	assert_false(head.edns.present);
}

static void test_records(void **state)
{
	struct bytes wire = OCTETS(HEAD("\2", "\1", "\2") QUESTION
		"\300\14\0\5\0\1\0\0\0\12\0\4\1w\300\20"      /* CNAME w.example.com. */
		"\1w\300\20\0\1\0\1\200\0\0\1\0\4\300\0\2\1"  /* TTL with its top bit set */
		"\300\20\0\2\0\1\0\0\0\12\0\6\3ns1\300\20"    /* NS ns1.example.com. */
		OPT "\300\14\377\0\0\1\0\0\0\12\0\2\300\14"); /* TYPE65280, opaque */
	struct arena arena;
	struct message m;
	(void)state;
	assert_int_equal(read_in(wire, &arena, &m), 0);
	assert_int_equal(m.count, 4);
	assert_int_equal(m.records[0].section, SECTION_ANSWER);
	assert_name(m.records[0].owner, "www.example.com.");
	assert_int_equal(m.records[0].type, TYPE_CNAME);
	assert_int_equal(m.records[0].ttl_s, 10);
	assert_true(bytes_equal(m.records[0].rdata, OCTETS("\1w\7example\3com\0")));
	assert_name(m.records[1].owner, "w.example.com.");
	assert_int_equal(m.records[1].ttl_s, 0);
	assert_int_equal(m.records[2].section, SECTION_AUTHORITY);
	assert_true(bytes_equal(m.records[2].rdata, OCTETS("\3ns1\7example\3com\0")));
	assert_int_equal(m.records[3].section, SECTION_ADDITIONAL);
	assert_true(bytes_equal(m.records[3].rdata, OCTETS("\300\14")));
	assert_true(m.head.edns.present);
	arena_done(&arena);
}

static void test_extended_rcode(void **state)
{
	struct bytes wire =
		OCTETS("\0\0\200\1\0\1\0\0\0\0\0\1" QUESTION "\0\0\51\4\320\1\0\0\0\0\0");
	struct arena arena;
	struct message m;
	(void)state;
	assert_int_equal(read_in(wire, &arena, &m), 0);
	assert_int_equal(m.rcode, RCODE_BADVERS + 1);
	assert_int_equal(m.head.header.rcode, 1);
	arena_done(&arena);
}

/* Malformed in a query and in a response, for the short look and for the long one. */
static void test_malformed(void **state)
{
	static const struct {
		const char *why;
		struct bytes wire;
	} cases[] = {
		{ "no header", { (const uint8_t *)"abc", 3 } },
#define CASE(why, literal)                                                                         \
	{                                                                                          \
		why,                                                                               \
		{                                                                                  \
			(const uint8_t *)(literal), sizeof(literal) - 1                            \
		}                                                                                  \
	}
		CASE("no question", "\0\0\0\0\0\0\0\0\0\0\0\0"),
		CASE("two questions", "\0\0\0\0\0\2\0\0\0\0\0\0" QUESTION QUESTION),
		CASE("half a question", HEAD("\0", "\0", "\0") "\3www\0\0\1\0"),
		CASE("a question with a pointer", HEAD("\0", "\0", "\0") "\300\14\0\1\0\1"),
		CASE("octets behind the last record", HEAD("\0", "\0", "\0") QUESTION "x"),
		CASE("fewer records than said", HEAD("\2", "\0", "\0") QUESTION A_RECORD),
		CASE("more records than could be", HEAD("\1", "\0", "\0") QUESTION),
		CASE("rdata past the end",
			HEAD("\1", "\0", "\0") QUESTION "\0\1\0\0\1\0\0\0\0\0\1"),
		CASE("two OPTs", HEAD("\0", "\0", "\2") QUESTION OPT OPT),
		CASE("OPT in answer", HEAD("\1", "\0", "\0") QUESTION OPT),
		CASE("OPT in authority", HEAD("\0", "\1", "\0") QUESTION OPT),
		CASE("OPT at a name", HEAD("\0", "\0", "\1") QUESTION "\1a" OPT),
		CASE("OPT at a pointer",
			HEAD("\0", "\0", "\1") QUESTION "\300\34\0\51\0\0\0\0\0\0\0\0"),
		CASE("half an option", HEAD("\0", "\0", "\1") QUESTION "\0\0\51\0\0\0\0\0\0\0\1\0"),
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct arena arena;
		struct message m;
		struct message_head head;
		/* A fault of the OPT alone is told apart, as its reply needs an OPT. */
		bool opt = strstr(cases[i].why, "OPT") || strstr(cases[i].why, "option");
		if (message_head_read(cases[i].wire, &head) != (opt ? ERR_PROTOCOL : ERR_FORMAT))
			fail_msg("%s: head", cases[i].why);
		if (opt)
			assert_true(head.edns.present);
		if (read_in(cases[i].wire, &arena, &m) != ERR_FORMAT)
			fail_msg("%s: message", cases[i].why);
		arena_done(&arena);
	}
}

/* What only the long look sees. */
static void test_malformed_records(void **state)
{
	static const struct {
		const char *why;
		struct bytes wire;
	} cases[] = {
		CASE("A of three octets",
			HEAD("\1", "\0", "\0") QUESTION "\300\14\0\1\0\1\0\0\0\0\0\3abc"),
		CASE("an owner that points at itself",
			HEAD("\1", "\0", "\0") QUESTION "\300\41\0\1\0\1\0\0\0\0\0\4abcd"),
		CASE("CNAME past its rdata",
			HEAD("\1", "\0", "\0") QUESTION "\300\14\0\5\0\1\0\0\0\0\0\3\1a\300"),
		CASE("CNAME with octets behind it",
			HEAD("\1", "\0", "\0") QUESTION "\300\14\0\5\0\1\0\0\0\0\0\3\300\14x"),
		CASE("an empty CNAME",
			HEAD("\1", "\0", "\0") QUESTION "\300\14\0\5\0\1\0\0\0\0\0\0"),
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct arena arena;
		struct message m;
		if (read_in(cases[i].wire, &arena, &m) != ERR_FORMAT)
			fail_msg("%s", cases[i].why);
		arena_done(&arena);
	}
}

/* A header that promises 196,605 records must not cost their memory. */
static void test_counts_are_not_believed(void **state)
{
	struct arena arena;
	struct message m;
	(void)state;
	struct bytes wire =
		OCTETS("\0\0\200\0\0\1\377\377\377\377\377\377" QUESTION A_RECORD A_RECORD);
	assert_int_equal(read_in(wire, &arena, &m), ERR_FORMAT);
	assert_int_equal(arena.total, 0);
	arena_done(&arena);
}

/* A pointer to offset 0 leads into the header: whatever is read there, it is read. */
static void test_pointer_into_header(void **state)
{
	struct bytes wire =
		OCTETS("\0\1\200\0\0\1\0\1\0\0\0\0" QUESTION "\300\0\0\1\0\1\0\0\0\0\0\4abcd");
	struct arena arena;
	struct message m;
	(void)state;
	assert_int_equal(read_in(wire, &arena, &m), 0);
	assert_true(name_is_root(m.records[0].owner));
	arena_done(&arena);
}

/* As many records as a message can hold, all at one name that is not the question's. */
static size_t many_write(uint8_t *wire, size_t cap)
{
	const struct header header = { .qr = true, .question_count = 1 };
	struct writer w = writer_into(wire, cap);
	header_write(&w, &header);
	writer_bytes(&w, OCTETS(QUESTION));
	size_t first = w.len;
	uint16_t count = 0;
	for (; w.cap - w.len >= 80; count++) {
		if (count == 0)
			writer_bytes(&w, OCTETS("\77abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrst"
						"uvwxyzabcdefghijk\300\14"));
		else
			writer_u16(&w, (uint16_t)(0xc000 | first));
		writer_bytes(&w, OCTETS("\0\1\0\1\0\0\0\1\0\4"));
		writer_u32(&w, count);
	}
	writer_patch_u16(&w, 6, count);
	assert_false(w.failed);
	return w.len;
}

static void test_owners_are_shared(void **state)
{
	static uint8_t wire[MESSAGE_LEN_MAX];
	struct arena arena;
	struct message m;
	(void)state;
	size_t len = many_write(wire, sizeof(wire));
	assert_int_equal(read_in(bytes_of(wire, len), &arena, &m), 0);
	assert_in_range(m.count, 4000, 5000);
	for (size_t i = 1; i < m.count; i++)
		assert_ptr_equal(m.records[i].owner.octets, m.records[0].owner.octets);
	assert_true(arena.total < m.count * sizeof(struct record) + 8192);
	arena_done(&arena);
}

/* Owners that are remembered must not be taken for one another: 300 of them, each met twice. */
static void test_owners_are_not_mixed_up(void **state)
{
	enum { OWNERS = 300 };
	static uint8_t wire[MESSAGE_LEN_MAX];
	const struct header header = { .question_count = 1, .record_count = { 2 * OWNERS } };
	struct writer w = writer_into(wire, sizeof(wire));
	size_t at[OWNERS];
	struct arena arena;
	struct message m;
	(void)state;
	header_write(&w, &header);
	writer_bytes(&w, OCTETS(QUESTION));
	for (unsigned i = 0; i < 2 * OWNERS; i++) {
		if (i < OWNERS) {
			at[i] = w.len;
			writer_u8(&w, 3);
			writer_u8(&w, 'n');
			writer_u16(&w, (uint16_t)i);
			writer_u16(&w, 0xc00c);
		} else {
			writer_u16(&w, (uint16_t)(0xc000 | at[i - OWNERS]));
		}
		writer_bytes(&w, OCTETS("\0\1\0\1\0\0\0\1\0\4abcd"));
	}
	assert_false(w.failed);
	assert_int_equal(read_in(bytes_of(wire, w.len), &arena, &m), 0);
	for (unsigned i = 0; i < 2 * OWNERS; i++) {
		struct name owner = m.records[i].owner;
		assert_int_equal(u16_load(owner.octets + 2), i % OWNERS);
		assert_name(name_parent(owner), "www.example.com.");
	}
	arena_done(&arena);
}

/* The arena's limit, and every allocation in turn: an error, nothing lost, nothing half done. */
static void test_out_of_memory(void **state)
{
	static uint8_t wire[MESSAGE_LEN_MAX];
	struct arena arena;
	struct message m = { .count = 77 };
	size_t len = many_write(wire, sizeof(wire)), failures = 0;
	(void)state;
	arena_init(&arena, 10000);
	assert_int_equal(message_read(bytes_of(wire, len), &arena, &m), ERR_NOMEM);
	assert_int_equal(m.count, 77);
	arena_done(&arena);
	for (size_t n = 0;; n++) {
		failmalloc_arm(n);
		int err = read_in(bytes_of(wire, len), &arena, &m);
		bool happened = failmalloc_disarm();
		assert_int_equal(err, happened ? ERR_NOMEM : 0);
		arena_done(&arena);
		if (!happened)
			break;
		failures++;
	}
	assert_true(failures >= 2);
}

static void test_question(void **state)
{
	struct name_space a, b;
	struct question x = { name_of("www.Example", &a), TYPE_A, CLASS_IN };
	struct question y = { name_of("WWW.example", &b), TYPE_A, CLASS_IN };
	(void)state;
	assert_true(question_equal(&x, &y));
	y.type = TYPE_AAAA;
	assert_false(question_equal(&x, &y));
	y.type = TYPE_A;
	y.class = CLASS_CH;
	assert_false(question_equal(&x, &y));
	y.class = CLASS_IN;
	y.name = name_of("ww.example", &b);
	assert_false(question_equal(&x, &y));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_head_of_a_query),
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_extended_rcode),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_malformed_records),
		cmocka_unit_test(test_counts_are_not_believed),
		cmocka_unit_test(test_pointer_into_header),
		cmocka_unit_test(test_owners_are_shared),
		cmocka_unit_test(test_owners_are_not_mixed_up),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_question),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
