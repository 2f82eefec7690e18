/* SPDX-License-Identifier: MIT */
/* One connection of DNS over HTTPS with a server that is idle, slow, silent or does not read:
 * nobody waits for what will not come, and nobody is given up for being quiet. */
#include "doh_peer.h"

#include <string.h>

#include "upstream/doh.h"
#include "upstream/group_inside.h"
#include "upstream/pool.h"

#define CLIENTS 100

static struct world world;
static struct client clients[CLIENTS];

static void begin(size_t members)
{
	world_init_https(&world, members, 1, DOH_METHOD_POST);
	doh_peers_init();
	for (size_t i = 0; i < CLIENTS; i++)
		client_init(&clients[i], &world);
}

static int setup(void **state)
{
	(void)state;
	begin(1);
	return 0;
}

static int setup_two(void **state)
{
	(void)state;
	begin(2);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < CLIENTS; i++)
		client_done(&clients[i]);
	world_done(&world);
	doh_peers_done();
	return 0;
}

static void test_own_idle_cap(void **state)
{
	static const uint8_t mark[8];
	struct frames *frames = frames_new();
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	fake_loop_advance(world.loop, CONNECTION_IDLE_CAP_MS - 1000);
	assert_false(fake_tls_closed(fake_tls_at(0)));
	/* A word of the server's is none of an answer. */
	frames_add(frames, NGHTTP2_PING, 0, 0, bytes_of(mark, 8));
	doh_peer_feed(&world, 0, frames);
	fake_loop_advance(world.loop, 1000);
	assert_true(fake_tls_closed(fake_tls_at(0)));
	assert_int_equal(world.downs, 0);
	assert_int_equal(doh_peer(0)->pings, 0); /* nobody is kept awake */
}

static void test_idle_close_is_no_failure(void **state)
{
	struct frames *frames = frames_new();
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	frames_add_goaway(frames, 1, NGHTTP2_NO_ERROR);
	doh_peer_feed(&world, 0, frames);
	assert_true(fake_tls_closed(fake_tls_at(0)));
	client_ask(&clients[0], "www.example");
	doh_peer_ready(&world, 1, 100);
	doh_peer_answer(&world, 1, 0);
	ASSERT_ANSWERED(&clients[0], "u1");
	assert_int_equal(world.downs, 0);
	assert_int_equal(count_read(&world.counts.failures), 0);
}

/* A server that says when it has enough of an idle connection is not kept waiting the next time. */
static void test_idle_close_is_learnt(void **state)
{
	struct frames *frames = frames_new();
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	fake_loop_advance(world.loop, 10000);
	frames_add_goaway(frames, 1, NGHTTP2_NO_ERROR);
	doh_peer_feed(&world, 0, frames);
	client_ask(&clients[0], "www.example");
	doh_peer_ready(&world, 1, 100);
	doh_peer_answer(&world, 1, 0);
	fake_loop_advance(world.loop, 10000 - CONNECTION_IDLE_MARGIN_MS - 1);
	assert_false(fake_tls_closed(fake_tls_at(1)));
	fake_loop_advance(world.loop, 1);
	assert_true(fake_tls_closed(fake_tls_at(1)));
}

/* When a stream that nobody waits for is given up there is room for who waits. */
static void test_room_of_forsaken_streams(void **state)
{
	struct frames *frames;
	(void)state;
	client_ask(&clients[0], "first.example");
	doh_peer_ready(&world, 0, 4);
	doh_peer_answer(&world, 0, 0);
	client_ask(&clients[0], "never.example");
	ask_cancel(clients[0].ask);
	clients[0].ask = NULL;
	fake_loop_advance(world.loop, DOH_FORSAKEN_MS - 50);
	for (size_t i = 1; i < 5; i++)
		client_ask(&clients[i], "www.example");
	assert_int_equal(doh_peer(0)->count, 2 + 3);
	frames = frames_new();
	frames_add_window(frames, 0, 1); /* it is alive */
	doh_peer_feed(&world, 0, frames);
	fake_loop_advance(world.loop, 49);
	assert_int_equal(doh_peer(0)->count, 2 + 3);
	fake_loop_advance(world.loop, 1);
	assert_true(doh_peer(0)->requests[1].reset);
	assert_int_equal(doh_peer(0)->count, 2 + 4);
	for (size_t i = 1; i < 5; i++)
		doh_peer_answer(&world, 0, i + 1);
	for (size_t i = 1; i < 5; i++)
		ASSERT_ANSWERED(&clients[i], "u1");
}

