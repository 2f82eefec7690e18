/* SPDX-License-Identifier: MIT */
/* A second question to another upstream saves somebody's patience; too many of them are a burden to
 * all, and tell more of us than need be. */
#include "world.h"

#include <string.h>

#include "upstream/group_inside.h"
#include "upstream/pool.h"

#define CLIENTS 200

static struct world world;
static struct client clients[CLIENTS];
static struct tls *tls_of[6]; /* the connection to each member, 1 on */

/* Every member has a connection, and answers in that many milliseconds. */
static void begin(size_t members, enum strategy strategy, uint64_t rtt_ms)
{
	world_init(&world, members, 1);
	for (size_t i = 0; i < CLIENTS; i++)
		client_init(&clients[i], &world);
	struct group *all = world.group;
	for (size_t i = 1; i <= members; i++) {
		world.group =
			group_new(world.upstreams, &world.endpoints[i - 1], 1, STRATEGY_ORDERED);
		clients[0].done = 0;
		client_ask(&clients[0], "warm.example");
		tls_of[i] = fake_tls_at(i - 1);
		peer_ready(&world, tls_of[i]);
		fake_loop_advance(world.loop, rtt_ms);
		peer_answer(&world, tls_of[i], 0);
		assert_int_equal(clients[0].err, 0);
		group_release(world.group);
	}
	world.group = all;
	world.group->strategy = strategy;
	clients[0].done = 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < CLIENTS; i++)
		client_done(&clients[i]);
	world_done(&world);
	return 0;
}

static size_t asked(size_t member)
{
	return peer_asked(tls_of[member]) - 1; /* but for the first */
}

/* The upstream answers its last question after so many milliseconds. */
static void serve(size_t member, size_t i, uint64_t after_ms)
{
	fake_loop_advance(world.loop, after_ms);
	peer_answer(&world, tls_of[member], asked(member));
	assert_int_equal(clients[i].done, 1);
	assert_int_equal(clients[i].err, 0);
}

/* A slow name, while others are answered: the upstream is alive. Returns its number there. */
static size_t ask_slow_one(size_t i)
{
	client_ask(&clients[i], "slow.example");
	const size_t slow = asked(1);
	client_ask(&clients[CLIENTS - 1], "www.example");
	serve(1, CLIENTS - 1, 5);
	clients[CLIENTS - 1].done = 0;
	return slow;
}

/* So much later the first upstream has its answer, too, if another was asked meanwhile. */
static void end_slow_one(size_t i, size_t slow, uint64_t after_ms)
{
	const size_t before = asked(2);

	fake_loop_advance(world.loop, after_ms);
	if (asked(2) > before)
		peer_answer(&world, tls_of[2], asked(2));
	peer_answer(&world, tls_of[1], slow);
	assert_int_equal(clients[i].done, 1);
}

/* One in twenty, however many are slow, while the upstream is alive. */
static void test_slow_names_are_few(void **state)
{
	(void)state;
	begin(2, STRATEGY_ORDERED, 20);
	world.group->credit = 0;
	for (size_t i = 0; i < 100; i++)
		end_slow_one(i, ask_slow_one(i), 200);
	assert_in_range(asked(2), 3, 200 / GROUP_CREDIT_PRICE);
	assert_int_equal(world.downs, 0);
}

/* However many are late by what was usual: one in twenty, and what was saved up. */
static void test_late_names_cost_what_was_saved(void **state)
{
	struct standing *first;
	(void)state;
	begin(2, STRATEGY_ORDERED, 20);
	first = &world.group->pools[0]->standing;
	world.group->credit = 3 * GROUP_CREDIT_PRICE;
	for (size_t i = 0; i < 80; i++) {
		first->pace = (struct pace){ 0 }; /* it learns nothing: 61 ms are late */
		pace_measure(&first->pace, 20);
		const size_t slow = ask_slow_one(i);
		first->pace = (struct pace){ 0 };
		pace_measure(&first->pace, 20);
		end_slow_one(i, slow, 300);
	}
	assert_int_equal(asked(2), 3 + 160 / GROUP_CREDIT_PRICE);
}

/* Nobody waits longer than a second for want of credit. */
static void test_a_second_is_long_enough(void **state)
{
	(void)state;
	begin(2, STRATEGY_ORDERED, 20);
	world.group->credit = 0;
	(void)ask_slow_one(0);
	fake_loop_advance(world.loop, STANDING_PATIENCE_MAX_MS - 10);
	assert_int_equal(asked(2), 0);
	fake_loop_advance(world.loop, 500);
	assert_int_equal(asked(2), 1);
	serve(2, 0, 1);
}

