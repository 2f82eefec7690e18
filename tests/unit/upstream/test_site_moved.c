/* SPDX-License-Identifier: MIT */
/* What was known of an upstream's addresses is out of date: they are past their TTL, or nobody is
 * there any more. */
#include "named.h"

#include <string.h>

#include "upstream/group_inside.h"
#include "upstream/pool.h"
#include "upstream/vigil.h"

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
	fake_loop_advance(world.loop, 249);
	assert_int_equal(fake_tls_count(), before + 1);
	fake_loop_advance(world.loop, 1);
	assert_int_equal(fake_tls_count(), before + 2);
	assert_goes_to(peer_last(), "192.0.2.7:853");
	/* And what comes late joins. */
	no_v6();
	v4("192.0.2.8", 300);
	fake_loop_advance(world.loop, REACH_STAGGER_MS);
	assert_goes_to(peer_last(), "192.0.2.8:853");
	assert_served(0);
}

/* Nor for IPv6 when that time is over. */
static void test_news_of_one_family_at_the_last_moment(void **state)
{
	(void)state;
	found(300);
	fake_loop_advance(world.loop, 3600000);
	const size_t before = fake_tls_count();
	ask(0);
	fake_loop_advance(world.loop, 230);
	v4("192.0.2.7", 300);
	fake_loop_advance(world.loop, 19);
	assert_int_equal(fake_tls_count(), before);
	fake_loop_advance(world.loop, 1);
	assert_int_equal(fake_tls_count(), before + 1);
	no_v6();
	assert_served(0);
}

/* That a name has no IPv6 address any more is known then; it is not tried. */
static void test_a_family_that_is_no_more(void **state)
{
	(void)state;
	ask(0);
	v6("2001:db8::1", 300);
	v4("192.0.2.1", 300);
	assert_served(0);
	hang_up();
	fake_loop_advance(world.loop, 3600000);
	ask(0);
	no_v6();
	v4("192.0.2.7", 300);
	assert_served(0);
	hang_up();
	ask(0);
	const size_t before = fake_tls_count();
	assert_goes_to(peer_last(), "192.0.2.7:853");
	peer_fail(&world, peer_last(), ERR_UNREACHABLE, "refused");
	assert_int_equal(fake_tls_count(), before);
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

#define TEST(name)     cmocka_unit_test_setup_teardown(name, named_setup, named_teardown)
#define TEST_TWO(name) cmocka_unit_test_setup_teardown(name, named_setup_two, named_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_after_its_ttl_news_have_a_head_start),
		TEST(test_news_of_one_family_at_the_last_moment),
		TEST(test_a_family_that_is_no_more),
		TEST(test_old_addresses_are_the_last_resort),
		TEST(test_moved),
		TEST(test_moved_in_part),
		TEST(test_not_moved),
		TEST(test_order_is_no_change),
		TEST(test_wrong_identity_is_told_once),
		TEST_TWO(test_another_upstream_meanwhile),
		TEST(test_more_than_can_be_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
