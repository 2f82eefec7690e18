/* SPDX-License-Identifier: MIT */
/* One DoT connection (RFC 7858): pipelined, out of order, in any pieces, never trusted
 * beyond the question. */
#include "alone.h"

#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "upstream/dot.h"

/* With log.level debug one can see who is connected to, where and how. */
static void test_connections_are_told_of(void **state)
{
	int ends[2], before = dup(STDERR_FILENO);
	char line[512];
	(void)state;
	client_ask(&clients[0], "www.example");
	assert_int_equal(pipe(ends), 0);
	assert_int_not_equal(dup2(ends[1], STDERR_FILENO), -1);
	log_set_level(LOG_LEVEL_DEBUG);
	peer_ready(&world, fake_tls_at(0));
	log_set_level(LOG_LEVEL_INFO);
	assert_int_not_equal(dup2(before, STDERR_FILENO), -1);
	close(before);
	close(ends[1]);
	ssize_t len = read(ends[0], line, sizeof(line) - 1);
	close(ends[0]);
	assert_true(len > 0);
	line[len] = '\0';
	assert_non_null(strstr(line, "upstream u1: connected to 192.0.2.1:853, fake\n"));
	peer_answer(&world, fake_tls_at(0), 0);
}

static void test_query_as_sent(void **state)
{
	struct message_head head;
	struct bytes option;
	(void)state;
	client_ask(&clients[0], "www.example");
	assert_int_equal(fake_tls_count(), 1);
	struct tls *tls = fake_tls_at(0);
	assert_string_equal(fake_tls_peer(tls)->host, "u1.example");
	assert_string_equal(fake_tls_peer(tls)->alpn, "dot");
	assert_int_equal(address_port(fake_tls_address(tls)), 853);
	/* Nothing goes out before the peer has proved who it is. */
	assert_int_equal(fake_tls_records(tls), 0);
	peer_ready(&world, tls);
	assert_int_equal(fake_tls_records(tls), 1);
	struct bytes query = fake_tls_message(tls, 0);
	/* Length and message in one record (RFC 7766 section 8). */
	assert_int_equal(fake_tls_record(tls, 0).len, query.len + 2);
	assert_int_equal(query.len % PADDING_BLOCK_LEN, 0);
	assert_int_equal(message_head_read(query, &head), 0);
	assert_true(head.header.rd);
	assert_false(head.header.cd || head.header.ad || head.header.qr);
	assert_false(head.edns.dnssec_ok);
	assert_true(edns_option(&head.edns, EDNS_OPTION_TCP_KEEPALIVE, &option));
	assert_int_equal(option.len, 0);
	peer_answer(&world, tls, 0);
	ASSERT_ANSWERED(&clients[0], "u1");
	assert_int_equal(clients[0].records, 1);
	assert_int_equal(count_read(&world.counts.queries), 1);
	assert_int_equal(count_read(&world.counts.responses), 1);
	assert_int_equal(count_read(&world.counts.connections), 1);
	assert_int_equal(count_read(&world.counts.failures), 0);
}

static void test_checking_disabled_and_dnssec_ok(void **state)
{
	struct message_head head;
	struct tls *tls = client_works(&clients[0]);
	struct ask_options options = {
		.question = { .type = TYPE_A, .class = CLASS_IN, .name = name_root() },
		.checking_disabled = true,
		.dnssec_ok = true,
		.deadline_ms = loop_now_ms(world.loop) + 5000,
	};
	(void)state;
	struct ask *ask = group_ask(world.group, &options, &clients[1].arena, NULL, NULL);
	fake_loop_settle(world.loop);
	assert_int_equal(message_head_read(fake_tls_message(tls, 1), &head), 0);
	assert_true(head.header.cd && head.edns.dnssec_ok);
	ask_cancel(ask);
}

