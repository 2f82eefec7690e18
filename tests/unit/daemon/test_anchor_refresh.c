/* SPDX-License-Identifier: MIT */
/* The root's keys are asked for when it is time, of the upstreams that are configured then: who
 * misses a roll resolves nothing any more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/anchor_refresh.h"
#include "support/fake_group.h"
#include "support/fake_loop.h"
#include "wire/rdata.h"
#include "world.h"

static struct world world;
static struct loop *loop;
static struct group *group;
static struct anchor_keeper *keeper;
static struct anchor_refresh *refresh;
static char system_dir[] = "/tmp/stubborn-system-XXXXXX";
static unsigned changes;

static const char *system_file(void)
{
	static char path[64];
	snprintf(path, sizeof(path), "%s/root.ds", system_dir);
	return path;
}

static void changed(void *owner, struct anchors *anchors_take)
{
	assert_null(owner);
	anchors_free(anchors_take);
	changes++;
}

static int set_up(void **state)
{
	uint8_t ds[SIGNER_RDATA_MAX];
	(void)state;

	memcpy(system_dir + sizeof(system_dir) - 7, "XXXXXX", 6);
	assert_non_null(mkdtemp(system_dir));
	world_init(&world);
	world_zone(&world, ".", 13, WORLD_NSEC);
	FILE *file = fopen(system_file(), "w");
	assert_non_null(file);
	fputs(". DS ", file);
	rdata_print(file, TYPE_DS, bytes_of(ds, signer_ds(signer_key(13, 0), name_root(), 2, ds)));
	fputs("\n", file);
	assert_int_equal(fclose(file), 0);

	const struct anchor_keeper_options options = {
		.state_dir = "", .system_dir = system_dir, .crypto = &world.crypto
	};
	loop = loop_new();
	group = fake_group_new("upstream");
	keeper = anchor_keeper_new(&options);
	changes = 0;
	refresh = anchor_refresh_new(loop, keeper, changed, NULL);
	return refresh ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	anchor_refresh_free(refresh);
	anchor_keeper_free(keeper);
	group_release(group);
	loop_free(loop);
	world_done(&world);
	(void)unlink(system_file());
	return rmdir(system_dir);
}

static void answer(void)
{
	static uint8_t wire[MESSAGE_LEN_MAX];
	static struct world_reply reply;
	const struct ask_options *asked = fake_group_first(group);

	assert_true(asked->checking_disabled && asked->dnssec_ok && asked->signatures);
	assert_int_equal(asked->question.type, TYPE_DNSKEY);
	assert_true(name_is_root(asked->question.name));
	world_answer(&world, world_name(&world, "."), TYPE_DNSKEY, &reply);
	fake_group_answer(group, bytes_of(wire, world_compose(&reply, 0, false, wire)));
	fake_loop_settle(loop);
}

/* Half of the TTL later once more (RFC 5011 section 2.3), but not before an hour is over. */
static void test_asked_again_when_it_is_time(void **state)
{
	(void)state;
	fake_loop_advance(loop, 60000);
	assert_int_equal(fake_group_asked(group), 0); /* nothing is configured yet */
	anchor_refresh_configure(refresh, group);
	assert_int_equal(fake_group_asked(group), 0);
	fake_loop_advance(loop, 10000);
	assert_int_equal(fake_group_waiting(group), 1);
	answer();
	assert_int_equal(changes, 1); /* from its digest to the key itself */
	fake_loop_advance(loop, 3590 * 1000);
	assert_int_equal(fake_group_asked(group), 1);
	fake_loop_advance(loop, 20 * 1000);
	assert_int_equal(fake_group_waiting(group), 1);
	answer();
	assert_int_equal(changes, 1);
}

/* A key would be trusted before it has been seen for thirty days. */
static void test_not_without_a_clock(void **state)
{
	(void)state;
	fake_loop_set_floor(loop, FAKE_LOOP_WALL_S);
	fake_loop_set_wall(loop, 12);
	anchor_refresh_configure(refresh, group);
	fake_loop_advance(loop, 3600 * 1000);
	assert_int_equal(fake_group_asked(group), 0);
	fake_loop_set_wall(loop, WORLD_WALL_S);
	fake_loop_set_floor(loop, WORLD_WALL_S);
	fake_loop_advance(loop, 60 * 1000);
	assert_int_equal(fake_group_waiting(group), 1);
	answer();
	assert_int_equal(changes, 1);
}

static void test_a_failure_is_tried_again(void **state)
{
	(void)state;
	anchor_refresh_configure(refresh, group);
	fake_loop_advance(loop, 10000);
	fake_group_fail(group, ERR_TIMEOUT, "too slow");
	fake_loop_settle(loop);
	assert_int_equal(changes, 0);
	assert_int_equal(fake_group_waiting(group), 0);
	fake_loop_advance(loop, 3601 * 1000);
	assert_int_equal(fake_group_waiting(group), 1);
	answer();
	assert_int_equal(changes, 1);
}

static void test_another_configuration(void **state)
{
	struct group *next = fake_group_new("next");
	(void)state;

	anchor_refresh_configure(refresh, group);
	fake_loop_advance(loop, 10000);
	assert_int_equal(fake_group_waiting(group), 1);
	anchor_refresh_configure(refresh, next);
	assert_int_equal(fake_group_waiting(group), 0);
	fake_loop_advance(loop, 10000);
	assert_int_equal(fake_group_waiting(next), 1);
	/* Nothing follows the root's keys any more. */
	anchor_refresh_configure(refresh, NULL);
	assert_int_equal(fake_group_waiting(next), 0);
	fake_loop_advance(loop, 86400 * 1000);
	assert_int_equal(fake_group_asked(next), 1);
	group_release(next);
}

/* What the daemon does with what it is told: every worker is configured anew, the first one too. */
static void test_a_change_does_not_make_another(void **state)
{
	unsigned told = 0;
	(void)state;

	anchor_refresh_configure(refresh, group);
	for (unsigned s = 0; s < 600; s++) {
		fake_loop_advance(loop, 1000);
		if (fake_group_waiting(group) > 0)
			answer();
		while (told != changes) {
			told = changes;
			anchor_refresh_configure(refresh, group);
			fake_loop_settle(loop);
		}
	}
	assert_int_equal(fake_group_asked(group), 1);
	assert_int_equal(changes, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_asked_again_when_it_is_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_without_a_clock, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_failure_is_tried_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_another_configuration, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_change_does_not_make_another, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
