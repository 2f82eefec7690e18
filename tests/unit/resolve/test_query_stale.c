/* SPDX-License-Identifier: MIT */
/* C6: while the upstreams have no answer, what they said before is better than none; and it is
 * never told in place of what they say now. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "replay/written.h"
#include "resolve/stale.h"
#include "support/failmalloc.h"
#include "unit/resolve/resolving.h"

#define WWW	"www.example. 20 A 192.0.2.1"
#define STALE	"www.example. 30 A 192.0.2.1"
#define NEW	"www.example. 20 A 192.0.2.2"
#define STALE_S RESOLVING_SERVE_STALE_S

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

static void asker_with_edns(struct asker *asker, const char *name)
{
	asker_init(asker, &r, 1, name, "A");
	asker->asked.head.edns = (struct edns){ .present = true };
}

static void ask(struct asker *asker, const char *name)
{
	asker_with_edns(asker, name);
	assert_int_equal(asker_ask(asker), ASKER_WAITS);
}

static void ask_cached(struct asker *asker, const char *name)
{
	asker_with_edns(asker, name);
	assert_int_equal(asker_ask(asker), ASKER_ANSWERED);
}

static void assert_stale(const struct asker *asker)
{
	asker_assert(asker, "NOERROR", STALE);
	assert_int_equal(asker_ede(asker), EDE_STALE_ANSWER);
}

/* In the cache, and expired since that many seconds. */
static void learn(const char *rcode, const char *records, uint32_t expired_s)
{
	ask(&a, "www.example.");
	resolving_answer(&r, rcode, records);
	fake_loop_advance(r.loop, (20 + expired_s) * UINT64_C(1000));
}

static void upstream_fails(int err)
{
	fake_group_fail(r.group, err, "because");
}

/* RFC 8767 section 5: the client response timer. The answer that comes later is kept. */
static void after_a_moment_of_silence_it_is_told(void **state)
{
	(void)state;
	learn("NOERROR", WWW, 0);
	ask(&b, "www.example.");
	fake_loop_advance(r.loop, STALE_AFTER_MS - 1);
	assert_int_equal(b.replies, 0);
	fake_loop_advance(r.loop, 1);
	assert_stale(&b);
	assert_string_equal(r.source, "cache");
	assert_int_equal(r.took_ms, STALE_AFTER_MS);
	assert_int_equal(count_read(&r.counts.stale), 1);
	assert_int_equal(count_read(&r.counts.failures), 0);
	assert_int_equal(fake_group_waiting(r.group), 1);
	resolving_answer(&r, "NOERROR", NEW);
	ask_cached(&a, "www.example.");
	asker_assert(&a, "NOERROR", NEW);
	assert_int_equal(asker_ede(&a), -1);
}

/* Each client's patience is its own, though they wait for the same. */
static void each_waits_for_its_own_moment(void **state)
{
	(void)state;
	learn("NOERROR", WWW, 0);
	ask(&a, "www.example.");
	fake_loop_advance(r.loop, 1000);
	ask(&b, "www.example.");
	fake_loop_advance(r.loop, STALE_AFTER_MS - 1000);
	assert_stale(&a);
	assert_int_equal(b.replies, 0);
	resolving_answer(&r, "NOERROR", NEW);
	asker_assert(&b, "NOERROR", NEW);
	assert_int_equal(asker_ede(&b), -1);
}

static void one_that_leaves_is_not_told(void **state)
{
	(void)state;
	learn("NOERROR", WWW, 0);
	ask(&b, "www.example.");
	asker_cancel(&b);
	fake_loop_advance(r.loop, STALE_AFTER_MS);
	assert_int_equal(b.replies, 0);
	upstream_fails(ERR_TIMEOUT);
}

/* Nothing is told early that nobody has: who never was answered waits for the end. */
static void without_an_old_answer_one_waits(void **state)
{
	(void)state;
	ask(&a, "www.example.");
	fake_loop_advance(r.loop, 4000);
	assert_int_equal(a.replies, 0);
	upstream_fails(ERR_TIMEOUT);
	asker_assert(&a, "SERVFAIL", "");
}

