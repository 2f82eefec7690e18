/* SPDX-License-Identifier: MIT */
/* A connection that dies, idles out or was never there is the pool's affair, not the
 * client's. */
#include "world.h"

#include <string.h>

#include "upstream/choice.h"
#include "upstream/group_inside.h"
#include "upstream/pool.h"

#define CLIENTS 4200

static struct world world;
static struct client clients[CLIENTS];

static int setup_members(size_t members, size_t addresses_each)
{
	world_init(&world, members, addresses_each);
	for (size_t i = 0; i < CLIENTS; i++)
		client_init(&clients[i], &world);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	return setup_members(1, 1);
}

static int setup_two(void **state)
{
	(void)state;
	return setup_members(2, 1);
}

static int setup_addresses(void **state)
{
	(void)state;
	return setup_members(2, 2);
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < CLIENTS; i++)
		client_done(&clients[i]);
	world_done(&world);
	return 0;
}

static void test_opened_on_first_need(void **state)
{
	(void)state;
	fake_loop_advance(world.loop, 60000);
	assert_int_equal(fake_tls_count(), 0);
	struct tls *tls = client_works(&clients[0]);
	for (size_t i = 1; i < 1000; i++) {
		client_ask(&clients[1], "www.example");
		assert_int_equal(clients[1].done, 0);
		if (i % 100 == 0) /* the fake keeps only so many records */
			fake_loop_advance(world.loop, 10);
		if (i >= 500)
			break;
		peer_answer(&world, tls, i);
		ASSERT_ANSWERED(&clients[1], "u1");
		clients[1].done = 0;
	}
	assert_int_equal(fake_tls_count(), 1);
	assert_int_equal(count_read(&world.counts.connections), 1);
}

static void test_idle_close_is_no_failure(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		struct tls *tls = client_works(&clients[0]); /* one handshake, no more */
		assert_int_equal(fake_tls_count(), i + 1);
		fake_loop_advance(world.loop, 60000 - 10000 * i); /* earlier each time */
		peer_fail(&world, tls, i % 2 ? ERR_CLOSED : ERR_SYSTEM, "reset");
		assert_true(fake_tls_closed(tls));
	}
	assert_int_equal(world.downs + world.ups, 0);
	assert_int_equal(count_read(&world.counts.failures), 0);
}

static void test_unused_connection_closed_is_no_failure(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example");
	ask_cancel(clients[0].ask);
	clients[0].ask = NULL;
	peer_ready(&world, peer_last());
	peer_fail(&world, peer_last(), ERR_CLOSED, "");
	assert_int_equal(world.downs, 0);
}

static void test_dead_connection_sends_again_unseen(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	client_ask(&clients[0], "one.example");
	client_ask(&clients[1], "two.example");
	peer_fail(&world, tls, ERR_CLOSED, "");
	assert_int_equal(clients[0].done + clients[1].done, 0);
	assert_int_equal(
		peer_member(peer_last()), 1); /* the same upstream: its connection had worked */
	assert_int_equal(fake_tls_count(), 2);
	peer_ready(&world, peer_last());
	assert_int_equal(peer_asked(peer_last()), 2);
	peer_answer(&world, peer_last(), 1);
	peer_answer(&world, peer_last(), 0);
	ASSERT_ANSWERED(&clients[0], "u1");
	ASSERT_ANSWERED(&clients[1], "u1");
	assert_int_equal(world.downs, 0);
	assert_int_equal(count_read(&world.counts.queries), 5);
}

static void test_sent_again_only_once(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	(void)state;
	client_ask(&clients[0], "poison.example");
	peer_fail(&world, tls, ERR_CLOSED, "");
	tls = peer_last();
	peer_ready(&world, tls);
	client_ask(&clients[1], "www.example");
	peer_answer(&world, tls, 1);
	ASSERT_ANSWERED(&clients[1], "u1");
	peer_fail(&world, tls, ERR_CLOSED, "");
	/* Its repetition is spent: the next upstream. */
	assert_int_equal(peer_member(peer_last()), 2);
	peer_ready(&world, peer_last());
	peer_answer(&world, peer_last(), 0);
	ASSERT_ANSWERED(&clients[0], "u2");
}

