/* SPDX-License-Identifier: MIT */
/* What is bogus may be one upstream's doing. */
#include "unit/resolve/validating.h"

#include <stdio.h>

/* The user must not notice a bad resolver; whoever keeps the machine must. */
static void a_second_opinion_rescues_the_answer(void **state)
{
	(void)state;
	assert_true(fake_group_add(r.group, "second"));
	world.tamper = spoil_first;
	ask(&a, "www.n1.example.", "A");
	answer_all();
	assert_secure(&a);
	assert_string_equal(r.source, "second");
	assert_string_equal(r.doubted, "upstream");
	assert_int_equal(ask(&a, "www.n1.example.", "A"), ASKER_ANSWERED);
	assert_secure(&a);
}

static void drop_keys(struct world_reply *reply, void *with)
{
	(void)with;
	if (!fake_group_first(r.group)->avoid && reply->question.type == TYPE_DNSKEY &&
		name_label_count(reply->question.name) == 2)
		reply_drop(reply, TYPE_DNSKEY);
}

/* What the first one made us believe of a zone does not outlive the second opinion. */
static void a_zone_spoilt_by_one_is_not_bogus_for_a_minute(void **state)
{
	(void)state;
	assert_true(fake_group_add(r.group, "second"));
	world.tamper = drop_keys;
	ask(&a, "www.n1.example.", "A");
	answer_all();
	assert_secure(&a);
	world.tamper = NULL;
	const size_t asked = fake_group_asked(r.group);
	ask(&a, "real.wild.n1.example.", "A");
	answer_all();
	assert_secure(&a);
	assert_string_equal(r.source, "upstream");
	assert_true(fake_group_asked(r.group) <= asked + 4);
}

static void what_is_bogus_everywhere_is_bogus(void **state)
{
	(void)state;
	assert_true(fake_group_add(r.group, "second"));
	world.tamper = spoil;
	ask(&a, "www.n1.example.", "A");
	answer_all();
	assert_bogus(&a, EDE_DNSSEC_BOGUS);
	assert_string_equal(r.doubted, "");
	/* Each was asked once for the answer and what proves it, and not the first one again. */
	assert_int_equal(fake_group_asked(r.group), 14);
}

/* The second upstream is down: what the first one's data are is still the better explanation. */
static void the_first_reason_stands_when_there_is_no_second(void **state)
{
	(void)state;
	assert_true(fake_group_add(r.group, "second"));
	world.tamper = spoil;
	ask(&a, "www.n1.example.", "A");
	while (!fake_group_first(r.group)->avoid)
		answer_one();
	while (fake_group_waiting(r.group) > 0) {
		fake_group_fail(r.group, ERR_TIMEOUT, "too slow");
		fake_loop_settle(r.loop);
	}
	assert_bogus(&a, EDE_DNSSEC_BOGUS);
	assert_non_null(strstr(r.why, "www.n1.example. A"));
}

/* Whoever publishes what is bogus must not double the load on the upstreams. */
static void second_opinions_have_a_bound(void **state)
{
	char name[64];
	size_t second = 0;
	(void)state;

	assert_true(fake_group_add(r.group, "second"));
	world.tamper = spoil;
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "x%d.wild.n1.example.", i);
		ask(&a, name, "A");
		while (fake_group_waiting(r.group) > 0) {
			second += fake_group_first(r.group)->avoid &&
				  fake_group_first(r.group)->question.type == TYPE_A;
			answer_one();
		}
		assert_bogus(&a, EDE_DNSSEC_BOGUS);
	}
	assert_int_equal(second, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VALIDATING_TEST(a_second_opinion_rescues_the_answer),
		VALIDATING_TEST(a_zone_spoilt_by_one_is_not_bogus_for_a_minute),
		VALIDATING_TEST(what_is_bogus_everywhere_is_bogus),
		VALIDATING_TEST(the_first_reason_stands_when_there_is_no_second),
		VALIDATING_TEST(second_opinions_have_a_bound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