/* With the cable out nobody waits, and whether it is in again is found out meanwhile. */
static void with_all_upstreams_down_it_is_told_at_once(void **state)
{
	(void)state;
	learn("NOERROR", WWW, 0);
	fake_group_set_down(r.group, true);
	ask_cached(&b, "www.example.");
	assert_stale(&b);
	assert_int_equal(count_read(&r.counts.stale), 1);
	assert_int_equal(fake_group_waiting(r.group), 1);
	ask_cached(&b, "www.example.");
	assert_int_equal(fake_group_waiting(r.group), 1);
	upstream_fails(ERR_UNREACHABLE);
	ask_cached(&b, "www.example.");
	assert_stale(&b);
	assert_int_equal(fake_group_waiting(r.group), 0); /* a failure is remembered for a second */
	fake_loop_advance(r.loop, 1000);
	ask_cached(&b, "www.example.");
	assert_stale(&b);
	resolving_answer(&r, "NOERROR", NEW);
	ask_cached(&b, "www.example.");
	asker_assert(&b, "NOERROR", NEW);
}

/* Another group's trouble is not this name's. */
static void the_names_own_upstreams_count(void **state)
{
	(void)state;
	learn("NOERROR", WWW, 0);
	fake_group_set_down(r.route_group, true);
	ask(&b, "www.example.");
	resolving_answer(&r, "NOERROR", NEW);
	asker_assert(&b, "NOERROR", NEW);
}

/* All of them fail at it: the person sees yesterday's address, not an error. */
static void a_failure_is_not_told_while_there_is_an_old_answer(void **state)
{
	static const int errs[] = { ERR_UNREACHABLE, ERR_TIMEOUT, ERR_PROTOCOL, ERR_LIMIT,
		ERR_NOMEM };
	(void)state;

	for (size_t i = 0; i < sizeof(errs) / sizeof(errs[0]); i++) {
		learn("NOERROR", WWW, 0);
		ask(&b, "www.example.");
		upstream_fails(errs[i]);
		assert_stale(&b);
		fake_loop_advance(r.loop, 60 * 1000);
	}
	assert_int_equal(count_read(&r.counts.failures), 0);
}

/* RFC 8767 section 5: the failure recheck timer. */
static void what_failed_is_left_alone_for_half_a_minute(void **state)
{
	static const char *const rcodes[] = { "SERVFAIL", "REFUSED" };
	(void)state;

	for (size_t i = 0; i < sizeof(rcodes) / sizeof(rcodes[0]); i++) {
		learn("NOERROR", WWW, 0);
		ask(&b, "www.example.");
		resolving_answer(&r, rcodes[i], "");
		assert_stale(&b);
		const size_t asked = fake_group_asked(r.group);
		fake_loop_advance(r.loop, STALE_RECHECK_S * 1000 - 1);
		ask_cached(&b, "www.example.");
		assert_stale(&b);
		assert_int_equal(fake_group_asked(r.group), asked);
		fake_loop_advance(r.loop, 1);
		ask(&b, "www.example.");
		resolving_answer(&r, "NOERROR", NEW);
		asker_assert(&b, "NOERROR", NEW);
		fake_loop_advance(r.loop, 20 * 1000);
	}
}

/* While other names are answered a name without an answer is slow by itself. */
static void one_slow_name_keeps_nobody_waiting(void **state)
{
	(void)state;
	learn("NOERROR", WWW, 0);
	ask(&a, "other.example.");
	resolving_answer(&r, "NXDOMAIN", "");
	ask(&b, "www.example.");
	fake_loop_advance(r.loop, 999);
	upstream_fails(ERR_TIMEOUT);
	assert_stale(&b);
	fake_loop_advance(r.loop, (STALE_RECHECK_S - 1) * 1000);
	ask_cached(&b, "www.example.");
	assert_stale(&b);
	fake_loop_advance(r.loop, 1000);
	ask(&b, "www.example.");
	resolving_answer(&r, "NOERROR", NEW);
	asker_assert(&b, "NOERROR", NEW);
}

