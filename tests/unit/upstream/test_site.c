/* SPDX-License-Identifier: MIT */
/* An upstream that is known by name alone must be found; what asks for its address in clear must be
 * rare, and never cost an answer that could be had. */
#include "named.h"

#include <string.h>

#include "support/failmalloc.h"
#include "upstream/pool.h"

static void test_looked_up_on_first_need(void **state)
{
	(void)state;
	fake_loop_advance(world.loop, 60000);
	assert_int_equal(fake_bootstrap_count(), 0);
	for (size_t i = 0; i < NAMED_CLIENTS; i++)
		ask(i);
	assert_int_equal(fake_bootstrap_count(), 1);
	assert_string_equal(fake_bootstrap_host(), "u1.example");
	assert_int_equal(fake_tls_count(), 0);
	no_v6();
	assert_int_equal(fake_tls_count(), 0);
	v4("192.0.2.1", 300);
	assert_goes_to(peer_last(), "192.0.2.1:853");
	peer_ready(&world, peer_last());
	for (size_t i = 0; i < NAMED_CLIENTS; i++) {
		peer_answer(&world, peer_last(), i);
		ASSERT_ANSWERED(&clients[i], "u1");
	}
	assert_int_equal(world.founds, 1);
	assert_string_equal(
		world.why, "u1.example is at 192.0.2.1:853 (looked up at 192.0.2.53:53)");
	assert_int_equal(count_read(&world.counts.bootstrap), 1);
	assert_int_equal(world.downs, 0);
}

static void test_servers_of_the_configuration(void **state)
{
	struct address server;
	const struct bootstrap_servers servers = { .servers = &server, .server_count = 1 };
	(void)state;
	assert_int_equal(address_parse("192.0.2.9", 53, &server), 0);
	upstreams_set_bootstrap(world.upstreams, &servers);
	ask(0);
	assert_ptr_equal(fake_bootstrap_asked_of()->servers, &server);
	assert_int_equal(fake_bootstrap_asked_of()->server_count, 1);
}

static void test_ipv6_first_and_in_turn(void **state)
{
	(void)state;
	ask(0);
	v4("192.0.2.1 192.0.2.2", 300);
	assert_int_equal(fake_tls_count(), 0);
	v6("2001:db8::1 2001:db8::2", 300);
	assert_goes_to(peer_last(), "[2001:db8::1]:853");
	static const char *const then[] = { "192.0.2.1:853", "[2001:db8::2]:853", "192.0.2.2:853" };
	for (size_t i = 0; i < 3; i++) {
		fake_loop_advance(world.loop, REACH_STAGGER_MS);
		assert_int_equal(fake_tls_count(), i + 2);
		assert_goes_to(peer_last(), then[i]);
	}
}

static void test_ipv4_does_not_wait_long(void **state)
{
	(void)state;
	ask(0);
	v4("192.0.2.1", 300);
	fake_loop_advance(world.loop, 49); /* RFC 8305 section 8: 50 ms */
	assert_int_equal(fake_tls_count(), 0);
	fake_loop_advance(world.loop, 1);
	assert_goes_to(peer_last(), "192.0.2.1:853");
	/* What comes later joins the race. */
	fake_loop_advance(world.loop, 100);
	v6("2001:db8::1", 300);
	fake_loop_advance(world.loop, REACH_STAGGER_MS - 101);
	assert_int_equal(fake_tls_count(), 1);
	fake_loop_advance(world.loop, 1);
	assert_goes_to(peer_last(), "[2001:db8::1]:853");
	assert_served(0);
}

static void test_ipv6_waits_for_nobody(void **state)
{
	(void)state;
	ask(0);
	v6("2001:db8::1", 300);
	assert_goes_to(peer_last(), "[2001:db8::1]:853");
	/* All that is known so far fails: what is still to come may be better. */
	peer_fail(&world, peer_last(), ERR_UNREACHABLE, "no way");
	assert_int_equal(clients[0].done, 0);
	v4("192.0.2.1", 300);
	assert_goes_to(peer_last(), "192.0.2.1:853");
	assert_served(0);
	assert_int_equal(world.downs, 0);
}

