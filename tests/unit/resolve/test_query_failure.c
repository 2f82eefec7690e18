/* SPDX-License-Identifier: MIT */
/* When there is no answer: the client hears so and why, soon, and a broken name is not asked for
 * with every click; without memory nothing is lost but that one question. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "replay/written.h"
#include "support/failmalloc.h"
#include "unit/resolve/asking.h"

/* A failure, and for how many seconds it is remembered. */
static void assert_failure_lasts(uint32_t ttl_s)
{
	fake_loop_advance(r.loop, ttl_s * 1000 - 1);
	ask_cached(&b, 2, "www.example.", "A");
	asker_assert(&b, "SERVFAIL", "");
	fake_loop_advance(r.loop, 1);
}

/* RFC 9520: a broken zone is not asked for with every click, and ever more rarely. */
static void what_upstreams_fail_at_is_asked_ever_more_rarely(void **state)
{
	static const uint32_t expected[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300 };
	(void)state;

	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		resolve("www.example.", "A", "SERVFAIL", "");
		asker_assert(&a, "SERVFAIL", "");
		assert_failure_lasts(expected[i]);
	}
	/* One answer wipes that out, even one that is not kept. */
	resolve("www.example.", "A", "NOERROR", "www.example. 0 A 192.0.2.1");
	resolve("www.example.", "A", "SERVFAIL", "");
	assert_failure_lasts(1);
}

/* With the cable out everything fails; when it is back nobody wants to wait five minutes. */
static void an_unreachable_upstream_is_remembered_for_a_second(void **state)
{
	static const int errs[] = { ERR_UNREACHABLE, ERR_TIMEOUT, ERR_UNREACHABLE, ERR_LIMIT };
	(void)state;

	for (size_t i = 0; i < sizeof(errs) / sizeof(errs[0]); i++) {
		ask(&a, 1, "www.example.", "A");
		upstream_fails(errs[i]);
		asker_assert(&a, "SERVFAIL", "");
		assert_failure_lasts(1);
	}
	assert_int_equal(count_read(&r.counts.failures), 4);
}

/* L13: the person sees which it is: the name's servers, the network, or us. */
static void failures_say_why(void **state)
{
	static const struct {
		int err;
		uint16_t ede;
	} cases[] = {
		{ ERR_TIMEOUT, EDE_NO_REACHABLE_AUTHORITY },
		{ ERR_UNREACHABLE, EDE_NETWORK_ERROR },
		{ 0, EDE_NO_REACHABLE_AUTHORITY },
		{ ERR_NOMEM, EDE_OTHER },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		asker_init(&a, &r, 1, "www.example.", "A");
		a.asked.head.edns = (struct edns){ .present = true };
		assert_int_equal(asker_ask(&a), ASKER_WAITS);
		if (cases[i].err == 0)
			resolving_answer(&r, "REFUSED", "");
		else
			upstream_fails(cases[i].err);
		asker_assert(&a, "SERVFAIL", "");
		assert_int_equal(asker_ede(&a), cases[i].ede);
		fake_loop_advance(r.loop, 10 * 1000);
	}
	assert_string_equal(r.why, "because");
}

static void the_upstreams_own_reason_is_passed_on(void **state)
{
	static uint8_t wire[MESSAGE_LEN_MAX];
	(void)state;

	asker_init(&a, &r, 1, "www.example.", "A");
	a.asked.head.edns = (struct edns){ .present = true };
	assert_int_equal(asker_ask(&a), ASKER_WAITS);
	const struct written written = {
		.question = fake_group_first(r.group)->question,
		.rcode = RCODE_SERVFAIL,
		.ede = { .present = true, .code = EDE_SIGNATURE_EXPIRED },
	};
	size_t len = written_compose(&written, wire);
	fake_group_answer(r.group, bytes_of(wire, len));
	assert_int_equal(asker_ede(&a), EDE_SIGNATURE_EXPIRED);
	asker_init(&b, &r, 2, "www.example.", "A");
	b.asked.head.edns = (struct edns){ .present = true };
	assert_int_equal(asker_ask(&b), ASKER_ANSWERED);
	assert_int_equal(asker_ede(&b), EDE_SIGNATURE_EXPIRED);
}

