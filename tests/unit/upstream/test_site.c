/* SPDX-License-Identifier: MIT */
/* An upstream that is known by name alone must be found, and found again when it has moved; what
 * asks for its address in clear must be rare, and never cost an answer that could be had. */
#include "world.h"

#include <string.h>

#include "support/failmalloc.h"
#include "support/fake_bootstrap.h"
#include "upstream/ask.h"
#include "upstream/pool.h"
#include "upstream/vigil.h"

#define CLIENTS 3

static struct world world;
static struct client clients[CLIENTS];

static int setup_members(size_t members)
{
	fake_bootstrap_reset();
	world_init(&world, members, 0);
	for (size_t i = 0; i < CLIENTS; i++)
		client_init(&clients[i], &world);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	return setup_members(1);
}

static int setup_two(void **state)
{
	(void)state;
	return setup_members(2);
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < CLIENTS; i++)
		client_done(&clients[i]);
	world_done(&world);
	assert_int_equal(fake_bootstrap_open_count(), 0);
	return 0;
}

static void settle(void)
{
	fake_loop_settle(world.loop);
}

static void v4(const char *addresses, uint32_t ttl_s)
{
	fake_bootstrap_found(BOOTSTRAP_V4, addresses, ttl_s);
	settle();
}

static void v6(const char *addresses, uint32_t ttl_s)
{
	fake_bootstrap_found(BOOTSTRAP_V6, addresses, ttl_s);
	settle();
}

static void no_v6(void)
{
	fake_bootstrap_failed(BOOTSTRAP_V6, ERR_NOT_FOUND, "that name has no address");
	settle();
}

static void fails(int err, const char *why)
{
	fake_bootstrap_failed(BOOTSTRAP_V6, err, why);
	fake_bootstrap_failed(BOOTSTRAP_V4, err, why);
	settle();
}

static void assert_goes_to(const struct tls *tls, const char *text)
{
	char written[ADDRESS_TEXT_LEN];
	assert_string_equal(address_write(fake_tls_address(tls), written), text);
}

/* In an outage that is old already: what comes to nothing is told at once. */
static void ask(size_t i)
{
	world_old_outage(&world);
	clients[i].done = 0;
	client_ask(&clients[i], "www.example");
}

/* The last connection answers the only query that it has. */
static void assert_served(size_t i)
{
	if (!fake_tls_is_ready(peer_last()))
		peer_ready(&world, peer_last());
	peer_answer(&world, peer_last(), fake_tls_messages(peer_last()) - 1);
	ASSERT_ANSWERED(&clients[i], "u1");
}

/* Found at 192.0.2.1 for that long, and asked once. */
static void found(uint32_t ttl_s)
{
	ask(0);
	no_v6();
	v4("192.0.2.1", ttl_s);
	assert_served(0);
}

static void hang_up(void)
{
	peer_fail(&world, peer_last(), ERR_CLOSED, "");
}

/* As long as there is one to refuse. */
static void refuse_all(void)
{
	while (!fake_tls_closed(peer_last()))
		peer_fail(&world, peer_last(), ERR_UNREACHABLE, "refused");
}

