/* SPDX-License-Identifier: MIT */
/* What the kernel tells is understood, and nothing that anybody tells does harm: who misses a
 * change waits for a dead connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/netlink.h"
#include "support/failmalloc.h"
#include "support/fake_kernel.h"
#include "support/fake_loop.h"

#define UP	   (IFF_UP | IFF_RUNNING)
#define EVENTS_MAX 64

static struct fake_kernel kernel;
static struct loop *loop;
static struct netlink *netlink;
static struct netlink_event events[EVENTS_MAX];
static size_t event_count;

static void heard(void *owner, const struct netlink_event *event)
{
	assert_null(owner);
	assert_true(event_count < EVENTS_MAX);
	events[event_count++] = *event;
}

static int set_up(void **state)
{
	(void)state;
	fake_kernel_init(&kernel);
	loop = loop_new();
	event_count = 0;
	netlink = netlink_new(loop, kernel.listener_fd, heard, NULL);
	return netlink ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	netlink_free(netlink);
	fake_kernel_done(&kernel);
	loop_free(loop);
	return 0;
}

static void listen_now(void)
{
	fake_loop_ready(loop, kernel.listener_fd, WATCH_READ);
	fake_loop_settle(loop);
}

/* The one event that was heard since. */
static const struct netlink_event *only(void)
{
	listen_now();
	assert_int_equal(event_count, 1);
	event_count = 0;
	return &events[0];
}

/* Links and addresses are told, of which there are none. */
static void tell_nothing(void)
{
	assert_int_equal(fake_kernel_asked(&kernel), RTM_GETLINK);
	fake_kernel_end(&kernel, NLMSG_DONE);
	listen_now();
	assert_int_equal(fake_kernel_asked(&kernel), RTM_GETADDR);
	fake_kernel_end(&kernel, NLMSG_DONE);
	assert_int_equal(only()->news, NEWS_TOLD);
}

static void begin(void)
{
	fake_loop_settle(loop);
	tell_nothing();
}

static const char *written(const struct netlink_event *event)
{
	static char text[NETLINK_TEXT_LEN];
	return netlink_write(event, text);
}

static void what_is_there_is_asked_for(void **state)
{
	(void)state;
	assert_int_equal(fake_kernel_asked(&kernel), 0);
	fake_loop_settle(loop);
	assert_int_equal(fake_kernel_asked(&kernel), RTM_GETLINK);
	kernel.answering = true;
	fake_kernel_link(&kernel, RTM_NEWLINK, 2, UP, 0);
	const struct netlink_event *event = only();
	assert_int_equal(event->news, NEWS_LINK);
	assert_true(event->dumped && event->up && !event->port && !event->gone);
	assert_int_equal(event->index, 2);
	assert_string_equal(event->name, "eth2");
	fake_kernel_end(&kernel, NLMSG_DONE);
	listen_now();
	assert_int_equal(fake_kernel_asked(&kernel), RTM_GETADDR);
	kernel.answering = true;
	fake_kernel_address(&kernel, RTM_NEWADDR, "192.0.2.7/24", RT_SCOPE_UNIVERSE, 0);
	event = only();
	assert_int_equal(event->news, NEWS_ADDRESS);
	assert_true(event->dumped && event->up);
	assert_int_equal(event->bits, 24);
	/* What happens meanwhile is news all the same. */
	kernel.answering = false;
	fake_kernel_link(&kernel, RTM_NEWLINK, 2, IFF_UP, 0);
	event = only();
	assert_true(!event->dumped && !event->up);
	fake_kernel_end(&kernel, NLMSG_DONE);
	assert_int_equal(only()->news, NEWS_TOLD);
	assert_int_equal(fake_kernel_asked(&kernel), 0);
}

/* A kernel that does not list things still tells what changes. */
static void who_is_not_answered_listens_all_the_same(void **state)
{
	(void)state;
	fake_loop_settle(loop);
	assert_int_equal(fake_kernel_asked(&kernel), RTM_GETLINK);
	fake_kernel_end(&kernel, NLMSG_ERROR);
	listen_now();
	assert_int_equal(fake_kernel_asked(&kernel), RTM_GETADDR);
	fake_kernel_end(&kernel, NLMSG_ERROR);
	assert_int_equal(only()->news, NEWS_TOLD);
	fake_kernel_link(&kernel, RTM_DELLINK, 2, 0, 0);
	assert_true(only()->gone);
}