static void test_never_worked_goes_to_the_next(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example");
	peer_ready(&world, peer_last());
	peer_fail(&world, peer_last(), ERR_CLOSED, "it hung up");
	assert_int_equal(world.downs, 1);
	assert_string_equal(world.why, "it hung up");
	assert_string_equal(world.who, "u1");
	assert_int_equal(peer_member(peer_last()), 2);
	peer_ready(&world, peer_last());
	peer_answer(&world, peer_last(), 0);
	ASSERT_ANSWERED(&clients[0], "u2");
}

/* An attack on the way to one address would stay unseen while another address works. */
static void test_wrong_identity_at_one_address_is_told_once(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example");
	peer_fail(&world, peer_last(), ERR_TLS, "it is somebody else");
	assert_int_equal(world.warnings, 1);
	assert_string_equal(world.why, "it is somebody else");
	peer_ready(&world, peer_last());
	peer_answer(&world, peer_last(), 0);
	ASSERT_ANSWERED(&clients[0], "u1");
	assert_int_equal(world.downs, 0);

	/* The next round begins where it worked; the wrong one is no news. */
	peer_fail(&world, peer_last(), ERR_CLOSED, "");
	client_ask(&clients[1], "www.example");
	assert_int_equal(peer_member(peer_last()), 101);
	peer_fail(&world, peer_last(), ERR_UNREACHABLE, "refused");
	assert_int_equal(peer_member(peer_last()), 1);
	peer_fail(&world, peer_last(), ERR_TLS, "it is somebody else");
	assert_int_equal(world.warnings, 1);
}

static void test_next_address_at_once(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example");
	assert_int_equal(peer_member(peer_last()), 1);
	peer_fail(&world, peer_last(), ERR_UNREACHABLE, "refused");
	assert_int_equal(peer_member(peer_last()), 101);
	assert_int_equal(world.downs, 0);
	peer_ready(&world, peer_last());
	peer_answer(&world, peer_last(), 0);
	ASSERT_ANSWERED(&clients[0], "u1");
	/* The one that worked is tried first the next time. */
	peer_fail(&world, peer_last(), ERR_CLOSED, "");
	clients[0].done = 0;
	client_ask(&clients[0], "www.example");
	assert_int_equal(peer_member(peer_last()), 101);
}

static void test_slow_address_is_raced(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example");
	fake_loop_advance(world.loop, REACH_STAGGER_MS);
	assert_int_equal(fake_tls_count(), 3); /* the other upstream is tried, too */
	struct tls *slow = fake_tls_at(0), *fast = fake_tls_at(1);
	assert_int_equal(peer_member(fast), 101);
	peer_ready(&world, fast);
	assert_true(fake_tls_closed(slow));
	peer_answer(&world, fast, 0);
	ASSERT_ANSWERED(&clients[0], "u1");
	assert_int_equal(fake_tls_open_count(), 2);
}

static void test_all_addresses_fail(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example");
	peer_fail(&world, peer_last(), ERR_TLS, "the certificate is for somebody else");
	assert_int_equal(peer_member(peer_last()), 101);
	peer_fail(&world, peer_last(), ERR_UNREACHABLE, "refused");
	/* The sentence that matters is the one about the certificate; said once. */
	assert_int_equal(world.downs, 1);
	assert_string_equal(world.why, "the certificate is for somebody else");
	assert_int_equal(world.group->pools[0]->waiting_count, 0);
	assert_int_equal(peer_member(peer_last()), 2);
	peer_ready(&world, peer_last());
	peer_answer(&world, peer_last(), 0);
	ASSERT_ANSWERED(&clients[0], "u2");
}

static void test_down_and_up_are_said_once(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		clients[0].done = 0;
		world_old_outage(&world);
		client_ask(&clients[0], "www.example");
		for (int j = 0; j < 10 && clients[0].done == 0; j++) {
			if (!fake_tls_closed(peer_last()))
				peer_fail(&world, peer_last(), ERR_UNREACHABLE, "refused");
			fake_loop_advance(world.loop, 100);
		}
		assert_int_equal(clients[0].done, 1);
		assert_int_equal(clients[0].err, ERR_UNREACHABLE);
		assert_string_equal(clients[0].why, "refused");
		assert_string_equal(clients[0].by, "u1");
	}
	assert_int_equal(world.downs, 1);
	assert_int_equal(world.ups, 0);
	/* All back off, but it is the only one: tried now. */
	clients[0].done = 0;
	client_ask(&clients[0], "www.example");
	fake_loop_advance(world.loop, HEALTH_BACKOFF_MIN_MS);
	peer_ready(&world, peer_last());
	peer_answer(&world, peer_last(), 0);
	ASSERT_ANSWERED(&clients[0], "u1");
	assert_int_equal(world.downs, 1);
	assert_int_equal(world.ups, 1);
	assert_string_equal(world.why, "it answers again");
	client_ask(&clients[1], "www.example");
	peer_answer(&world, peer_last(), 1);
	assert_int_equal(world.ups, 1);
}

