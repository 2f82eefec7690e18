/* SPDX-License-Identifier: MIT */
/* An upstream must learn nothing of the client but its question. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "upstream/upstream_query.h"

static struct name named(const char *text, struct name_space *space)
{
	struct name name;
	assert_int_equal(name_parse(text, space, &name), 0);
	return name;
}

/* RD, no subnet, padded, and nothing of the client: octet by octet. */
static void test_upstream_query(void **state)
{
	uint8_t buffer[UPSTREAM_QUERY_LEN_MAX];
	struct name_space space;
	struct upstream_query query = {
		.question = { named("wWw.example", &space), TYPE_AAAA, CLASS_IN },
		.id = 0xabcd,
		.checking_disabled = true,
		.dnssec_ok = true,
	};
	(void)state;
	assert_int_equal(upstream_query_write(&query, buffer), 128);
	static const uint8_t expected[128] = "\xab\xcd\1\20\0\1\0\0\0\0\0\1"
					     "\3wWw\7example\0\0\34\0\1"
					     "\0\0\51\4\320\0\0\200\0\0\130"
					     "\0\10\0\4\0\1\0\0"
					     "\0\14\0\114";
	assert_memory_equal(buffer, expected, sizeof(expected));

	query = (struct upstream_query){ .question = query.question, .keepalive = true };
	assert_int_equal(upstream_query_write(&query, buffer), 128);
	assert_memory_equal(buffer, "\0\0\1\0\0\1\0\0\0\0\0\1", 12);
	assert_memory_equal(
		buffer + 29, "\0\0\51\4\320\0\0\0\0\0\130\0\10\0\4\0\1\0\0\0\13\0\0\0\14", 25);
}

/* Every question fits and ends on a block; the lengths tell nothing but the number of blocks. */
static void test_upstream_query_lengths(void **state)
{
	(void)state;
	for (size_t len = 1; len <= NAME_LEN_MAX; len++) {
		uint8_t octets[NAME_LEN_MAX] = { 0 };
		uint8_t buffer[UPSTREAM_QUERY_LEN_MAX];
		struct message_head head;
		if (len == 2)
			continue; /* no such name */
		for (size_t at = 0; len - at > 1;) {
			size_t label = len - at - 2 > 63 ? 63 : len - at - 2;
			/* What is left must be the root or room for a label. */
			if (len - at - 1 - label == 2)
				label--;
			octets[at] = (uint8_t)label;
			memset(octets + at + 1, 'x', label);
			at += 1 + label;
		}
		const struct upstream_query query = {
			.question = { { octets, (uint8_t)len }, TYPE_A, CLASS_IN },
			.keepalive = true,
		};
		size_t written = upstream_query_write(&query, buffer);
		assert_int_equal(written % PADDING_BLOCK_LEN, 0);
		assert_true(written <= UPSTREAM_QUERY_LEN_MAX);
		assert_int_equal(message_head_read(bytes_of(buffer, written), &head), 0);
		assert_true(question_equal(&head.question, &query.question));
		struct bytes option;
		assert_true(edns_option(&head.edns, EDNS_OPTION_CLIENT_SUBNET, &option));
		assert_true(bytes_equal(option, bytes_of("\0\1\0\0", 4)));
		assert_true(edns_option(&head.edns, EDNS_OPTION_TCP_KEEPALIVE, &option));
		assert_int_equal(option.len, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_upstream_query),
		cmocka_unit_test(test_upstream_query_lengths),
	};
	return cmocka_run_group_tests_name("upstream_query", tests, NULL, NULL);
}