/* With the link back old answers end: a failure of our own is not held against the name. */
static void an_outage_leaves_nothing_behind(void **state)
{
	static const struct {
		int err;
		bool down;
		uint32_t silent_ms; /* nothing was heard of any upstream before it failed */
	} cases[] = {
		{ ERR_UNREACHABLE, false, 0 },
		{ ERR_LIMIT, false, 0 },
		{ ERR_TIMEOUT, true, 0 },
		{ ERR_TIMEOUT, false, 1000 },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		learn("NOERROR", WWW, 0);
		ask(&a, "other.example.");
		resolving_answer(&r, "NXDOMAIN", "");
		ask(&b, "www.example.");
		fake_loop_advance(r.loop, cases[i].silent_ms);
		fake_group_set_down(r.group, cases[i].down);
		upstream_fails(cases[i].err);
		assert_stale(&b);
		fake_group_set_down(r.group, false);
		fake_loop_advance(r.loop, 1000);
		ask(&b, "www.example.");
		resolving_answer(&r, "NOERROR", NEW);
		asker_assert(&b, "NOERROR", NEW);
		fake_loop_advance(r.loop, 20 * 1000);
	}
}

static void a_days_old_answer_is_too_old(void **state)
{
	(void)state;
	learn("NOERROR", WWW, STALE_S - 1);
	fake_group_set_down(r.group, true);
	ask_cached(&b, "www.example.");
	assert_stale(&b);
	upstream_fails(ERR_UNREACHABLE);
	fake_loop_advance(r.loop, 1000);
	ask(&b, "www.example.");
	fake_loop_advance(r.loop, STALE_AFTER_MS);
	assert_int_equal(b.replies, 0);
	upstream_fails(ERR_TIMEOUT);
	asker_assert(&b, "SERVFAIL", "");
	/* Nor is its failure remembered as if there were one. */
	fake_loop_advance(r.loop, 1000);
	ask(&b, "www.example.");
	resolving_answer(&r, "NOERROR", NEW);
	asker_assert(&b, "NOERROR", NEW);
}

static void what_did_not_exist_is_told_as_such(void **state)
{
	(void)state;
	learn("NXDOMAIN", "authority: example. 20 SOA 20", 0);
	ask(&b, "www.example.");
	fake_loop_advance(r.loop, STALE_AFTER_MS);
	asker_assert(&b, "NXDOMAIN", "authority: example. 30 SOA 20");
	assert_int_equal(asker_ede(&b), EDE_STALE_NXDOMAIN);
	upstream_fails(ERR_TIMEOUT);
}

/* That a name is gone is an answer, whether it may be kept or not: the old address is over. */
static void a_new_answer_ends_the_old_one(void **state)
{
	static const struct {
		const char *rcode, *records, *then_rcode, *then_records;
	} cases[] = {
		{ "NXDOMAIN", "authority: example. 5 SOA 5", "NXDOMAIN",
			"authority: example. 30 SOA 5" },
		{ "NXDOMAIN", "", "SERVFAIL", "" },
		{ "NOERROR", "authority: example. 5 SOA 5", "NOERROR",
			"authority: example. 30 SOA 5" },
		{ "NOERROR", "", "SERVFAIL", "" },
		{ "NOERROR", "www.example. 0 A 192.0.2.2", "SERVFAIL", "" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		learn("NOERROR", WWW, 0);
		ask(&b, "www.example.");
		resolving_answer(&r, cases[i].rcode, cases[i].records);
		asker_assert(&b, cases[i].rcode, cases[i].records);
		fake_loop_advance(r.loop, 6000);
		ask(&b, "www.example.");
		fake_loop_advance(r.loop, STALE_AFTER_MS);
		upstream_fails(ERR_TIMEOUT);
		asker_assert(&b, cases[i].then_rcode, cases[i].then_records);
		fake_loop_advance(r.loop, 60 * 1000);
	}
}

/* What an upstream knows, and says that nobody must be told, is no failure to answer. */
static void what_is_withheld_is_not_replaced(void **state)
{
	static uint8_t wire[MESSAGE_LEN_MAX];
	static const uint16_t codes[] = { EDE_DNSSEC_BOGUS, EDE_SIGNATURE_EXPIRED,
		EDE_RRSIGS_MISSING, EDE_BLOCKED };
	(void)state;

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		learn("NOERROR", WWW, 0);
		ask(&b, "www.example.");
		const struct written written = {
			.question = fake_group_first(r.group)->question,
			.rcode = RCODE_SERVFAIL,
			.ede = { .present = true, .code = codes[i] },
		};
		fake_group_answer(r.group, bytes_of(wire, written_compose(&written, wire)));
		asker_assert(&b, "SERVFAIL", "");
		assert_int_equal(asker_ede(&b), codes[i]);
		ask_cached(&b, "www.example.");
		asker_assert(&b, "SERVFAIL", "");
		fake_loop_advance(r.loop, 300 * 1000);
	}
}