static void test_a_dead_upstream_is_not_hammered(void **state)
{
	uint64_t end_ms = loop_now_ms(world.loop) + 1000;
	(void)state;
	/* 1,000 clients in a second, all in vain: an attempt each 100 ms, not one each query. */
	while (loop_now_ms(world.loop) < end_ms) {
		clients[0].done = 0;
		client_ask(&clients[0], "www.example");
		if (!fake_tls_closed(peer_last()))
			peer_fail(&world, peer_last(), ERR_UNREACHABLE, "refused");
		if (clients[0].ask)
			ask_cancel(clients[0].ask);
		clients[0].ask = NULL;
		fake_loop_advance(world.loop, 1);
	}
	assert_in_range(fake_tls_count(), 5, 12);
}

static void test_busy_connection_gets_company(void **state)
{
	struct tls *first = client_works(&clients[0]);
	(void)state;
	for (size_t i = 0; i < CHOICE_BUSY - 1; i++)
		client_ask(&clients[i], "www.example");
	assert_int_equal(fake_tls_count(), 1);
	client_ask(&clients[CHOICE_BUSY - 1], "www.example");
	assert_int_equal(fake_tls_count(), 2);
	/* Nobody waits for the new one. */
	client_ask(&clients[CHOICE_BUSY], "www.example");
	assert_int_equal(peer_asked(first), CHOICE_BUSY + 2);
	peer_ready(&world, peer_last());
	client_ask(&clients[CHOICE_BUSY + 1], "www.example");
	assert_int_equal(peer_asked(peer_last()), 1);
}

static void test_company_leaves_when_it_is_quiet(void **state)
{
	struct tls *first = client_works(&clients[0]);
	(void)state;
	for (size_t i = 0; i < CHOICE_BUSY + 50; i++) {
		client_ask(&clients[i], "www.example");
		if (i == CHOICE_BUSY)
			peer_ready(&world, peer_last());
	}
	struct tls *second = peer_last();
	for (size_t i = 1; i < peer_asked(first); i++)
		peer_answer(&world, first, i);
	for (size_t i = 0; i < peer_asked(second); i++)
		peer_answer(&world, second, i);
	size_t before = peer_asked(second);
	for (size_t i = 200; i < 220; i++)
		client_ask(&clients[i], "www.example");
	assert_int_equal(peer_asked(second), before);
}

static void test_failed_growth_is_no_outage(void **state)
{
	struct tls *first = client_works(&clients[0]);
	(void)state;
	for (size_t i = 0; i < CHOICE_BUSY + 5; i++) {
		client_ask(&clients[i], "www.example");
		if (!fake_tls_closed(peer_last()) && peer_last() != first)
			peer_fail(&world, peer_last(), ERR_UNREACHABLE, "too many connections");
	}
	assert_int_equal(fake_tls_count(), 2);
	assert_int_equal(world.downs, 0);
	fake_loop_advance(world.loop, 100);
	for (size_t i = 0; i < CHOICE_BUSY + 5; i++) {
		peer_answer(&world, first, i + 1);
		ASSERT_ANSWERED(&clients[i], "u1");
	}
}

