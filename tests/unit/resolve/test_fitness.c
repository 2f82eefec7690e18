/* SPDX-License-Identifier: MIT */
/* When upstreams are examined, and what comes of it: never so often that they notice, never told
 * twice, and never by an accident. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "resolve/fitness.h"
#include "support/failmalloc.h"
#include "support/fake_group.h"
#include "support/fake_loop.h"
#include "unit/dnssec/world.h"

static struct world world;
static struct loop *loop;
static struct group *group;
static struct fitness fitness;
static char told[256];
static unsigned tellings;

static void judged(void *owner, const struct endpoint *upstream, const char *why)
{
	assert_ptr_equal(owner, &fitness);
	snprintf(told, sizeof(told), "%s %s", upstream->name, why ? why : "is fit");
	tellings++;
}

static int setup(void **state)
{
	const struct hash_key key = { 1, 2 };
	(void)state;
	world_usual(&world);
	loop = loop_new();
	group = fake_group_new("first");
	if (!loop || !group || !fake_group_add(group, "second"))
		return -1;
	fitness_init(&fitness, loop);
	fitness.key = key;
	fitness.judged = judged;
	fitness.owner = &fitness;
	fitness_configure(&fitness, world.anchors);
	told[0] = '\0';
	tellings = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fitness_done(&fitness);
	group_release(group);
	loop_free(loop);
	world_done(&world);
	return 0;
}

static struct name name_at(const char *text)
{
	return world_name(&world, text);
}

static void hear(bool second)
{
	fitness_heard(
		&fitness, group, fake_group_endpoint(group, second), name_at("www.n1.example"));
	fake_loop_settle(loop);
}

/* Answers the one question that waits, with signatures or without. */
static void answer(bool strip)
{
	static struct world_reply reply;
	static uint8_t wire[MESSAGE_LEN_MAX];

	assert_int_equal(fake_group_waiting(group), 1);
	const struct ask_options *asked = fake_group_first(group);
	assert_true(asked->dnssec_ok && asked->checking_disabled && !asked->signatures);
	world_answer(&world, asked->question.name, asked->question.type, &reply);
	if (strip)
		(void)reply_drop(&reply, TYPE_RRSIG);
	fake_group_answer(group, bytes_of(wire, world_compose(&reply, 0, false, wire)));
	fake_loop_settle(loop);
}

static void pass(void)
{
	answer(false);
	answer(false);
	assert_int_equal(fake_group_waiting(group), 0);
}

static void who_is_fit_is_examined_once(void **state)
{
	(void)state;
	hear(false);
	assert_ptr_equal(fake_group_first(group)->only, fake_group_endpoint(group, false));
	assert_int_equal(fake_group_first(group)->question.type, TYPE_DNSKEY);
	hear(false); /* while it is under way */
	answer(false);
	assert_int_equal(fake_group_first(group)->question.type, TYPE_DS);
	answer(false);
	fake_loop_advance(loop, 86400 * 1000);
	hear(false);
	assert_int_equal(fake_group_asked(group), 2);
	assert_int_equal(tellings, 0);
	assert_false(fake_group_is_unfit(group, false));
	/* Each on its own. */
	hear(true);
	assert_ptr_equal(fake_group_first(group)->only, fake_group_endpoint(group, true));
	pass();
	assert_int_equal(fake_group_asked(group), 4);
}

static void who_strips_is_told_of_and_passed_over(void **state)
{
	(void)state;
	hear(true);
	answer(true);
	assert_string_equal(told, "second leaves signatures (RRSIG) out of its answers");
	assert_true(fake_group_is_unfit(group, true));
	assert_false(fake_group_is_unfit(group, false));
	/* Looked at again after a minute, then ever more rarely, and told once. */
	for (uint64_t pause_s = 60, round = 0; round < 8; round++) {
		uint64_t waited_s = 0;
		for (; fake_group_waiting(group) == 0; waited_s++)
			fake_loop_advance(loop, 1000);
		assert_in_range(waited_s, pause_s, pause_s + pause_s / 4 + 1);
		answer(true);
		pause_s = pause_s < 960 ? 2 * pause_s : pause_s;
	}
	assert_int_equal(tellings, 1);
	/* Mended. */
	fake_loop_advance(loop, 1201 * 1000);
	pass();
	assert_string_equal(told, "second is fit");
	assert_false(fake_group_is_unfit(group, true));
	fake_loop_advance(loop, 86400 * 1000);
	assert_int_equal(fake_group_waiting(group), 0);
	assert_int_equal(tellings, 2);
}