/* Unchecked data are told to those who want them unchecked, old ones as well. */
static void checked_or_not_they_are_apart(void **state)
{
	(void)state;
	asker_with_edns(&a, "www.example.");
	a.asked.head.header.cd = true;
	assert_int_equal(asker_ask(&a), ASKER_WAITS);
	resolving_answer(&r, "NOERROR", WWW);
	fake_loop_advance(r.loop, 20 * 1000);
	fake_group_set_down(r.group, true);
	ask(&b, "www.example.");
	asker_with_edns(&a, "www.example.");
	a.asked.head.header.cd = true;
	assert_int_equal(asker_ask(&a), ASKER_ANSWERED);
	assert_stale(&a);
	upstream_fails(ERR_UNREACHABLE);
	upstream_fails(ERR_UNREACHABLE);
	asker_assert(&b, "SERVFAIL", "");
}

/* L16: with too much under way what is known is told, old as it is. */
static void with_too_much_under_way_it_is_told_at_once(void **state)
{
	static struct asker waiting[RESOLVING_IN_FLIGHT_MAX];
	char name[] = "n0.example.";
	(void)state;

	learn("NOERROR", WWW, 0);
	for (size_t i = 0; i < RESOLVING_IN_FLIGHT_MAX; i++) {
		name[1] = (char)('0' + i);
		ask(&waiting[i], name);
	}
	asker_with_edns(&b, "www.example.");
	assert_int_equal(asker_ask(&b), ASKER_SHED);
	asker_shed(&b);
	assert_stale(&b);
	assert_string_equal(r.source, "cache");
	assert_int_equal(count_read(&r.counts.stale), 1);
	assert_int_equal(fake_group_waiting(r.group), RESOLVING_IN_FLIGHT_MAX);
	while (fake_group_waiting(r.group) > 0)
		upstream_fails(ERR_TIMEOUT);
	ask(&b, "www.example.");
	resolving_answer(&r, "NOERROR", NEW);
	asker_assert(&b, "NOERROR", NEW);
}

/* Refreshing in the background must not take the places of those who wait. */
static void half_of_the_places_are_for_those_who_wait(void **state)
{
	char name[] = "n0.example.";
	(void)state;

	for (size_t i = 0; i < RESOLVING_IN_FLIGHT_MAX; i++) {
		name[1] = (char)('0' + i);
		ask(&a, name);
		resolving_answer(&r, "NOERROR", "authority: example. 20 SOA 20");
	}
	fake_loop_advance(r.loop, 20 * 1000);
	fake_group_set_down(r.group, true);
	for (size_t i = 0; i < RESOLVING_IN_FLIGHT_MAX; i++) {
		name[1] = (char)('0' + i);
		ask_cached(&a, name);
	}
	assert_int_equal(fake_group_waiting(r.group), RESOLVING_IN_FLIGHT_MAX / 2);
	while (fake_group_waiting(r.group) > 0)
		upstream_fails(ERR_UNREACHABLE);
}

/* Nor may one name that is asked for all the time take the places of all others. */
static void one_refresh_at_a_time_for_a_name(void **state)
{
	(void)state;
	ask(&a, "other.example.");
	resolving_answer(&r, "NOERROR", "other.example. 20 A 192.0.2.3");
	learn("NOERROR", WWW, 0);
	fake_group_set_down(r.group, true);
	for (int i = 0; i < RESOLVING_IN_FLIGHT_MAX; i++)
		ask_cached(&a, "www.example.");
	assert_int_equal(fake_group_waiting(r.group), 1);
	ask_cached(&a, "other.example.");
	assert_int_equal(fake_group_waiting(r.group), 2);
	upstream_fails(ERR_UNREACHABLE);
	upstream_fails(ERR_UNREACHABLE);
}