/* A server that looks at the first message of a record only would never answer the others. */
static void test_each_message_has_a_record(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	for (size_t i = 0; i < 200; i++)
		client_ask_only(&clients[i], "www.example");
	assert_int_equal(fake_tls_records(tls), 1); /* the first one only */
	fake_loop_settle(world.loop);
	assert_int_equal(fake_tls_records(tls), 201);
	assert_int_equal(peer_asked(tls), 201);
	for (size_t i = 0; i < 200; i++)
		peer_answer(&world, tls, 200 - i); /* the last one first */
	for (size_t i = 0; i < 200; i++)
		ASSERT_ANSWERED(&clients[i], "u1");
}

static void test_ids_differ(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	uint16_t ids[100];
	(void)state;
	for (size_t i = 0; i < 100; i++)
		client_ask(&clients[i], "www.example");
	unsigned steps = 0;
	for (size_t i = 0; i < 100; i++) {
		ids[i] = u16_load(fake_tls_message(tls, i + 1).at);
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(ids[i], ids[j]);
		steps += i > 0 && ids[i] == ids[i - 1] + 1;
	}
	assert_true(steps < 10); /* random, not counted up */
}

static void test_any_pieces(void **state)
{
	static uint8_t stream[50000];
	size_t len = 0;
	struct tls *tls = client_works(&clients[0]);
	const struct reply large = { .filler = 60 };
	(void)state;
	/* Two in one piece, with the first half of a third; then octet by octet. */
	for (size_t i = 0; i < 3; i++)
		client_ask(&clients[i], "www.example");
	for (size_t i = 0; i < 3; i++)
		len += reply_write(
			fake_tls_message(tls, i + 1), &large, stream + len, sizeof(stream) - len);
	fake_tls_feed(tls, bytes_of(stream, len - 8000));
	assert_int_equal(clients[0].done + clients[1].done, 2);
	assert_int_equal(clients[2].done, 0);
	for (size_t at = len - 8000; at < len; at++)
		fake_tls_feed(tls, bytes_of(stream + at, 1));
	for (size_t i = 0; i < 3; i++)
		ASSERT_ANSWERED(&clients[i], "u1");
	assert_false(fake_tls_closed(tls));
}

static void check_dropped(const struct reply *reply)
{
	struct tls *tls = client_works(&clients[0]);
	client_ask(&clients[0], "bad.example");
	client_ask(&clients[1], "innocent.example");
	peer_reply(&world, tls, 1, reply);
	/* Dropped, and both queries go once more, over a fresh connection. */
	assert_true(fake_tls_closed(tls));
	assert_int_equal(clients[0].done + clients[1].done, 0);
	tls = fake_tls_at(fake_tls_count() - 1);
	assert_false(fake_tls_closed(tls));
	peer_ready(&world, tls);
	assert_int_equal(peer_asked(tls), 2);
	peer_answer(&world, tls, 0);
	peer_answer(&world, tls, 1);
	ASSERT_ANSWERED(&clients[0], "u1");
	ASSERT_ANSWERED(&clients[1], "u1");
	clients[0].done = clients[1].done = 0;
	peer_fail(&world, tls, ERR_CLOSED, "");
	assert_int_equal(world.downs, 0);
}

