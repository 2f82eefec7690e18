/* SPDX-License-Identifier: MIT */
/* A reload must not lose a question under way, keep asking the old upstreams, or hold on to what
 * is no longer configured. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/failmalloc.h"
#include "unit/resolve/resolving.h"

static struct resolving r;
static struct asker a, b;

static int setup(void **state)
{
	(void)state;
	return resolving_init(&r) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	resolving_done(&r);
	return 0;
}

static unsigned reports;

static void finished(void *owner, const struct query_report *report)
{
	assert_ptr_equal(owner, &r);
	assert_non_null(report->question);
	reports++;
}

static const struct resolve_options options = {
	.query_time_ms = 1000,
	.in_flight_max = 1,
	.ttl = { .max_s = 60, .max_negative_s = 30 },
};

static void ask(struct asker *asker, const char *name)
{
	asker_init(asker, &r, 1, name, "A");
	assert_int_equal(asker_ask(asker), ASKER_WAITS);
}

static void a_new_configuration_holds_from_the_next_question(void **state)
{
	(void)state;
	ask(&a, "www.example.");
	struct group *old = r.group, *new = fake_group_new("new");
	const struct routing routing = { .policy = r.policy, .default_group = new };
	reports = 0;
	resolver_configure(r.resolver, &options, finished, &routing);

	/* Asked before: the old upstream's answer still counts, under the old rules. */
	assert_int_equal(fake_group_waiting(old), 1);
	asker_init(&b, &r, 2, "other.example.", "A");
	assert_int_equal(asker_ask(&b), ASKER_SHED); /* in_flight_max is 1 now */
	asker_shed(&b);
	resolving_answer(&r, "NOERROR", "www.example. 300 A 192.0.2.1");
	asker_assert(&a, "NOERROR", "www.example. 300 A 192.0.2.1");
	assert_int_equal(reports, 2); /* the one that was shed is told of, too */

	r.group = new;
	ask(&b, "other.example.");
	assert_int_equal(fake_group_first(new)->deadline_ms,
		loop_now_ms(r.loop) + resolve_asking_ms(&options));
	resolving_answer(&r, "NOERROR", "other.example. 300 A 192.0.2.2");
	asker_assert(&b, "NOERROR", "other.example. 60 A 192.0.2.2");
	assert_int_equal(reports, 3);
	/* What came under the old rules is not kept for those who ask now. */
	ask(&b, "www.example.");
	resolving_answer(&r, "NOERROR", "www.example. 60 A 192.0.2.3");
	asker_assert(&b, "NOERROR", "www.example. 60 A 192.0.2.3");
}

static void nobody_need_listen(void **state)
{
	const struct routing routing = { .policy = r.policy,
		.default_group = fake_group_new("new") };
	(void)state;

	resolver_configure(r.resolver, &options, NULL, &routing);
	r.group = routing.default_group;
	ask(&a, "www.example.");
	resolving_answer(&r, "NOERROR", "www.example. 60 A 192.0.2.1");
	asker_assert(&a, "NOERROR", "www.example. 60 A 192.0.2.1");
	asker_init(&b, &r, 3, "localhost.", "AAAA");
	assert_int_equal(asker_ask(&b), ASKER_ANSWERED);
}

static void flights_without_passengers_do_not_outlive_it(void **state)
{
	(void)state;
	ask(&a, "www.example.");
	asker_cancel(&a);
	/* What is left of the flight is for teardown and the leak checker. */
}

static void out_of_memory_is_told(void **state)
{
	const struct resolver_setup nothing = { .loop = r.loop, .cache = r.cache };
	(void)state;

	failmalloc_arm(0);
	assert_null(resolver_new(&nothing));
	assert_true(failmalloc_disarm());
	resolver_free(NULL);
	/* Never configured, as after a start that failed. */
	resolver_free(resolver_new(&nothing));
}

#define RESOLVER_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RESOLVER_TEST(a_new_configuration_holds_from_the_next_question),
		RESOLVER_TEST(nobody_need_listen),
		RESOLVER_TEST(flights_without_passengers_do_not_outlive_it),
		RESOLVER_TEST(out_of_memory_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
