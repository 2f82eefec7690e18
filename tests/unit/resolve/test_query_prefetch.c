/* SPDX-License-Identifier: MIT */
/* C7: a name in use is asked for again before it expires, so that nobody waits for it; and no more
 * often than that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "resolve/resolver_state.h"
#include "support/failmalloc.h"
#include "unit/resolve/resolving.h"

#define NEW "www.example. 100 A 192.0.2.2"

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

static void learn(const char *name, const char *rcode, const char *records)
{
	asker_init(&a, &r, 1, name, "A");
	assert_int_equal(asker_ask(&a), ASKER_WAITS);
	resolving_answer(&r, rcode, records);
}

static void learn_www(uint32_t ttl_s)
{
	char records[64];
	snprintf(records, sizeof(records), "www.example. %u A 192.0.2.1", (unsigned)ttl_s);
	learn("www.example.", "NOERROR", records);
}

/* Answered from the cache; what is asked upstream since. */
static size_t hit(const char *name)
{
	const size_t before = fake_group_asked(r.group);

	asker_init(&b, &r, 2, name, "A");
	assert_int_equal(asker_ask(&b), ASKER_ANSWERED);
	return fake_group_asked(r.group) - before;
}

/* At that age. */
static size_t hit_at(const char *name, uint32_t *age_s, uint32_t at_s)
{
	fake_loop_advance(r.loop, (at_s - *age_s) * UINT64_C(1000));
	*age_s = at_s;
	return hit(name);
}

static void in_its_last_tenth_it_is_asked_for_once(void **state)
{
	uint32_t age_s = 0;
	(void)state;

	learn_www(100);
	assert_int_equal(hit_at("www.example.", &age_s, 0), 0);
	assert_int_equal(hit_at("www.example.", &age_s, 89), 0);
	assert_int_equal(hit_at("www.example.", &age_s, 90), 1);
	asker_assert(&b, "NOERROR", "www.example. 10 A 192.0.2.1");
	assert_int_equal(hit("www.example."), 0);
	assert_int_equal(fake_group_first(r.group)->deadline_ms,
		loop_now_ms(r.loop) + RESOLVING_ASKING_TIME_MS);
	resolving_answer(&r, "NOERROR", NEW);
	assert_int_equal(hit("www.example."), 0);
	asker_assert(&b, "NOERROR", NEW);
	assert_int_equal(count_read(&r.counts.prefetches), 1);
	assert_int_equal(count_read(&r.counts.misses), 1);
	/* The new one has a last tenth of its own. */
	fake_loop_advance(r.loop, 95 * 1000);
	assert_int_equal(hit("www.example."), 1);
	resolving_answer(&r, "NOERROR", NEW);
}

/* A refresh that fails changes nothing: what is fresh is told, and there is no second attempt. */
static void one_attempt_is_enough(void **state)
{
	uint32_t age_s = 0;
	(void)state;

	learn_www(100);
	assert_int_equal(hit_at("www.example.", &age_s, 91), 1);
	resolving_answer(&r, "SERVFAIL", "");
	for (uint32_t at_s = 91; at_s < 100; at_s++) {
		assert_int_equal(hit_at("www.example.", &age_s, at_s), 0);
		assert_int_equal(r.rcode, RCODE_NOERROR);
	}
	assert_int_equal(count_read(&r.counts.failures), 0);
	assert_int_equal(count_read(&r.counts.prefetches), 1);
}

/* Whoever comes when it has expired waits for the refresh that is under way. */
static void who_comes_late_waits_for_it(void **state)
{
	uint32_t age_s = 0;
	(void)state;

	learn_www(100);
	assert_int_equal(hit_at("www.example.", &age_s, 99), 1);
	fake_loop_advance(r.loop, 1000);
	asker_init(&a, &r, 3, "www.example.", "A");
	assert_int_equal(asker_ask(&a), ASKER_WAITS);
	assert_int_equal(fake_group_waiting(r.group), 1);
	assert_int_equal(count_read(&r.counts.coalesced), 1);
	resolving_answer(&r, "NOERROR", NEW);
	asker_assert(&a, "NOERROR", NEW);
}

/* What lives for seconds would be asked for all the time. */
static void what_is_short_lived_is_left_alone(void **state)
{
	static const struct {
		uint32_t ttl_s, at_s;
		size_t asked;
	} cases[] = {
		{ 1, 0, 0 },
		{ 8, 7, 0 },
		{ 9, 7, 0 },
		{ 9, 8, 1 },
		{ 11, 9, 1 },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t age_s = 0;
		learn_www(cases[i].ttl_s);
		assert_int_equal(hit_at("www.example.", &age_s, cases[i].at_s), cases[i].asked);
		if (cases[i].asked > 0)
			resolving_answer(&r, "NOERROR", "www.example. 0 A 192.0.2.2");
		fake_loop_advance(r.loop, 20 * 1000);
	}
}