static void test_one_family_fails(void **state)
{
	(void)state;
	ask(0);
	v4("192.0.2.1", 300);
	fake_bootstrap_failed(BOOTSTRAP_V6, ERR_TIMEOUT, "no answer came in time");
	settle();
	assert_served(0);
	assert_int_equal(world.warnings, 0);
}

static void test_nothing_found(void **state)
{
	(void)state;
	ask(0);
	fails(ERR_TIMEOUT, "no answer came in time");
	assert_int_equal(clients[0].done, 1);
	assert_int_equal(clients[0].err, ERR_UNREACHABLE);
	assert_non_null(strstr(clients[0].why, "u1.example was looked up at 192.0.2.53:53, and no "
					       "answer came in time"));
	assert_non_null(strstr(clients[0].why, "write addresses:"));
	assert_int_equal(world.downs, 1);
	/* Rarely, and not longer than the trouble. */
	for (size_t i = 0; i < 600; i++) {
		ask(0);
		if (fake_bootstrap_open_count() > 0)
			fails(ERR_TIMEOUT, "no answer came in time");
		assert_int_equal(clients[0].done, 1);
		fake_loop_advance(world.loop, 100);
	}
	assert_int_equal(fake_tls_count(), 0);
	assert_in_range(fake_bootstrap_count(), 7, 12);
	assert_int_equal(world.downs, 1);
	fake_loop_advance(world.loop, 16000);
	ask(0);
	no_v6();
	v4("192.0.2.1", 300);
	assert_served(0);
	assert_int_equal(world.ups, 1);
}

static void test_an_empty_answer_is_not_kept(void **state)
{
	(void)state;
	ask(0);
	fails(ERR_NOT_FOUND, "there is no such name");
	assert_int_equal(clients[0].done, 1);
	assert_non_null(strstr(clients[0].why, "no such name"));
	fake_loop_advance(world.loop, SITE_PAUSE_MIN_MS);
	ask(0);
	assert_int_equal(fake_bootstrap_count(), 2);
	no_v6();
	v4("192.0.2.1", 300);
	assert_served(0);
	/* Nor does it take away what is known. */
	fake_loop_advance(world.loop, 300000);
	ask(0);
	fails(ERR_NOT_FOUND, "there is no such name");
	assert_goes_to(peer_last(), "192.0.2.1:853");
	assert_served(0);
	assert_int_equal(world.warnings, 1);
	assert_non_null(strstr(world.why, "old addresses"));
}

static void test_kept_for_its_ttl(void **state)
{
	(void)state;
	found(300);
	for (size_t i = 0; i < 26; i++) {
		hang_up();
		fake_loop_advance(world.loop, 10000);
		ask(0);
		assert_served(0);
	}
	assert_int_equal(fake_bootstrap_count(), 1);
}

/* Rounds begin where it worked last, unless another address is faster by far. */
static void test_a_little_faster_is_no_reason(void **state)
{
	struct endpoint *endpoint = world_endpoint(1, 2);
	struct site site;
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(site_init(&site, world.upstreams, endpoint, NULL, NULL), 0);
		site_measure(&site, &endpoint->addresses[0], 20);
		site_measure(&site, &endpoint->addresses[1], i == 0 ? 15 : 9);
		assert_int_equal(site_first(&site), i);
		site_failed(&site, &endpoint->addresses[0]);
		assert_int_equal(site_first(&site), 1);
		site_failed(&site, &endpoint->addresses[1]);
		assert_int_equal(site_first(&site), 0);
		site_done(&site);
	}
	endpoint_release(endpoint);
}

