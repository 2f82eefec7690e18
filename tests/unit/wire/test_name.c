/* SPDX-License-Identifier: MIT */
/* Names decide what is answered, cached and believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"
#include "support/failmalloc.h"
#include "wire/name.h"

#define LABEL_63 "123456789012345678901234567890123456789012345678901234567890123"
#define LABEL_61 "1234567890123456789012345678901234567890123456789012345678901"

/* 255 octets on the wire, the most there can be. */
#define LONGEST LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_61 "."

static struct reader reader_at(struct bytes message, size_t at)
{
	struct reader r = reader_over(message);
	reader_skip(&r, at);
	return r;
}

static void test_parse_print(void **state)
{
	static const struct {
		const char *text, *printed;
	} cases[] = {
		{ ".", "." },
		{ "com", "com." },
		{ "Example.COM.", "Example.COM." },
		{ "_dns.resolver.arpa.", "_dns.resolver.arpa." },
		{ "a\\.b.c", "a\\.b.c." },
		{ "\\097\\255\\000.x", "a\\255\\000.x." },
		{ "\\\\.\\\"\\(\\)\\;\\@\\$.", "\\\\.\\\"\\(\\)\\;\\@\\$." },
		{ "a\\ b", "a\\032b." },
		{ "*.example", "*.example." },
		{ LONGEST, LONGEST },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct name_space space;
		assert_name(name_of(cases[i].text, &space), cases[i].printed);
	}
}

static void test_parse_malformed(void **state)
{
	static const char *const texts[] = { "", "..", ".com", "a..b", "a.b..", "a b", "a\tb",
		"\xc3\xa4", "\\", "a\\", "\\1", "\\12", "\\12x", "\\256", "\\999", "a\x7f" LABEL_63,
		LABEL_63 "4", "1" LONGEST, LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_61 "2",
		LONGEST "a" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct name_space space;
		struct name name;
		assert_int_equal(name_parse(texts[i], &space, &name), ERR_FORMAT);
	}
}

static void test_read_plain(void **state)
{
	struct bytes message = OCTETS("\3WWW\7example\0tail");
	struct reader r = reader_over(message);
	(void)state;
	struct name name = name_read_plain(&r);
	assert_name(name, "WWW.example.");
	assert_ptr_equal(name.octets, message.at);
	assert_int_equal(reader_left(&r), 4);

	static const struct {
		const char *octets;
		size_t len;
	} bad[] = { { "", 0 }, { "\3WWW", 4 }, { "\3WW", 3 }, { "\300\0", 2 }, { "\1a\300\0", 4 },
		{ "\100a", 2 }, { "\200a", 2 } };
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		r = reader_over(bytes_of(bad[i].octets, bad[i].len));
		assert_true(name_is_root(name_read_plain(&r)));
		assert_true(r.failed);
	}
}

/* 255 octets are a name, 256 are not, compressed or not. */
static void test_longest(void **state)
{
	struct name_space space, other;
	struct name name = name_of(LONGEST, &space);
	uint8_t octets[300] = { 0 };
	(void)state;
	assert_int_equal(name.len, NAME_LEN_MAX);
	struct reader r = reader_over(bytes_of(name.octets, name.len));
	assert_true(name_equal(name_read_plain(&r), name));
	assert_true(reader_finished(&r));

	/* The last label one octet longer. */
	memcpy(octets, name.octets, name.len);
	octets[192] = 62;
	octets[254] = 'x';
	octets[255] = 0;
	r = reader_over(bytes_of(octets, 256));
	(void)name_read_plain(&r);
	assert_true(r.failed);
	r = reader_over(bytes_of(octets, 256));
	(void)name_read(&r, &other);
	assert_true(r.failed);

	/* The longest behind a pointer, and one octet of label in front of that. */
	memcpy(octets, name.octets, name.len);
	memcpy(octets + 255, "\300\0\1a\300\0", 6);
	r = reader_at(bytes_of(octets, 261), 255);
	assert_true(name_equal(name_read(&r, &other), name));
	assert_int_equal(r.at, 257);
	(void)name_read(&r, &other);
	assert_true(r.failed);
}

static void test_compressed(void **state)
{
	struct bytes message = OCTETS("??\7example\0\3www\300\2\1a\300\13\300\21\300\25rest");
	struct name_space space;
	struct reader r = reader_at(message, 2);
	(void)state;
	assert_name(name_read(&r, &space), "example.");
	assert_int_equal(r.at, 11);
	assert_name(name_read(&r, &space), "www.example.");
	assert_int_equal(r.at, 17);
	assert_name(name_read(&r, &space), "a.www.example.");
	assert_name(name_read(&r, &space), "a.www.example.");
	/* A pointer to a pointer is silly, not wrong. */
	assert_name(name_read(&r, &space), "a.www.example.");
	assert_int_equal(reader_left(&r), 4);
	assert_false(r.failed);
}

