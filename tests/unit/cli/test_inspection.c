/* SPDX-License-Identifier: MIT */
/* That a question is asked, with all that proves its answer, and judged by the validator itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/inspection.h"
#include "inspected.h"

static struct inspected inspected;

static int set_up(void **state)
{
	(void)state;
	world_usual(&inspected.world);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	world_done(&inspected.world);
	return 0;
}

static void spoil_a(struct world_reply *reply, void *with)
{
	(void)with;
	reply_spoil(reply, TYPE_A);
}

static void test_verdicts(void **state)
{
	const struct inspection *in = &inspected.inspection;
	(void)state;
	inspected_run(&inspected, "www.n1.example", TYPE_A);
	assert_int_equal(in->result.verdict, VERDICT_SECURE);
	assert_int_equal(in->message.count, 2);
	assert_true(in->queries >= 6); /* the answer, three DNSKEY and two DS */
	assert_non_null(in->trace.zones);
	assert_non_null(in->trace.hops);
	inspected_done(&inspected);
	inspected_run(&inspected, "www.un.example", TYPE_A);
	assert_int_equal(in->result.verdict, VERDICT_INSECURE);
	inspected_done(&inspected);
	inspected.world.tamper = spoil_a;
	inspected_run(&inspected, "www.n1.example", TYPE_A);
	assert_int_equal(in->result.verdict, VERDICT_BOGUS);
	inspected_done(&inspected);
}

static int fetch_nothing(
	void *with, const struct question *question, struct arena *arena, struct message *out)
{
	(void)question;
	(void)arena;
	(void)out;
	return *(const int *)with;
}

/* Why the question itself got no answer is the caller's to tell. */
static void test_no_answer(void **state)
{
	int err = ERR_TIMEOUT;
	struct inspection in = { .question = { name_root(), TYPE_NS, CLASS_IN },
		.anchors = inspected.world.anchors,
		.fetch = fetch_nothing,
		.with = &err };
	(void)state;
	assert_int_equal(inspection_run(&in), ERR_TIMEOUT);
	inspection_done(&in);
	inspection_done(&in); /* twice is harmless */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_verdicts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_answer, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
