/* SPDX-License-Identifier: MIT */
/* After a restart an upstream is connected to without asking for it in clear, and known for what it
 * is. */
#include "world.h"

#include "support/failmalloc.h"
#include "support/fake_bootstrap.h"
#include "upstream/group_inside.h"
#include "upstream/memory.h"
#include "upstream/pool.h"

static struct world world;
static struct client clients[2];
static struct memory *memory;

static int setup_addresses(size_t addresses_each)
{
	memory = memory_new();
	fake_bootstrap_reset();
	world_init(&world, 1, addresses_each);
	for (size_t i = 0; i < 2; i++)
		client_init(&clients[i], &world);
	world.upstreams->options.memory = memory;
	return 0;
}

static int setup_found(void **state)
{
	(void)state;
	return setup_addresses(0);
}

static int setup_written(void **state)
{
	(void)state;
	return setup_addresses(2);
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++)
		client_done(&clients[i]);
	world_done(&world);
	memory_free(memory);
	return 0;
}

/* The pool is made anew, as a start makes it. */
static void restart(void)
{
	group_release(world.group);
	fake_loop_settle(world.loop);
	world.group = group_new(world.upstreams, world.endpoints, 1, STRATEGY_ORDERED);
	assert_non_null(world.group);
}

static void serve(size_t i, uint64_t rtt_ms)
{
	clients[i].done = 0;
	if (!fake_tls_is_ready(peer_last()))
		peer_ready(&world, peer_last());
	fake_loop_advance(world.loop, rtt_ms);
	peer_answer(&world, peer_last(), peer_asked(peer_last()) - 1);
	ASSERT_ANSWERED(&clients[i], "u1");
}

static void found(uint32_t ttl_s)
{
	client_ask(&clients[0], "www.example");
	fake_bootstrap_failed(BOOTSTRAP_V6, ERR_NOT_FOUND, "it has none");
	fake_bootstrap_found(BOOTSTRAP_V4, "192.0.2.1", ttl_s);
	fake_loop_settle(world.loop);
	serve(0, 30);
}

static void test_no_look_up_within_the_ttl(void **state)
{
	(void)state;
	found(3600);
	assert_int_equal(fake_bootstrap_count(), 1);
	restart();
	client_ask(&clients[0], "www.example");
	assert_int_equal(fake_bootstrap_count(), 1);
	serve(0, 30);
	assert_in_range(pace_rtt_ms(&world.group->pools[0]->standing.pace), 28, 32);
}

/* Past it they are what is used when nobody has better ones. */
static void test_the_last_resort_past_the_ttl(void **state)
{
	(void)state;
	found(60);
	group_release(world.group);
	world.group = NULL;
	fake_loop_advance(world.loop, 61000);
	world.group = group_new(world.upstreams, world.endpoints, 1, STRATEGY_ORDERED);
	client_ask(&clients[0], "www.example");
	assert_int_equal(fake_bootstrap_count(), 2);
	fake_loop_advance(world.loop, SITE_HEAD_START_MS);
	serve(0, 30);
	fake_bootstrap_failed(BOOTSTRAP_V6, ERR_TIMEOUT, "no answer");
	fake_bootstrap_failed(BOOTSTRAP_V4, ERR_TIMEOUT, "no answer");
	fake_loop_settle(world.loop);
}

static void looked_up(const char *addresses)
{
	fake_bootstrap_failed(BOOTSTRAP_V6, ERR_NOT_FOUND, "it has none");
	fake_bootstrap_found(BOOTSTRAP_V4, addresses, 3600);
	fake_loop_settle(world.loop);
}

/* It is asked, and somebody else is there. */
static void led_astray(void)
{
	client_ask(&clients[0], "www.example");
	looked_up("203.0.113.66");
	peer_fail(&world, peer_last(), ERR_TLS, "that is somebody else");
	client_done(&clients[0]);
	client_init(&clients[0], &world);
}

