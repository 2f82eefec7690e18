/* SPDX-License-Identifier: MIT */
/* From a client's question to its answer, whatever the upstreams and the memory do. */
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

static struct asker c;

static void a_miss_is_asked_upstream_and_then_kept(void **state)
{
	(void)state;
	resolve("www.example.", "A", "NOERROR", WWW);
	asker_assert(&a, "NOERROR", WWW);
	assert_string_equal(r.source, "upstream");
	ask_cached(&b, 2, "www.example.", "A");
	asker_assert(&b, "NOERROR", WWW);
	assert_string_equal(r.source, "cache");
	assert_int_equal(fake_group_asked(r.group), 1);
	assert_int_equal(count_read(&r.counts.misses), 1);
	assert_int_equal(count_read(&r.counts.hits), 1);
	assert_int_equal(r.reports, 2);
}

/* U8, L12, C1: the whole of what goes upstream of a client's question. */
static void the_upstream_is_asked_with_do_and_a_deadline(void **state)
{
	(void)state;
	asker_init(&a, &r, 1, "wWw.Example.", "A");
	a.asked.head.header.cd = true;
	assert_int_equal(asker_ask(&a), ASKER_WAITS);
	const struct ask_options *options = fake_group_first(r.group);
	assert_true(options->dnssec_ok);
	assert_true(options->checking_disabled);
	assert_int_equal(options->deadline_ms, loop_now_ms(r.loop) + RESOLVING_ASKING_TIME_MS);
	assert_true(question_equal(&options->question, &a.asked.head.question));
	resolving_answer(&r, "NOERROR", WWW);
}

/* The query's name must not be the client's memory: the client may be gone when it is sent. */
static void what_is_asked_upstream_does_not_need_the_client(void **state)
{
	struct asker gone;
	(void)state;

	asker_init(&gone, &r, 1, "www.example.", "A");
	assert_int_equal(asker_ask(&gone), ASKER_WAITS);
	asker_cancel(&gone);
	memset(&gone, 0xff, sizeof(gone));
	struct name_space space;
	struct question question = written_question("www.example.", "A", &space);
	assert_true(question_equal(&fake_group_first(r.group)->question, &question));
	resolving_answer(&r, "NOERROR", WWW);
	ask_cached(&b, 2, "www.example.", "A");
	asker_assert(&b, "NOERROR", WWW);
}

/* C8: a hundred browser tabs are one query upstream, and each gets the reply to its own. */
static void equal_questions_are_one_query_upstream(void **state)
{
	(void)state;
	ask(&a, 11, "www.example.", "A");
	ask(&b, 22, "WWW.EXAMPLE.", "A");
	asker_init(&c, &r, 33, "www.eXample.", "A");
	c.asked.head.edns = (struct edns){ .present = true, .dnssec_ok = true, .udp_size = 1232 };
	assert_int_equal(asker_ask(&c), ASKER_WAITS);
	assert_int_equal(fake_group_asked(r.group), 1);
	assert_int_equal(count_read(&r.counts.coalesced), 2);
	assert_int_equal(count_read(&r.counts.misses), 3);
	resolving_answer(&r, "NOERROR", WWW "; www.example. 300 RRSIG A example.");
	asker_assert(&a, "NOERROR", WWW);
	asker_assert(&b, "NOERROR", "WWW.EXAMPLE. 300 A 192.0.2.1");
	asker_assert(
		&c, "NOERROR", "www.eXample. 300 A 192.0.2.1; www.eXample. 300 RRSIG A example.");
	assert_int_equal(r.reports, 3);
}

