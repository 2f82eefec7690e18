/* SPDX-License-Identifier: MIT */
/* A server that takes no streams at all, for a moment or for good: nobody waits for it twice, and a
 * person is told what is wrong with it, however it then turns the queries down. */
#include "doh_pair.h"

#include <string.h>

#include "upstream/doh.h"

static const char shut[] =
	"it takes no queries at all (HTTP/2 SETTINGS_MAX_CONCURRENT_STREAMS is 0)";

static void add_streams_max(struct frames *frames, uint32_t count)
{
	frames_add_settings(frames, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, count);
}

/* Client 0 asks, on a connection that is yet to come about and then takes nothing. */
static void ask_in_vain(void)
{
	struct frames *frames;

	client_ask(&clients[0], "www.example");
	fake_tls_ready(fake_tls_at(0));
	frames = frames_new();
	add_streams_max(frames, 0);
	doh_peer_feed(&world, 0, frames);
}

static void assert_told(void)
{
	assert_int_equal(world.downs, 1);
	assert_string_equal(world.who, "u1");
	if (!strstr(world.why, shut))
		fail_msg("\"%s\" does not say \"%s\"", world.why, shut);
}

static void test_for_good(void **state)
{
	(void)state;
	ask_in_vain();
	assert_int_equal(doh_peer(0)->count, 0);
	fake_loop_advance(world.loop, DOH_SHUT_MS - 1);
	assert_int_equal(world.downs, 0);
	fake_loop_advance(world.loop, 1);
	assert_told();
	assert_true(fake_tls_closed(fake_tls_at(0)));
	pair_second_answers();
	/* The next one does not wait for it. */
	client_ask(&clients[0], "next.example");
	pair_second_answers();
	assert_int_equal(fake_tls_count(), 2);
}

static void test_for_a_moment(void **state)
{
	struct frames *frames = frames_new();
	(void)state;
	ask_in_vain();
	fake_loop_advance(world.loop, DOH_SHUT_MS - 1);
	add_streams_max(frames, 1);
	doh_peer_feed(&world, 0, frames);
	assert_int_equal(doh_peer(0)->count, 1);
	fake_loop_advance(world.loop, DOH_SHUT_MS);
	assert_false(fake_tls_closed(fake_tls_at(0)));
	doh_peer_answer(&world, 0, 0);
	ASSERT_ANSWERED(&clients[0], "u1");
	assert_int_equal(world.downs, 0);
}

/* The requests crossed with what the server says. */
static void crossed(void)
{
	client_ask(&clients[0], "www.example");
	peer_ready(&world, fake_tls_at(0));
	assert_int_equal(doh_peer(0)->count, 1);
}

static void test_it_refuses(void **state)
{
	struct frames *frames = frames_new();
	(void)state;
	crossed();
	add_streams_max(frames, 0);
	frames_add_reset(frames, doh_peer(0)->requests[0].id, NGHTTP2_REFUSED_STREAM);
	doh_peer_feed(&world, 0, frames);
	pair_second_answers();
	/* Asked again it lets the query wait; nobody does any more when it is given up. */
	for (unsigned i = 0; i < 3 && world.downs == 0; i++) {
		client_ask(&clients[0], "next.example");
		fake_loop_advance(world.loop, DOH_SHUT_MS);
		pair_second_answers();
	}
	assert_told();
}

static void test_it_leaves(void **state)
{
	struct frames *frames = frames_new();
	(void)state;
	crossed();
	add_streams_max(frames, 0);
	frames_add_goaway(frames, 0, NGHTTP2_NO_ERROR);
	doh_peer_feed(&world, 0, frames);
	assert_told();
	pair_second_answers();
}

static void test_it_closes(void **state)
{
	struct frames *frames = frames_new();
	(void)state;
	crossed();
	add_streams_max(frames, 0);
	doh_peer_feed(&world, 0, frames);
	peer_fail(&world, fake_tls_at(0), ERR_CLOSED, "u1.example closed the connection");
	assert_told();
	pair_second_answers();
}

/* Else each query would wait for it anew. */
static void test_nobody_waits_any_more(void **state)
{
	(void)state;
	ask_in_vain();
	ask_cancel(clients[0].ask);
	clients[0].ask = NULL;
	fake_loop_advance(world.loop, DOH_SHUT_MS);
	assert_told();
}

/* One that worked is asked on another connection, and if that takes queries all is well. */
static void test_one_that_worked(void **state)
{
	struct frames *frames;
	(void)state;
	doh_peer_worked(&world, &clients[0]);
	frames = frames_new();
	add_streams_max(frames, 0);
	doh_peer_feed(&world, 0, frames);
	/* Idle, it may stay so for long. */
	fake_loop_advance(world.loop, 10 * DOH_SHUT_MS);
	assert_false(fake_tls_closed(fake_tls_at(0)));
	client_ask(&clients[0], "www.example");
	assert_int_equal(doh_peer(0)->count, 1);
	fake_loop_advance(world.loop, DOH_SHUT_MS);
	assert_true(fake_tls_closed(fake_tls_at(0)));
	for (size_t i = 1; i < fake_tls_count(); i++) {
		if (peer_member(fake_tls_at(i)) != 1)
			continue;
		doh_peer_ready(&world, i, 100);
		doh_peer_answer(&world, i, 0);
		break;
	}
	ASSERT_ANSWERED(&clients[0], "u1");
	assert_int_equal(world.downs, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, pair_setup, pair_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_for_good),
		T(test_for_a_moment),
		T(test_it_refuses),
		T(test_it_leaves),
		T(test_it_closes),
		T(test_nobody_waits_any_more),
		T(test_one_that_worked),
	};
	return cmocka_run_group_tests_name("doh shut", tests, NULL, NULL);
}