static void links(void **state)
{
	(void)state;
	begin();
	fake_kernel_link(&kernel, RTM_NEWLINK, 3, UP, 0);
	assert_string_equal(written(only()), "link eth3 is up");
	fake_kernel_link(&kernel, RTM_NEWLINK, 3, IFF_UP, 0); /* the cable is out */
	assert_string_equal(written(only()), "link eth3 is down");
	fake_kernel_link(&kernel, RTM_DELLINK, 3, UP, 0);
	assert_string_equal(written(only()), "link eth3 is gone");
	fake_kernel_link(&kernel, RTM_NEWLINK, 4, UP, 3);
	assert_true(only()->port);
	fake_kernel_link(&kernel, RTM_NEWLINK, 1, UP | IFF_LOOPBACK, 0);
	assert_true(only()->loopback);
}

static void addresses(void **state)
{
	(void)state;
	begin();
	fake_kernel_address(&kernel, RTM_NEWADDR, "192.0.2.7/24", RT_SCOPE_UNIVERSE, 0);
	assert_string_equal(written(only()), "address 192.0.2.7 is new");
	fake_kernel_address(&kernel, RTM_DELADDR, "192.0.2.7/24", RT_SCOPE_UNIVERSE, 0);
	assert_string_equal(written(only()), "address 192.0.2.7 is gone");
	fake_kernel_address(&kernel, RTM_NEWADDR, "2001:db8::7/64", RT_SCOPE_UNIVERSE, 0);
	assert_string_equal(written(only()), "address 2001:db8::7 is new");
	/* Not before it is known that nobody else has it (RFC 4862 section 5.4). */
	fake_kernel_address(
		&kernel, RTM_NEWADDR, "2001:db8::7/64", RT_SCOPE_UNIVERSE, IFA_F_TENTATIVE);
	assert_false(only()->up);
	fake_kernel_address(&kernel, RTM_NEWADDR, "2001:db8::7/64", RT_SCOPE_UNIVERSE,
		IFA_F_TENTATIVE | IFA_F_OPTIMISTIC);
	assert_true(only()->up);
	fake_kernel_address(
		&kernel, RTM_NEWADDR, "2001:db8::7/64", RT_SCOPE_UNIVERSE, IFA_F_DADFAILED);
	assert_false(only()->up);
	fake_kernel_address(&kernel, RTM_NEWADDR, "fe80::7/64", RT_SCOPE_LINK, 0);
	assert_false(only()->up);
	fake_kernel_address(&kernel, RTM_NEWADDR, "127.0.0.1/8", RT_SCOPE_HOST, 0);
	assert_false(only()->up);
}

/* On a point-to-point link the other end's address comes, too. */
static void our_end_of_a_point_to_point_link(void **state)
{
	const struct {
		struct ifaddrmsg address;
		struct rtattr far;
		uint8_t far_octets[4];
		struct rtattr near;
		uint8_t near_octets[4];
	} body = { { .ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = 5 },
		{ RTA_LENGTH(4), IFA_ADDRESS }, { 192, 0, 2, 1 }, { RTA_LENGTH(4), IFA_LOCAL },
		{ 192, 0, 2, 9 } };
	(void)state;

	begin();
	fake_kernel_tell(&kernel, RTM_NEWADDR, &body, sizeof(body));
	assert_string_equal(written(only()), "address 192.0.2.9 is new");
}

static void routes_and_rules(void **state)
{
	(void)state;
	begin();
	fake_kernel_route(&kernel, RTM_NEWROUTE, "0.0.0.0/0", RTPROT_BOOT, RT_TABLE_MAIN);
	assert_string_equal(written(only()), "a route to 0.0.0.0/0 is new");
	fake_kernel_route(&kernel, RTM_DELROUTE, "2001:db8::/32", RTPROT_RA, 51820);
	const struct netlink_event *event = only();
	assert_string_equal(written(event), "a route to 2001:db8::/32 is gone");
	assert_false(event->local);
	fake_kernel_route(&kernel, RTM_NEWROUTE, "192.0.2.0/24", RTPROT_KERNEL, RT_TABLE_MAIN);
	assert_true(only()->local);
	fake_kernel_route(&kernel, RTM_NEWROUTE, "192.0.2.7/32", RTPROT_BOOT, RT_TABLE_LOCAL);
	assert_true(only()->local);
	fake_kernel_tell(&kernel, RTM_NEWRULE, "", 0);
	assert_string_equal(written(only()), "a rule of routing is new");
}

static void several_in_one_reading(void **state)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg link;
	} two[2];
	(void)state;

	begin();
	for (int i = 0; i < 2; i++) {
		two[i].header =
			(struct nlmsghdr){ .nlmsg_len = sizeof(two[i]), .nlmsg_type = RTM_NEWLINK };
		two[i].link = (struct ifinfomsg){ .ifi_index = i + 1 };
	}
	fake_kernel_send(&kernel, two, sizeof(two));
	listen_now();
	assert_int_equal(event_count, 2);
	assert_int_equal(events[1].index, 2);
}

