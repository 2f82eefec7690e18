/* SPDX-License-Identifier: MIT */
/* Which part of a proof each NSEC and NSEC3 record is, in honest proofs and in odd ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/role.h"
#include "inspected.h"

static const struct trace_denial *denial_of(const struct trace_evidence *evidence)
{
	const struct trace_item *item = evidence->items;
	while (item && item->kind != TRACE_DENIAL)
		item = item->next;
	assert_non_null(item);
	return item->denial;
}

/* Does a record have that role, and how many have none? */
static unsigned without_role(const struct trace_evidence *evidence, const char *role)
{
	const struct trace_denial *denial = denial_of(evidence);
	char text[ROLE_LEN];
	unsigned none = 0;
	bool found = false;
	for (const struct trace_item *item = evidence->items; item; item = item->next) {
		if (item->kind != TRACE_CHECK || (item->check->rrset->type != TYPE_NSEC &&
							 item->check->rrset->type != TYPE_NSEC3))
			continue;
		role_print(evidence, denial, item->check->rrset, text);
		found |= strcmp(text, role) == 0;
		none += text[0] == '\0';
	}
	if (!found)
		fail_msg("no record has the role \"%s\"", role);
	return none;
}

static void proves(const char *name, uint16_t type, const char *role)
{
	inspected_run(name, type);
	assert_int_equal(without_role(&inspected.inspection.trace.hops->evidence, role), 0);
	inspected_done();
}

static void test_nsec(void **state)
{
	(void)state;
	proves("nope.n1.example", TYPE_A, " covers nope.n1.example.");
	proves("nope.n1.example", TYPE_A, " covers *.n1.example.");
	proves("www.n1.example", TYPE_AAAA, " at www.n1.example.");
	proves("x.wild.n1.example", TYPE_A, " covers x.wild.n1.example.");
	proves("x.wild.n1.example", TYPE_AAAA, " at *.wild.n1.example.");
	proves("nope", TYPE_A, " covers nope.");
}

static void test_nsec3(void **state)
{
	(void)state;
	proves("a.nope.n3.example", TYPE_A, " covers nope.n3.example.");
	proves("a.nope.n3.example", TYPE_A, " at n3.example.");
	proves("www.n3.example", TYPE_AAAA, " at www.n3.example.");
	proves("x.wild.n3.example", TYPE_A, " covers x.wild.n3.example.");
	proves("x.wild.n3.example", TYPE_AAAA, " at *.wild.n3.example.");
}

/* What does not belong to the proof has no part in it, and whatever it holds does no harm. */
static void test_odd(void **state)
{
	const struct bytes rdata[] = { bytes_of("", 0), bytes_of("\1\0\0\0\0\0", 6) };
	struct rrset rrset = { .owner = world_name(&inspected.world, "z.example"),
		.type = TYPE_NSEC,
		.class = CLASS_IN,
		.count = 1 };
	struct trace_evidence none = { 0 };
	struct trace_denial denial = { .zone = world_name(&inspected.world, "n1.example"),
		.name = world_name(&inspected.world, "a.n1.example"),
		.type = TYPE_A };
	char text[ROLE_LEN];
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		rrset.type = i % 2 ? TYPE_NSEC3 : TYPE_NSEC;
		rrset.rdata = &rdata[i / 2];
		for (int goal = TRACE_NO_NAME; goal <= TRACE_NO_CLOSER; goal++) {
			denial.goal = (enum trace_goal)goal;
			assert_string_equal(role_print(&none, &denial, &rrset, text), "");
		}
	}
	denial.name = world_name(&inspected.world, "elsewhere");
	assert_string_equal(role_print(&none, &denial, &rrset, text), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nsec, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nsec3, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_odd, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