/* With credit again, who waits is helped at once. */
static void test_credit_is_of_use_at_once(void **state)
{
	(void)state;
	begin(2, STRATEGY_ORDERED, 20);
	world.group->credit = 0;
	(void)ask_slow_one(0);
	fake_loop_advance(world.loop, 100);
	assert_int_equal(asked(2), 0);
	world.group->credit = GROUP_CREDIT_PRICE;
	fake_loop_advance(world.loop, 100);
	assert_int_equal(asked(2), 1);
	serve(2, 0, 1);
}

/* Silence costs no credit: the server may be gone. */
static void test_silence_is_free(void **state)
{
	(void)state;
	begin(2, STRATEGY_ORDERED, 10);
	world.group->credit = 0;
	client_ask(&clients[0], "www.example");
	fake_loop_advance(world.loop, STANDING_PATIENCE_MIN_MS);
	assert_int_equal(asked(2), 1);
	serve(2, 0, 1);
	/* And soon it is the other one that is asked first; the silent one is only tried. */
	fake_loop_advance(world.loop, STANDING_DOUBT_MIN_MS);
	client_ask(&clients[1], "www.example");
	assert_int_equal(asked(2), 2);
	assert_int_equal(world.group->pools[0]->standing.health.state, HEALTH_PROBING);
	serve(2, 1, 1);
	client_ask(&clients[2], "www.example");
	serve(2, 2, 1);
	assert_int_equal(world.downs, 0); /* nothing to be told yet */
	/* When it speaks it is the first again. */
	peer_answer(&world, tls_of[1], 1);
	client_ask(&clients[3], "www.example");
	serve(1, 3, 1);
}

/* A router that forgot all connections: who was asked in the second place is as silent as the
 * first, and not known well enough to be taken for dead soon. The first is back meanwhile, for new
 * questions as for those that wait. */
static void test_who_is_back_is_asked_again(void **state)
{
	struct tls *again;
	(void)state;
	begin(2, STRATEGY_ORDERED, 10);
	world.group->pools[1]->standing.pace = (struct pace){ 0 };
	client_ask(&clients[0], "www.example");
	fake_loop_advance(world.loop, STANDING_PATIENCE_MIN_MS);
	assert_int_equal(asked(2), 1);
	fake_loop_advance(world.loop, STANDING_DOUBT_MIN_MS - STANDING_PATIENCE_MIN_MS);
	client_ask(&clients[1], "other.example");
	again = peer_last();
	assert_int_equal(peer_member(again), 1);
	peer_ready(&world, again);
	peer_answer(&world, again, 0);
	ASSERT_ANSWERED(&clients[1], "u1");
	fake_loop_advance(world.loop,
		STANDING_PATIENCE_MIN_MS + STANDING_PATIENCE_FIRST_MS - STANDING_DOUBT_MIN_MS);
	assert_int_equal(peer_asked(again), 2);
	peer_answer(&world, again, 1);
	ASSERT_ANSWERED(&clients[0], "u1");
}

/* One that is being tried is not asked by all who wait; but they do not wait for the other's
 * silence either. */
static void test_who_is_tried_is_asked_again_soon(void **state)
{
	struct tls *again;
	(void)state;
	begin(2, STRATEGY_ORDERED, 10);
	world.group->pools[1]->standing.pace = (struct pace){ 0 };
	client_ask(&clients[0], "www.example");
	fake_loop_advance(world.loop, STANDING_DOUBT_MIN_MS);
	client_ask(&clients[1], "other.example");
	again = peer_last();
	fake_loop_advance(world.loop, 80);
	peer_ready(&world, again);
	client_ask(&clients[2], "another.example");
	assert_int_equal(peer_asked(again), 2);
	fake_loop_advance(world.loop, HEALTH_BACKOFF_MIN_MS);
	assert_int_equal(world.group->pools[0]->standing.health.state, HEALTH_PROBING);
	assert_int_equal(peer_asked(again), 3);
	peer_answer(&world, again, 2);
	ASSERT_ANSWERED(&clients[0], "u1");
}

/* One that was down is tried though others are faster, or nobody would know that it is back. */
static void test_who_was_down_is_tried(void **state)
{
	struct health *second;
	(void)state;
	begin(2, STRATEGY_FASTEST, 20);
	second = &world.group->pools[1]->standing.health;
	for (int i = 0; i < 50; i++)
		pace_measure(&world.group->pools[0]->standing.pace, 1);
	health_failed(second, loop_now_ms(world.loop), &world.rand, false);
	client_ask(&clients[0], "www.example");
	assert_int_equal(asked(2), 0);
	serve(1, 0, 1);
	fake_loop_advance(world.loop, HEALTH_BACKOFF_MIN_MS);
	client_ask(&clients[1], "www.example");
	assert_int_equal(asked(2), 1);
	peer_answer(&world, tls_of[2], 1);
	assert_int_equal(second->state, HEALTH_UP);
}