static void test_ttl_has_bounds(void **state)
{
	(void)state;
	found(1);
	fake_loop_advance(world.loop, (SITE_TTL_MIN_S - 4) * 1000);
	ask(0);
	assert_served(0);
	assert_int_equal(fake_bootstrap_count(), 1);
	fake_loop_advance(world.loop, 4000);
	hang_up();
	ask(0);
	no_v6();
	v4("192.0.2.1", UINT32_MAX);
	assert_served(0);
	fake_loop_advance(world.loop, (uint64_t)SITE_TTL_MAX_S * 1000);
	ask(0);
	assert_int_equal(fake_bootstrap_count(), 3);
}

static void test_refreshed_ahead_while_used(void **state)
{
	(void)state;
	found(100);
	fake_loop_advance(world.loop, 89000);
	ask(0);
	assert_served(0);
	assert_int_equal(fake_bootstrap_count(), 1);
	fake_loop_advance(world.loop, 2000);
	ask(0);
	assert_served(0); /* nobody waits for it */
	assert_int_equal(fake_bootstrap_count(), 2);
	no_v6();
	v4("192.0.2.7", 300);
	assert_int_equal(world.founds, 2);
	/* A connection that works stays; the next one goes to the new address. */
	ask(0);
	assert_served(0);
	assert_int_equal(fake_tls_count(), 1);
	hang_up();
	ask(0);
	assert_goes_to(peer_last(), "192.0.2.7:853");
	assert_served(0);
}

/* A look-up ahead that came to nothing is not begun anew by each query. */
static void test_refresh_in_vain(void **state)
{
	(void)state;
	found(300);
	fake_loop_advance(world.loop, 271000);
	ask(0);
	assert_served(0);
	ask(0);
	assert_int_equal(fake_bootstrap_count(), 2);
	fails(ERR_TIMEOUT, "no answer came in time");
	for (size_t i = 0; i < 2; i++) {
		ask(1);
		assert_int_equal(fake_bootstrap_count(), 2 + i);
		peer_answer(&world, peer_last(), fake_tls_messages(peer_last()) - 1);
		fake_loop_advance(world.loop, SITE_PAUSE_MIN_MS);
	}
}

static void test_not_refreshed_when_idle(void **state)
{
	(void)state;
	found(300);
	fake_loop_advance(world.loop, 86400000);
	assert_int_equal(fake_bootstrap_count(), 1);
}

static void test_ourselves(void **state)
{
	(void)state;
	fake_bootstrap_servers("", "127.0.0.1:53");
	ask(0);
	assert_int_equal(world.warnings, 1);
	assert_non_null(strstr(world.why, "/etc/resolv.conf names 127.0.0.1:53"));
	assert_non_null(strstr(world.why, "write bootstrap: [SERVER]"));
	fails(ERR_UNREACHABLE, "there is nobody to ask");
	assert_int_equal(clients[0].done, 1);
	assert_non_null(strstr(clients[0].why, "127.0.0.1:53 is ourselves"));
	assert_non_null(strstr(clients[0].why, "write addresses:"));
	/* Nothing left in clear. */
	assert_int_equal(count_read(&world.counts.bootstrap), 0);
	fake_bootstrap_servers("192.0.2.53:53", "127.0.0.1:53");
	fake_loop_advance(world.loop, SITE_PAUSE_MAX_MS);
	ask(0);
	no_v6();
	v4("192.0.2.1", 300);
	assert_served(0);
	assert_int_equal(world.warnings, 1);
	assert_int_equal(count_read(&world.counts.bootstrap), 1);
}

static void test_a_reload_keeps_addresses(void **state)
{
	struct endpoint *newer = world_endpoint(1, 0);
	(void)state;
	found(300);
	struct group *old = world.group;
	world.group = group_new(world.upstreams, &newer, 1, STRATEGY_ORDERED);
	assert_non_null(world.group);
	group_release(old);
	ask(0);
	assert_served(0);
	assert_int_equal(fake_tls_count(), 1);
	hang_up();
	ask(0);
	assert_goes_to(peer_last(), "192.0.2.1:853");
	assert_served(0);
	assert_int_equal(fake_bootstrap_count(), 1);
	endpoint_release(newer);
}