static const char *known_after_restart(void)
{
	static char text[ADDRESS_TEXT_LEN];

	restart();
	const struct endpoint *endpoint = world.group->pools[0]->site.endpoint;
	if (!endpoint)
		return "";
	assert_int_equal(endpoint->address_count, 1);
	return address_write(&endpoint->addresses[0], text);
}

/* Somebody on the way to a plain server would else lead us astray over restarts. */
static void test_what_no_handshake_has_proven(void **state)
{
	(void)state;
	led_astray();
	assert_string_equal(known_after_restart(), "");
	client_ask(&clients[0], "www.example");
	looked_up("192.0.2.1 203.0.113.66");
	serve(0, 30);
	assert_int_equal(memory_count(memory), 1); /* from now on, as it may end by a crash */
	assert_string_equal(known_after_restart(), "192.0.2.1:853");
}

/* Where it was found to be is better than where somebody says that it is now. */
static void test_what_a_handshake_has_proven_outlives_a_lie(void **state)
{
	(void)state;
	found(3600);
	assert_string_equal(known_after_restart(), "192.0.2.1:853");
	fake_loop_advance(world.loop, 3601 * 1000);
	led_astray();
	assert_string_equal(known_after_restart(), "192.0.2.1:853");
}

/* It was it once. */
static void test_who_turns_out_to_be_another_is_forgotten(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example");
	looked_up("192.0.2.1 192.0.2.2");
	serve(0, 30);
	struct site *site = &world.group->pools[0]->site;
	site_right(site, &site->endpoint->addresses[1]);
	site_wrong(site, &site->endpoint->addresses[0], "that is somebody else");
	assert_string_equal(known_after_restart(), "192.0.2.2:853");
}

static void test_the_faster_address_first(void **state)
{
	struct memory_item item = { .idle_limit_ms = 5000, .place_count = 2 };
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		item.places[i].address = world.endpoints[0]->addresses[i];
		pace_measure(&item.places[i].pace, i == 0 ? 100 : 20);
	}
	pace_measure(&item.pace, 60);
	group_release(world.group);
	memory_keep(memory, world.endpoints[0]->url, &item);
	world.group = group_new(world.upstreams, world.endpoints, 1, STRATEGY_ORDERED);
	client_ask(&clients[0], "www.example");
	assert_int_equal(peer_member(peer_last()), 101);
	serve(0, 20);
	/* What it has learnt of its server's patience it knows from the start. */
	fake_loop_advance(world.loop, 5000);
	assert_true(fake_tls_closed(peer_last()));
}

static void test_no_memory(void **state)
{
	bool failed = true;
	(void)state;
	found(3600);
	for (size_t n = 0; failed; n++) {
		group_release(world.group);
		failmalloc_arm(n);
		world.group = group_new(world.upstreams, world.endpoints, 1, STRATEGY_ORDERED);
		failed = failmalloc_disarm();
	}
	client_ask(&clients[0], "www.example");
	assert_int_equal(fake_bootstrap_count(), 1);
	serve(0, 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_no_look_up_within_the_ttl, setup_found, teardown),
		cmocka_unit_test_setup_teardown(
			test_the_last_resort_past_the_ttl, setup_found, teardown),
		cmocka_unit_test_setup_teardown(
			test_what_no_handshake_has_proven, setup_found, teardown),
		cmocka_unit_test_setup_teardown(
			test_what_a_handshake_has_proven_outlives_a_lie, setup_found, teardown),
		cmocka_unit_test_setup_teardown(
			test_who_turns_out_to_be_another_is_forgotten, setup_found, teardown),
		cmocka_unit_test_setup_teardown(
			test_the_faster_address_first, setup_written, teardown),
		cmocka_unit_test_setup_teardown(test_no_memory, setup_found, teardown),
	};
	return cmocka_run_group_tests_name("recall", tests, NULL, NULL);
}