/* What was fetched with CD may be bogus: nobody else must get it (C1). */
static void questions_that_differ_are_not_merged(void **state)
{
	(void)state;
	ask(&a, 1, "www.example.", "A");
	ask(&b, 2, "www.example.", "AAAA");
	asker_init(&c, &r, 3, "www.example.", "A");
	c.asked.head.header.cd = true;
	assert_int_equal(asker_ask(&c), ASKER_WAITS);
	assert_int_equal(fake_group_asked(r.group), 3);
	resolving_answer(&r, "NOERROR", WWW);
	resolving_answer(&r, "NOERROR", "www.example. 300 AAAA 2001:db8::1");
	asker_assert(&a, "NOERROR", WWW);
	asker_assert(&b, "NOERROR", "www.example. 300 AAAA 2001:db8::1");
	assert_int_equal(c.replies, 0);
	resolving_answer(&r, "NOERROR", "www.example. 300 A 203.0.113.9");
	asker_assert(&c, "NOERROR", "www.example. 300 A 203.0.113.9");
	ask_cached(&a, 4, "www.example.", "A");
	asker_assert(&a, "NOERROR", WWW);
}

static void one_of_several_leaves(void **state)
{
	(void)state;
	ask(&a, 1, "www.example.", "A");
	ask(&b, 2, "www.example.", "A");
	asker_cancel(&a);
	resolving_answer(&r, "NOERROR", WWW);
	assert_int_equal(a.replies, 0);
	asker_assert(&b, "NOERROR", WWW);
}

/* A client that asks again after its own short time-out must find the answer by then. */
static void when_all_leave_the_answer_is_kept(void **state)
{
	(void)state;
	ask(&a, 1, "www.example.", "A");
	ask(&b, 2, "www.example.", "A");
	asker_cancel(&b);
	asker_cancel(&a);
	query_cancel(NULL);
	assert_int_equal(fake_group_waiting(r.group), 1);
	ask(&c, 3, "www.example.", "A");
	assert_int_equal(fake_group_asked(r.group), 1);
	asker_cancel(&c);
	resolving_answer(&r, "NOERROR", WWW);
	ask_cached(&a, 4, "www.example.", "A");
	asker_assert(&a, "NOERROR", WWW);
}

static void ask_again(struct asker *asker)
{
	asker_init(asker->other, &r, 7, "www.example.", "A");
	/* TTL 0 is for those who asked before: it is a question of its own. */
	assert_int_equal(asker_ask(asker->other), ASKER_WAITS);
}

static void one_that_asks_anew_within_its_answer_gets_a_fresh_one(void **state)
{
	(void)state;
	ask(&a, 1, "www.example.", "A");
	ask(&b, 2, "www.example.", "A");
	a.then = ask_again;
	a.other = &c;
	resolving_answer(&r, "NOERROR", "www.example. 0 A 192.0.2.1");
	asker_assert(&a, "NOERROR", "www.example. 0 A 192.0.2.1");
	asker_assert(&b, "NOERROR", "www.example. 0 A 192.0.2.1");
	assert_int_equal(c.replies, 0);
	assert_int_equal(fake_group_asked(r.group), 2);
	resolving_answer(&r, "NOERROR", "www.example. 0 A 192.0.2.2");
	asker_assert(&c, "NOERROR", "www.example. 0 A 192.0.2.2");
}

static void cancel_the_other(struct asker *asker)
{
	asker_cancel(asker->other);
}

static void one_that_cancels_another_within_its_answer_is_obeyed(void **state)
{
	(void)state;
	ask(&a, 1, "www.example.", "A");
	ask(&b, 2, "www.example.", "A");
	ask(&c, 3, "www.example.", "A");
	a.then = cancel_the_other;
	a.other = &b;
	resolving_answer(&r, "NOERROR", WWW);
	asker_assert(&a, "NOERROR", WWW);
	assert_int_equal(b.replies, 0);
	asker_assert(&c, "NOERROR", WWW);
}