static void a_response_that_cannot_be_used_is_a_failure(void **state)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	(void)state;

	for (unsigned i = 0; i <= 16; i++)
		fprintf(out, "n%u.example. 300 CNAME n%u.example.;", i, i + 1);
	fclose(out);
	asker_init(&a, &r, 1, "n0.example.", "A");
	a.asked.head.edns = (struct edns){ .present = true };
	assert_int_equal(asker_ask(&a), ASKER_WAITS);
	resolving_answer(&r, "NOERROR", text);
	asker_assert(&a, "SERVFAIL", "");
	assert_int_equal(asker_ede(&a), EDE_NETWORK_ERROR);
	assert_int_equal(count_read(&r.counts.failures), 1);
	/* The query log must not show it as a failure without a reason. */
	assert_string_not_equal(r.why, "");
	free(text);
}

/* One whole life with allocation n failing; what came of it is for the sanitizers to see. */
static void query_with_failure(size_t n, const char *name, const char *records)
{
	asker_init(&a, &r, 1, name, "A");
	asker_init(&b, &r, 2, name, "A");
	failmalloc_arm(n);
	enum asker_state first = asker_ask(&a), second = asker_ask(&b);
	if (fake_group_waiting(r.group) > 0)
		resolving_answer(&r, "NOERROR", records);
	(void)failmalloc_disarm();
	const struct asker *askers[] = { &a, &b };
	const enum asker_state states[] = { first, second };
	for (int i = 0; i < 2; i++) {
		assert_int_equal(askers[i]->replies, states[i] == ASKER_SHED ? 0 : 1);
		if (states[i] == ASKER_SHED)
			continue;
		struct header header;
		assert_int_equal(
			header_read(bytes_of(askers[i]->reply, askers[i]->reply_len), &header), 0);
		if (header.rcode == RCODE_NOERROR)
			assert_int_equal(header.record_count[SECTION_ANSWER], 1);
		else
			assert_int_equal(header.rcode, RCODE_SERVFAIL);
	}
}

static void each_allocation_that_fails_is_survived(void **state)
{
	bool happened = true;
	(void)state;

	resolving_done(&r);
	for (size_t n = 0; n < 64; n++) {
		assert_true(resolving_init(&r));
		query_with_failure(n, "www.example.", WWW);
		query_with_failure(n, "localhost.", NULL);
		resolving_done(&r);
	}
	for (size_t n = 0; happened; n++) {
		failmalloc_arm(n);
		bool made = resolving_init(&r);
		happened = failmalloc_disarm();
		assert_int_equal(made, !happened);
		if (made)
			resolving_done(&r);
	}
	assert_true(resolving_init(&r));
}

static void an_upstream_room_out_of_memory_is_survived(void **state)
{
	(void)state;
	fake_group_refuse(r.group, true);
	asker_init(&a, &r, 1, "www.example.", "A");
	assert_int_equal(asker_ask(&a), ASKER_SHED);
	fake_group_refuse(r.group, false);
	resolve("www.example.", "A", "NOERROR", WWW);
	asker_assert(&a, "NOERROR", WWW);
	assert_int_equal(count_read(&r.counts.misses), 1);
}

#define FAILURE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FAILURE_TEST(what_upstreams_fail_at_is_asked_ever_more_rarely),
		FAILURE_TEST(an_unreachable_upstream_is_remembered_for_a_second),
		FAILURE_TEST(failures_say_why),
		FAILURE_TEST(the_upstreams_own_reason_is_passed_on),
		FAILURE_TEST(a_response_that_cannot_be_used_is_a_failure),
		FAILURE_TEST(each_allocation_that_fails_is_survived),
		FAILURE_TEST(an_upstream_room_out_of_memory_is_survived),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
