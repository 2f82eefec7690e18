/* SPDX-License-Identifier: MIT */
/* Queries that go with a handshake: as many as there is room for, no others, and each is answered
 * or asked elsewhere whatever becomes of the handshake. */
#include "doh_peer.h"

#include <string.h>

#include "upstream/doh.h"
#include "upstream/dot.h"
#include "upstream/pool.h"

#define CLIENTS 40

static struct world world;
static struct client clients[CLIENTS];

static void begin(bool https, size_t addresses_each)
{
	if (https)
		world_init_https(&world, 2, addresses_each, DOH_METHOD_POST);
	else
		world_init(&world, 2, addresses_each);
	doh_peers_init();
	for (size_t i = 0; i < CLIENTS; i++)
		client_init(&clients[i], &world);
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

static void early(size_t i, size_t room)
{
	fake_tls_early(fake_tls_at(i), room);
	fake_loop_settle(world.loop);
}

static void test_answered(void **state)
{
	(void)state;
	begin(false, 1);
	client_ask(&clients[0], "www.example");
	client_ask(&clients[1], "two.example");
	early(0, 4000);
	assert_int_equal(fake_tls_messages(fake_tls_at(0)), 2);
	/* What comes later waits for the handshake. */
	client_ask(&clients[2], "three.example");
	assert_int_equal(fake_tls_messages(fake_tls_at(0)), 2);
	peer_ready(&world, fake_tls_at(0));
	assert_int_equal(fake_tls_messages(fake_tls_at(0)), 3);
	for (size_t i = 0; i < 3; i++) {
		peer_answer(&world, fake_tls_at(0), i);
		ASSERT_ANSWERED(&clients[i], "u1");
	}
	assert_int_equal(count_read(&world.counts.queries), 3);
}

static void test_as_many_as_there_is_room_for(void **state)
{
	(void)state;
	begin(false, 1);
	for (size_t i = 0; i < CLIENTS; i++)
		client_ask_only(&clients[i], "www.example");
	fake_loop_settle(world.loop);
	early(0, 1500);
	const size_t went = fake_tls_messages(fake_tls_at(0));
	assert_in_range(went, 2, 15);
	peer_ready(&world, fake_tls_at(0));
	assert_int_equal(fake_tls_messages(fake_tls_at(0)), CLIENTS);
	for (size_t i = 0; i < CLIENTS; i++) {
		peer_answer(&world, fake_tls_at(0), i);
		ASSERT_ANSWERED(&clients[i], "u1");
	}
}

static void test_no_room(void **state)
{
	(void)state;
	begin(false, 1);
	client_ask(&clients[0], "www.example");
	early(0, 10);
	assert_int_equal(fake_tls_messages(fake_tls_at(0)), 0);
	peer_ready(&world, fake_tls_at(0));
	peer_answer(&world, fake_tls_at(0), 0);
	ASSERT_ANSWERED(&clients[0], "u1");
}

static void test_the_handshake_fails(void **state)
{
	(void)state;
	begin(false, 1);
	client_ask(&clients[0], "www.example");
	early(0, 4000);
	peer_fail(&world, fake_tls_at(0), ERR_TLS, "it is somebody else");
	assert_int_equal(world.downs, 1);
	assert_int_equal(clients[0].done, 0);
	peer_ready(&world, fake_tls_at(1));
	peer_answer(&world, fake_tls_at(1), 0);
	ASSERT_ANSWERED(&clients[0], "u2");
}

/* The address of the handshake is slow, the next one is faster. */
static void test_another_address_is_faster(void **state)
{
	(void)state;
	begin(false, 2);
	client_ask(&clients[0], "www.example");
	early(0, 4000);
	fake_loop_advance(world.loop, REACH_STAGGER_MS);
	for (size_t i = 1; i < fake_tls_count(); i++) {
		if (peer_member(fake_tls_at(i)) != 101)
			continue;
		peer_ready(&world, fake_tls_at(i));
		assert_true(fake_tls_closed(fake_tls_at(0)));
		assert_int_equal(fake_tls_messages(fake_tls_at(i)), 1);
		peer_answer(&world, fake_tls_at(i), 0);
		ASSERT_ANSWERED(&clients[0], "u1");
		return;
	}
	fail_msg("the second address was not tried");
}

static void test_nobody_waits_any_more(void **state)
{
	(void)state;
	begin(false, 1);
	client_ask(&clients[0], "www.example");
	early(0, 4000);
	ask_cancel(clients[0].ask);
	clients[0].ask = NULL;
	peer_ready(&world, fake_tls_at(0));
	peer_answer(&world, fake_tls_at(0), 0);
	client_ask(&clients[1], "two.example");
	peer_answer(&world, fake_tls_at(0), 1);
	ASSERT_ANSWERED(&clients[1], "u1");
}

static void test_over_https(void **state)
{
	struct frames *frames;
	(void)state;
	begin(true, 1);
	client_ask(&clients[0], "www.example");
	client_ask(&clients[1], "two.example");
	early(0, 8192);
	assert_true(doh_peer(0)->greeted);
	assert_int_equal(doh_peer(0)->count, 2);
	peer_ready(&world, fake_tls_at(0));
	frames = frames_new();
	frames_add_settings(frames, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 100);
	doh_peer_feed(&world, 0, frames);
	doh_peer_answer(&world, 0, 0);
	ASSERT_ANSWERED(&clients[0], "u1");
	/* RFC 8470 section 5.2: asked again, and not early. */
	frames = frames_new();
	frames_add_headers(
		frames, doh_peer(0)->requests[1].id, NGHTTP2_FLAG_END_STREAM, ":status: 425\n");
	doh_peer_feed(&world, 0, frames);
	assert_int_equal(doh_peer(0)->count, 3);
	assert_int_equal(clients[1].done, 0);
	doh_peer_answer(&world, 0, 2);
	ASSERT_ANSWERED(&clients[1], "u1");
	assert_int_equal(world.downs, 0);
	/* Who says so of what did not come early is odd, and is not asked without end. */
	client_ask(&clients[2], "three.example");
	frames = frames_new();
	frames_add_headers(
		frames, doh_peer(0)->requests[3].id, NGHTTP2_FLAG_END_STREAM, ":status: 425\n");
	doh_peer_feed(&world, 0, frames);
	assert_int_equal(doh_peer(0)->count, 4);
}

/* What nobody waits for is told to the server when there is a way to tell it. */
static void test_nobody_waits_any_more_over_https(void **state)
{
	size_t sent;
	(void)state;
	begin(true, 1);
	for (size_t i = 0; i + 1 < CLIENTS; i++)
		client_ask(&clients[i], "www.example");
	early(0, 16384);
	sent = doh_peer(0)->count;
	assert_true(sent > DOH_STREAMS_FIRST / 4);
	for (size_t i = 0; i + 1 < CLIENTS; i++) {
		ask_cancel(clients[i].ask);
		clients[i].ask = NULL;
	}
	fake_loop_settle(world.loop);
	assert_false(fake_tls_closed(fake_tls_at(0)));
	client_ask(&clients[CLIENTS - 1], "two.example");
	doh_peer_ready(&world, 0, 100);
	doh_peer_answer(&world, 0, sent);
	ASSERT_ANSWERED(&clients[CLIENTS - 1], "u1");
}

static void test_no_room_over_https(void **state)
{
	(void)state;
	begin(true, 1);
	client_ask(&clients[0], "www.example");
	early(0, 1000);
	assert_int_equal(fake_tls_records(fake_tls_at(0)), 0);
	doh_peer_ready(&world, 0, 100);
	doh_peer_answer(&world, 0, 0);
	ASSERT_ANSWERED(&clients[0], "u1");
}

#define T(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_answered),
		T(test_as_many_as_there_is_room_for),
		T(test_no_room),
		T(test_the_handshake_fails),
		T(test_another_address_is_faster),
		T(test_nobody_waits_any_more),
		T(test_over_https),
		T(test_nobody_waits_any_more_over_https),
		T(test_no_room_over_https),
	};
	return cmocka_run_group_tests_name("early", tests, NULL, NULL);
}
