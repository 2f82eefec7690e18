/* SPDX-License-Identifier: MIT */
/* What is asked for ahead of its need, and the round trips that it saves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "asking.h"
#include "sample.h"

/* V6: a cold signed name three labels deep takes one round more than the question alone; what is
 * warm none. */
static void test_round_trips(void **state)
{
	struct world_trial trial;
	(void)state;
	world.foresee = true;
	trial = ask("www.n1.example", TYPE_A);
	assert_int_equal(trial.rounds, 2);
	assert_true(trial.budget.checks <= 6);
	trial = ask("tosigned.n1.example", TYPE_A); /* the target's zone was not foreseen */
	assert_int_equal(trial.rounds, 2);
	trial = ask("www.n3.example", TYPE_A);
	assert_int_equal(trial.rounds, 1);
	assert_int_equal(trial.budget.checks, 1);
	trial = ask("nope.n3.example", TYPE_A);
	assert_int_equal(trial.rounds, 1);
	cold();
	/* What is not signed costs no round trip at all. */
	trial = ask("www.un.example", TYPE_A);
	assert_int_equal(trial.rounds, 1);
	trial = ask("www.un.example", TYPE_A);
	assert_int_equal(trial.rounds, 1);
	assert_int_equal(trial.budget.checks, 0);
}

/* Zones in zones: a DS that has come says that there will be keys, which are asked for while those
 * further up are still on their way. */
static void test_keys_of_zones_between(void **state)
{
	(void)state;
	world_zone(&world, "z.example", 13, WORLD_NSEC);
	world_zone(&world, "y.z.example", 13, WORLD_NSEC);
	world_zone(&world, "x.y.z.example", 13, WORLD_NSEC);
	world_add_a(&world, "www.x.y.z.example");
	world.foresee = true;
	assert_int_equal(ask("www.x.y.z.example", TYPE_A).rounds, 2);
}

static void test_foresee(void **state)
{
	struct validator_context context = { .crypto = &world.crypto,
		.anchors = world.anchors,
		.keycache = world.keycache,
		.wall_s = world.wall_s,
		.now_s = world.now_s };
	struct validator_want wants[8];
	struct question question = { world_name(&world, "www.n1.example"), TYPE_A, CLASS_IN };
	(void)state;
	assert_int_equal(validator_foresee(&context, &question, wants, 8), 4);
	assert_int_equal(wants[0].type, TYPE_DNSKEY);
	assert_name(wants[0].name, ".");
	assert_int_equal(wants[1].type, TYPE_DS);
	assert_name(wants[1].name, "example.");
	assert_name(wants[2].name, "n1.example.");
	assert_int_equal(wants[3].type, TYPE_DNSKEY);
	assert_name(wants[3].name, "example.");
	assert_int_equal(validator_foresee(&context, &question, wants, 1), 1);
	(void)ask("example", TYPE_SOA);
	assert_int_equal(validator_foresee(&context, &question, wants, 8), 1);
	assert_name(wants[0].name, "n1.example.");
	question.name = world_name(&world, "n1.example");
	assert_int_equal(validator_foresee(&context, &question, wants, 8), 1);
	question.type = TYPE_DS;
	assert_int_equal(validator_foresee(&context, &question, wants, 8), 0);
	question.name = name_root();
	assert_int_equal(validator_foresee(&context, &question, wants, 8), 0);
	(void)ask("www.un.example", TYPE_A);
	question.name = world_name(&world, "www.un.example");
	assert_int_equal(validator_foresee(&context, &question, wants, 8), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round_trips, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_keys_of_zones_between, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_foresee, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