/* The kernel's buffer is finite. Here a message that is longer than all of ours stands for that. */
static void what_was_lost_is_asked_for_again(void **state)
{
	uint8_t *much = calloc(1, 65536);
	(void)state;

	begin();
	fake_kernel_send(&kernel, much, 65536);
	assert_int_equal(only()->news, NEWS_LOST);
	tell_nothing();
	/* And once more when it is lost while that is being answered: one thing at a time. */
	fake_kernel_send(&kernel, much, 65536);
	assert_int_equal(only()->news, NEWS_LOST);
	assert_int_equal(fake_kernel_asked(&kernel), RTM_GETLINK);
	fake_kernel_send(&kernel, much, 65536);
	assert_int_equal(only()->news, NEWS_LOST);
	assert_int_equal(fake_kernel_asked(&kernel), 0);
	fake_kernel_end(&kernel, NLMSG_DONE);
	listen_now();
	tell_nothing();
	free(much);
}

/* The end of an older answer is none of this one's. */
static void ends_of_other_answers(void **state)
{
	(void)state;
	fake_loop_settle(loop);
	assert_int_equal(fake_kernel_asked(&kernel), RTM_GETLINK);
	kernel.sequence += 7;
	fake_kernel_end(&kernel, NLMSG_DONE);
	listen_now();
	assert_int_equal(fake_kernel_asked(&kernel), 0);
	assert_int_equal(event_count, 0);
}

/* Every length that lies, and every message cut off. Sanitizers watch. */
static void nonsense(void **state)
{
	static const int types[] = { RTM_NEWLINK, RTM_NEWADDR, RTM_NEWROUTE, 0, 9999 };
	uint8_t body[64];
	(void)state;

	begin();
	for (size_t t = 0; t < sizeof(types) / sizeof(types[0]); t++) {
		for (int fill = 0; fill < 256; fill += 5) {
			for (size_t len = 0; len <= sizeof(body); len++) {
				memset(body, fill, sizeof(body));
				body[0] = AF_INET;
				fake_kernel_tell(&kernel, types[t], body, len);
				listen_now();
				event_count = 0;
			}
		}
	}
	for (uint32_t len = 0; len < 64; len++) {
		struct {
			struct nlmsghdr header;
			uint8_t rest[16];
		} message = { .header = { .nlmsg_len = len, .nlmsg_type = RTM_NEWADDR } };
		fake_kernel_send(&kernel, &message, sizeof(message));
		listen_now();
		event_count = 0;
	}
	fake_kernel_send(&kernel, "", 1);
	listen_now();
	fake_kernel_link(&kernel, RTM_NEWLINK, 3, UP, 0);
	assert_string_equal(written(only()), "link eth3 is up");
}

/* Freed at once, it calls nobody any more. */
static void freed_before_it_began(void **state)
{
	(void)state;
	netlink_free(netlink);
	netlink = NULL;
	fake_loop_settle(loop);
	assert_int_equal(event_count, 0);
}

static void the_kernels_own(void **state)
{
	int fd = -1;
	(void)state;

	assert_int_equal(netlink_open(&fd), 0);
	struct netlink *real = netlink_new(loop, fd, heard, NULL);
	fake_loop_settle(loop);
	assert_non_null(real);
	bool told = false;
	for (int turn = 0; turn < 1000 && !told; turn++) {
		event_count = 0;
		fake_loop_ready(loop, fd, WATCH_READ);
		for (size_t i = 0; i < event_count; i++)
			told = told || events[i].news == NEWS_TOLD;
		usleep(1000);
	}
	assert_true(told);
	netlink_free(real);
}

static void out_of_memory(void **state)
{
	struct fake_kernel other;
	bool failed = true;
	(void)state;

	for (size_t n = 0; failed; n++) {
		fake_kernel_init(&other);
		failmalloc_arm(n);
		struct netlink *made = netlink_new(loop, other.listener_fd, heard, NULL);
		failed = failmalloc_disarm();
		assert_true(failed == (made == NULL));
		netlink_free(made);
		fake_kernel_done(&other);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_there_is_asked_for, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			who_is_not_answered_listens_all_the_same, set_up, tear_down),
		cmocka_unit_test_setup_teardown(links, set_up, tear_down),
		cmocka_unit_test_setup_teardown(addresses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			our_end_of_a_point_to_point_link, set_up, tear_down),
		cmocka_unit_test_setup_teardown(routes_and_rules, set_up, tear_down),
		cmocka_unit_test_setup_teardown(several_in_one_reading, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			what_was_lost_is_asked_for_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(ends_of_other_answers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nonsense, set_up, tear_down),
		cmocka_unit_test_setup_teardown(freed_before_it_began, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_kernels_own, set_up, tear_down),
		cmocka_unit_test_setup_teardown(out_of_memory, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
