/* SPDX-License-Identifier: MIT */
/* How long a DoT connection idles (RFC 7828): as long as the server says and no longer than is
 * safe, and never used when about to die. */
#include "alone.h"

static void test_keepalive_is_obeyed(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	client_ask(&clients[0], "www.example");
	peer_reply(&world, tls, 1, &(struct reply){ .keepalive = 101 }); /* 10 s */
	fake_loop_advance(world.loop, 10000 - CONNECTION_IDLE_MARGIN_MS - 1);
	assert_false(fake_tls_closed(tls));
	fake_loop_advance(world.loop, 1);
	assert_true(fake_tls_closed(tls));
	assert_int_equal(world.downs, 0);
	assert_int_equal(fake_tls_count(), 1); /* opened on need, not kept */
}

static void test_activity_prolongs(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	for (size_t i = 1; i < 6; i++) {
		clients[0].done = 0;
		client_ask(&clients[0], "www.example");
		peer_reply(&world, tls, i, &(struct reply){ .keepalive = 101 });
		ASSERT_ANSWERED(&clients[0], "u1");
		fake_loop_advance(world.loop, 9000);
	}
	assert_int_equal(fake_tls_count(), 1);
}

static void test_no_query_on_a_dying_connection(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	client_ask(&clients[0], "slow.example");
	fake_loop_advance(world.loop, 150); /* the round-trip time is part of the margin */
	peer_reply(&world, tls, 1, &(struct reply){ .keepalive = 101 });
	ASSERT_ANSWERED(&clients[0], "u1");
	fake_loop_advance(world.loop, 10000 - CONNECTION_IDLE_MARGIN_MS - 30);
	assert_true(fake_tls_closed(tls));
	clients[0].done = 0;
	client_ask(&clients[0], "www.example");
	assert_int_equal(fake_tls_count(), 2);
	peer_ready(&world, fake_tls_at(1));
	peer_answer(&world, fake_tls_at(1), 0);
	ASSERT_ANSWERED(&clients[0], "u1");
}

static void ask_at_the_last_moment(void *owner)
{
	client_ask_only(owner, "www.example");
}

static void test_no_query_when_the_timer_is_late(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	struct timer same_time;
	(void)state;
	client_ask(&clients[0], "www.example");
	peer_reply(&world, tls, 1, &(struct reply){ .keepalive = 101 });
	clients[0].done = 0;
	/* Due together with the connection's own timer, but first: as a packet that came. */
	timer_init(&same_time, ask_at_the_last_moment, &clients[0]);
	loop_start_timer(world.loop, &same_time, 10000 - CONNECTION_IDLE_MARGIN_MS);
	fake_loop_advance(world.loop, 10000 - CONNECTION_IDLE_MARGIN_MS);
	assert_true(fake_tls_closed(tls));
	assert_int_equal(fake_tls_count(), 2);
	peer_ready(&world, fake_tls_at(1));
	assert_int_equal(peer_asked(fake_tls_at(1)), 1);
	assert_int_equal(count_read(&world.counts.failures), 0);
	assert_int_equal(count_read(&world.counts.queries), 3);
}

static void test_keepalive_zero_closes_when_answered(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	client_ask(&clients[0], "www.example");
	client_ask(&clients[1], "later.example");
	peer_reply(&world, tls, 1, &(struct reply){ .keepalive = 1 });
	ASSERT_ANSWERED(&clients[0], "u1");
	assert_false(fake_tls_closed(tls));
	clients[0].done = 0;
	client_ask(&clients[0], "new.example"); /* not on this one */
	assert_int_equal(peer_asked(tls), 3);
	peer_answer(&world, tls, 2);
	ASSERT_ANSWERED(&clients[1], "u1");
	assert_true(fake_tls_closed(tls));
	peer_ready(&world, fake_tls_at(1));
	peer_answer(&world, fake_tls_at(1), 0);
	ASSERT_ANSWERED(&clients[0], "u1");
}

/* The option has two octets or says nothing (RFC 7828 section 3.1). */
static void test_keepalive_of_a_wrong_length(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	client_ask(&clients[0], "www.example");
	peer_reply(&world, tls, 1, &(struct reply){ .keepalive = 101, .keepalive_len = 3 });
	ASSERT_ANSWERED(&clients[0], "u1");
	fake_loop_advance(world.loop, 10000);
	assert_false(fake_tls_closed(tls));
}

/* A server that lets us stay for longer than routers remember: our own limit counts. */
static void test_keepalive_beyond_our_own(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	client_ask(&clients[0], "www.example");
	peer_reply(
		&world, tls, 1, &(struct reply){ .keepalive = 2 * CONNECTION_IDLE_CAP_MS / 100 });
	fake_loop_advance(world.loop, CONNECTION_IDLE_CAP_MS - CONNECTION_IDLE_MARGIN_MS - 1);
	assert_false(fake_tls_closed(tls));
	fake_loop_advance(world.loop, 1);
	assert_true(fake_tls_closed(tls));
}

static void test_own_idle_cap(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	fake_loop_advance(world.loop, CONNECTION_IDLE_CAP_MS - 1000);
	assert_false(fake_tls_closed(tls));
	fake_loop_advance(world.loop, 1000);
	assert_true(fake_tls_closed(tls));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_keepalive_is_obeyed),
		T(test_activity_prolongs),
		T(test_no_query_on_a_dying_connection),
		T(test_no_query_when_the_timer_is_late),
		T(test_keepalive_zero_closes_when_answered),
		T(test_keepalive_of_a_wrong_length),
		T(test_keepalive_beyond_our_own),
		T(test_own_idle_cap),
	};
	return cmocka_run_group_tests_name("dot idle", tests, NULL, NULL);
}