static void test_bounds(void **state)
{
	struct tls *tls = client_works(&clients[0]);
	size_t refused = 0, waiting = 0;
	(void)state;
	for (size_t i = 0; i < CLIENTS; i++) {
		client_ask(&clients[i], "www.example");
		if (peer_last() != tls && peer_asked(peer_last()) == 0 && fake_tls_count() <= 4) {
			tls = peer_last();
			peer_ready(&world, tls);
		}
	}
	assert_int_equal(fake_tls_count(), POOL_CONNECTIONS_MAX);
	for (size_t i = 0; i < POOL_CONNECTIONS_MAX; i++)
		assert_int_equal(peer_asked(fake_tls_at(i)), 256 + (i == 0)); /* one was answered */
	for (size_t i = 0; i < CLIENTS; i++) {
		refused += clients[i].done == 1 && clients[i].err == ERR_LIMIT;
		waiting += clients[i].done == 0;
	}
	assert_int_equal(waiting, POOL_LOAD_MAX);
	assert_int_equal(refused, CLIENTS - POOL_LOAD_MAX);
	/* Cancelled ones count until they are answered, and whoever waits comes next. */
	ask_cancel(clients[0].ask);
	clients[0].ask = NULL;
	assert_int_equal(peer_asked(fake_tls_at(0)), 257);
	peer_answer(&world, fake_tls_at(0), 1);
	assert_int_equal(peer_asked(fake_tls_at(0)), 258);
}

static void cancel_other_and_release(struct client *client)
{
	ask_cancel(client->other->ask);
	client->other->ask = NULL;
	group_release(client->world->group);
	client->world->group = NULL;
}

static void test_failure_may_cancel_and_release(void **state)
{
	(void)state;
	world_old_outage(&world);
	/* Two wait for a round that fails twice; the first to hear of it takes all down. */
	for (size_t i = 0; i < 2; i++)
		client_ask(&clients[i], "www.example");
	clients[0].then = cancel_other_and_release;
	clients[0].other = &clients[1];
	peer_fail(&world, peer_last(), ERR_UNREACHABLE, "refused");
	fake_loop_advance(world.loop, HEALTH_BACKOFF_MIN_MS);
	peer_fail(&world, peer_last(), ERR_UNREACHABLE, "refused");
	assert_int_equal(clients[0].done, 1);
	assert_int_equal(clients[1].done, 0);
	assert_int_equal(world.upstreams->asks, 0);
}

static void test_death_may_cancel_and_release(void **state)
{
	(void)state;
	world_old_outage(&world);
	for (size_t i = 0; i < 2; i++)
		client_ask(&clients[i], "www.example");
	clients[0].then = cancel_other_and_release;
	clients[0].other = &clients[1];
	for (unsigned i = 0; i < 2; i++) {
		peer_ready(&world, peer_last());
		assert_int_equal(peer_asked(peer_last()), 2);
		peer_fail(&world, peer_last(), ERR_CLOSED, "");
		fake_loop_advance(world.loop, HEALTH_BACKOFF_MIN_MS);
	}
	assert_int_equal(clients[0].done, 1);
	assert_int_equal(clients[1].done, 0);
	assert_int_equal(world.upstreams->asks, 0);
}

/* A server that takes so many queries a connection would fail whoever asks many at once. */
static void test_a_server_that_closes_after_some(void **state)
{
	size_t done = 0;
	(void)state;
	client_works(&clients[0]);
	for (size_t i = 1; i <= 40; i++)
		client_ask(&clients[i], "www.example");
	for (size_t i = 0; i < 5; i++) {
		struct tls *tls = peer_last();
		if (!fake_tls_is_ready(tls))
			peer_ready(&world, tls);
		for (size_t j = 0; j < 10; j++)
			peer_answer(&world, tls, i == 0 ? j + 1 : j);
		if (i < 3)
			peer_fail(&world, tls, ERR_CLOSED, "");
		else
			break;
	}
	for (size_t i = 1; i <= 40; i++)
		done += clients[i].done == 1 && clients[i].err == 0;
	assert_int_equal(done, 40);
	assert_int_equal(world.downs, 0);
}

static void test_certificate_near_its_end(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example");
	fake_tls_set_days_left(peer_last(), 13);
	peer_ready(&world, peer_last());
	assert_int_equal(world.warnings, 1);
	assert_string_equal(world.who, "u1");
	assert_non_null(strstr(world.why, "13 days"));
	peer_answer(&world, peer_last(), 0);
	clients[0].done = 0;
	/* The same certificate two days later, on another connection. */
	fake_loop_advance(world.loop, 2 * 86400000);
	client_works(&clients[0]);
	fake_loop_advance(world.loop, 86400000);
	client_ask(&clients[0], "www.example");
	fake_tls_set_days_left(peer_last(), 10);
	peer_ready(&world, peer_last());
	assert_int_equal(world.warnings, 1);
	peer_answer(&world, peer_last(), 0);
	/* Another one, again for a short time. */
	fake_loop_advance(world.loop, 86400000);
	client_ask(&clients[1], "www.example");
	fake_tls_set_days_left(peer_last(), 13);
	peer_ready(&world, peer_last());
	assert_int_equal(world.warnings, 2);
}

