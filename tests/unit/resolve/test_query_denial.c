/* SPDX-License-Identifier: MIT */
/* What is proven not to exist is denied without asking.                       RFC 8198 */
#include "unit/resolve/validating.h"

#include <stdio.h>

/* C9: what is proven not to exist is not asked for. */
static void what_is_proven_not_to_exist_is_not_asked_for(void **state)
{
	(void)state;
	ask(&a, "nope.n1.example.", "A");
	answer_all();
	const size_t asked = fake_group_asked(r.group);
	assert_int_equal(ask(&a, "nopf.n1.example.", "A"), ASKER_ANSWERED);
	assert_int_equal(header_of(&a).rcode, RCODE_NXDOMAIN);
	assert_true(header_of(&a).ad);
	assert_int_equal(asker_ede(&a), EDE_SYNTHESIZED);
	assert_int_equal(header_of(&a).record_count[SECTION_AUTHORITY], 6);
	assert_int_equal(ask(&a, "nope.n1.example.", "MX"), ASKER_ANSWERED);
	assert_int_equal(fake_group_asked(r.group), asked);

	/* What exists, what a route takes, and what is not to be checked is asked for. */
	assert_int_equal(ask(&a, "www.n1.example.", "A"), ASKER_WAITS);
	asker_cancel(&a);
	asker_init(&a, &r, 7, "nopg.n1.example.", "A");
	a.asked.head.header.cd = true;
	assert_int_equal(asker_ask(&a), ASKER_WAITS);
	asker_cancel(&a);
	ask(&a, "nope.example.", "A");
	answer_all();
	assert_int_equal(ask(&a, "nopq.routed.example.", "A"), ASKER_WAITS);
	asker_cancel(&a);
	/* Nor what other anchors may make of it. */
	assert_true(resolving_reload(&r, world.anchors));
	assert_int_equal(ask(&a, "noph.n1.example.", "A"), ASKER_WAITS);
	asker_cancel(&a);
}

static void denials_are_used_no_longer_than_negative_answers(void **state)
{
	(void)state;
	ask(&a, "nope.n1.example.", "A");
	answer_all();
	fake_loop_advance(r.loop, (RESOLVING_MAX_NEGATIVE_S - 1) * 1000);
	assert_int_equal(ask(&a, "nopf.n1.example.", "A"), ASKER_ANSWERED);
	fake_loop_advance(r.loop, 1000);
	assert_int_equal(ask(&a, "nopg.n1.example.", "A"), ASKER_WAITS);
	asker_cancel(&a);
}

/* C7: what is made of a proof ends with the proof, and nobody upstream learns of it before. */
static void what_is_made_of_proofs_is_not_asked_for_early(void **state)
{
	(void)state;
	ask(&a, "nope.n1.example.", "A");
	answer_all();
	assert_int_equal(ask(&a, "nopf.n1.example.", "A"), ASKER_ANSWERED);
	fake_loop_advance(r.loop, (RESOLVING_MAX_NEGATIVE_S - 10) * 1000);
	assert_int_equal(ask(&a, "nopf.n1.example.", "A"), ASKER_ANSWERED);
	assert_int_equal(fake_group_waiting(r.group), 0);
	assert_int_equal(ask(&a, "nope.n1.example.", "A"), ASKER_ANSWERED);
	assert_int_equal(fake_group_waiting(r.group), 1);
	answer_all();
}

/* Where a route or a negative anchor begins, the zone above has nothing to say any more: it is a
 * private zone that the world does not know of. */
static void private_zones_are_not_denied_from_above(void **state)
{
	struct asker *asker = &a;
	char name[32];
	(void)state;

	assert_int_equal(anchors_add_negative(
				 world.anchors, world_name(&world, "corp.n1.example"), INT64_MAX),
		0);
	/* All that there is not in both zones. */
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "x%d.example.", i);
		if (ask(asker, name, "A") == ASKER_WAITS)
			answer_all();
	}
	ask(asker, "corpa.n1.example.", "A");
	answer_all();
	assert_int_equal(ask(asker, "nopq.unrouted.example.", "A"), ASKER_ANSWERED);
	assert_int_equal(ask(asker, "corpb.n1.example.", "A"), ASKER_ANSWERED);

	assert_int_equal(ask(asker, "nopq.routed.example.", "A"), ASKER_WAITS);
	asker_cancel(asker);
	assert_int_equal(ask(asker, "host.corp.n1.example.", "A"), ASKER_WAITS);
	asker_cancel(asker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VALIDATING_TEST(what_is_proven_not_to_exist_is_not_asked_for),
		VALIDATING_TEST(denials_are_used_no_longer_than_negative_answers),
		VALIDATING_TEST(what_is_made_of_proofs_is_not_asked_for_early),
		VALIDATING_TEST(private_zones_are_not_denied_from_above),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