/* L16: the newest work goes first, what is cached or under way anyway is not touched. */
static void too_much_in_flight_is_shed(void **state)
{
	static struct asker waiting[RESOLVING_IN_FLIGHT_MAX];
	char name[] = "n0.example.";
	(void)state;

	resolve("www.example.", "A", "NOERROR", WWW);
	for (size_t i = 0; i < RESOLVING_IN_FLIGHT_MAX; i++) {
		name[1] = (char)('0' + i);
		ask(&waiting[i], (uint16_t)i, name, "A");
	}
	asker_init(&a, &r, 1, "one-more.example.", "A");
	a.asked.head.edns = (struct edns){ .present = true };
	assert_int_equal(asker_ask(&a), ASKER_SHED);
	asker_shed(&a);
	asker_assert(&a, "SERVFAIL", "");
	assert_int_equal(asker_ede(&a), EDE_OTHER);
	assert_string_equal(r.source, "local");
	assert_int_equal(count_read(&r.counts.shed), 1);
	ask(&b, 2, "n0.example.", "A");
	ask_cached(&c, 3, "www.example.", "A");
	assert_int_equal(fake_group_waiting(r.group), RESOLVING_IN_FLIGHT_MAX);
	resolving_answer(&r, "NOERROR", "n0.example. 300 A 192.0.2.1");
	asker_assert(&b, "NOERROR", "n0.example. 300 A 192.0.2.1");
	assert_int_equal(asker_ask(&a), ASKER_WAITS);
	while (fake_group_waiting(r.group) > 0)
		upstream_fails(ERR_TIMEOUT);
}

static void ttls_count_down_to_the_end(void **state)
{
	(void)state;
	resolve("www.example.", "A", "NOERROR",
		"www.example. 300 A 192.0.2.1; www.example. 100 A 192.0.2.2");
	asker_assert(&a, "NOERROR", "www.example. 100 A 192.0.2.1; www.example. 100 A 192.0.2.2");
	fake_loop_advance(r.loop, 40 * 1000);
	ask_cached(&b, 2, "www.example.", "A");
	asker_assert(&b, "NOERROR", "www.example. 60 A 192.0.2.1; www.example. 60 A 192.0.2.2");
	fake_loop_advance(r.loop, 59 * 1000);
	ask_cached(&b, 3, "www.example.", "A");
	asker_assert(&b, "NOERROR", "www.example. 1 A 192.0.2.1; www.example. 1 A 192.0.2.2");
	fake_loop_advance(r.loop, 1000);
	ask(&b, 4, "www.example.", "A");
	resolving_answer(&r, "NOERROR", WWW);
	asker_assert(&b, "NOERROR", WWW);
}

static void ttl_zero_is_for_those_who_asked_alone(void **state)
{
	(void)state;
	resolve("www.example.", "A", "NOERROR", "www.example. 0 A 192.0.2.1");
	asker_assert(&a, "NOERROR", "www.example. 0 A 192.0.2.1");
	ask(&b, 2, "www.example.", "A");
	asker_cancel(&b);
	upstream_fails(ERR_TIMEOUT);
}

/* C3: as long as the SOA says, not as long as its zone would like. */
static void a_denial_is_kept_for_the_soas_minimum(void **state)
{
	(void)state;
	resolve("nx.example.", "A", "NXDOMAIN", "authority: example. 900 SOA 60");
	asker_assert(&a, "NXDOMAIN", "authority: example. 60 SOA 60");
	fake_loop_advance(r.loop, 59 * 1000);
	ask_cached(&b, 2, "nx.example.", "A");
	asker_assert(&b, "NXDOMAIN", "authority: example. 1 SOA 60");
	fake_loop_advance(r.loop, 1000);
	ask(&b, 3, "nx.example.", "A");
	resolving_answer(&r, "NOERROR", "authority: example. 30 SOA 86400");
	asker_assert(&b, "NOERROR", "authority: example. 30 SOA 86400");
	fake_loop_advance(r.loop, 30 * 1000);
	ask(&b, 4, "nx.example.", "A");
	resolving_answer(&r, "NXDOMAIN", "authority: example. 86400 SOA 86400");
	asker_assert(&b, "NXDOMAIN", "authority: example. 1800 SOA 86400");
}

static void a_denial_without_soa_is_not_kept(void **state)
{
	(void)state;
	resolve("nx.example.", "A", "NXDOMAIN", "");
	asker_assert(&a, "NXDOMAIN", "");
	ask(&b, 2, "nx.example.", "A");
	resolving_answer(&r, "NOERROR", "");
	asker_assert(&b, "NOERROR", "");
}