/* A peer that was let in though it has not proved who it is: whoever reads the log must learn of
 * it, and still be able to read the log. */
static void test_remarks_are_said_once(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example");
	fake_tls_set_remark(peer_last(), "it shows another key");
	peer_ready(&world, peer_last());
	assert_int_equal(world.warnings, 1);
	assert_string_equal(world.why, "it shows another key");
	peer_answer(&world, peer_last(), 0);
	clients[0].done = 0;
	/* The same on the next connection, and once more when there is nothing to say in between.
	 */
	for (int i = 0; i < 3; i++) {
		fake_loop_advance(world.loop, 86400000);
		client_ask(&clients[0], "www.example");
		fake_tls_set_remark(peer_last(), i == 1 ? "" : "it shows another key");
		peer_ready(&world, peer_last());
		assert_int_equal(world.warnings, 1);
		peer_answer(&world, peer_last(), 0);
		clients[0].done = 0;
	}
	/* Something else; and again something else at once, which waits. */
	fake_loop_advance(world.loop, 86400000);
	client_ask(&clients[0], "www.example");
	fake_tls_set_remark(peer_last(), "and now a third");
	peer_ready(&world, peer_last());
	assert_int_equal(world.warnings, 2);
	peer_answer(&world, peer_last(), 0);
	clients[0].done = 0;
	fake_tls_fail(peer_last(), ERR_CLOSED, "closed");
	fake_loop_advance(world.loop, SITE_REMARK_PAUSE_MS / 2);
	client_ask(&clients[0], "www.example");
	fake_tls_set_remark(peer_last(), "and a fourth");
	peer_ready(&world, peer_last());
	assert_int_equal(world.warnings, 2);
	peer_answer(&world, peer_last(), 0);
}

static void test_fresh_certificate_is_not_warned_about(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example");
	fake_tls_set_days_left(peer_last(), 14);
	peer_ready(&world, peer_last());
	assert_int_equal(world.warnings, 0);
}

static void test_no_descriptors(void **state)
{
	(void)state;
	fake_tls_refuse(true);
	client_ask(&clients[0], "www.example");
	fake_loop_advance(world.loop, 500);
	assert_int_equal(clients[0].done, 1);
	assert_int_equal(clients[0].err, ERR_NOMEM);
	/* It was not the upstream's fault, and is over when it is over. */
	assert_int_equal(world.downs, 0);
	fake_tls_refuse(false);
	fake_loop_advance(world.loop, 100);
	clients[0].done = 0;
	client_works(&clients[0]);
}

#define T(name, setup) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_opened_on_first_need, setup),
		T(test_idle_close_is_no_failure, setup),
		T(test_unused_connection_closed_is_no_failure, setup),
		T(test_dead_connection_sends_again_unseen, setup_two),
		T(test_sent_again_only_once, setup_two),
		T(test_never_worked_goes_to_the_next, setup_two),
		T(test_wrong_identity_at_one_address_is_told_once, setup_addresses),
		T(test_next_address_at_once, setup_addresses),
		T(test_slow_address_is_raced, setup_addresses),
		T(test_all_addresses_fail, setup_addresses),
		T(test_down_and_up_are_said_once, setup),
		T(test_a_dead_upstream_is_not_hammered, setup),
		T(test_busy_connection_gets_company, setup),
		T(test_company_leaves_when_it_is_quiet, setup),
		T(test_failed_growth_is_no_outage, setup),
		T(test_bounds, setup),
		T(test_failure_may_cancel_and_release, setup),
		T(test_death_may_cancel_and_release, setup),
		T(test_a_server_that_closes_after_some, setup),
		T(test_certificate_near_its_end, setup),
		T(test_remarks_are_said_once, setup),
		T(test_fresh_certificate_is_not_warned_about, setup),
		T(test_no_descriptors, setup),
	};
	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
