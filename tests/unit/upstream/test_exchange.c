/* SPDX-License-Identifier: MIT */
/* RFC 5452 section 9.1: what does not belong to the question must never reach a client. */
#include "world.h"

#include "support/failmalloc.h"
#include "upstream/exchange.h"

/* Without its last cut octets, or with its first kept ones alone. */
static int read_part(const struct reply *reply, size_t kept, size_t cut, size_t limit)
{
	uint8_t query[UPSTREAM_QUERY_LEN_MAX], wire[2048];
	struct name_space space;
	struct upstream_query asked = { .question = { .type = TYPE_A, .class = CLASS_IN } };
	struct exchange exchange = { .query = &asked };
	struct message message;
	struct arena arena;
	const char *why = "", *late = "";

	assert_int_equal(name_parse("www.example", &space, &asked.question.name), 0);
	asked.id = 4711;
	size_t query_len = upstream_query_write(&asked, query);
	size_t len = reply_write(bytes_of(query, query_len), reply, wire, sizeof(wire));
	arena_init(&arena, limit);
	exchange.arena = &arena;
	struct bytes part = bytes_of(wire + 2, kept > 0 ? kept : len - 2 - cut);
	int err = exchange_read(&exchange, part, &message, &why);
	assert_int_equal(err != 0, why[0] != '\0');
	if (err != 0)
		assert_null(arena.blocks); /* nothing is left of what is of no use */
	/* What nobody waits for is not taken for a response where that would not be. */
	assert_int_equal(
		exchange_is_reply(part, bytes_of(query, query_len), &late), err != ERR_PROTOCOL);
	if (err == ERR_PROTOCOL)
		assert_string_equal(late, why);
	const struct hash_key key = { .k0 = 1, .k1 = 2 };
	late = "";
	assert_int_equal(
		exchange_is_marked(part, &key, exchange_mark(&key, &asked.question), &late),
		err != ERR_PROTOCOL);
	if (err == ERR_PROTOCOL)
		assert_string_equal(late, why);
	arena_done(&arena);
	return err;
}

static int read_reply(const struct reply *reply, size_t cut, size_t limit)
{
	return read_part(reply, 0, cut, limit);
}

static void test_what_counts(void **state)
{
	(void)state;
	assert_int_equal(read_reply(&(struct reply){ 0 }, 0, 65536), 0);
	assert_int_equal(read_reply(&(struct reply){ .upper_case = true }, 0, 65536), 0);
	assert_int_equal(read_reply(&(struct reply){ .rcode = RCODE_SERVFAIL }, 0, 65536), 0);
}

static void test_what_does_not(void **state)
{
	static const struct reply bad[] = {
		{ .query = true },
		{ .opcode = 4 },
		{ .opcode = 5 },
		{ .no_question = true },
		{ .name = "www.example.org" },
		{ .name = "." },
		{ .type_off = 1 },
		{ .class_off = 2 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(read_reply(&bad[i], 0, 65536), ERR_PROTOCOL);
	/* Within the question, or the header. */
	for (size_t kept = 1; kept < HEADER_LEN + 17; kept++)
		assert_int_equal(read_part(&(struct reply){ 0 }, kept, 0, 65536), ERR_PROTOCOL);
}

/* Who publishes malformed records, or makes a server say that it cannot read a query, must not cost
 * others the connection. */
static void test_what_is_of_no_use(void **state)
{
	(void)state;
	assert_int_equal(read_reply(&(struct reply){ .malformed = true }, 0, 65536), ERR_FORMAT);
	assert_int_equal(read_reply(&(struct reply){ .truncated = true }, 0, 65536), ERR_FORMAT);
	assert_int_equal(read_reply(&(struct reply){ .no_question = true, .rcode = RCODE_FORMERR },
				 0, 65536),
		ERR_FORMAT);
	for (size_t cut = 1; cut < 20; cut++)
		assert_int_equal(read_reply(&(struct reply){ 0 }, cut, 65536), ERR_FORMAT);
}

/* Once for whoever was there; up to four times where each connection had served others. */
static void test_how_often_it_is_sent_again(void **state)
{
	struct exchange exchange = { 0 };
	struct connection from = { 0 };
	(void)state;
	assert_false(exchange_may_move(&exchange, &from));
	from.answers = 1;
	assert_true(exchange_may_move(&exchange, &from));
	exchange.resends = 1;
	assert_false(exchange_may_move(&exchange, &from));
	from.answers = EXCHANGE_RESEND_ANSWERS - 1;
	assert_false(exchange_may_move(&exchange, &from));
	from.answers = EXCHANGE_RESEND_ANSWERS;
	for (; exchange.resends < 4; exchange.resends++)
		assert_true(exchange_may_move(&exchange, &from));
	assert_false(exchange_may_move(&exchange, &from));
}

static void test_no_memory(void **state)
{
	(void)state;
	assert_int_equal(read_reply(&(struct reply){ 0 }, 0, 16), ERR_NOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_counts),
		cmocka_unit_test(test_what_does_not),
		cmocka_unit_test(test_what_is_of_no_use),
		cmocka_unit_test(test_how_often_it_is_sent_again),
		cmocka_unit_test(test_no_memory),
	};
	return cmocka_run_group_tests_name("exchange", tests, NULL, NULL);
}
