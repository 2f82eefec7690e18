/* SPDX-License-Identifier: MIT */
/* A change is told at once; many are not told one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/network_watch.h"
#include "support/failmalloc.h"
#include "support/fake_kernel.h"
#include "support/fake_loop.h"

/* As U9 has them, whatever the program says. */
#define QUIET_MS 100
#define BUSY_MS	 1000
#define BURST	 8
#define PAUSE_MS 10000

static struct fake_kernel kernel;
static struct loop *loop;
static struct network_watch *watch;
static unsigned changes;

static void changed(void *owner)
{
	assert_null(owner);
	changes++;
}

static void listen_now(void)
{
	fake_loop_ready(loop, kernel.listener_fd, WATCH_READ);
	fake_loop_settle(loop);
}

static int set_up(void **state)
{
	(void)state;
	fake_kernel_init(&kernel);
	loop = loop_new();
	changes = 0;
	watch = network_watch_new(loop, kernel.listener_fd, changed, NULL);
	fake_loop_settle(loop);
	for (int i = 0; i < 2; i++) {
		assert_int_not_equal(fake_kernel_asked(&kernel), 0);
		fake_kernel_end(&kernel, NLMSG_DONE);
		listen_now();
	}
	return watch && changes == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	network_watch_free(watch);
	fake_kernel_done(&kernel);
	loop_free(loop);
	return 0;
}

/* Something that matters. */
static void happen(void)
{
	fake_kernel_route(&kernel, RTM_NEWROUTE, "0.0.0.0/0", RTPROT_BOOT, RT_TABLE_MAIN);
	listen_now();
}

static void one_change_is_told_at_once_and_once(void **state)
{
	(void)state;
	happen();
	assert_int_equal(changes, 1);
	fake_loop_advance(loop, 3600 * 1000);
	assert_int_equal(changes, 1);
}

static void a_burst_is_told_when_it_begins_and_when_it_is_over(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		happen();
		assert_int_equal(changes, 1);
		fake_loop_advance(loop, QUIET_MS / 4);
	}
	fake_loop_advance(loop, QUIET_MS - QUIET_MS / 4 - 1);
	assert_int_equal(changes, 1);
	fake_loop_advance(loop, 1);
	assert_int_equal(changes, 2);
	fake_loop_advance(loop, 3600 * 1000);
	assert_int_equal(changes, 2);
	happen();
	assert_int_equal(changes, 3);
}

static void a_burst_that_does_not_end_is_told(void **state)
{
	(void)state;
	happen();
	fake_loop_advance(loop, 1);
	for (int ms = 0; ms < BUSY_MS; ms += 10) {
		happen();
		assert_int_equal(changes, 1);
		fake_loop_advance(loop, 10);
	}
	assert_int_equal(changes, 2);
}

/* Containers that come and go: some looks in a row, then one in ten seconds, and the last change
 * is not forgotten. */
static void it_is_not_told_all_the_time(void **state)
{
	const unsigned minutes = 10;
	(void)state;

	for (unsigned i = 0; i < BURST; i++) {
		happen();
		fake_loop_advance(loop, QUIET_MS);
	}
	assert_int_equal(changes, BURST);
	happen();
	fake_loop_advance(loop, QUIET_MS);
	assert_int_equal(changes, BURST);
	fake_loop_advance(loop, 3600 * 1000);
	assert_int_equal(changes, BURST + 1);
	changes = 0;
	for (unsigned ms = 0; ms < minutes * 60000; ms += 200) {
		happen();
		fake_loop_advance(loop, 200);
	}
	const unsigned bound = BURST + minutes * 60000 / PAUSE_MS;
	assert_in_range(changes, bound - 1, bound + 1);
	fake_loop_advance(loop, PAUSE_MS);
	const unsigned before = changes;
	happen();
	fake_loop_advance(loop, PAUSE_MS);
	assert_int_equal(changes, before + 1);
	fake_loop_advance(loop, 3600 * 1000);
	assert_int_equal(changes, before + 1);
	/* Everything is as at first. */
	happen();
	assert_int_equal(changes, before + 2);
}

static void what_does_not_matter_is_not_told(void **state)
{
	(void)state;
	fake_kernel_link(&kernel, RTM_NEWLINK, 9, IFF_UP | IFF_RUNNING, 3);
	fake_kernel_address(&kernel, RTM_NEWADDR, "fe80::7/64", RT_SCOPE_LINK, 0);
	fake_kernel_route(&kernel, RTM_NEWROUTE, "fe80::/64", RTPROT_KERNEL, RT_TABLE_MAIN);
	listen_now();
	fake_loop_advance(loop, 60000);
	assert_int_equal(changes, 0);
}

static void out_of_memory(void **state)
{
	struct fake_kernel other;
	bool failed = true;
	(void)state;

	for (size_t n = 0; failed; n++) {
		fake_kernel_init(&other);
		failmalloc_arm(n);
		struct network_watch *made =
			network_watch_new(loop, other.listener_fd, changed, NULL);
		failed = failmalloc_disarm();
		assert_true(failed == (made == NULL));
		network_watch_free(made);
		fake_kernel_done(&other);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			one_change_is_told_at_once_and_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_burst_is_told_when_it_begins_and_when_it_is_over, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_burst_that_does_not_end_is_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(it_is_not_told_all_the_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			what_does_not_matter_is_not_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(out_of_memory, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