static void fail_exam(bool first_question)
{
	if (!first_question)
		answer(false);
	fake_group_fail(group, ERR_TIMEOUT, "no answer");
	fake_loop_settle(loop);
}

/* systemd-resolved took a server that was slow once for one without DNSSEC, for good. */
static void silence_says_nothing(void **state)
{
	(void)state;
	hear(false);
	fail_exam(true);
	assert_int_equal(tellings, 0);
	hear(false); /* not at once again */
	assert_int_equal(fake_group_waiting(group), 0);
	fake_loop_advance(loop, 80000);
	hear(false);
	fail_exam(false);
	assert_int_equal(tellings, 0);
	assert_false(fake_group_is_unfit(group, false));
	/* Nor does it make one fit that is not. */
	fake_loop_advance(loop, 80000);
	hear(false);
	answer(true);
	assert_int_equal(tellings, 1);
	fake_loop_advance(loop, 80000);
	fail_exam(true);
	assert_int_equal(tellings, 1);
	assert_true(fake_group_is_unfit(group, false));
	fake_loop_advance(loop, 160000);
	pass();
	assert_int_equal(tellings, 2);
}

/* A doubt is reason to look, but whoever can make us doubt must not make us ask. */
static void doubts_have_a_bound(void **state)
{
	(void)state;
	fitness_doubt(&fitness, fake_group_endpoint(group, false)); /* not heard of yet */
	hear(false);
	pass();
	for (unsigned n = 0; n < 100; n++) {
		fitness_doubt(&fitness, fake_group_endpoint(group, false));
		fake_loop_advance(loop, 500);
	}
	assert_int_equal(fake_group_asked(group), 2);
	fake_loop_advance(loop, 30000);
	answer(true);
	assert_int_equal(tellings, 1);
	fitness_doubt(&fitness, fake_group_endpoint(group, false));
	fake_loop_settle(loop);
	assert_int_equal(fake_group_waiting(group), 0);
}

/* By other anchors it may be another matter. */
static void a_reload_judges_anew(void **state)
{
	(void)state;
	hear(false);
	answer(true);
	assert_true(fake_group_is_unfit(group, false));
	fitness_configure(&fitness, NULL);
	assert_false(fake_group_is_unfit(group, false));
	hear(false);
	assert_int_equal(fake_group_waiting(group), 0);
	fitness_configure(&fitness, world.anchors);
	hear(false);
	assert_int_equal(fake_group_waiting(group), 1);
	fitness_configure(&fitness, world.anchors);
	assert_int_equal(fake_group_waiting(group), 0);
	/* No anchor above the name, and none with a key. */
	struct anchors *other = anchors_new();
	assert_int_equal(anchors_add_point(other, name_at("n1.example")), 0);
	fitness_configure(&fitness, other);
	hear(false);
	fitness_heard(&fitness, group, fake_group_endpoint(group, false), name_at("un.example"));
	fake_loop_settle(loop);
	assert_int_equal(fake_group_waiting(group), 0);
	anchors_free(other);
}

static void nobody_listens(void **state)
{
	(void)state;
	fitness.judged = NULL;
	hear(false);
	assert_int_equal(fake_group_asked(group), 0);
}

static void out_of_memory(void **state)
{
	(void)state;
	failmalloc_arm(0);
	fitness_heard(&fitness, group, fake_group_endpoint(group, false), name_at("example"));
	assert_true(failmalloc_disarm());
	fake_group_refuse(group, true);
	hear(false);
	assert_int_equal(fake_group_asked(group), 0);
	fake_group_refuse(group, false);
	fake_loop_advance(loop, 80000);
	hear(false);
	pass();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_is_fit_is_examined_once, setup, teardown),
		cmocka_unit_test_setup_teardown(
			who_strips_is_told_of_and_passed_over, setup, teardown),
		cmocka_unit_test_setup_teardown(silence_says_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(doubts_have_a_bound, setup, teardown),
		cmocka_unit_test_setup_teardown(a_reload_judges_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_listens, setup, teardown),
		cmocka_unit_test_setup_teardown(out_of_memory, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