/* Where the order matters one that was down is tried when it is its turn, and hears no names until
 * then. */
static void test_who_was_down_waits_its_turn(void **state)
{
	(void)state;
	begin(2, STRATEGY_ORDERED, 20);
	health_failed(&world.group->pools[1]->standing.health, loop_now_ms(world.loop), &world.rand,
		false);
	fake_loop_advance(world.loop, HEALTH_BACKOFF_MAX_MS);
	client_ask(&clients[0], "www.example");
	assert_int_equal(asked(2), 0);
	serve(1, 0, 1);
}

static void test_the_fastest_is_asked(void **state)
{
	(void)state;
	begin(3, STRATEGY_FASTEST, 80);
	for (int i = 0; i < 50; i++)
		pace_measure(&world.group->pools[1]->standing.pace, 10);
	for (size_t i = 0; i < 20; i++) {
		client_ask(&clients[i], "www.example");
		serve(2, i, 10);
	}
	assert_int_equal(asked(1) + asked(3), 0);
	assert_int_equal(asked(2), 20);
}

/* One that turns slow is found to be by answers that nobody waited for any more. */
static void test_who_turns_slow_is_not_the_fastest(void **state)
{
	size_t answered = 0, slow = 0, lived = 0;
	(void)state;
	begin(2, STRATEGY_FASTEST, 20);
	for (size_t i = 0; i < 60; i++) {
		/* The first one takes half a second from now on, the second 20 ms. */
		client_ask(&clients[i], "www.example");
		for (unsigned ms = 0; ms < 500; ms += 20) {
			fake_loop_advance(world.loop, 20);
			if (clients[i].done == 0 && asked(2) > answered)
				peer_answer(&world, tls_of[2], asked(2));
		}
		answered = asked(2);
		if (asked(1) > slow)
			peer_answer(&world, tls_of[1], asked(1));
		slow = asked(1);
		if (peer_probed(tls_of[1]) > lived)
			peer_lives(&world, tls_of[1]);
		lived = peer_probed(tls_of[1]);
		assert_int_equal(clients[i].done, 1);
	}
	assert_in_range(asked(1), 1, 5);
}

/* Who is never asked could be the fastest by now. */
static void test_news_are_asked_for(void **state)
{
	(void)state;
	begin(2, STRATEGY_FASTEST, 20);
	for (int i = 0; i < 50; i++)
		pace_measure(&world.group->pools[1]->standing.pace, 200);
	world.group->credit = GROUP_CREDIT_MAX;
	size_t copies = 0;
	for (size_t i = 0; i < 100; i++) {
		fake_loop_advance(world.loop, 2000);
		const size_t before = asked(2);
		client_ask(&clients[i], "www.example");
		copies += asked(2) - before;
		if (asked(2) > before) /* a copy, which nobody waits for */
			peer_answer(&world, tls_of[2], asked(2));
		else
			serve(1, i, 10);
		assert_int_equal(clients[i].done, 1);
	}
	assert_in_range(copies, 2, 5); /* in 200 s */
	assert_int_equal(world.downs, 0);
}

/* With the credit spent nobody is asked out of curiosity. */
static void test_news_leave_credit_for_the_late(void **state)
{
	(void)state;
	begin(2, STRATEGY_FASTEST, 20);
	fake_loop_advance(world.loop, 2 * 60000);
	world.group->credit = GROUP_CREDIT_MAX / 2;
	client_ask(&clients[0], "www.example");
	assert_int_equal(asked(1) + asked(2), 1);
}

/* Another's domain each time. */
static void ask_anything(size_t i)
{
	char name[32];

	snprintf(name, sizeof(name), "n%zu.example", i);
	client_ask(&clients[i], name);
}

/* One that says SERVFAIL to everything says so faster than others find answers: each name would be
 * asked for twice for as long as it is broken. */
