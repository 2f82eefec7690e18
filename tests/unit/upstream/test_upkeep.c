/* SPDX-License-Identifier: MIT */
/* Connections are closed before the server does it and made anew before they are needed: a query on
 * one that is dead costs somebody a time-out, and one that is made for nobody costs the server. */
#include "world.h"

#include "support/fake_bootstrap.h"
#include "upstream/group_inside.h"
#include "upstream/pool.h"

static struct world world;
static struct client client, other;

static int setup(void **state)
{
	(void)state;
	world_init(&world, 1, 1);
	client_init(&client, &world);
	client_init(&other, &world);
	return 0;
}

static int setup_by_name(void **state)
{
	(void)state;
	fake_bootstrap_reset();
	world_init(&world, 1, 0);
	client_init(&client, &world);
	client_init(&other, &world);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	client_done(&client);
	client_done(&other);
	world_done(&world);
	return 0;
}

/* One question is asked and answered, on a new connection where there is none. */
static struct tls *use(void)
{
	client.done = 0;
	client_ask(&client, "www.example");
	struct tls *tls = peer_last();
	if (!fake_tls_is_ready(tls))
		peer_ready(&world, tls);
	peer_answer(&world, tls, peer_asked(tls) - 1);
	ASSERT_ANSWERED(&client, "u1");
	return tls;
}

/* So many milliseconds after its last answer it is closed, and not before. */
static void assert_idles(struct tls *tls, uint64_t ms)
{
	fake_loop_advance(world.loop, ms - 1);
	assert_false(fake_tls_closed(tls));
	fake_loop_advance(world.loop, 1);
	assert_true(fake_tls_closed(tls));
}

/* Each time that the server's patience is over, a query that was on its way would be lost. */
static void test_who_closes_is_closed_first(void **state)
{
	struct tls *tls = client_works(&client);
	(void)state;
	fake_loop_advance(world.loop, 20000);
	peer_fail(&world, tls, ERR_CLOSED, "");
	tls = client_works(&client);
	fake_loop_advance(world.loop, 20000 - CONNECTION_IDLE_MARGIN_MS - 10);
	assert_false(fake_tls_closed(tls));
	fake_loop_advance(world.loop, 10);
	assert_true(fake_tls_closed(tls));
	/* A close with a query on its way teaches the same, and the query is not lost. */
	tls = client_works(&client);
	fake_loop_advance(world.loop, 8000);
	client_ask(&other, "www.example");
	peer_fail(&world, tls, ERR_CLOSED, "");
	peer_ready(&world, peer_last());
	peer_answer(&world, peer_last(), 0);
	ASSERT_ANSWERED(&other, "u1");
	tls = peer_last();
	fake_loop_advance(world.loop, 8000 - CONNECTION_IDLE_MARGIN_MS);
	assert_true(fake_tls_closed(tls));
	assert_int_equal(world.downs, 0);
}

/* Or each close of ours would bring the next one nearer. */
static void test_closing_first_teaches_nothing(void **state)
{
	struct tls *tls = use();
	(void)state;
	fake_loop_advance(world.loop, 20000);
	peer_fail(&world, tls, ERR_CLOSED, "");
	for (int i = 0; i < 5; i++)
		assert_idles(use(), 20000 - CONNECTION_IDLE_MARGIN_MS);
}

/* A server that was killed, or a router that forgot, says nothing about idleness. */
static void test_a_reset_teaches_nothing(void **state)
{
	struct tls *tls = use();
	(void)state;
	fake_loop_advance(world.loop, 8000);
	peer_fail(&world, tls, ERR_SYSTEM, "reset");
	assert_idles(use(), CONNECTION_IDLE_CAP_MS - CONNECTION_IDLE_MARGIN_MS);
}

/* A limit that was learnt when the server was busy does not last for ever. */
static void test_what_is_outlived_is_lengthened(void **state)
{
	struct tls *tls = use();
	(void)state;
	fake_loop_advance(world.loop, 2000);
	peer_fail(&world, tls, ERR_CLOSED, "");
	tls = use();
	for (int i = 0; i < 8; i++) {
		fake_loop_advance(world.loop, 1200);
		assert_ptr_equal(use(), tls);
	}
	assert_idles(tls, 2000 - CONNECTION_IDLE_MARGIN_MS);
	assert_idles(use(), 2500 - CONNECTION_IDLE_MARGIN_MS);
}