static void denials_too(void **state)
{
	uint32_t age_s = 0;
	(void)state;

	learn("nx.example.", "NXDOMAIN", "authority: example. 100 SOA 100");
	assert_int_equal(hit_at("nx.example.", &age_s, 90), 1);
	resolving_answer(&r, "NOERROR", "nx.example. 100 A 192.0.2.2");
	assert_int_equal(hit("nx.example."), 0);
	asker_assert(&b, "NOERROR", "nx.example. 100 A 192.0.2.2");
}

static void a_failure_is_not_asked_for_early(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) { /* the fourth in a row lasts 8 s, a fifth 16 s */
		learn("www.example.", "SERVFAIL", "");
		fake_loop_advance(r.loop, (UINT64_C(1) << i) * 1000);
	}
	learn("www.example.", "SERVFAIL", "");
	fake_loop_advance(r.loop, 15 * 1000);
	assert_int_equal(hit("www.example."), 0);
	assert_int_equal(r.rcode, RCODE_SERVFAIL);
}

/* Data that are not checked stay apart when they are refreshed. */
static void with_cd_as_without(void **state)
{
	(void)state;
	asker_init(&a, &r, 1, "www.example.", "A");
	a.asked.head.header.cd = true;
	assert_int_equal(asker_ask(&a), ASKER_WAITS);
	resolving_answer(&r, "NOERROR", "www.example. 100 A 192.0.2.1");
	learn_www(200);
	fake_loop_advance(r.loop, 95 * 1000);
	assert_int_equal(hit("www.example."), 0);
	asker_init(&b, &r, 2, "www.example.", "A");
	b.asked.head.header.cd = true;
	assert_int_equal(asker_ask(&b), ASKER_ANSWERED);
	assert_int_equal(fake_group_waiting(r.group), 1);
	assert_true(fake_group_first(r.group)->checking_disabled);
	resolving_answer(&r, "NOERROR", NEW);
	assert_int_equal(hit("www.example."), 0);
	asker_assert(&b, "NOERROR", "www.example. 105 A 192.0.2.1");
}

/* L16: it is the first that is not done when there is too much to do, and is done later. */
static void it_is_shed_first(void **state)
{
	static struct asker waiting[RESOLVING_IN_FLIGHT_MAX];
	char name[] = "n0.example.";
	uint32_t age_s = 0;
	(void)state;

	learn_www(100);
	for (size_t i = 0; i < RESOLVING_IN_FLIGHT_MAX / 2; i++) {
		name[1] = (char)('0' + i);
		asker_init(&waiting[i], &r, (uint16_t)i, name, "A");
		assert_int_equal(asker_ask(&waiting[i]), ASKER_WAITS);
	}
	assert_int_equal(hit_at("www.example.", &age_s, 95), 0);
	while (fake_group_waiting(r.group) > 0)
		fake_group_fail(r.group, ERR_TIMEOUT, "because");
	assert_int_equal(hit("www.example."), 1);
	resolving_answer(&r, "NOERROR", NEW);
}

static void switched_off_nothing_is_asked_early(void **state)
{
	uint32_t age_s = 0;
	(void)state;
	r.resolver->setup.options.prefetch = false;
	learn_www(100);
	assert_int_equal(hit_at("www.example.", &age_s, 99), 0);
}

static void without_memory_the_hit_goes_on(void **state)
{
	(void)state;
	for (size_t n = 1; n < 32; n++) {
		uint32_t age_s = 0;
		learn_www(100);
		fake_loop_advance(r.loop, 95 * 1000);
		asker_init(&b, &r, 2, "www.example.", "A");
		failmalloc_arm(n);
		assert_int_equal(asker_ask(&b), ASKER_ANSWERED);
		failmalloc_disarm();
		asker_assert(&b, "NOERROR", "www.example. 5 A 192.0.2.1");
		if (fake_group_waiting(r.group) > 0)
			resolving_answer(&r, "NOERROR", NEW);
		(void)hit_at("www.example.", &age_s, 0);
		fake_loop_advance(r.loop, 200 * 1000);
	}
}

#define PREFETCH_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PREFETCH_TEST(in_its_last_tenth_it_is_asked_for_once),
		PREFETCH_TEST(one_attempt_is_enough),
		PREFETCH_TEST(who_comes_late_waits_for_it),
		PREFETCH_TEST(what_is_short_lived_is_left_alone),
		PREFETCH_TEST(denials_too),
		PREFETCH_TEST(a_failure_is_not_asked_for_early),
		PREFETCH_TEST(with_cd_as_without),
		PREFETCH_TEST(it_is_shed_first),
		PREFETCH_TEST(switched_off_nothing_is_asked_early),
		PREFETCH_TEST(without_memory_the_hit_goes_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