static void test_who_never_has_an_answer_is_not_asked(void **state)
{
	static const struct reply servfail = { .rcode = RCODE_SERVFAIL };
	static const unsigned good_ones = (OUTDONE_MAX + OUTDONE_LESS - 1) / OUTDONE_LESS;
	(void)state;
	begin(2, STRATEGY_ORDERED, 20);
	for (size_t i = 0; i < 100; i++) {
		const size_t before = asked(1);
		ask_anything(i);
		if (asked(1) > before)
			peer_reply(&world, tls_of[1], asked(1), &servfail);
		serve(2, i, 10);
	}
	assert_in_range(asked(1), OUTDONE_MAX, OUTDONE_MAX + 5); /* in 1 s */
	assert_int_equal(world.downs, 1);
	assert_non_null(strstr(world.why, "SERVFAIL"));
	assert_int_equal(world.ups, 0);
	/* It is tried now and then, and when it has an answer again by each question, until it
	 * has made up for those that it had not. */
	fake_loop_advance(world.loop, HEALTH_BACKOFF_MAX_MS);
	for (unsigned i = 0; i <= good_ones; i++) {
		client_ask(&clients[100], "www.example");
		serve(2, 100, 10);
		peer_reply(&world, tls_of[1], asked(1), i == 0 ? &servfail : &(struct reply){ 0 });
		assert_int_equal(world.ups, i == good_ones);
		clients[100].done = 0;
		fake_loop_advance(world.loop, i == 0 ? HEALTH_BACKOFF_MAX_MS : 0);
	}
	client_ask(&clients[101], "www.example");
	serve(1, 101, 10);
}

/* The first one has an answer to one question in so many. */
static void ask_of_servfail(size_t count, size_t good)
{
	static const struct reply servfail = { .rcode = RCODE_SERVFAIL };

	for (size_t i = 0; i < count; i++) {
		const size_t before = asked(1);
		ask_anything(i);
		if (asked(1) > before)
			peer_reply(&world, tls_of[1], asked(1),
				i % good == 0 ? &(struct reply){ 0 } : &servfail);
		if (clients[i].done == 0)
			serve(2, i, 10);
	}
}

/* Names that are broken for one of them say nothing while it has answers to others. */
static void test_some_broken_names_are_no_failure(void **state)
{
	(void)state;
	begin(2, STRATEGY_ORDERED, 20);
	ask_of_servfail(60, OUTDONE_LESS + 1);
	assert_int_equal(asked(1), 60);
	assert_int_equal(world.downs, 0);
}

static void test_who_seldom_has_an_answer_is_not_asked(void **state)
{
	(void)state;
	begin(2, STRATEGY_ORDERED, 20);
	ask_of_servfail(60, 7);
	assert_in_range(asked(1), OUTDONE_MAX, 20);
	assert_int_equal(world.downs, 1);
	assert_int_equal(world.ups, 0);
}

/* Whoever has a domain could make anybody look so. */
static void test_one_domain_is_no_failure(void **state)
{
	static const struct reply servfail = { .rcode = RCODE_SERVFAIL };
	char name[32];
	(void)state;
	begin(2, STRATEGY_ORDERED, 20);
	for (size_t i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "n%zu.broken.example", i);
		client_ask(&clients[i], name);
		peer_reply(&world, tls_of[1], asked(1), &servfail);
		serve(2, i, 10);
	}
	assert_int_equal(asked(1), 100);
	assert_int_equal(world.downs, 0);
	/* Where nothing else is asked for it is one, but later. */
	for (unsigned i = 1; i < OUTDONE_MAX; i++) {
		assert_int_equal(world.downs, 0);
		fake_loop_advance(world.loop, OUTDONE_PAUSE_S * 1000);
		client_ask(&clients[150 + i], "www.broken.example");
		peer_reply(&world, tls_of[1], asked(1), &servfail);
		serve(2, 150 + i, 10);
	}
	assert_int_equal(world.downs, 1);
}

/* What the first one was asked by the i-th client, and when. */
static uint64_t put_ms[CLIENTS];

/* The first one answers in 3 s, but in 10 ms what is a multiple of prompt; the second in 10 ms.
 * Returns how long the i-th client waited. */
static uint64_t ask_late_one(size_t i, size_t prompt)
{
	const uint64_t began_ms = loop_now_ms(world.loop);
	size_t first = asked(1), second = asked(2), lived = peer_probed(tls_of[1]);

	ask_anything(i);
	while (clients[i].done == 0) {
		if (asked(1) > first)
			put_ms[first++] = loop_now_ms(world.loop);
		fake_loop_advance(world.loop, 10);
		for (size_t j = 0; j < first; j++) {
			const uint64_t takes_ms = j % prompt == prompt - 1 ? 10 : 3000;
			if (put_ms[j] > 0 && loop_now_ms(world.loop) >= put_ms[j] + takes_ms) {
				put_ms[j] = 0;
				peer_answer(&world, tls_of[1], j + 1);
			}
		}
		if (peer_probed(tls_of[1]) > lived)
			peer_lives(&world, tls_of[1]);
		lived = peer_probed(tls_of[1]);
		if (asked(2) > second && clients[i].done == 0)
			peer_answer(&world, tls_of[2], ++second);
	}
	assert_int_equal(clients[i].err, 0);
	fake_loop_advance(world.loop, 500);
	return loop_now_ms(world.loop) - 500 - began_ms;
}

