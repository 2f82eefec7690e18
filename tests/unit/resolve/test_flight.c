/* SPDX-License-Identifier: MIT */
/* One query upstream for many that ask the same: nobody aboard may be forgotten, none told twice,
 * and nobody gets what was fetched for another question. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "replay/written.h"
#include "resolve/flight.h"
#include "support/failmalloc.h"
#include "support/fake_group.h"
#include "support/fake_loop.h"

static struct loop *loop;
static struct cache *cache;
static struct group *group;
static struct flights flights;

/* A passenger that notes what it is told. */
struct rider {
	struct passenger passenger;
	unsigned landed;
	int err;
	uint16_t rcode;
	struct entry *entry; /* held */
	char source[32], why[64];
};

static int setup(void **state)
{
	const struct hash_key key = { 1, 2 };
	const struct cache_options options = { .size = 1024 * 1024, .shards = 1 };
	(void)state;

	loop = loop_new();
	cache = cache_new(&options, &key);
	group = fake_group_new("upstream");
	flights_init(&flights, loop, cache);
	return loop && cache && group ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	flights_done(&flights);
	group_release(group);
	cache_free(cache);
	loop_free(loop);
	return 0;
}

static void landed(void *owner, const struct landing *landing)
{
	struct rider *rider = owner;

	rider->landed++;
	rider->err = landing->err;
	rider->entry = landing->entry;
	if (rider->entry) {
		entry_hold(rider->entry);
		rider->rcode = entry_rcode(rider->entry);
	}
	snprintf(rider->source, sizeof(rider->source), "%s", landing->source);
	snprintf(rider->why, sizeof(rider->why), "%s", landing->why);
}

static void rider_init(struct rider *rider)
{
	*rider = (struct rider){ .passenger.landed = landed };
	rider->passenger.owner = rider;
	list_init(&rider->passenger.link);
}

static void key_of(struct cache_key *key, const char *name, const char *type, bool cd)
{
	struct name_space space;
	struct question question = written_question(name, type, &space);
	cache_key_init(key, cache_hash_key(cache), &question, cd);
}

static int start(struct rider *rider, const char *name, bool cd, unsigned earlier_failures)
{
	struct flight_plan plan = {
		.ttl = { .max_s = 86400, .max_negative_s = 3600 },
		.earlier_failures = earlier_failures,
		.inquiry.validation = { .group = group, .deadline_ms = loop_now_ms(loop) + 5000 },
	};

	key_of(&plan.inquiry.key, name, "A", cd);
	rider_init(rider);
	int err = flight_start(&flights, &plan, &rider->passenger);
	/* What it was given must not be needed any more. */
	memset(&plan, 0xff, sizeof(plan));
	return err;
}

static bool board(struct rider *rider, const char *name, const char *type, bool cd)
{
	struct cache_key key;
	key_of(&key, name, type, cd);
	rider_init(rider);
	return flight_board(&flights, &key, &rider->passenger);
}

static void land(const char *rcode, const char *records)
{
	static uint8_t wire[MESSAGE_LEN_MAX];
	const struct written written = {
		.question = fake_group_first(group)->question,
		.rcode = written_rcode(rcode),
		.records = records,
	};
	size_t len = written_compose(&written, wire);
	fake_group_answer(group, bytes_of(wire, len));
}

static struct entry *cached(const char *name, bool cd)
{
	struct cache_key key;
	key_of(&key, name, "A", cd);
	return cache_get(cache, &key);
}

static void all_aboard_get_the_same_entry(void **state)
{
	struct rider a, b, c;
	(void)state;

	assert_int_equal(start(&a, "www.example.", false, 0), 0);
	assert_int_equal(flights_count(&flights), 1);
	assert_true(board(&b, "WWW.EXAMPLE.", "A", false));
	assert_true(board(&c, "www.example.", "A", false));
	land("NOERROR", "www.example. 300 A 192.0.2.1");
	assert_int_equal(flights_count(&flights), 0);
	assert_int_equal(a.landed + b.landed + c.landed, 3);
	assert_ptr_equal(a.entry, b.entry);
	assert_ptr_equal(a.entry, c.entry);
	assert_int_equal(a.err, 0);
	assert_string_equal(a.source, "upstream");
	assert_string_equal(a.why, "");
	struct entry *kept = cached("www.example.", false);
	assert_ptr_equal(kept, a.entry);
	entry_release(kept);
	entry_release(a.entry);
	entry_release(b.entry);
	entry_release(c.entry);
}