static void test_a_reload_while_it_is_looked_up(void **state)
{
	struct endpoint *newer = world_endpoint(1, 0);
	(void)state;
	ask(0);
	struct group *old = world.group;
	world.group = group_new(world.upstreams, &newer, 1, STRATEGY_ORDERED);
	assert_non_null(world.group);
	group_release(old);
	no_v6();
	v4("192.0.2.1", 300);
	assert_served(0);
	endpoint_release(newer);
}

static void test_nobody_waits_any_more(void **state)
{
	(void)state;
	ask(0);
	ask_cancel(clients[0].ask);
	clients[0].ask = NULL;
	no_v6();
	v4("192.0.2.1", 300);
	assert_int_equal(fake_tls_count(), 0);
	ask(0);
	assert_served(0);
	assert_int_equal(fake_bootstrap_count(), 1);
}

static void test_gone_while_it_is_looked_up(void **state)
{
	(void)state;
	ask(0);
	ask_cancel(clients[0].ask);
	clients[0].ask = NULL;
	group_release(world.group);
	world.group = NULL;
	assert_int_equal(fake_bootstrap_open_count(), 0);
}

static void release_all(struct client *client)
{
	group_release(client->world->group);
	client->world->group = NULL;
}

static void test_gone_when_it_is_told(void **state)
{
	(void)state;
	ask(0);
	clients[0].then = release_all;
	fails(ERR_TIMEOUT, "no answer came in time");
	assert_int_equal(clients[0].done, 1);
}

static void test_no_memory(void **state)
{
	(void)state;
	fake_bootstrap_refuse(true);
	ask(0);
	assert_int_equal(clients[0].done, 1);
	assert_non_null(strstr(clients[0].why, "no memory"));
	fake_bootstrap_refuse(false);
	fake_loop_advance(world.loop, 1000);
	found(300);
}

static void test_no_memory_for_what_came(void **state)
{
	bool failed = true;
	(void)state;
	for (size_t n = 0; failed; n++) {
		named_teardown(NULL);
		named_setup(NULL);
		ask(0);
		no_v6();
		failmalloc_arm(n);
		v4("192.0.2.1", 300);
		failed = failmalloc_disarm();
		for (size_t i = 0; i < 20 && fake_tls_count() == 0 && clients[0].done == 0; i++)
			fake_loop_advance(world.loop, 100);
		if (clients[0].done == 0)
			assert_served(0);
		assert_int_equal(clients[0].done, 1);
	}
	assert_int_equal(clients[0].err, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, named_setup, named_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_looked_up_on_first_need),
		TEST(test_servers_of_the_configuration),
		TEST(test_ipv6_first_and_in_turn),
		TEST(test_ipv4_does_not_wait_long),
		TEST(test_ipv6_waits_for_nobody),
		TEST(test_one_family_fails),
		TEST(test_nothing_found),
		TEST(test_an_empty_answer_is_not_kept),
		TEST(test_kept_for_its_ttl),
		TEST(test_a_little_faster_is_no_reason),
		TEST(test_ttl_has_bounds),
		TEST(test_refreshed_ahead_while_used),
		TEST(test_refresh_in_vain),
		TEST(test_not_refreshed_when_idle),
		TEST(test_ourselves),
		TEST(test_a_reload_keeps_addresses),
		TEST(test_a_reload_while_it_is_looked_up),
		TEST(test_nobody_waits_any_more),
		TEST(test_gone_while_it_is_looked_up),
		TEST(test_gone_when_it_is_told),
		TEST(test_no_memory),
		TEST(test_no_memory_for_what_came),
	};
	return cmocka_run_group_tests_name("site", tests, NULL, NULL);
}