static void test_who_is_always_late_is_not_waited_for(void **state)
{
	(void)state;
	begin(2, STRATEGY_ORDERED, 20);
	world.group->credit = 0;
	for (size_t i = 0; i < 2 * OUTDONE_MAX; i++)
		(void)ask_late_one(i, CLIENTS);
	for (size_t i = 2 * OUTDONE_MAX; i < CLIENTS; i++)
		assert_in_range(ask_late_one(i, CLIENTS), 0, 20);
	assert_int_equal(world.downs, 1);
	assert_non_null(strstr(world.why, "longer than a second"));
	assert_int_equal(world.ups, 0);
}

static void test_who_is_seldom_in_time_is_not_waited_for(void **state)
{
	(void)state;
	begin(2, STRATEGY_ORDERED, 20);
	world.group->credit = 0;
	for (size_t i = 0; i < 4 * OUTDONE_MAX; i++)
		(void)ask_late_one(i, 7);
	for (size_t i = 4 * OUTDONE_MAX; i < CLIENTS; i++)
		assert_in_range(ask_late_one(i, 7), 0, 20);
	assert_int_equal(world.downs, 1);
	assert_int_equal(world.ups, 0);
}

static void test_some_late_names_are_no_failure(void **state)
{
	(void)state;
	begin(2, STRATEGY_ORDERED, 20);
	world.group->credit = 0;
	for (size_t i = 0; i < 5 * OUTDONE_MAX; i++)
		(void)ask_late_one(i, OUTDONE_LESS + 1);
	assert_int_equal(asked(1), 5 * OUTDONE_MAX);
	assert_int_equal(world.downs, 0);
}

static void test_parallel(void **state)
{
	(void)state;
	begin(5, STRATEGY_PARALLEL, 20);
	client_ask(&clients[0], "www.example");
	for (size_t i = 1; i <= 4; i++)
		assert_int_equal(asked(i), 1);
	assert_int_equal(asked(5), 0); /* four at once */
	peer_reply(&world, tls_of[3], 1, &(struct reply){ .rcode = RCODE_SERVFAIL });
	assert_int_equal(clients[0].done, 0);
	serve(4, 0, 5);
}

/* Of those that share the names each hears its own, and of another's only when that one fails. */
static void test_spread(void **state)
{
	char name[32];
	(void)state;
	begin(3, STRATEGY_SPREAD, 20);
	for (size_t i = 0; i < 60; i++) {
		const size_t before[] = { asked(1), asked(2), asked(3) };
		snprintf(name, sizeof(name), "name%zu.example", i);
		client_ask(&clients[i], name);
		size_t whose = 0;
		for (size_t member = 1; member <= 3; member++) {
			if (asked(member) > before[member - 1])
				whose = member;
		}
		assert_int_equal(asked(1) + asked(2) + asked(3), i + 1);
		serve(whose, i, 10);
	}
	for (size_t member = 1; member <= 3; member++)
		assert_true(asked(member) > 5);
}

#define T(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_slow_names_are_few),
		T(test_late_names_cost_what_was_saved),
		T(test_a_second_is_long_enough),
		T(test_credit_is_of_use_at_once),
		T(test_silence_is_free),
		T(test_who_is_back_is_asked_again),
		T(test_who_is_tried_is_asked_again_soon),
		T(test_who_was_down_is_tried),
		T(test_who_was_down_waits_its_turn),
		T(test_the_fastest_is_asked),
		T(test_who_turns_slow_is_not_the_fastest),
		T(test_news_are_asked_for),
		T(test_news_leave_credit_for_the_late),
		T(test_who_never_has_an_answer_is_not_asked),
		T(test_some_broken_names_are_no_failure),
		T(test_who_seldom_has_an_answer_is_not_asked),
		T(test_one_domain_is_no_failure),
		T(test_who_is_always_late_is_not_waited_for),
		T(test_who_is_seldom_in_time_is_not_waited_for),
		T(test_some_late_names_are_no_failure),
		T(test_parallel),
		T(test_spread),
	};
	return cmocka_run_group_tests_name("hedge", tests, NULL, NULL);
}