static void test_looked_up_on_first_need(void **state)
{
	(void)state;
	fake_loop_advance(world.loop, 60000);
	assert_int_equal(fake_bootstrap_count(), 0);
	for (size_t i = 0; i < CLIENTS; i++)
		ask(i);
	assert_int_equal(fake_bootstrap_count(), 1);
	assert_string_equal(fake_bootstrap_host(), "u1.example");
	assert_int_equal(fake_tls_count(), 0);
	no_v6();
	assert_int_equal(fake_tls_count(), 0);
	v4("192.0.2.1", 300);
	assert_goes_to(peer_last(), "192.0.2.1:853");
	peer_ready(&world, peer_last());
	for (size_t i = 0; i < CLIENTS; i++) {
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
	fake_loop_advance(world.loop, SITE_V6_WAIT_MS - 1);
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
	fake_loop_advance(world.loop, SITE_PAUSE_MAX_MS);
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

static void test_not_refreshed_when_idle(void **state)
{
	(void)state;
	found(300);
	fake_loop_advance(world.loop, 86400000);
	assert_int_equal(fake_bootstrap_count(), 1);
}

static void test_after_its_ttl_news_have_a_head_start(void **state)
{
	(void)state;
	found(300);
	fake_loop_advance(world.loop, 3600000);
	const size_t before = fake_tls_count();
	ask(0);
	assert_int_equal(fake_tls_count(), before);
	no_v6();
	v4("192.0.2.7", 300);
	assert_int_equal(fake_tls_count(), before + 1);
	assert_goes_to(peer_last(), "192.0.2.7:853");
	assert_served(0);

	fake_loop_advance(world.loop, 3600000);
	ask(0);
	fake_loop_advance(world.loop, SITE_HEAD_START_MS);
	assert_goes_to(peer_last(), "192.0.2.7:853");
	/* And what comes late joins. */
	no_v6();
	v4("192.0.2.8", 300);
	fake_loop_advance(world.loop, REACH_STAGGER_MS);
	assert_goes_to(peer_last(), "192.0.2.8:853");
	assert_served(0);
}

static void test_old_addresses_are_the_last_resort(void **state)
{
	(void)state;
	found(300);
	fake_loop_advance(world.loop, 3600000);
	for (size_t i = 0; i < 2; i++) {
		ask(0);
		fails(ERR_TIMEOUT, "no answer came in time");
		assert_goes_to(peer_last(), "192.0.2.1:853");
		assert_served(0);
		hang_up();
		fake_loop_advance(world.loop, SITE_PAUSE_MAX_MS);
	}
	assert_int_equal(world.warnings, 1);
	assert_int_equal(world.downs, 0);
	/* Within the pause nobody waits for another failure. */
	ask(0);
	fails(ERR_TIMEOUT, "no answer came in time");
	assert_served(0);
	hang_up();
	ask(0);
	assert_goes_to(peer_last(), "192.0.2.1:853");
	assert_served(0);
	assert_int_equal(fake_bootstrap_count(), 4);
	hang_up();
	/* That it works again is told. */
	fake_loop_advance(world.loop, SITE_PAUSE_MAX_MS);
	ask(0);
	no_v6();
	v4("192.0.2.1", 300);
	assert_int_equal(world.founds, 2);
	assert_served(0);
}

static void test_moved(void **state)
{
	(void)state;
	found(86400);
	hang_up();
	fake_loop_advance(world.loop, 1000);
	ask(0);
	peer_fail(&world, peer_last(), ERR_UNREACHABLE, "refused");
	assert_int_equal(clients[0].done, 0);
	assert_int_equal(fake_bootstrap_count(), 2);
	v4("192.0.2.7", 86400);
	no_v6();
	assert_goes_to(peer_last(), "192.0.2.7:853");
	assert_served(0);
	assert_int_equal(world.founds, 2);
	assert_int_equal(world.downs, 0);
}

static void test_moved_in_part(void **state)
{
	(void)state;
	found(86400);
	hang_up();
	ask(0);
	peer_fail(&world, peer_last(), ERR_UNREACHABLE, "refused");
	const size_t before = fake_tls_count();
	v6("2001:db8::7", 86400);
	assert_goes_to(peer_last(), "[2001:db8::7]:853");
	/* What failed just now is not tried beside it. */
	fake_loop_advance(world.loop, REACH_AGAIN_MS - 1);
	assert_int_equal(fake_tls_count(), before + 1);
	v4("192.0.2.1 192.0.2.7", 86400);
	fake_loop_advance(world.loop, REACH_STAGGER_MS);
	assert_served(0);
	/* That it works takes the pauses back. */
	fake_loop_advance(world.loop, SITE_PAUSE_MIN_MS);
	hang_up();
	ask(1);
	refuse_all();
	assert_int_equal(fake_bootstrap_count(), 3);
	no_v6();
	v4("192.0.2.1", 86400);
	fake_loop_advance(world.loop, HEALTH_BACKOFF_MIN_MS);
	refuse_all();
	assert_int_equal(clients[1].done, 1);
	fake_loop_advance(world.loop, SITE_PAUSE_MIN_MS);
	ask(1);
	fake_loop_advance(world.loop, HEALTH_BACKOFF_MIN_MS);
	refuse_all();
	assert_int_equal(fake_bootstrap_count(), 4);
}

static void test_not_moved(void **state)
{
	(void)state;
	found(86400);
	hang_up();
	fake_loop_advance(world.loop, 1000);
	ask(0);
	peer_fail(&world, peer_last(), ERR_UNREACHABLE, "refused");
	const size_t before = fake_tls_count();
	v4("192.0.2.1", 86400);
	fake_loop_advance(world.loop, SITE_V6_WAIT_MS);
	assert_int_equal(fake_tls_count(), before); /* that was tried just now */
	no_v6();
	assert_int_equal(clients[0].done, 0); /* once more, as each upstream */
	fake_loop_advance(world.loop, HEALTH_BACKOFF_MIN_MS);
	peer_fail(&world, peer_last(), ERR_UNREACHABLE, "refused");
	assert_int_equal(clients[0].done, 1);
	assert_string_equal(clients[0].why, "refused");
	assert_int_equal(world.downs, 1);
	/* The upstream is dead: that is no reason to look its name up with every query. */
	for (size_t i = 0; i < 60; i++) {
		ask(0);
		for (size_t j = 0; j < 10 && clients[0].done == 0; j++) {
			if (fake_bootstrap_open_count() > 0) {
				no_v6();
				v4("192.0.2.1", 86400);
			}
			if (!fake_tls_closed(peer_last()))
				peer_fail(&world, peer_last(), ERR_UNREACHABLE, "refused");
			fake_loop_advance(world.loop, 100);
		}
		assert_int_equal(clients[0].done, 1);
		fake_loop_advance(world.loop, 1000);
	}
	assert_in_range(fake_bootstrap_count(), 7, 15);
	assert_int_equal(world.downs, 1);
	assert_int_equal(world.founds, 1);
}

static void test_order_is_no_change(void **state)
{
	(void)state;
	ask(0);
	no_v6();
	v4("192.0.2.1 192.0.2.2 192.0.2.3", 300);
	peer_fail(&world, peer_last(), ERR_UNREACHABLE, "refused");
	assert_goes_to(peer_last(), "192.0.2.2:853");
	assert_served(0);
	hang_up();
	fake_loop_advance(world.loop, 400000);
	ask(0);
	no_v6();
	v4("192.0.2.3 192.0.2.1 192.0.2.2", 300);
	/* The one that worked last is still the first. */
	assert_goes_to(peer_last(), "192.0.2.2:853");
	assert_served(0);
	hang_up();
	fake_loop_advance(world.loop, 400000);
	ask(0);
	no_v6();
	v4("192.0.2.4 192.0.2.2", 300);
	assert_goes_to(peer_last(), "192.0.2.2:853");
	assert_served(0);
	assert_int_equal(world.founds, 1);
}

static void test_wrong_identity_is_told_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		ask(0);
		no_v6();
		v4(i == 1 ? "192.0.2.1 192.0.2.2 192.0.2.3" : "192.0.2.1 192.0.2.2", 300);
		for (size_t j = 0; j < 3 && strcmp(clients[0].by, "") == 0; j++) {
			peer_fail(&world, peer_last(), ERR_TLS, "it is somebody else");
			break;
		}
		assert_served(0);
		hang_up();
		fake_loop_advance(world.loop, 400000);
	}
	assert_int_equal(world.warnings, 1);
}