/* Data fetched with CD may be bogus; another type is another answer. */
static void only_equal_questions_fly_together(void **state)
{
	struct rider a, b;
	(void)state;

	assert_int_equal(start(&a, "www.example.", false, 0), 0);
	assert_false(board(&b, "www.example.", "A", true));
	assert_false(board(&b, "www.example.", "AAAA", false));
	assert_false(board(&b, "w.example.", "A", false));
	assert_false(board(&b, "example.", "A", false));
	assert_int_equal(start(&b, "www.example.", true, 0), 0);
	assert_int_equal(flights_count(&flights), 2);
	assert_false(fake_group_first(group)->checking_disabled);
	land("NOERROR", "www.example. 300 A 192.0.2.1");
	assert_int_equal(a.landed, 1);
	assert_int_equal(b.landed, 0);
	assert_true(fake_group_first(group)->checking_disabled);
	land("NOERROR", "www.example. 300 A 203.0.113.1");
	struct entry *with_cd = cached("www.example.", true);
	assert_ptr_equal(with_cd, b.entry);
	assert_ptr_not_equal(with_cd, a.entry);
	entry_release(with_cd);
	entry_release(a.entry);
	entry_release(b.entry);
}

static void a_flight_without_passengers_fills_the_cache(void **state)
{
	struct rider a, b;
	(void)state;

	assert_int_equal(start(&a, "www.example.", false, 0), 0);
	assert_true(board(&b, "www.example.", "A", false));
	flight_leave(&a.passenger);
	flight_leave(&b.passenger);
	flight_leave(&b.passenger); /* harmless */
	assert_int_equal(flights_count(&flights), 1);
	land("NOERROR", "www.example. 300 A 192.0.2.1");
	assert_int_equal(a.landed + b.landed, 0);
	struct entry *kept = cached("www.example.", false);
	assert_non_null(kept);
	entry_release(kept);
}

static void failures_are_landed_and_kept(void **state)
{
	struct rider a;
	(void)state;

	assert_int_equal(start(&a, "www.example.", false, 3), 0);
	land("SERVFAIL", "");
	assert_int_equal(a.rcode, RCODE_SERVFAIL);
	assert_string_equal(a.why, "it says that it failed");
	assert_int_equal(entry_failure_count(a.entry), 4);
	assert_int_equal(entry_ttl_left_s(a.entry, loop_now_s(loop)), 8);
	entry_release(a.entry);
	cache_forget_failures(cache);
	assert_int_equal(start(&a, "www.example.", false, 3), 0);
	fake_group_fail(group, ERR_UNREACHABLE, "no route");
	assert_string_equal(a.why, "no route");
	assert_int_equal(entry_failure_count(a.entry), 1);
	entry_release(a.entry);
	/* The counter's octet must not turn over: the name would be asked for every second. */
	for (unsigned earlier = 254; earlier <= 256; earlier++) {
		cache_forget_failures(cache);
		assert_int_equal(start(&a, "www.example.", false, earlier), 0);
		land("SERVFAIL", "");
		assert_int_equal(entry_failure_count(a.entry), 255);
		assert_int_equal(entry_ttl_left_s(a.entry, loop_now_s(loop)), 300);
		entry_release(a.entry);
	}
}

static void our_own_trouble_is_not_kept(void **state)
{
	struct rider a;
	(void)state;

	assert_int_equal(start(&a, "www.example.", false, 0), 0);
	fake_group_fail(group, ERR_NOMEM, "out of memory");
	assert_int_equal(a.landed, 1);
	assert_int_equal(a.err, ERR_NOMEM);
	assert_null(a.entry);
	assert_null(cached("www.example.", false));
}

static void ttl_zero_is_landed_but_not_kept(void **state)
{
	struct rider a;
	(void)state;

	assert_int_equal(start(&a, "www.example.", false, 0), 0);
	land("NOERROR", "www.example. 0 A 192.0.2.1");
	assert_non_null(a.entry);
	assert_null(cached("www.example.", false));
	entry_release(a.entry);
}

static void one_may_start_for_the_caches_sake(void **state)
{
	struct flight_plan plan = {
		.ttl = { .max_s = 86400, .max_negative_s = 3600 },
		.inquiry.validation = { .group = group, .deadline_ms = loop_now_ms(loop) + 5000 },
	};
	struct rider a;
	(void)state;

	key_of(&plan.inquiry.key, "www.example.", "A", false);
	assert_false(flight_is_under_way(&flights, &plan.inquiry.key));
	assert_int_equal(flight_start(&flights, &plan, NULL), 0);
	assert_true(flight_is_under_way(&flights, &plan.inquiry.key));
	/* Whoever needs it boards it like any other. */
	assert_true(board(&a, "www.example.", "A", false));
	land("NOERROR", "www.example. 300 A 192.0.2.1");
	assert_int_equal(a.landed, 1);
	assert_false(flight_is_under_way(&flights, &plan.inquiry.key));
	struct entry *entry = cached("www.example.", false);
	assert_ptr_equal(entry, a.entry);
	entry_release(entry);
	entry_release(a.entry);
}

