/* SPDX-License-Identifier: MIT */
/* What the kernel says again is no change: each renewal of a lease would cost all connections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/network.h"
#include "support/failmalloc.h"

static struct network network;

static int set_up(void **state)
{
	(void)state;
	network_init(&network);
	network.told = true;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	network_done(&network);
	return 0;
}

static struct netlink_event link_event(unsigned index, bool up)
{
	return (struct netlink_event){ .news = NEWS_LINK, .index = index, .up = up };
}

static struct netlink_event address_event(const char *text, bool up)
{
	struct netlink_event event = { .news = NEWS_ADDRESS, .index = 2, .bits = 24, .up = up };
	assert_int_equal(address_parse(text, 0, &event.address), 0);
	return event;
}

static bool learn(struct netlink_event event)
{
	return network_learn(&network, &event);
}

static bool learn_gone(struct netlink_event event)
{
	event.gone = true;
	return learn(event);
}

static bool learn_dumped(struct netlink_event event)
{
	event.dumped = true;
	return learn(event);
}

static void a_link_comes_and_goes(void **state)
{
	(void)state;
	assert_false(learn(link_event(2, false)));
	assert_true(learn(link_event(2, true)));
	assert_false(learn(link_event(2, true))); /* its statistics, or its name */
	assert_true(learn(link_event(3, true)));
	assert_true(learn(link_event(2, false)));
	assert_false(learn_gone(link_event(2, false)));
	assert_true(learn_gone(link_event(3, true)));
}

static void what_no_packet_of_ours_takes(void **state)
{
	struct netlink_event port = link_event(4, true), loopback = link_event(1, true);
	(void)state;

	port.port = true;
	loopback.loopback = true;
	assert_false(learn(port));
	assert_false(learn(loopback));
	assert_false(learn_gone(port));
	/* Made a part of a bridge: the way over it alone is gone. */
	port.port = false;
	assert_true(learn(port));
	port.port = true;
	assert_true(learn(port));
}

static void an_address_comes_and_goes(void **state)
{
	(void)state;
	assert_true(learn(address_event("192.0.2.7", true)));
	assert_false(learn(address_event("192.0.2.7", true))); /* a lease was renewed */
	assert_true(learn(address_event("192.0.2.8", true)));
	assert_true(learn(address_event("2001:db8::8", true)));
	assert_false(learn(address_event("2001:db8::8", true)));
	assert_true(learn_gone(address_event("192.0.2.7", true)));
	assert_false(learn_gone(address_event("192.0.2.7", true)));
	assert_true(learn(address_event("192.0.2.7", true)));
	/* A duplicate was found. */
	assert_true(learn(address_event("2001:db8::8", false)));
	/* The same on another link, or with another network around it, is another one. */
	struct netlink_event other = address_event("192.0.2.7", true);
	other.index = 3;
	assert_true(learn(other));
	other.bits = 16;
	assert_true(learn(other));
}

static void what_was_there_is_no_news(void **state)
{
	(void)state;
	assert_false(learn_dumped(link_event(2, true)));
	assert_false(learn_dumped(address_event("192.0.2.7", true)));
	assert_false(learn(address_event("192.0.2.7", true)));
	assert_true(learn(link_event(2, false)));
}

static void routes_and_rules(void **state)
{
	struct netlink_event route = { .news = NEWS_ROUTE }, rule = { .news = NEWS_RULE };
	(void)state;

	assert_true(learn(route));
	assert_true(learn_gone(route));
	assert_true(learn(rule));
	route.local = true;
	assert_false(learn(route));
	assert_false(learn_dumped(rule));
}

static void what_was_lost_was_a_change(void **state)
{
	const struct netlink_event lost = { .news = NEWS_LOST }, told = { .news = NEWS_TOLD };
	(void)state;

	assert_true(learn(link_event(2, true)));
	assert_true(learn(lost));
	assert_false(network_whole(&network));
	assert_false(learn_dumped(link_event(3, true)));
	/* It ends before we were told that it is there; but fe80::7 was of no use ever. */
	assert_true(learn_gone(address_event("192.0.2.7", true)));
	assert_false(learn_gone(address_event("fe80::7", false)));
	assert_true(learn(link_event(4, false)));
	struct netlink_event port = link_event(5, false);
	port.port = true;
	assert_false(learn_gone(port));
	assert_true(learn(told));
	assert_true(network_whole(&network));
	assert_false(learn(told));
	assert_false(learn_gone(address_event("192.0.2.7", true)));
	assert_false(learn(link_event(3, true)));
	assert_true(learn(link_event(2, true))); /* it was gone in between */
}

static void connected(void **state)
{
	(void)state;
	assert_false(network_connected(&network));
	learn(link_event(2, true));
	assert_false(network_connected(&network));
	learn(address_event("192.0.2.7", true));
	assert_true(network_connected(&network));
	learn(link_event(2, false));
	assert_false(network_connected(&network));
	learn(link_event(3, true));
	assert_true(network_connected(&network));
	learn_gone(address_event("192.0.2.7", true));
	assert_false(network_connected(&network));
}

/* However many there are, memory has a bound, and what is not kept in mind is a change. */
static void very_many(void **state)
{
	(void)state;
	for (unsigned i = 1; i <= NETWORK_FACTS_MAX + 10; i++)
		assert_true(learn(link_event(i, true)));
	assert_int_equal(network.count, NETWORK_FACTS_MAX);
	assert_false(network_whole(&network));
	assert_false(learn(link_event(5, true)));
	assert_true(learn(link_event(NETWORK_FACTS_MAX + 5, true)));
}

static void out_of_memory(void **state)
{
	(void)state;
	failmalloc_arm(0);
	assert_true(learn(link_event(2, true)));
	assert_true(failmalloc_disarm());
	assert_true(learn(link_event(2, true)));
	assert_false(learn(link_event(2, true)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_link_comes_and_goes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_no_packet_of_ours_takes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_address_comes_and_goes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_there_is_no_news, set_up, tear_down),
		cmocka_unit_test_setup_teardown(routes_and_rules, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_lost_was_a_change, set_up, tear_down),
		cmocka_unit_test_setup_teardown(connected, set_up, tear_down),
		cmocka_unit_test_setup_teardown(very_many, set_up, tear_down),
		cmocka_unit_test_setup_teardown(out_of_memory, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