/* A server that closes after so many answers costs the next query no handshake. */
static void test_replaced_while_it_is_needed(void **state)
{
	struct tls *tls = client_works(&client);
	(void)state;
	for (size_t i = 1; i < WARMTH_ANSWERS; i++) {
		other.done = 0;
		client_ask(&other, "www.example");
		peer_answer(&world, tls, i);
	}
	peer_fail(&world, tls, ERR_CLOSED, "");
	assert_int_equal(fake_tls_count(), 2);
	peer_ready(&world, peer_last());
	other.done = 0;
	client_ask(&other, "www.example");
	peer_answer(&world, peer_last(), 0);
	ASSERT_ANSWERED(&other, "u1");
	/* One that closes after each answer would be connected to twice as often. */
	peer_fail(&world, peer_last(), ERR_CLOSED, "");
	assert_int_equal(fake_tls_count(), 2);
	assert_int_equal(world.downs, 0);
}

/* After so many answers, and so long after the last of them. */
static void end_after(uint64_t ms)
{
	struct tls *tls = NULL;

	for (size_t i = 0; i < WARMTH_ANSWERS; i++)
		tls = use();
	fake_loop_advance(world.loop, ms);
	peer_fail(&world, tls, ERR_CLOSED, "");
}

static void test_made_anew_while_it_is_used(void **state)
{
	(void)state;
	end_after(999);
	assert_int_equal(fake_tls_count(), 2);
}

static void test_not_made_anew_for_nobody(void **state)
{
	(void)state;
	end_after(1000);
	assert_int_equal(fake_tls_count(), 1);
}

/* It is known that the server lets a connection idle for 10 s, and this one was in use. */
static struct tls *busy_until_idle(void)
{
	struct tls *tls = use();

	fake_loop_advance(world.loop, 10000);
	peer_fail(&world, tls, ERR_CLOSED, "");
	for (size_t i = 0; i < WARMTH_ANSWERS; i++)
		tls = use();
	assert_int_equal(fake_tls_count(), 2);
	assert_idles(tls, 10000 - CONNECTION_IDLE_MARGIN_MS);
	return tls;
}

/* The next page that somebody reads would begin with a handshake, ten seconds after this one. */
static void test_kept_warm_after_use(void **state)
{
	(void)state;
	busy_until_idle();
	assert_int_equal(fake_tls_count(), 3);
	peer_ready(&world, peer_last());
	fake_loop_advance(world.loop, 8000);
	use();
	assert_int_equal(fake_tls_count(), 3);
	/* One that was hardly used is let go. */
	fake_loop_advance(world.loop, 100000);
	assert_true(fake_tls_closed(peer_last()));
	assert_int_equal(fake_tls_count(), 3);
	use();
	assert_int_equal(fake_tls_count(), 4);
}

static void test_not_kept_warm_for_nobody(void **state)
{
	(void)state;
	busy_until_idle();
	peer_ready(&world, peer_last());
	assert_idles(peer_last(), 10000 - CONNECTION_IDLE_MARGIN_MS);
	fake_loop_advance(world.loop, 3600000);
	assert_int_equal(fake_tls_count(), 3);
	assert_int_equal(fake_tls_open_count(), 0);
}

static void test_a_server_that_closes_at_once_is_let_be(void **state)
{
	(void)state;
	busy_until_idle();
	peer_ready(&world, peer_last());
	peer_fail(&world, peer_last(), ERR_CLOSED, "");
	fake_loop_advance(world.loop, 60000);
	assert_int_equal(fake_tls_count(), 3);
	assert_int_equal(world.downs, 0);
}

/* That nobody is there is nobody's business before somebody asks; then it is. */
static void test_what_fails_for_nobody_is_no_failure(void **state)
{
	(void)state;
	busy_until_idle();
	peer_fail(&world, peer_last(), ERR_UNREACHABLE, "refused");
	fake_loop_advance(world.loop, 60000);
	assert_int_equal(fake_tls_count(), 3);
	assert_int_equal(world.downs, 0);
	assert_false(world.upstreams->outage);
	client.done = 0;
	client_ask(&client, "www.example");
	assert_int_equal(fake_tls_count(), 4);
	peer_fail(&world, peer_last(), ERR_UNREACHABLE, "refused");
	assert_int_equal(world.downs, 1);
}