static void test_open_has_a_deadline(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example");
	fake_loop_advance(world.loop, DOH_OPEN_MS - 1);
	assert_false(fake_tls_closed(fake_tls_at(0)));
	fake_loop_advance(world.loop, 1);
	assert_true(fake_tls_closed(fake_tls_at(0)));
	assert_int_equal(world.downs, 1);
	assert_non_null(strstr(world.why, "expected a TLS session within 4 s"));
}

static void test_full_send_queue_waits(void **state)
{
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	struct tls *tls = fake_tls_at(0);
	fake_tls_send_gives(tls, ERR_LIMIT);
	client_ask(&clients[0], "www.example");
	client_ask(&clients[1], "www.example");
	fake_loop_advance(world.loop, 3 * DOH_STUCK_MS);
	assert_int_equal(doh_peer(0)->count, 1);
	assert_false(fake_tls_closed(tls));
	fake_tls_send_gives(tls, 0);
	fake_loop_advance(world.loop, DOH_STUCK_MS);
	assert_int_equal(doh_peer(0)->count, 3);
	doh_peer_answer(&world, 0, 1);
	ASSERT_ANSWERED(&clients[0], "u1");
	/* A burst beyond what may wait is not lost silently. */
	fake_tls_send_gives(tls, ERR_LIMIT);
	for (size_t i = 2; i < 90; i++)
		client_ask(&clients[i], "www.example");
	unsigned refused = 0;
	for (size_t i = 2; i < 90; i++)
		refused += clients[i].done && clients[i].err == ERR_LIMIT;
	assert_in_range(refused, 1, 60);
	/* And a peer that never reads is given up. */
	fake_loop_advance(world.loop, DOH_SILENCE_MS + DOH_PING_MS);
	assert_true(fake_tls_closed(tls));
}

static void test_send_fails(void **state)
{
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	fake_tls_send_gives(fake_tls_at(0), ERR_CLOSED);
	client_ask(&clients[0], "www.example");
	assert_true(fake_tls_closed(fake_tls_at(0)));
	doh_peer_ready(&world, 1, 100);
	doh_peer_answer(&world, 1, 0);
	ASSERT_ANSWERED(&clients[0], "u1");
}

static void acknowledge_ping(void)
{
	struct frames *frames = frames_new();

	frames_add(frames, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, bytes_of(doh_peer(0)->ping, 8));
	doh_peer_feed(&world, 0, frames);
}

static void test_silence_is_asked_about(void **state)
{
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	client_ask(&clients[0], "slow.example");
	/* Its patience is over: is anybody there? */
	fake_loop_advance(world.loop, STANDING_PATIENCE_MIN_MS);
	assert_int_equal(doh_peer(0)->pings, 1);
	acknowledge_ping();
	/* There is: others may go there meanwhile, on the same connection. */
	fake_loop_advance(world.loop, 1000);
	assert_int_equal(fake_tls_count(), 1);
	client_ask(&clients[1], "www.example");
	assert_int_equal(doh_peer(0)->count, 3);
	doh_peer_answer(&world, 0, 2);
	ASSERT_ANSWERED(&clients[1], "u1");
	fake_loop_advance(world.loop, 500);
	doh_peer_answer(&world, 0, 1);
	ASSERT_ANSWERED(&clients[0], "u1");
}

/* Who says something all the time is not asked whether they are there. */
static void test_no_ping_while_there_are_words(void **state)
{
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	for (size_t i = 0; i < 12; i++) {
		client_ask(&clients[i], "slow.example");
		struct frames *frames = frames_new();
		frames_add_window(frames, 0, 1);
		doh_peer_feed(&world, 0, frames);
		fake_loop_advance(world.loop, 900);
	}
	assert_false(fake_tls_closed(fake_tls_at(0)));
	assert_int_equal(doh_peer(0)->pings, 0);
}

/* And where that took longer than it should, it is no worse than that. */
static void test_a_late_sign_of_life_is_one(void **state)
{
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	client_ask(&clients[0], "slow.example");
	fake_loop_advance(world.loop, STANDING_DOUBT_MIN_MS);
	assert_int_equal(fake_tls_count(), 2); /* it is doubted */
	assert_int_equal(world.group->pools[0]->standing.health.state, HEALTH_PROBING);
	client_ask(&clients[1], "www.example");
	assert_int_equal(doh_peer(0)->count, 2);
	acknowledge_ping();
	assert_int_equal(world.group->pools[0]->standing.health.state, HEALTH_UP);
	/* Who waited does so no more. */
	doh_peer_answer(&world, 0, doh_peer(0)->count - 1);
	ASSERT_ANSWERED(&clients[1], "u1");
}