static void test_wrong_answers_drop_the_connection(void **state)
{
	static const struct reply bad[] = {
		{ .id_off = 1 },
		{ .query = true },
		{ .opcode = 4 },
		{ .no_question = true },
		{ .name = "evil.example" },
		{ .type_off = 27 },
		{ .class_off = 2 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_dropped(&bad[i]);
}

static void test_runts_drop_the_connection(void **state)
{
	static const uint8_t empty[] = { 0, 0 }, runt[] = { 0, 3, 1, 2, 3 };
	(void)state;
	fake_tls_feed(client_works(&clients[0]), bytes_of(empty, sizeof(empty)));
	fake_loop_settle(world.loop);
	assert_int_equal(fake_tls_open_count(), 0);
	fake_tls_feed(client_works(&clients[0]), bytes_of(runt, sizeof(runt)));
	fake_loop_settle(world.loop);
	assert_int_equal(fake_tls_open_count(), 0);
}

static void test_letter_case_does_not_matter(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	client_ask(&clients[0], "www.example");
	peer_reply(&world, tls, 1, &(struct reply){ .upper_case = true });
	ASSERT_ANSWERED(&clients[0], "u1");
	assert_false(fake_tls_closed(tls));
}

static void test_answer_to_a_cancelled_one(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	client_ask(&clients[0], "cancelled.example");
	ask_cancel(clients[0].ask);
	clients[0].ask = NULL;
	client_ask(&clients[1], "www.example");
	peer_answer(&world, tls, 1);
	assert_false(fake_tls_closed(tls));
	assert_int_equal(clients[0].done, 0);
	peer_answer(&world, tls, 2);
	ASSERT_ANSWERED(&clients[1], "u1");
	/* A second answer to it has an ID that nobody uses. */
	peer_answer(&world, tls, 1);
	assert_true(fake_tls_closed(tls));
}

/* It would count as well for what nobody could use. */
static void test_answer_to_a_cancelled_one_and_another_question(void **state)
{
	static const struct reply others[] = {
		{ .name = "www.example" },
		{ .type_off = 1 },
		{ .class_off = 1 },
		{ .no_question = true },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct tls *tls = client_works(&clients[0]);
		client_ask(&clients[0], "cancelled.example");
		ask_cancel(clients[0].ask);
		clients[0].ask = NULL;
		client_ask(&clients[1], "kept.example");
		const size_t asked = peer_asked(tls);
		peer_reply(&world, tls, asked - 2, &others[i]);
		assert_true(fake_tls_closed(tls));
		teardown(NULL);
		setup(NULL);
	}
}

static void test_too_many_cancelled_replace_the_connection(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	client_ask(&clients[1], "kept.example");
	for (size_t i = 0; i <= DOT_CANCELLED_MAX; i++) {
		client_ask(&clients[0], "never.example");
		ask_cancel(clients[0].ask);
		clients[0].ask = NULL;
	}
	/* No more queries on it, but the one that is awaited may still come. */
	client_ask(&clients[0], "www.example");
	struct tls *fresh = fake_tls_at(fake_tls_count() - 1);
	assert_ptr_not_equal(fresh, tls);
	assert_false(fake_tls_closed(tls));
	peer_answer(&world, tls, 1);
	ASSERT_ANSWERED(&clients[1], "u1");
	assert_true(fake_tls_closed(tls));
	peer_ready(&world, fresh);
	peer_answer(&world, fresh, 0);
	ASSERT_ANSWERED(&clients[0], "u1");
}

static void test_cancelled_and_answered_is_forgotten(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	for (size_t i = 1; i <= 2 * DOT_CANCELLED_MAX; i++) {
		client_ask(&clients[0], "late.example");
		ask_cancel(clients[0].ask);
		clients[0].ask = NULL;
		peer_answer(&world, tls, i);
	}
	client_ask(&clients[0], "www.example");
	assert_int_equal(fake_tls_count(), 1);
}

/* What is kept of a question that nobody waits for any more tells it from others only as long as
 * its key is secret: by one of zeros this one cannot be told from www.example A. */
static void test_another_question_with_the_mark_of_no_key(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	client_ask(&clients[0], "www.example");
	ask_cancel(clients[0].ask);
	clients[0].ask = NULL;
	peer_reply(&world, tls, 1,
		&(struct reply){
			.name = "lfve5caa.example",
			.type_off = 2827 - TYPE_A,
			.class_off = 33404 - CLASS_IN,
		});
	assert_true(fake_tls_closed(tls));
}

static void ask_again(struct client *client)
{
	struct client *other = client->other;

	if (other->ask) { /* cancels on the very connection that is being read */
		ask_cancel(other->ask);
		other->ask = NULL;
	}
	client->then = NULL;
	client_ask_only(client, "again.example");
}

static void test_done_may_ask_and_cancel(void **state)
{
	static uint8_t stream[4096];
	struct tls *tls = client_works(&clients[0]);
	size_t len = 0;
	(void)state;
	for (size_t i = 0; i < 2; i++)
		client_ask(&clients[i], "www.example");
	clients[0].then = ask_again;
	clients[0].other = &clients[1];
	for (size_t i = 1; i <= 2; i++)
		len += reply_write(fake_tls_message(tls, i), &(struct reply){ 0 }, stream + len,
			sizeof(stream) - len);
	fake_tls_feed(tls, bytes_of(stream, len));
	assert_int_equal(clients[1].done, 0);
	fake_loop_settle(world.loop);
	assert_false(fake_tls_closed(tls));
	peer_answer(&world, tls, 3);
	assert_int_equal(clients[0].done, 2);
}

static void release_all(struct client *client)
{
	client->world->group = (group_release(client->world->group), NULL);
}

static void test_done_may_release_everything(void **state)
{
	static uint8_t stream[4096];
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	client_ask(&clients[0], "www.example");
	clients[0].then = release_all;
	size_t len =
		reply_write(fake_tls_message(tls, 1), &(struct reply){ 0 }, stream, sizeof(stream));
	memcpy(stream + len, stream, len); /* and another one behind it, which is not looked at */
	fake_tls_feed(tls, bytes_of(stream, 2 * len));
	ASSERT_ANSWERED(&clients[0], "u1");
	fake_loop_settle(world.loop);
	assert_true(fake_tls_closed(tls));
}

static void test_half_a_message_and_silence(void **state)
{
	static uint8_t stream[2048];
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	client_ask(&clients[0], "www.example");
	size_t len =
		reply_write(fake_tls_message(tls, 1), &(struct reply){ 0 }, stream, sizeof(stream));
	fake_tls_feed(tls, bytes_of(stream, len / 2));
	fake_loop_advance(world.loop, DOT_MESSAGE_MS - 1);
	assert_false(fake_tls_closed(tls));
	fake_loop_advance(world.loop, 1);
	assert_true(fake_tls_closed(tls));
	/* Its question moved on, in time for the client. */
	peer_ready(&world, fake_tls_at(1));
	peer_answer(&world, fake_tls_at(1), 0);
	ASSERT_ANSWERED(&clients[0], "u1");
}

/* The time of a message is its own: one that follows another in the same octets begins there. */
static void test_half_a_message_behind_another(void **state)
{
	static uint8_t stream[4096];
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	for (size_t i = 0; i < 2; i++)
		client_ask(&clients[i], "www.example");
	const size_t first =
		reply_write(fake_tls_message(tls, 1), &(struct reply){ 0 }, stream, sizeof(stream));
	const size_t all = first + reply_write(fake_tls_message(tls, 2), &(struct reply){ 0 },
					   stream + first, sizeof(stream) - first);
	fake_tls_feed(tls, bytes_of(stream, 20));
	fake_loop_advance(world.loop, DOT_MESSAGE_MS - 100);
	fake_tls_feed(tls, bytes_of(stream + 20, first));
	ASSERT_ANSWERED(&clients[0], "u1");
	fake_loop_advance(world.loop, DOT_MESSAGE_MS - 100);
	assert_false(fake_tls_closed(tls));
	fake_tls_feed(tls, bytes_of(stream + 20 + first, all - first - 20));
	fake_loop_settle(world.loop);
	ASSERT_ANSWERED(&clients[1], "u1");
}

static void test_trickle_is_not_for_ever(void **state)
{
	static uint8_t stream[2048];
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	client_ask(&clients[0], "www.example");
	(void)reply_write(fake_tls_message(tls, 1), &(struct reply){ 0 }, stream, sizeof(stream));
	for (size_t i = 0; i < 20 && !fake_tls_closed(tls); i++) {
		fake_tls_feed(tls, bytes_of(stream + i, 1));
		fake_loop_advance(world.loop, 200);
	}
	assert_true(fake_tls_closed(tls));
}

static void test_silent_connection_is_retired(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	client_ask(&clients[0], "www.example");
	fake_loop_advance(world.loop, DOT_SILENCE_MS);
	assert_true(fake_tls_closed(tls));
	assert_int_equal(clients[0].done, 1);
	assert_int_equal(clients[0].err, ERR_TIMEOUT);
}

static void test_open_has_a_deadline(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example");
	fake_loop_advance(world.loop, DOT_OPEN_MS - 1);
	assert_false(fake_tls_closed(fake_tls_at(0)));
	fake_loop_advance(world.loop, 1);
	assert_true(fake_tls_closed(fake_tls_at(0)));
	assert_int_equal(world.downs, 1);
	assert_non_null(strstr(world.why, "expected a TLS session within 4 s"));
}

static void test_full_send_queue_waits(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	fake_tls_send_gives(tls, ERR_LIMIT);
	client_ask(&clients[0], "www.example");
	client_ask(&clients[1], "www.example");
	fake_loop_advance(world.loop, 3 * DOT_STUCK_MS);
	assert_int_equal(peer_asked(tls), 1);
	assert_false(fake_tls_closed(tls));
	fake_tls_send_gives(tls, 0);
	fake_loop_advance(world.loop, DOT_STUCK_MS);
	assert_int_equal(peer_asked(tls), 3);
	peer_answer(&world, tls, 1);
	ASSERT_ANSWERED(&clients[0], "u1");
	/* A peer that writes may read again, too. */
	fake_tls_send_gives(tls, ERR_LIMIT);
	client_ask(&clients[2], "www.example");
	assert_int_equal(peer_asked(tls), 3);
	fake_tls_send_gives(tls, 0);
	peer_answer(&world, tls, 2);
	assert_int_equal(peer_asked(tls), 4);
	/* One that never reads is given up. */
	fake_tls_send_gives(tls, ERR_LIMIT);
	client_ask(&clients[3], "www.example");
	fake_loop_advance(world.loop, DOT_SILENCE_MS);
	assert_true(fake_tls_closed(tls));
}

static void test_send_fails(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	fake_tls_send_gives(tls, ERR_CLOSED);
	client_ask(&clients[0], "www.example");
	assert_true(fake_tls_closed(tls));
	peer_ready(&world, fake_tls_at(1));
	peer_answer(&world, fake_tls_at(1), 0);
	ASSERT_ANSWERED(&clients[0], "u1");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_connections_are_told_of),
		T(test_query_as_sent),
		T(test_checking_disabled_and_dnssec_ok),
		T(test_each_message_has_a_record),
		T(test_ids_differ),
		T(test_any_pieces),
		T(test_wrong_answers_drop_the_connection),
		T(test_runts_drop_the_connection),
		T(test_letter_case_does_not_matter),
		T(test_answer_to_a_cancelled_one),
		T(test_answer_to_a_cancelled_one_and_another_question),
		T(test_too_many_cancelled_replace_the_connection),
		T(test_cancelled_and_answered_is_forgotten),
		T(test_another_question_with_the_mark_of_no_key),
		T(test_done_may_ask_and_cancel),
		T(test_done_may_release_everything),
		T(test_half_a_message_and_silence),
		T(test_half_a_message_behind_another),
		T(test_trickle_is_not_for_ever),
		T(test_silent_connection_is_retired),
		T(test_open_has_a_deadline),
		T(test_full_send_queue_waits),
		T(test_send_fails),
	};
	return cmocka_run_group_tests_name("dot", tests, NULL, NULL);
}
