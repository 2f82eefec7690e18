/* SPDX-License-Identifier: MIT */
/* What all pools of a worker do when the network has changed, or the machine has slept. */
#include "alone.h"

#include "support/failmalloc.h"
#include "upstream/pool.h"

/* With the cable out and the Wi-Fi on, the client waits for a handshake and not for a time-out. */
static void test_a_way_that_is_gone_is_left_at_once(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	client_ask(&clients[0], "one.example");
	client_ask(&clients[1], "two.example");
	upstreams_network_changed(world.upstreams, NETWORK_CHANGED);
	fake_loop_settle(world.loop);
	assert_int_equal(fake_tls_count(), 1); /* it stands: another network came, or went */
	fake_tls_lead_astray(tls);
	upstreams_network_changed(world.upstreams, NETWORK_CHANGED);
	fake_loop_settle(world.loop);
	assert_true(fake_tls_closed(tls));
	assert_int_equal(fake_tls_count(), 2);
	peer_ready(&world, peer_last());
	peer_answer(&world, peer_last(), 0);
	peer_answer(&world, peer_last(), 1);
	ASSERT_ANSWERED(&clients[0], "u1");
	ASSERT_ANSWERED(&clients[1], "u1");
	assert_int_equal(world.downs, 0);
	/* That was not its one repetition, nor the upstream's failure. */
	assert_int_equal(count_read(&world.counts.failures), 0);
}

/* After a sleep no connection is worth trying, whatever the routes say. */
static void test_after_a_sleep_all_is_new(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	client_ask(&clients[0], "www.example");
	upstreams_network_changed(world.upstreams, NETWORK_RESUMED);
	fake_loop_settle(world.loop);
	assert_true(fake_tls_closed(tls));
	tls = peer_last();
	/* Nor is half a handshake. */
	upstreams_network_changed(world.upstreams, NETWORK_RESUMED);
	fake_loop_settle(world.loop);
	assert_true(fake_tls_closed(tls));
	peer_ready(&world, peer_last());
	peer_answer(&world, peer_last(), 0);
	ASSERT_ANSWERED(&clients[0], "u1");
	/* What was in use is connected before the next question comes. */
	upstreams_network_changed(world.upstreams, NETWORK_RESUMED);
	fake_loop_settle(world.loop);
	assert_int_equal(fake_tls_open_count(), 1);
	/* What was not is left alone. */
	peer_ready(&world, peer_last());
	peer_fail(&world, peer_last(), ERR_CLOSED, "");
	upstreams_network_changed(world.upstreams, NETWORK_RESUMED);
	fake_loop_settle(world.loop);
	assert_int_equal(fake_tls_open_count(), 0);
}

/* A night without a network, and the next attempt in a minute: nobody waits for that. */
static void test_what_failed_before_is_forgiven(void **state)
{
	(void)state;
	world_old_outage(&world);
	for (size_t i = 0; i < 10; i++) {
		clients[0].done = 0;
		client_ask(&clients[0], "www.example");
		for (size_t j = 0; j < 60 && clients[0].done == 0; j++) {
			if (!fake_tls_closed(peer_last()))
				peer_fail(&world, peer_last(), ERR_UNREACHABLE, "no route");
			fake_loop_advance(world.loop, 100);
		}
	}
	clients[0].done = 0;
	client_ask(&clients[0], "www.example");
	upstreams_network_changed(world.upstreams, NETWORK_CHANGED);
	fake_loop_settle(world.loop);
	assert_false(fake_tls_closed(peer_last()));
	peer_ready(&world, peer_last());
	peer_answer(&world, peer_last(), 0);
	ASSERT_ANSWERED(&clients[0], "u1");
}

/* Left by a reload, it is there for its last question alone, which fails as the network changes. */
static void test_it_goes_while_the_network_changes(void **state)
{
	(void)state;
	world_old_outage(&world);
	client_ask(&clients[0], "www.example");
	peer_fail(&world, peer_last(), ERR_UNREACHABLE, "no route");
	fake_loop_advance(world.loop, HEALTH_BACKOFF_MIN_MS);
	assert_int_equal(fake_tls_open_count(), 1); /* the second time */
	group_release(world.group);
	world.group = NULL;
	fake_tls_refuse(true);
	upstreams_network_changed(world.upstreams, NETWORK_CHANGED);
	fake_loop_settle(world.loop);
	fake_tls_refuse(false);
	assert_int_equal(clients[0].done, 1);
	assert_int_equal(clients[0].err, ERR_NOMEM);
	assert_true(list_empty(&world.upstreams->pools));
}

static void test_no_memory_for_a_pool(void **state)
{
	struct endpoint *other = world_endpoint(2, 0);
	(void)state;
	for (size_t n = 0;; n++) {
		failmalloc_arm(n);
		struct pool *pool = upstreams_pool(world.upstreams, other);
		if (!failmalloc_disarm()) {
			assert_non_null(pool);
			pool_release(pool);
			break;
		}
		assert_null(pool);
	}
	endpoint_release(other);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_way_that_is_gone_is_left_at_once),
		T(test_after_a_sleep_all_is_new),
		T(test_what_failed_before_is_forgiven),
		T(test_it_goes_while_the_network_changes),
		T(test_no_memory_for_a_pool),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
