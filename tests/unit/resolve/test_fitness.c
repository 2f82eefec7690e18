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
static struct routing routing;
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
	routing = (struct routing){ .anchors = world.anchors, .default_group = group };
	fitness_configure(&fitness, &routing);
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

static void configure(struct anchors *anchors, struct group *default_group)
{
	routing.anchors = anchors;
	routing.default_group = default_group;
	fitness_configure(&fitness, &routing);
	fake_loop_settle(loop);
}

/* By other anchors it may be another matter. */
static void other_anchors_judge_anew(void **state)
{
	(void)state;
	hear(false);
	answer(true);
	assert_true(fake_group_is_unfit(group, false));
	configure(NULL, group);
	assert_false(fake_group_is_unfit(group, false));
	hear(false);
	assert_int_equal(fake_group_waiting(group), 0);
	configure(world.anchors, group);
	hear(false);
	assert_int_equal(fake_group_waiting(group), 1);
	/* No anchor above the name, and none with a key. */
	struct anchors *other = anchors_new();
	assert_int_equal(anchors_add_point(other, name_at("n1.example")), 0);
	configure(other, group);
	hear(false);
	fitness_heard(&fitness, group, fake_group_endpoint(group, false), name_at("un.example"));
	fake_loop_settle(loop);
	assert_int_equal(fake_group_waiting(group), 0);
	anchors_free(other);
}

/* Else each reload would have it asked for signed names again, and told of once more. */
static void a_reload_keeps_who_stays(void **state)
{
	struct anchors *copy = anchors_new();
	(void)state;
	assert_int_equal(anchors_add_all(copy, world.anchors), 0);
	hear(false);
	answer(true);
	hear(true);
	pass();
	configure(copy, group);
	assert_true(fake_group_is_unfit(group, false));
	assert_int_equal(tellings, 1);
	hear(false);
	hear(true);
	assert_int_equal(fake_group_waiting(group), 0);
	/* It is looked at again when it was to be, an exam that is under way at once. */
	fake_loop_advance(loop, 80000);
	assert_int_equal(fake_group_waiting(group), 1);
	configure(world.anchors, group);
	anchors_free(copy);
	pass();
	assert_int_equal(tellings, 2);
	assert_false(fake_group_is_unfit(group, false));
	/* Who is gone is forgotten, where nobody else has him. */
	struct group *other = fake_group_new("other");
	configure(world.anchors, other);
	configure(world.anchors, group);
	hear(false);
	pass();
	configure(world.anchors, other);
	group_release(other);
}

/* A private zone's server need not know the root, and the world's resolver not the private zone:
 * asked for the wrong one it would be told to be without DNSSEC. */
static void asked_for_what_is_its_own(void **state)
{
	struct group *route = fake_group_new("route");
	struct group *routes[] = { route };
	const struct name name = name_at("www.deep.kid.oo.example");
	(void)state;
	assert_true(fake_group_add(route, "second"));
	world_anchor(&world, "deep.kid.oo.example");
	routing.route_groups = routes;
	routing.route_count = 1;
	configure(world.anchors, group);
	fitness_heard(&fitness, group, fake_group_endpoint(group, false), name);
	fake_loop_settle(loop);
	assert_int_equal(fake_group_first(group)->question.name.len, 1);
	pass();
	fitness_heard(&fitness, route, fake_group_endpoint(route, true), name);
	fake_loop_settle(loop);
	assert_true(
		name_equal(fake_group_first(route)->question.name, name_at("deep.kid.oo.example")));
	configure(NULL, group);
	/* Where nothing below the root is validated, neither. */
	assert_int_equal(anchors_add_negative(world.anchors, name_root(), INT64_MAX), 0);
	configure(world.anchors, group);
	fitness_heard(&fitness, group, fake_group_endpoint(group, false), name);
	fake_loop_settle(loop);
	assert_true(
		name_equal(fake_group_first(group)->question.name, name_at("deep.kid.oo.example")));
	configure(NULL, group);
	group_release(route);
}

static void overrule(uint64_t domain)
{
	fitness_overruled(&fitness, fake_group_endpoint(group, false), domain);
	fake_loop_settle(loop);
}

/* How long until it is looked at again, in seconds. */
static uint64_t sentence_s(void)
{
	uint64_t waited_s = 0;

	for (; fake_group_waiting(group) == 0; waited_s++)
		fake_loop_advance(loop, 1000);
	return waited_s;
}

/* Who answers in exams alone as he should is found out by what he answers otherwise. */
static void who_is_overruled_is_unfit(void **state)
{
	(void)state;
	overrule(9); /* not heard of yet */
	hear(false);
	pass();
	fake_loop_advance(loop, 80000);
	for (unsigned n = 0; n < 9; n++)
		overrule(1 + n % 2);
	assert_int_equal(tellings, 0);
	fitness_doubt(&fitness, fake_group_endpoint(group, false));
	fake_loop_settle(loop);
	assert_int_equal(fake_group_waiting(group), 1); /* an exam that it would pass */
	overrule(3);
	assert_string_equal(told, "first tells DS and keys of top-level domains that do not "
				  "validate where another's do");
	assert_true(fake_group_is_unfit(group, false));
	assert_false(fake_group_is_unfit(group, true));
	/* It has another chance, and then for twice as long none. */
	for (uint64_t pause_s = 60, round = 0; round < 7; round++) {
		for (uint64_t domain = 1; domain <= 3; domain++)
			overrule(domain);
		assert_int_equal(tellings, 1 + 2 * round);
		assert_in_range(sentence_s(), pause_s, pause_s + pause_s / 4 + 1);
		pass();
		assert_false(fake_group_is_unfit(group, false));
		for (uint64_t domain = 1; domain <= 3; domain++)
			overrule(domain);
		pause_s = pause_s < 960 ? 2 * pause_s : pause_s;
	}
	(void)sentence_s();
	pass();
	fake_loop_advance(loop, 7200 * 1000);
	for (uint64_t domain = 1; domain <= 3; domain++)
		overrule(domain);
	assert_in_range(sentence_s(), 60, 76);
}

/* Zones that are published badly, now and then, are no sign. */
static void overruled_now_and_then(void **state)
{
	(void)state;
	hear(false);
	pass();
	for (uint64_t domain = 1; domain < 20; domain++) {
		overrule(domain);
		fake_loop_advance(loop, 1801 * 1000);
	}
	assert_int_equal(tellings, 0);
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
		cmocka_unit_test_setup_teardown(other_anchors_judge_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(a_reload_keeps_who_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(asked_for_what_is_its_own, setup, teardown),
		cmocka_unit_test_setup_teardown(who_is_overruled_is_unfit, setup, teardown),
		cmocka_unit_test_setup_teardown(overruled_now_and_then, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_listens, setup, teardown),
		cmocka_unit_test_setup_teardown(out_of_memory, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