/* "There is no such name, and here is its address": believed by nobody for longer than now. */
static void a_denial_with_an_answer_in_it_is_not_kept(void **state)
{
	(void)state;
	resolve("www.example.", "A", "NXDOMAIN", WWW);
	asker_assert(&a, "NXDOMAIN", "www.example. 0 A 192.0.2.1");
	ask(&b, 2, "www.example.", "A");
	resolving_answer(&r, "NOERROR", WWW);
	asker_assert(&b, "NOERROR", WWW);
}

/* Four thousand addresses are one message's worth, and somebody has them. */
static void the_largest_answer_is_served(void **state)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct header header;
	(void)state;

	for (unsigned i = 0; i < 4000; i++)
		fprintf(out, "www.example. 300 A 10.0.%u.%u;", i / 250, i % 250);
	fclose(out);
	asker_init(&a, &r, 1, "www.example.", "A");
	a.asked.limit = MESSAGE_LEN_MAX;
	assert_int_equal(asker_ask(&a), ASKER_WAITS);
	resolving_answer(&r, "NOERROR", text);
	free(text);
	assert_int_equal(a.replies, 1);
	assert_int_equal(header_read(bytes_of(a.reply, a.reply_len), &header), 0);
	assert_int_equal(header.rcode, RCODE_NOERROR);
	assert_int_equal(header.record_count[SECTION_ANSWER], 4000);
}

/* C4: else one query for the attacker's own name would put the bank's address in the cache. */
static void nothing_unasked_gets_into_the_cache(void **state)
{
	(void)state;
	resolve("www.example.", "A", "NOERROR",
		WWW "; bank.example. 300 A 203.0.113.1;"
		    "additional: bank.example. 300 A 203.0.113.1; ns.example. 300 A 203.0.113.1");
	asker_assert(&a, "NOERROR", WWW);
	ask(&b, 2, "bank.example.", "A");
	ask(&c, 3, "ns.example.", "A");
	asker_cancel(&b);
	asker_cancel(&c);
	upstream_fails(ERR_TIMEOUT);
	upstream_fails(ERR_TIMEOUT);
	assert_int_equal(cache_usage(r.cache).entries, 3);
}

/* L7: the cache must not tell a stranger what others have asked. */
static void without_rd_the_cache_says_nothing(void **state)
{
	(void)state;
	resolve("www.example.", "A", "NOERROR", WWW);
	asker_init(&b, &r, 2, "www.example.", "A");
	b.asked.head.header.rd = false;
	b.asked.head.edns = (struct edns){ .present = true };
	assert_int_equal(asker_ask(&b), ASKER_ANSWERED);
	asker_assert(&b, "REFUSED", "");
	assert_int_equal(asker_ede(&b), EDE_PROHIBITED);
	asker_init(&b, &r, 3, "unknown.example.", "A");
	b.asked.head.header.rd = false;
	assert_int_equal(asker_ask(&b), ASKER_ANSWERED);
	asker_assert(&b, "REFUSED", "");
	assert_int_equal(fake_group_asked(r.group), 1);
}

static void local_data_is_answered_here_with_or_without_rd(void **state)
{
	(void)state;
	for (int rd = 0; rd < 2; rd++) {
		asker_init(&a, &r, 1, "LocalHost.", "A");
		a.asked.head.header.rd = rd;
		assert_int_equal(asker_ask(&a), ASKER_ANSWERED);
		struct message_head head;
		assert_int_equal(message_head_read(bytes_of(a.reply, a.reply_len), &head), 0);
		assert_true(head.header.aa);
		assert_int_equal(head.header.rd, rd);
		assert_int_equal(head.header.rcode, RCODE_NOERROR);
		assert_records(bytes_of(a.reply, a.reply_len), "LocalHost. 10800 A 127.0.0.1");
		assert_string_equal(r.source, "local");
	}
	asker_init(&a, &r, 1, "www.onion.", "A");
	a.asked.head.edns = (struct edns){ .present = true };
	assert_int_equal(asker_ask(&a), ASKER_ANSWERED);
	assert_int_equal(r.rcode, RCODE_NXDOMAIN);
	assert_true(asker_ede(&a) >= 0);
	assert_int_equal(fake_group_asked(r.group), 0);
	assert_int_equal(cache_usage(r.cache).entries, 0);
}