static void test_another_upstream_meanwhile(void **state)
{
	(void)state;
	ask(0);
	fake_loop_advance(world.loop, STANDING_PATIENCE_FIRST_MS);
	assert_int_equal(fake_bootstrap_count(), 2);
	assert_string_equal(fake_bootstrap_host(), "u2.example");
	no_v6();
	v4("192.0.2.2", 300);
	peer_ready(&world, peer_last());
	peer_answer(&world, peer_last(), 0);
	ASSERT_ANSWERED(&clients[0], "u2");
	/* Nobody waits for the first one any more. */
	assert_false(vigil_usable(world.group->pools[0]));
	ask(1);
	peer_answer(&world, peer_last(), 1);
	ASSERT_ANSWERED(&clients[1], "u2");
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

static void test_more_than_can_be_kept(void **state)
{
	(void)state;
	ask(0);
	v4("192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6 192.0.2.7 192.0.2.8", 300);
	fake_loop_advance(world.loop, SITE_V6_WAIT_MS);
	v6("2001:db8::1 2001:db8::2 2001:db8::3 2001:db8::4 2001:db8::5 2001:db8::6 2001:db8::7 "
	   "2001:db8::8",
		300);
	assert_int_equal(world.group->pools[0]->site.endpoint->address_count, 16);
	/* Past their TTL there are others: with the old ones more than fit. */
	assert_served(0);
	hang_up();
	fake_loop_advance(world.loop, 400000);
	ask(1);
	fake_loop_advance(world.loop, SITE_HEAD_START_MS);
	v4("192.0.2.11 192.0.2.12", 300);
	v6("2001:db8::11", 300);
	assert_int_equal(world.group->pools[0]->site.endpoint->address_count, 16);
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
		teardown(NULL);
		setup(NULL);
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

#define TEST(name)     cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_TWO(name) cmocka_unit_test_setup_teardown(name, setup_two, teardown)

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
		TEST(test_ttl_has_bounds),
		TEST(test_refreshed_ahead_while_used),
		TEST(test_not_refreshed_when_idle),
		TEST(test_after_its_ttl_news_have_a_head_start),
		TEST(test_old_addresses_are_the_last_resort),
		TEST(test_moved),
		TEST(test_moved_in_part),
		TEST(test_not_moved),
		TEST(test_order_is_no_change),
		TEST(test_wrong_identity_is_told_once),
		TEST_TWO(test_another_upstream_meanwhile),
		TEST(test_ourselves),
		TEST(test_a_reload_keeps_addresses),
		TEST(test_a_reload_while_it_is_looked_up),
		TEST(test_nobody_waits_any_more),
		TEST(test_gone_while_it_is_looked_up),
		TEST(test_gone_when_it_is_told),
		TEST(test_more_than_can_be_kept),
		TEST(test_no_memory),
		TEST(test_no_memory_for_what_came),
		TEST(test_no_memory_for_a_pool),
	};
	return cmocka_run_group_tests_name("site", tests, NULL, NULL);
}