/* Evicted while one waits for it: then one waits on. */
static void what_was_evicted_is_not_told(void **state)
{
	(void)state;
	learn("NOERROR", WWW, 0);
	ask(&b, "www.example.");
	cache_forget_within(r.cache, name_root());
	fake_loop_advance(r.loop, STALE_AFTER_MS);
	assert_int_equal(b.replies, 0);
	upstream_fails(ERR_TIMEOUT);
	asker_assert(&b, "SERVFAIL", "");
}

/* Another worker has put a fresh answer there meanwhile: it is as good as one's own. */
static void another_workers_answer_is_fresh(void **state)
{
	(void)state;
	learn("NOERROR", WWW, 0);
	ask(&b, "www.example.");
	struct cache_key key;
	struct name_space space;
	struct question question = written_question("www.example.", "A", &space);
	struct entry *entry;
	const struct entry_source source = { .question = question,
		.rcode = RCODE_NXDOMAIN,
		.ttl_s = 10,
		.now_s = loop_now_s(r.loop) };
	cache_key_init(&key, cache_hash_key(r.cache), &question, false);
	assert_int_equal(entry_new(&source, &entry), 0);
	cache_put(r.cache, &key, entry);
	entry_release(entry);
	fake_loop_advance(r.loop, STALE_AFTER_MS);
	asker_assert(&b, "NXDOMAIN", "");
	assert_int_equal(asker_ede(&b), -1);
	assert_int_equal(count_read(&r.counts.stale), 0);
	upstream_fails(ERR_TIMEOUT);
}

static void telling_it_allocates_nothing(void **state)
{
	(void)state;
	learn("NOERROR", WWW, 0);
	ask(&b, "www.example.");
	resolving_answer(&r, "SERVFAIL", "");
	size_t before = failmalloc_count();
	ask_cached(&b, "www.example.");
	assert_int_equal(failmalloc_count(), before);
	assert_stale(&b);
}

/* The background attempt finds no memory: the client does not notice. */
static void without_memory_to_ask_anew_it_is_told(void **state)
{
	(void)state;
	learn("NOERROR", WWW, 0);
	fake_group_set_down(r.group, true);
	for (size_t n = 1; n < 64; n++) {
		asker_with_edns(&b, "www.example.");
		failmalloc_arm(n);
		assert_int_equal(asker_ask(&b), ASKER_ANSWERED);
		failmalloc_disarm();
		assert_stale(&b);
		if (fake_group_waiting(r.group) == 0)
			continue;
		upstream_fails(ERR_UNREACHABLE);
		fake_loop_advance(r.loop, 1000);
	}
}

#define STALE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STALE_TEST(after_a_moment_of_silence_it_is_told),
		STALE_TEST(each_waits_for_its_own_moment),
		STALE_TEST(one_that_leaves_is_not_told),
		STALE_TEST(without_an_old_answer_one_waits),
		STALE_TEST(with_all_upstreams_down_it_is_told_at_once),
		STALE_TEST(the_names_own_upstreams_count),
		STALE_TEST(a_failure_is_not_told_while_there_is_an_old_answer),
		STALE_TEST(what_failed_is_left_alone_for_half_a_minute),
		STALE_TEST(one_slow_name_keeps_nobody_waiting),
		STALE_TEST(an_outage_leaves_nothing_behind),
		STALE_TEST(a_days_old_answer_is_too_old),
		STALE_TEST(what_did_not_exist_is_told_as_such),
		STALE_TEST(a_new_answer_ends_the_old_one),
		STALE_TEST(what_is_withheld_is_not_replaced),
		STALE_TEST(checked_or_not_they_are_apart),
		STALE_TEST(with_too_much_under_way_it_is_told_at_once),
		STALE_TEST(half_of_the_places_are_for_those_who_wait),
		STALE_TEST(one_refresh_at_a_time_for_a_name),
		STALE_TEST(what_was_evicted_is_not_told),
		STALE_TEST(another_workers_answer_is_fresh),
		STALE_TEST(telling_it_allocates_nothing),
		STALE_TEST(without_memory_to_ask_anew_it_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