/* P1: the office's names must not be asked for outside, nor the other way round. */
static void routed_names_go_their_way(void **state)
{
	(void)state;
	asker_init(&a, &r, 1, "host.Routed.example.", "A");
	assert_int_equal(asker_ask(&a), ASKER_WAITS);
	assert_int_equal(fake_group_asked(r.group), 0);
	assert_int_equal(fake_group_asked(r.route_group), 1);
	fake_group_fail(r.route_group, ERR_UNREACHABLE, "down");
	asker_assert(&a, "SERVFAIL", "");
	assert_string_equal(r.source, "routed");
	ask(&b, 2, "notrouted.example.", "A");
	assert_int_equal(fake_group_asked(r.group), 1);
	asker_cancel(&b);
	upstream_fails(ERR_TIMEOUT);
}

static void the_report_says_how_long_it_took(void **state)
{
	(void)state;
	ask(&a, 1, "www.example.", "A");
	fake_loop_advance(r.loop, 123);
	resolving_answer(&r, "NXDOMAIN", "");
	assert_int_equal(r.took_ms, 123);
	assert_int_equal(r.rcode, RCODE_NXDOMAIN);
	assert_string_equal(r.why, "");
}

/* C1: what is asked most often must not depend on, or wear out, the heap. */
static void a_cache_hit_allocates_nothing(void **state)
{
	(void)state;
	resolve("www.example.", "A", "NOERROR", WWW "; www.example. 300 RRSIG A example.");
	asker_init(&b, &r, 2, "wWw.example.", "A");
	asker_init(&c, &r, 3, "www.example.", "A");
	c.asked.head.edns = (struct edns){ .present = true, .dnssec_ok = true };
	size_t before = failmalloc_count();
	assert_int_equal(asker_ask(&b), ASKER_ANSWERED);
	assert_int_equal(asker_ask(&c), ASKER_ANSWERED);
	assert_int_equal(failmalloc_count(), before);
	asker_assert(&b, "NOERROR", "wWw.example. 300 A 192.0.2.1");
}

#define QUERY_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		QUERY_TEST(a_miss_is_asked_upstream_and_then_kept),
		QUERY_TEST(the_upstream_is_asked_with_do_and_a_deadline),
		QUERY_TEST(what_is_asked_upstream_does_not_need_the_client),
		QUERY_TEST(equal_questions_are_one_query_upstream),
		QUERY_TEST(questions_that_differ_are_not_merged),
		QUERY_TEST(one_of_several_leaves),
		QUERY_TEST(when_all_leave_the_answer_is_kept),
		QUERY_TEST(one_that_asks_anew_within_its_answer_gets_a_fresh_one),
		QUERY_TEST(one_that_cancels_another_within_its_answer_is_obeyed),
		QUERY_TEST(too_much_in_flight_is_shed),
		QUERY_TEST(ttls_count_down_to_the_end),
		QUERY_TEST(ttl_zero_is_for_those_who_asked_alone),
		QUERY_TEST(a_denial_is_kept_for_the_soas_minimum),
		QUERY_TEST(a_denial_without_soa_is_not_kept),
		QUERY_TEST(a_denial_with_an_answer_in_it_is_not_kept),
		QUERY_TEST(the_largest_answer_is_served),
		QUERY_TEST(nothing_unasked_gets_into_the_cache),
		QUERY_TEST(without_rd_the_cache_says_nothing),
		QUERY_TEST(local_data_is_answered_here_with_or_without_rd),
		QUERY_TEST(routed_names_go_their_way),
		QUERY_TEST(the_report_says_how_long_it_took),
		QUERY_TEST(a_cache_hit_allocates_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