/* One slow name says nothing about a connection on which others are answered. */
static void test_no_doubt_where_others_are_answered(void **state)
{
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	client_ask(&clients[0], "slow.example");
	fake_loop_advance(world.loop, STANDING_PATIENCE_MIN_MS / 2);
	client_ask(&clients[1], "www.example");
	doh_peer_answer(&world, 0, 2);
	ASSERT_ANSWERED(&clients[1], "u1");
	fake_loop_advance(world.loop, 1000);
	assert_int_equal(doh_peer(0)->pings, 0);
	client_ask(&clients[2], "www.example");
	assert_int_equal(fake_tls_count(), 1);
	doh_peer_answer(&world, 0, doh_peer(0)->count - 1);
	ASSERT_ANSWERED(&clients[2], "u1");
}

static void test_nobody_answers_a_ping(void **state)
{
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	client_ask(&clients[0], "www.example");
	fake_loop_advance(world.loop, 1000);
	assert_int_equal(doh_peer(0)->pings, 1);
	/* In doubt, no query goes there; the first finds another way soon enough. */
	client_ask(&clients[1], "other.example");
	assert_int_equal(doh_peer(0)->count, 2);
	fake_loop_advance(world.loop, DOH_PING_MS);
	assert_true(fake_tls_closed(fake_tls_at(0)));
	doh_peer_ready(&world, 1, 100);
	for (size_t i = 0; i < doh_peer(1)->count; i++)
		doh_peer_answer(&world, 1, i);
	ASSERT_ANSWERED(&clients[0], "u1");
	ASSERT_ANSWERED(&clients[1], "u1");
}

/* After a while without a word the way may be gone: the query takes a PING along. */
static void test_ping_before_a_query_after_silence(void **state)
{
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	fake_loop_advance(world.loop, 4999);
	client_ask(&clients[0], "www.example");
	assert_int_equal(doh_peer(0)->pings, 0);
	doh_peer_answer(&world, 0, 1);
	fake_loop_advance(world.loop, 5000);
	client_ask(&clients[0], "www.example");
	assert_int_equal(doh_peer(0)->pings, 1);
	assert_int_equal(doh_peer(0)->requests[2].headers_record, doh_peer(0)->records);
	doh_peer_answer(&world, 0, 2); /* any octets are an answer to it */
	fake_loop_advance(world.loop, DOH_PING_MS);
	assert_false(fake_tls_closed(fake_tls_at(0)));
}

/* A front that is alive with nothing behind it: soon nobody waits for it alone, and after some time
 * it is down. */
static void test_alive_but_answers_nothing(void **state)
{
	const uint64_t began_ms = loop_now_ms(world.loop);
	uint64_t ms = 0;
	unsigned pings = 0;
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	for (size_t i = 0; i < CLIENTS && world.downs == 0; i++) {
		const size_t before = i == 0 ? 0 : doh_peer(1)->count;
		client_ask(&clients[i], "www.example");
		ms = loop_now_ms(world.loop) - began_ms;
		if (ms > HEALTH_OVERDUE_MS + 500)
			assert_int_equal(doh_peer(1)->count, before + 1);
		fake_loop_advance(world.loop, 50);
		if (doh_peer(0)->pings > pings)
			acknowledge_ping();
		pings = doh_peer(0)->pings;
		if (fake_tls_count() == 2 && !fake_tls_is_ready(fake_tls_at(1)))
			doh_peer_ready(&world, 1, 100);
		assert_int_equal(peer_member(fake_tls_at(1)), 2);
		doh_peer_answer(&world, 1, doh_peer(1)->count - 1);
		ASSERT_ANSWERED(&clients[i], "u2");
		fake_loop_advance(world.loop, 200);
	}
	assert_int_equal(world.downs, 1);
	assert_string_equal(world.who, "u1");
	assert_non_null(strstr(world.why, "signs of life"));
	assert_in_range(ms, HEALTH_UNANSWERED_MS, HEALTH_UNANSWERED_MS + 1000);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_own_idle_cap),
		T(test_idle_close_is_no_failure),
		T(test_idle_close_is_learnt),
		T(test_room_of_forsaken_streams),
		T(test_open_has_a_deadline),
		T(test_full_send_queue_waits),
		T(test_send_fails),
		T(test_silence_is_asked_about),
		T(test_no_ping_while_there_are_words),
		T(test_a_late_sign_of_life_is_one),
		T(test_no_doubt_where_others_are_answered),
		T(test_nobody_answers_a_ping),
		T(test_ping_before_a_query_after_silence),
		cmocka_unit_test_setup_teardown(
			test_alive_but_answers_nothing, setup_two, teardown),
	};
	return cmocka_run_group_tests_name("doh silence", tests, NULL, NULL);
}