static void a_start_that_fails_leaves_nothing(void **state)
{
	struct rider a;
	(void)state;

	fake_group_refuse(group, true);
	assert_int_equal(start(&a, "www.example.", false, 0), ERR_NOMEM);
	fake_group_refuse(group, false);
	assert_int_equal(flights_count(&flights), 0);
	for (size_t n = 0;; n++) {
		failmalloc_arm(n);
		int err = start(&a, "www.example.", false, 0);
		if (!failmalloc_disarm())
			break;
		assert_int_equal(err, ERR_NOMEM);
		assert_int_equal(flights_count(&flights), 0);
		assert_int_equal(fake_group_waiting(group), 0);
	}
	flight_leave(&a.passenger);
}

static void a_landing_without_memory_tells_all_aboard(void **state)
{
	struct rider a, b;
	bool happened = true;
	(void)state;

	for (size_t n = 0; happened; n++) {
		assert_int_equal(start(&a, "www.example.", false, 0), 0);
		assert_true(board(&b, "www.example.", "A", false));
		failmalloc_arm(n);
		land("NOERROR", "www.example. 0 A 192.0.2.1");
		happened = failmalloc_disarm();
		assert_int_equal(a.landed, 1);
		assert_int_equal(b.landed, 1);
		assert_true(a.err == ERR_NOMEM ? !a.entry : a.entry != NULL);
		assert_int_equal(flights_count(&flights), 0);
		entry_release(a.entry);
		entry_release(b.entry);
	}
}

/* SIGTERM with questions under way. */
static void the_end_cancels_what_flies(void **state)
{
	static const char *names[] = { "a.example.", "b.example.", "c.example." };
	struct rider a;
	(void)state;

	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(start(&a, names[i], false, 0), 0);
		flight_leave(&a.passenger);
	}
	flights_done(&flights);
	assert_int_equal(fake_group_waiting(group), 0);
	flights_init(&flights, loop, cache);
}

/* One client's spelling would go upstream and, by compressed names, to the next client. */
static void spelling_stays_with_its_client(void **state)
{
	struct rider a;
	char text[NAME_TEXT_LEN];
	(void)state;

	assert_int_equal(start(&a, "wWw.SeCrEt.ExAmPlE.", false, 0), 0);
	assert_string_equal(
		name_print(fake_group_first(group)->question.name, text), "www.secret.example.");
	land("NOERROR", "www.secret.example. 60 A 192.0.2.1");
	entry_release(a.entry);
}

/* RFC 6672 section 2.2: not a failure of the upstream, and not one to be remembered. */
static void a_name_too_long_for_a_dname_is_an_answer(void **state)
{
	struct rider a;
	(void)state;

	assert_int_equal(start(&a, "a.example.", false, 0), 0);
	land("YXDOMAIN", "example. 60 DNAME long.example.");
	assert_int_equal(a.rcode, RCODE_YXDOMAIN);
	assert_int_equal(entry_failure_count(a.entry), 0);
	entry_release(a.entry);
}

/* Clients would wait for a resolver that has gone. */
static void whoever_still_waits_is_told(void **state)
{
	struct rider a, b, c;
	(void)state;

	assert_int_equal(start(&a, "a.example.", false, 0), 0);
	assert_true(board(&b, "a.example.", "A", false));
	assert_int_equal(start(&c, "c.example.", false, 0), 0);
	flights_abandon(&flights);
	assert_int_equal(flights_count(&flights), 0);
	assert_int_equal(fake_group_waiting(group), 0);
	for (struct rider **rider = (struct rider *[]){ &a, &b, &c, NULL }; *rider; rider++) {
		assert_int_equal((*rider)->landed, 1);
		assert_int_equal((*rider)->rcode, RCODE_SERVFAIL);
		assert_int_equal(entry_ede((*rider)->entry).code, EDE_NOT_READY);
		entry_release((*rider)->entry);
	}
}

#define FLIGHT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FLIGHT_TEST(all_aboard_get_the_same_entry),
		FLIGHT_TEST(only_equal_questions_fly_together),
		FLIGHT_TEST(a_flight_without_passengers_fills_the_cache),
		FLIGHT_TEST(failures_are_landed_and_kept),
		FLIGHT_TEST(our_own_trouble_is_not_kept),
		FLIGHT_TEST(ttl_zero_is_landed_but_not_kept),
		FLIGHT_TEST(one_may_start_for_the_caches_sake),
		FLIGHT_TEST(a_start_that_fails_leaves_nothing),
		FLIGHT_TEST(a_landing_without_memory_tells_all_aboard),
		FLIGHT_TEST(the_end_cancels_what_flies),
		FLIGHT_TEST(whoever_still_waits_is_told),
		FLIGHT_TEST(spelling_stays_with_its_client),
		FLIGHT_TEST(a_name_too_long_for_a_dname_is_an_answer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