static void test_who_comes_meanwhile_is_told(void **state)
{
	(void)state;
	busy_until_idle();
	client.done = 0;
	client_ask(&client, "www.example");
	assert_int_equal(fake_tls_count(), 3);
	peer_fail(&world, peer_last(), ERR_UNREACHABLE, "refused");
	assert_int_equal(world.downs, 1);
}

/* After the limit that is our own there is nobody at the machine any more. */
static void test_a_long_pause_is_the_end(void **state)
{
	struct tls *tls = NULL;
	(void)state;
	for (size_t i = 0; i < 2 * WARMTH_ANSWERS; i++)
		tls = use();
	assert_idles(tls, CONNECTION_IDLE_CAP_MS - CONNECTION_IDLE_MARGIN_MS);
	assert_int_equal(fake_tls_count(), 1);
}

/* What failed for a minute on one network may be tried at once on the next, and is. */
static void test_a_new_network_ends_all_pauses(void **state)
{
	struct pool *pool = world.group->pools[0];
	struct health *health = &pool->standing.health;
	(void)state;
	while (health->failures < 12) {
		health->retry_at_ms = 0;
		health_failed(health, loop_now_ms(world.loop), &world.rand, false);
	}
	pool->reach_not_before_ms = loop_now_ms(world.loop) + HEALTH_BACKOFF_MAX_MS;
	client_ask(&client, "www.example");
	assert_int_equal(fake_tls_count(), 0);
	upstreams_network_changed(world.upstreams, NETWORK_CHANGED);
	fake_loop_settle(world.loop);
	assert_true(health_due(health, loop_now_ms(world.loop)));
	assert_int_equal(health->failures, 1);
	assert_int_equal(fake_tls_count(), 1);
	peer_ready(&world, peer_last());
	peer_answer(&world, peer_last(), 0);
	ASSERT_ANSWERED(&client, "u1");
}

static void nobody_knows(void)
{
	fake_bootstrap_failed(BOOTSTRAP_V6, ERR_TIMEOUT, "no answer came in time");
	fake_bootstrap_failed(BOOTSTRAP_V4, ERR_TIMEOUT, "no answer came in time");
	fake_loop_settle(world.loop);
}

/* Nor is a name that could not be looked up left alone for longer, or asked of servers that the old
 * network had. */
static void test_a_new_network_ends_the_pause_of_a_look_up(void **state)
{
	(void)state;
	world_old_outage(&world);
	client_ask(&client, "www.example");
	nobody_knows();
	assert_int_equal(client.done, 1);
	client.done = 0;
	client_ask(&client, "www.example");
	assert_int_equal(fake_bootstrap_count(), 1); /* not so soon */
	client.done = 0;
	upstreams_network_changed(world.upstreams, NETWORK_CHANGED);
	client_ask(&client, "www.example");
	assert_int_equal(fake_bootstrap_count(), 2);
	upstreams_network_changed(world.upstreams, NETWORK_CHANGED);
	fake_loop_settle(world.loop);
	assert_int_equal(fake_bootstrap_count(), 3);
	assert_int_equal(fake_bootstrap_open_count(), 1);
	fake_bootstrap_failed(BOOTSTRAP_V6, ERR_NOT_FOUND, "that name has no address");
	fake_bootstrap_found(BOOTSTRAP_V4, "192.0.2.1", 300);
	fake_loop_settle(world.loop);
	peer_ready(&world, peer_last());
	peer_answer(&world, peer_last(), 0);
	ASSERT_ANSWERED(&client, "u1");
}

#define T(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_who_closes_is_closed_first),
		T(test_closing_first_teaches_nothing),
		T(test_a_reset_teaches_nothing),
		T(test_what_is_outlived_is_lengthened),
		T(test_replaced_while_it_is_needed),
		T(test_made_anew_while_it_is_used),
		T(test_not_made_anew_for_nobody),
		T(test_kept_warm_after_use),
		T(test_not_kept_warm_for_nobody),
		T(test_a_server_that_closes_at_once_is_let_be),
		T(test_what_fails_for_nobody_is_no_failure),
		T(test_who_comes_meanwhile_is_told),
		T(test_a_long_pause_is_the_end),
		T(test_a_new_network_ends_all_pauses),
		cmocka_unit_test_setup_teardown(
			test_a_new_network_ends_the_pause_of_a_look_up, setup_by_name, teardown),
	};
	return cmocka_run_group_tests_name("upkeep", tests, NULL, NULL);
}
