/* SPDX-License-Identifier: MIT */
/* That a question is asked, with all that proves its answer, and judged by the validator itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/drawing.h"
#include "cli/inspection.h"
#include "cli/tree.h"
#include "inspected.h"
#include "support/failmalloc.h"

static void spoil_a(struct world_reply *reply, void *with)
{
	(void)with;
	reply_spoil(reply, TYPE_A);
}

static void test_verdicts(void **state)
{
	const struct inspection *in = &inspected.inspection;
	(void)state;
	inspected_run("www.n1.example", TYPE_A);
	assert_int_equal(in->result.verdict, VERDICT_SECURE);
	assert_int_equal(in->message.count, 2);
	assert_true(in->queries >= 6); /* the answer, three DNSKEY and two DS */
	assert_non_null(in->trace.zones);
	assert_non_null(in->trace.hops);
	inspected_done();
	inspected_run("www.un.example", TYPE_A);
	assert_int_equal(in->result.verdict, VERDICT_INSECURE);
	inspected_done();
	inspected.world.tamper = spoil_a;
	inspected_run("www.n1.example", TYPE_A);
	assert_int_equal(in->result.verdict, VERDICT_BOGUS);
	inspected_done();
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

static size_t allocations_left, counted_before;
static bool failed_once;

static void let_fail(void)
{
	counted_before = failmalloc_count();
	if (!failed_once)
		failmalloc_arm(allocations_left);
}

static void let_succeed(void)
{
	failed_once |= failmalloc_disarm();
	allocations_left -= failmalloc_count() - counted_before;
}

static int (*world_fetch)(
	void *with, const struct question *question, struct arena *arena, struct message *out);

/* What the world itself allocates does not fail. */
static int fetch_safely(
	void *with, const struct question *question, struct arena *arena, struct message *out)
{
	let_succeed();
	int err = world_fetch(with, question, arena, out);
	let_fail();
	return err;
}

static int inspect_and_show(struct inspection *in, FILE *out)
{
	int err = inspection_run(in);
	if (!err)
		err = tree_print(in, true, out);
	if (!err)
		err = drawing_print(in, out);
	return err;
}

/* Each allocation fails once: that is told, nothing leaks, and nothing untrue is shown. */
static void test_out_of_memory(void **state)
{
	struct inspection *in = &inspected.inspection;
	unsigned failures = 0;
	FILE *out = fopen("/dev/null", "w");
	(void)state;
	assert_non_null(out);
	failed_once = true;
	for (size_t n = 0; failed_once; n++) {
		inspected_prepare(world_name(&inspected.world, "nope.n3.example"), TYPE_A);
		world_fetch = in->fetch;
		in->fetch = fetch_safely;
		allocations_left = n;
		failed_once = false;
		let_fail();
		int err = inspect_and_show(in, out);
		let_succeed();
		if (err == 0)
			assert_int_equal(in->result.verdict, VERDICT_SECURE);
		else
			assert_int_equal(err, ERR_NOMEM);
		assert_true(err == 0 || failed_once);
		failures += err != 0;
		inspected_done();
	}
	assert_true(failures >= 10);
	assert_int_equal(fclose(out), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_verdicts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_answer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_out_of_memory, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