/* A view where the message has the whole name in one piece, a copy only where it does not. */
static void test_read_view(void **state)
{
	struct bytes message = OCTETS("??\7example\0\3www\300\2\300\2");
	struct name_space space;
	struct reader r = reader_at(message, 2);
	(void)state;
	struct name name = name_read_view(&r, &space);
	assert_ptr_equal(name.octets, message.at + 2);
	name = name_read_view(&r, &space);
	assert_ptr_equal(name.octets, space.octets);
	assert_name(name, "www.example.");
	name = name_read_view(&r, &space);
	assert_ptr_equal(name.octets, message.at + 2);
	assert_name(name, "example.");
	assert_true(reader_finished(&r));
}

/* Loops and leaps forward: the ways to make a reader run for ever or read what is not there. */
static void test_hostile_pointers(void **state)
{
	static const struct {
		const char *octets;
		size_t len, at;
	} cases[] = {
		{ "\300\0", 2, 0 },		/* to itself */
		{ "\1a\300\0", 4, 0 },		/* to the name's own start */
		{ "\300\2\300\0", 4, 0 },	/* forward */
		{ "\300\2\300\0", 4, 2 },	/* back, then forward */
		{ "\1a\300\0\1b\300\0", 8, 4 }, /* into a loop */
		{ "\3abc\1b\300\0", 8, 4 },	/* back, and over the end of what it led to */
		{ "\6ab\1x\300\0\0", 8, 3 }, /* the same, in one label, to a root behind it all */
		{ "\0\300", 2, 1 },	     /* half a pointer */
		{ "\0\1a\300", 4, 1 }, { "\0\377\377", 3, 1 }, /* past the end */
		{ "\0\100\0", 3, 1 },			       /* bits 01 and 10 mean nothing */
		{ "\0\200\0", 3, 1 }, { "\0\5abc", 5, 1 },     /* a label past the end */
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct name_space space;
		struct reader r = reader_at(bytes_of(cases[i].octets, cases[i].len), cases[i].at);
		assert_true(name_is_root(name_read(&r, &space)));
		assert_true(r.failed);
	}
}

/* Thousands of records that each point into one long chain must not cost its length each. */
static void test_pointer_chain_is_bounded(void **state)
{
	uint8_t octets[2048] = { 0 };
	struct name_space space;
	(void)state;
	for (size_t at = 1; at < sizeof(octets) - 1; at += 2)
		u16_store(octets + at, (uint16_t)(0xc000 | (at == 1 ? 0 : at - 2)));
	struct reader r = reader_at(bytes_of(octets, sizeof(octets)), 1 + 2 * 31);
	assert_true(name_is_root(name_read(&r, &space)));
	assert_false(r.failed);
	r = reader_at(bytes_of(octets, sizeof(octets)), 1 + 2 * 32);
	(void)name_read(&r, &space);
	assert_true(r.failed);
}

static void test_skip(void **state)
{
	struct reader r = reader_over(OCTETS("\1a\1b\0\1a\300\0\300\0\0x"));
	(void)state;
	name_skip(&r);
	assert_int_equal(r.at, 5);
	name_skip(&r);
	assert_int_equal(r.at, 9);
	name_skip(&r);
	assert_int_equal(r.at, 11);
	name_skip(&r);
	assert_int_equal(r.at, 12);
	name_skip(&r);
	assert_true(r.failed);
	r = reader_over(OCTETS("\1a\300"));
	name_skip(&r);
	assert_true(r.failed);
	uint8_t labels[400];
	for (size_t i = 0; i < sizeof(labels); i += 2)
		memcpy(labels + i, "\1a", 2);
	labels[sizeof(labels) - 2] = 0;
	r = reader_over(bytes_of(labels, sizeof(labels)));
	name_skip(&r);
	assert_true(r.failed);
}

/* Case never makes a difference, anything else always does: at every place in a name, as names
 * are compared in words of eight octets. */
static void test_equal_folds_letters_only(void **state)
{
	struct hash_key key = { 3, 4 };
	(void)state;
	for (unsigned octet = 0; octet < 256; octet++) {
		for (size_t len = 1; len <= 19; len += 3) {
			uint8_t a[21] = { (uint8_t)len }, b[21];
			memset(a + 1, 'x', len);
			memcpy(b, a, sizeof(b));
			a[len] = (uint8_t)octet;
			struct name x = { a, (uint8_t)(len + 2) }, y = { b, (uint8_t)(len + 2) };
			for (unsigned other = 0; other < 256; other++) {
				b[len] = (uint8_t)other;
				bool letter = (octet | 0x20) >= 'a' && (octet | 0x20) <= 'z';
				bool same = octet == other || (letter && (octet ^ other) == 0x20);
				assert_int_equal(name_equal(x, y), same);
				assert_int_equal(name_order(x, y) == 0, same);
				assert_int_equal(name_compare(x, y) == 0, same);
				assert_int_equal(name_hash(&key, x) == name_hash(&key, y), same);
			}
		}
	}
}

