/* SPDX-License-Identifier: MIT */
/* OPT carries the client's size, DO, and why an answer is what it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"
#include "wire/edns.h"
#include "wire/reader.h"

/* Octets of an OPT record in front of its rdata. */
#define OPT_FIXED_LEN 11

static void test_read(void **state)
{
	struct edns edns;
	struct bytes data;
	(void)state;
	assert_int_equal(
		edns_read(1232, 0x01028000, OCTETS("\0\12\0\3abc\0\14\0\0\0\12\0\1x"), &edns), 0);
	assert_true(edns.present);
	assert_true(edns.dnssec_ok);
	assert_int_equal(edns.udp_size, 1232);
	assert_int_equal(edns.extended_rcode, 1);
	assert_int_equal(edns.version, 2);
	/* The first of two. */
	assert_true(edns_option(&edns, EDNS_OPTION_COOKIE, &data));
	assert_true(bytes_equal(data, OCTETS("abc")));
	assert_true(edns_option(&edns, EDNS_OPTION_PADDING, &data));
	assert_int_equal(data.len, 0);
	assert_false(edns_option(&edns, EDNS_OPTION_EDE, &data));

	assert_int_equal(edns_read(512, 0x00007fff, bytes_of(NULL, 0), &edns), 0);
	assert_false(edns.dnssec_ok);
	assert_false(edns_option(&edns, 0, &data));
	assert_false(edns_option(&(struct edns){ 0 }, 0, &data));
}

static void test_read_malformed(void **state)
{
	static const struct {
		const char *octets;
		size_t len;
	} cases[] = { { "\0", 1 }, { "\0\12\0", 3 }, { "\0\12\0\1", 4 }, { "\0\12\0\0\0", 5 },
		{ "\0\12\377\377abc", 7 } };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct edns edns = { .udp_size = 7 };
		assert_int_equal(edns_read(512, 0, bytes_of(cases[i].octets, cases[i].len), &edns),
			ERR_FORMAT);
		assert_int_equal(edns.udp_size, 7);
	}
}

static void test_write(void **state)
{
	uint8_t buffer[64];
	struct writer w = writer_into(buffer, sizeof(buffer));
	const struct edns edns = {
		.dnssec_ok = true, .udp_size = 1232, .extended_rcode = 1, .version = 0
	};
	(void)state;
	size_t opened = edns_open(&w, &edns);
	edns_add_option(&w, EDNS_OPTION_NSID, OCTETS("me"));
	edns_add_ede(&w, EDE_STALE_ANSWER, "old");
	edns_add_ede(&w, EDE_BLOCKED, NULL);
	edns_close(&w, opened);
	assert_false(w.failed);
	assert_true(bytes_equal(bytes_of(buffer, w.len),
		OCTETS("\0\0\51\4\320\1\0\200\0\0\25\0\3\0\2me\0\17\0\5\0\3old\0\17\0\2\0\17")));
}

/* An option is there whole or not at all. */
static void test_write_does_not_fit(void **state)
{
	const struct edns edns = { .udp_size = 1232 };
	(void)state;
	for (size_t cap = 0; cap < OPT_FIXED_LEN + 4 + 2 + 3; cap++) {
		uint8_t buffer[64];
		struct writer w = writer_into(buffer, cap);
		size_t opened = edns_open(&w, &edns);
		edns_add_ede(&w, EDE_STALE_ANSWER, "old");
		edns_close(&w, opened);
		assert_true(w.failed);
		assert_true(w.len <= OPT_FIXED_LEN);
	}
	static uint8_t big[70000];
	struct writer w = writer_into(big, sizeof(big));
	edns_add_option(&w, 1, bytes_of(big, 65536));
	assert_true(w.failed);
	assert_int_equal(w.len, 0);
}

/* A message's length must not tell which name was asked for. */
static void test_padding(void **state)
{
	const struct edns edns = { .udp_size = 1232 };
	(void)state;
	for (size_t before = 0; before < 300; before++) {
		uint8_t buffer[1024];
		memset(buffer, 0xee, sizeof(buffer));
		struct writer w = writer_into(buffer, sizeof(buffer));
		for (size_t i = 0; i < before; i++)
			writer_u8(&w, 0);
		size_t opened = edns_open(&w, &edns);
		edns_add_padding(&w, 128);
		edns_close(&w, opened);
		assert_false(w.failed);
		assert_int_equal(w.len % 128, 0);
		/* Never a block more than needed. */
		assert_true(w.len - (before + OPT_FIXED_LEN) < 128 + 4);

		struct edns read;
		struct bytes padding;
		assert_int_equal(
			edns_read(1232, 0, bytes_of(buffer + opened + 2, u16_load(buffer + opened)),
				&read),
			0);
		assert_true(edns_option(&read, EDNS_OPTION_PADDING, &padding));
		for (size_t i = 0; i < padding.len; i++)
			assert_int_equal(padding.at[i], 0);
	}
}

/* Near the buffer's end the answer counts more than its padding. */
static void test_padding_near_the_end(void **state)
{
	(void)state;
	for (size_t cap = 100; cap < 128; cap++) {
		uint8_t buffer[128];
		struct writer w = writer_into(buffer, cap);
		for (size_t i = 0; i < 100; i++)
			writer_u8(&w, 0);
		edns_add_padding(&w, 128);
		assert_false(w.failed);
		assert_int_equal(w.len, cap < 104 ? 100 : cap);
	}
}

static void test_ede_text(void **state)
{
	(void)state;
	assert_string_equal(ede_text(EDE_OTHER), "Other Error");
	assert_string_equal(ede_text(EDE_STALE_ANSWER), "Stale Answer");
	assert_string_equal(ede_text(EDE_DNSSEC_BOGUS), "DNSSEC Bogus");
	assert_string_equal(ede_text(EDE_NOT_SUPPORTED), "Not Supported");
	assert_string_equal(ede_text(EDE_NETWORK_ERROR), "Network Error");
	assert_string_equal(
		ede_text(EDE_UNSUPPORTED_NSEC3_ITERATIONS), "Unsupported NSEC3 Iterations Value");
	assert_string_equal(ede_text(EDE_INVALID_QUERY_TYPE), "Invalid Query Type");
	assert_string_equal(ede_text(49152), "unassigned");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_read_malformed),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_write_does_not_fit),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_padding_near_the_end),
		cmocka_unit_test(test_ede_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
