/* SPDX-License-Identifier: MIT */
/* Silence where an answer should be, told from one name that is slow. */
#include "alone.h"

#include <string.h>

#include "upstream/pool.h"

static void test_silent_connection_gets_no_more(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	/* As after a sleep: the connection is there, but nothing comes any more. */
	client_ask(&clients[0], "www.example");
	fake_loop_advance(world.loop, STANDING_DOUBT_MIN_MS);
	assert_int_equal(fake_tls_count(), 2);
	client_ask(&clients[1], "www.example");
	assert_int_equal(peer_asked(tls), 2);
	peer_ready(&world, peer_last());
	assert_int_equal(peer_asked(peer_last()), 2);
	peer_answer(&world, peer_last(), 0);
	peer_answer(&world, peer_last(), 1);
	ASSERT_ANSWERED(&clients[0], "u1");
	ASSERT_ANSWERED(&clients[1], "u1");
	assert_int_equal(world.downs, 0);
	/* It is used again as soon as it speaks; else it is closed in the end. */
	peer_answer(&world, tls, 1);
	client_ask(&clients[2], "www.example");
	assert_int_equal(peer_asked(tls), 3);
}

static void test_slow_name_is_no_silence(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	client_ask(&clients[0], "slow.example");
	fake_loop_advance(world.loop, 100);
	client_ask(&clients[1], "www.example");
	peer_answer(&world, tls, 2);
	fake_loop_advance(world.loop, 2000);
	/* Others were answered meanwhile: no second connection, no second copy. */
	assert_int_equal(fake_tls_count(), 1);
	assert_int_equal(peer_asked(tls), 3);
	peer_answer(&world, tls, 1);
	ASSERT_ANSWERED(&clients[0], "u1");
}

static void test_one_slow_name_is_no_outage(void **state)
{
	(void)state;
	client_works(&clients[0]);
	client_ask(&clients[0], "broken.example");
	for (unsigned i = 0; i < 49; i++) {
		fake_loop_advance(world.loop, 100);
		if (!fake_tls_closed(peer_last()) && !fake_tls_is_ready(peer_last()))
			peer_ready(&world, peer_last());
	}
	assert_int_equal(clients[0].done, 0);
	assert_int_equal(world.downs, 0);
}

static void test_all_connections_silent(void **state)
{
	(void)state;
	client_works(&clients[0]);
	/* Each client finds the connections so far silent, so opens one more, up to the bound. */
	for (size_t i = 0; i < 6; i++) {
		client_ask(&clients[i], "www.example");
		if (!fake_tls_closed(peer_last()) && peer_asked(peer_last()) == 0)
			peer_ready(&world, peer_last());
		fake_loop_advance(world.loop, STANDING_DOUBT_MIN_MS);
		assert_true(fake_tls_open_count() <= POOL_CONNECTIONS_MAX);
	}
	assert_true(fake_tls_count() > POOL_CONNECTIONS_MAX);
	struct tls *tls = peer_last();
	if (peer_asked(tls) == 0)
		peer_ready(&world, tls);
	client_ask(&clients[7], "www.example");
	assert_true(peer_asked(tls) > 0);
}

/* A server that takes connections and says nothing on them is not to be flooded with them. */
static void test_no_storm_of_handshakes(void **state)
{
	(void)state;
	client_works(&clients[0]);
	const size_t steps = 5000 / STANDING_DOUBT_MIN_MS;
	for (size_t i = 0; i < steps; i++) {
		client_ask(&clients[i], "www.example");
		for (size_t j = 0; j < fake_tls_count(); j++) {
			if (!fake_tls_closed(fake_tls_at(j)) && !fake_tls_is_ready(fake_tls_at(j)))
				peer_ready(&world, fake_tls_at(j));
		}
		fake_loop_advance(world.loop, STANDING_DOUBT_MIN_MS);
	}
	assert_in_range(fake_tls_count(), POOL_CONNECTIONS_MAX + 1,
		POOL_CONNECTIONS_MAX + 5000 / POOL_GROW_PAUSE_MS);
}

/* Nor is one that is alive, and was not asked anything that is easy, to be given up; but one that
 * is alive and answers nothing at all is. */
static void test_alive_but_answers_nothing(void **state)
{
	const uint64_t began_ms = loop_now_ms(world.loop);
	struct tls *tls = client_works(&clients[0]);
	size_t probes = 0;
	(void)state;
	for (size_t i = 0; i < CLIENTS && world.downs == 0; i++) {
		clients[i].done = 0;
		client_ask(&clients[i], "www.example");
		fake_loop_advance(world.loop, 100);
		if (peer_probed(tls) > probes)
			peer_lives(&world, tls);
		probes = peer_probed(tls);
		fake_loop_advance(world.loop, 200);
	}
	assert_int_equal(world.downs, 1);
	assert_non_null(strstr(world.why, "signs of life"));
	assert_in_range(loop_now_ms(world.loop) - began_ms, HEALTH_UNANSWERED_MS,
		HEALTH_UNANSWERED_MS + 1000);
	assert_int_equal(fake_tls_count(), 1);
}

static void test_repeated_silence_is_down(void **state)
{
	(void)state;
	client_works(&clients[0]);
	for (size_t i = 0; i < 60 && world.downs == 0; i++) {
		client_ask(&clients[i], "www.example");
		if (!fake_tls_closed(peer_last()) && peer_asked(peer_last()) == 0)
			peer_ready(&world, peer_last());
		fake_loop_advance(world.loop, 100);
	}
	assert_int_equal(world.downs, 1);
	assert_string_equal(world.who, "u1");
	assert_non_null(strstr(world.why, "does not answer"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_silent_connection_gets_no_more),
		T(test_slow_name_is_no_silence),
		T(test_one_slow_name_is_no_outage),
		T(test_all_connections_silent),
		T(test_no_storm_of_handshakes),
		T(test_alive_but_answers_nothing),
		T(test_repeated_silence_is_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