/* RFC 4034 section 6.1: the order that denial of existence is proved by. */
static void test_canonical_order(void **state)
{
	static const char *const sorted[] = { ".", "example", "a.example", "yljkjljk.a.example",
		"Z.a.example", "zABC.a.EXAMPLE", "z.example", "\\001.z.example", "*.z.example",
		"z.z.example", "\\200.z.example", "za.example" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(sorted); i++) {
		for (size_t k = 0; k < COUNT_OF(sorted); k++) {
			struct name_space a, b;
			int order = name_compare(name_of(sorted[i], &a), name_of(sorted[k], &b));
			assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
		}
	}
}

static void test_order_is_an_order(void **state)
{
	static const char *const names[] = { ".", "a", "b", "aaaaaaaaaaaa", "aaaaaaaaaaab",
		"Aaaaaaaaaaaz", "baaaaaaaaaaa", "a.b", "b.a" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		for (size_t k = 0; k < COUNT_OF(names); k++) {
			struct name_space a, b;
			int there = name_order(name_of(names[i], &a), name_of(names[k], &b));
			int back = name_order(name_of(names[k], &b), name_of(names[i], &a));
			assert_int_equal((there > 0) - (there < 0), (back < 0) - (back > 0));
			assert_int_equal(there == 0, i == k);
		}
	}
}

static void test_within(void **state)
{
	static const struct {
		const char *name, *ancestor;
		bool within;
	} cases[] = {
		{ "example", ".", true },
		{ ".", ".", true },
		{ ".", "example", false },
		{ "www.Example", "eXample", true },
		{ "example", "example", true },
		{ "example", "www.example", false },
		{ "badexample", "example", false },
		{ "a\\.example", "example", false },
		{ "a.example.com", "example", false },
		/* The octets of "\7example" inside a label are no label. */
		{ "\\007example.x", "example.x", false },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct name_space a, b;
		assert_int_equal(
			name_is_within(name_of(cases[i].name, &a), name_of(cases[i].ancestor, &b)),
			cases[i].within);
	}
}

static void test_parent_and_labels(void **state)
{
	struct name_space space;
	struct name name = name_of("a.bc.def", &space);
	(void)state;
	assert_int_equal(name_label_count(name), 3);
	assert_name(name_last_labels(name, 3), "a.bc.def.");
	assert_name(name_last_labels(name, 2), "bc.def.");
	assert_name(name_last_labels(name, 0), ".");
	name = name_parent(name);
	assert_name(name, "bc.def.");
	name = name_parent(name_parent(name));
	assert_true(name_is_root(name));
	assert_int_equal(name_label_count(name), 0);
	assert_true(name_is_root(name_root()));
}

static void test_fold_write_copy(void **state)
{
	struct name_space space, folded;
	struct name name = name_of("WWW.Example-Names.\\192\\091.COM", &space), copy;
	uint8_t buffer[64];
	struct arena arena;
	(void)state;
	assert_name(name_fold(name, &folded), "www.example-names.\\192[.com.");

	struct writer w = writer_into(buffer, sizeof(buffer));
	name_write(&w, name);
	assert_true(bytes_equal(bytes_of(buffer, w.len), bytes_of(name.octets, name.len)));

	arena_init(&arena, 1 << 16);
	failmalloc_arm(0);
	assert_int_equal(name_copy(&arena, name, &copy), ERR_NOMEM);
	assert_true(failmalloc_disarm());
	assert_int_equal(name_copy(&arena, name, &copy), 0);
	assert_ptr_not_equal(copy.octets, name.octets);
	assert_name(copy, "WWW.Example-Names.\\192[.COM.");
	arena_done(&arena);
}

static void test_labels(void **state)
{
	uint8_t at[LABELS_MAX];
	struct name_space space;
	struct name name;
	(void)state;
	assert_int_equal(name_labels(name_root(), at), 0);
	assert_int_equal(name_parse("www.a.example", &space, &name), 0);
	assert_int_equal(name_labels(name, at), 3);
	assert_int_equal(at[0], 0);
	assert_int_equal(at[1], 4);
	assert_int_equal(at[2], 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_parse_print),
		cmocka_unit_test(test_parse_malformed),
		cmocka_unit_test(test_read_plain),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_compressed),
		cmocka_unit_test(test_read_view),
		cmocka_unit_test(test_hostile_pointers),
		cmocka_unit_test(test_pointer_chain_is_bounded),
		cmocka_unit_test(test_skip),
		cmocka_unit_test(test_equal_folds_letters_only),
		cmocka_unit_test(test_canonical_order),
		cmocka_unit_test(test_order_is_an_order),
		cmocka_unit_test(test_within),
		cmocka_unit_test(test_parent_and_labels),
		cmocka_unit_test(test_fold_write_copy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
