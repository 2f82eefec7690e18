/* SPDX-License-Identifier: MIT */
/* One bad upstream is not noticed; each ask ends once and in time. */
#include "world.h"

#include "support/failmalloc.h"
#include "upstream/group_inside.h"
#include "upstream/pool.h"

static struct world world;
static struct client clients[8];
static struct tls *tls_of[4]; /* one connection to each member, 1 on */

static const struct reply servfail = { .rcode = RCODE_SERVFAIL };

static int setup_members(size_t members)
{
	world_init(&world, members, 1);
	for (size_t i = 0; i < 8; i++)
		client_init(&clients[i], &world);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	return setup_members(3);
}

static int setup_one(void **state)
{
	(void)state;
	return setup_members(1);
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < 8; i++)
		client_done(&clients[i]);
	world_done(&world);
	return 0;
}

/* A connection to every member that has had one answer, so that what follows is about answers. */
static void connect_all(void)
{
	client_ask(&clients[0], "warm.example");
	for (unsigned i = 1; i <= world.member_count; i++) {
		tls_of[i] = peer_last();
		assert_int_equal(peer_member(peer_last()), i);
		peer_ready(&world, tls_of[i]);
		if (i < world.member_count)
			peer_reply(&world, tls_of[i], 0, &servfail);
		else
			peer_answer(&world, tls_of[i], 0);
	}
	assert_int_equal(clients[0].done, 1);
	assert_int_equal(clients[0].err, 0);
	clients[0].done = 0;
}

/* Refuses every attempt at that member from now on, until none is under way. */
static void refuse(unsigned member)
{
	for (size_t i = 0; i < fake_tls_count(); i++) {
		struct tls *tls = fake_tls_at(i);
		if (peer_member(tls) == member && !fake_tls_closed(tls))
			peer_fail(&world, tls, ERR_UNREACHABLE, "refused");
	}
}

static void test_first_one_first(void **state)
{
	(void)state;
	connect_all();
	for (size_t i = 1; i < 10; i++) {
		client_ask(&clients[0], "www.example");
		peer_answer(&world, tls_of[1], i);
		ASSERT_ANSWERED(&clients[0], "u1");
		clients[0].done = 0;
	}
	assert_int_equal(peer_asked(tls_of[2]), 1);
}

static void test_bad_rcodes_try_the_next(void **state)
{
	static const uint16_t bad[] = { RCODE_SERVFAIL, RCODE_REFUSED, RCODE_FORMERR,
		RCODE_NOTIMP };
	(void)state;
	connect_all();
	for (size_t i = 0; i < 4; i++) {
		client_ask(&clients[0], "www.example");
		peer_reply(&world, tls_of[1], 1 + i, &(struct reply){ .rcode = bad[i] });
		assert_int_equal(clients[0].done, 0);
		peer_answer(&world, tls_of[2], 1 + i);
		ASSERT_ANSWERED(&clients[0], "u2");
		clients[0].done = 0;
	}
	assert_int_equal(world.downs, 0); /* one SERVFAIL says nothing about a server */
}

static void test_nxdomain_is_an_answer(void **state)
{
	(void)state;
	connect_all();
	client_ask(&clients[0], "www.example");
	peer_reply(&world, tls_of[1], 1, &(struct reply){ .rcode = RCODE_NXDOMAIN });
	assert_int_equal(clients[0].done, 1);
	assert_int_equal(clients[0].err, 0);
	assert_int_equal(clients[0].rcode, RCODE_NXDOMAIN);
	assert_int_equal(peer_asked(tls_of[2]), 1);
}

static void test_when_all_say_so_the_first_is_told(void **state)
{
	(void)state;
	connect_all();
	client_ask(&clients[0], "www.example");
	peer_reply(&world, tls_of[1], 1, &(struct reply){ .rcode = RCODE_REFUSED });
	peer_reply(&world, tls_of[2], 1, &servfail);
	assert_int_equal(clients[0].done, 0);
	peer_reply(&world, tls_of[3], 1, &servfail);
	assert_int_equal(clients[0].done, 1);
	assert_int_equal(clients[0].err, 0);
	assert_int_equal(clients[0].rcode, RCODE_REFUSED);
	assert_string_equal(clients[0].by, "u1");
	/* Nobody was asked twice. */
	for (unsigned i = 1; i <= 3; i++)
		assert_int_equal(peer_asked(tls_of[i]), 2);
}

static void test_remembered_one_at_the_deadline(void **state)
{
	(void)state;
	connect_all();
	client_ask(&clients[0], "www.example");
	peer_reply(&world, tls_of[1], 1, &servfail);
	fake_loop_advance(world.loop, 5000);
	assert_int_equal(clients[0].done, 1);
	assert_int_equal(clients[0].err, 0);
	assert_int_equal(clients[0].rcode, RCODE_SERVFAIL);
}

static void test_truncated_goes_to_the_next(void **state)
{
	(void)state;
	connect_all();
	client_ask(&clients[0], "www.example");
	peer_reply(&world, tls_of[1], 1, &(struct reply){ .truncated = true });
	assert_int_equal(clients[0].done, 0);
	assert_false(fake_tls_closed(tls_of[1]));
	peer_answer(&world, tls_of[2], 1);
	ASSERT_ANSWERED(&clients[0], "u2");
}

/* A link in a web page to a name with malformed records would take all upstreams down, and fail
 * everybody's questions. */
static void test_malformed_record_costs_only_its_question(void **state)
{
	(void)state;
	connect_all();
	client_ask(&clients[0], "www.example");
	client_ask(&clients[1], "evil.example");
	client_ask(&clients[2], "mail.example");
	peer_reply(&world, tls_of[1], 2, &(struct reply){ .malformed = true });
	assert_int_equal(clients[1].done, 0);
	peer_reply(&world, tls_of[2], 1, &(struct reply){ .malformed = true });
	for (size_t member = 3; member <= world.member_count; member++)
		peer_reply(&world, tls_of[member], 1, &(struct reply){ .malformed = true });
	assert_int_equal(clients[1].done, 1);
	assert_int_equal(clients[1].err, ERR_PROTOCOL);
	peer_answer(&world, tls_of[1], 1);
	peer_answer(&world, tls_of[1], 3);
	ASSERT_ANSWERED(&clients[0], "u1");
	ASSERT_ANSWERED(&clients[2], "u1");
	assert_false(fake_tls_closed(tls_of[1]));
	assert_int_equal(world.downs, 0);
}

/* What the first one's useless response took must be there for the second one's answer. */
static void test_a_large_failure_leaves_room_for_an_answer(void **state)
{
	(void)state;
	connect_all();
	arena_done(&clients[0].arena);
	arena_init(&clients[0].arena, 8192);
	client_ask(&clients[0], "www.example");
	peer_reply(&world, tls_of[1], 1, &(struct reply){ .rcode = RCODE_SERVFAIL });
	assert_null(clients[0].arena.blocks);
	peer_answer(&world, tls_of[2], 1);
	ASSERT_ANSWERED(&clients[0], "u2");
}

static void test_patience_then_both(void **state)
{
	(void)state;
	connect_all();
	client_ask(&clients[0], "www.example");
	fake_loop_advance(world.loop, STANDING_PATIENCE_MIN_MS - 1);
	assert_int_equal(peer_asked(tls_of[2]), 1);
	fake_loop_advance(world.loop, 1);
	assert_int_equal(peer_asked(tls_of[2]), 2);
	/* The earlier one keeps running, and wins here. */
	peer_answer(&world, tls_of[1], 1);
	ASSERT_ANSWERED(&clients[0], "u1");
	/* The later one's answer is quietly dropped. */
	peer_answer(&world, tls_of[2], 1);
	assert_int_equal(clients[0].done, 1);
	assert_false(fake_tls_closed(tls_of[2]));
}

static void test_late_one_wins(void **state)
{
	(void)state;
	connect_all();
	client_ask(&clients[0], "www.example");
	fake_loop_advance(world.loop, STANDING_PATIENCE_MIN_MS);
	peer_reply(&world, tls_of[2], 1, &servfail); /* no better: the first may still come */
	assert_int_equal(clients[0].done, 0);
	peer_answer(&world, tls_of[3], 1);
	ASSERT_ANSWERED(&clients[0], "u3");
}

static void test_bad_rcode_of_a_second_one_is_no_hurry(void **state)
{
	(void)state;
	connect_all();
	client_ask(&clients[0], "slow.example");
	client_ask(&clients[1], "www.example");
	fake_loop_advance(world.loop, STANDING_PATIENCE_MIN_MS / 2);
	peer_answer(&world, tls_of[1], 2); /* the first one is alive, and only slow */
	fake_loop_advance(world.loop, STANDING_PATIENCE_MIN_MS / 2);
	assert_int_equal(peer_asked(tls_of[2]), 2);
	peer_reply(&world, tls_of[2], 1, &servfail);
	assert_int_equal(peer_asked(tls_of[3]), 1);
	peer_answer(&world, tls_of[1], 1);
	ASSERT_ANSWERED(&clients[0], "u1");
}

static void test_slow_one_does_not_wake_the_dead(void **state)
{
	(void)state;
	connect_all();
	for (unsigned i = 2; i <= 3; i++) {
		peer_fail(&world, tls_of[i], ERR_CLOSED, "");
		(void)health_failed(&world.group->pools[i - 1]->standing.health,
			loop_now_ms(world.loop), &world.rand, false);
		world.group->pools[i - 1]->standing.health.retry_at_ms += 60000;
	}
	client_ask(&clients[0], "slow.example");
	client_ask(&clients[1], "www.example");
	fake_loop_advance(world.loop, 100);
	peer_answer(&world, tls_of[1], 2);
	fake_loop_advance(world.loop, 2000);
	assert_int_equal(fake_tls_count(), 3); /* no attempt at those that back off */
	peer_answer(&world, tls_of[1], 1);
	ASSERT_ANSWERED(&clients[0], "u1");
}

static void test_far_upstream_may_take_its_handshake(void **state)
{
	(void)state;
	connect_all();
	for (size_t i = 1; i <= 200; i++)
		pace_measure(&world.group->pools[0]->standing.pace, 190);
	peer_fail(&world, tls_of[1], ERR_CLOSED, "");
	size_t before = peer_asked(tls_of[2]);
	client_ask(&clients[0], "www.example");
	fake_loop_advance(world.loop, 3 * 190);
	assert_int_equal(peer_asked(tls_of[2]), before);
	fake_loop_advance(world.loop, STANDING_PATIENCE_MAX_MS - 3 * 190);
	assert_int_equal(peer_asked(tls_of[2]), before + 1);
}

static void test_one_query_after_a_slow_handshake(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example");
	fake_loop_advance(world.loop, 3 * STANDING_PATIENCE_FIRST_MS);
	peer_ready(&world, peer_last());
	assert_int_equal(peer_asked(peer_last()), 1);
	peer_answer(&world, peer_last(), 0);
	ASSERT_ANSWERED(&clients[0], "u1");
}

static void test_deadline(void **state)
{
	(void)state;
	connect_all();
	client_ask(&clients[0], "www.example");
	fake_loop_advance(world.loop, 4999);
	assert_int_equal(clients[0].done, 0);
	fake_loop_advance(world.loop, 1);
	assert_int_equal(clients[0].done, 1);
	assert_int_equal(clients[0].err, ERR_TIMEOUT);
	assert_string_not_equal(clients[0].why, "");
	assert_string_not_equal(clients[0].by, "");
	assert_int_equal(world.upstreams->asks, 0);
}

static void test_stalled_handshake_costs_a_patience(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example");
	fake_loop_advance(world.loop, STANDING_PATIENCE_FIRST_MS);
	assert_int_equal(fake_tls_count(), 2);
	assert_int_equal(peer_member(peer_last()), 2);
	peer_ready(&world, peer_last());
	peer_answer(&world, peer_last(), 0);
	ASSERT_ANSWERED(&clients[0], "u2");
	/* And only the first client pays it: the others do not wait for that handshake. */
	client_ask(&clients[1], "www.example");
	peer_answer(&world, peer_last(), 1);
	ASSERT_ANSWERED(&clients[1], "u2");
	/* When it comes to an end after all, the first is the first again. */
	peer_ready(&world, fake_tls_at(0));
	client_ask(&clients[2], "www.example");
	peer_answer(&world, fake_tls_at(0), 0);
	ASSERT_ANSWERED(&clients[2], "u1");
}

static void test_backing_off_is_skipped(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example");
	refuse(1);
	assert_int_equal(peer_member(peer_last()), 2);
	peer_ready(&world, peer_last());
	peer_answer(&world, peer_last(), 0);
	ASSERT_ANSWERED(&clients[0], "u2");
	client_ask(&clients[1], "www.example");
	assert_int_equal(fake_tls_count(), 2); /* at once, without a try at the first */
	peer_answer(&world, peer_last(), 1);
	ASSERT_ANSWERED(&clients[1], "u2");
}

static void test_trial_costs_the_client_nothing(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example");
	refuse(1);
	struct tls *second = peer_last();
	peer_ready(&world, second);
	peer_answer(&world, second, 0);
	fake_loop_advance(world.loop, HEALTH_BACKOFF_MIN_MS);
	/* Its time has come: tried, but the next one is asked in the same breath. */
	client_ask(&clients[1], "www.example");
	struct tls *first = peer_last();
	assert_int_equal(peer_member(first), 1);
	assert_int_equal(peer_asked(second), 2);
	peer_answer(&world, second, 1);
	ASSERT_ANSWERED(&clients[1], "u2");
	/* One trial at a time. */
	client_ask(&clients[2], "www.example");
	assert_ptr_equal(peer_last(), first);
	peer_answer(&world, second, 2);
	ASSERT_ANSWERED(&clients[2], "u2");
	/* The handshake done, the next query is its proof; told once. */
	peer_ready(&world, first);
	client_ask(&clients[3], "www.example");
	assert_int_equal(world.ups, 0);
	peer_answer(&world, first, 0);
	ASSERT_ANSWERED(&clients[3], "u1");
	assert_int_equal(world.downs, 1);
	assert_int_equal(world.ups, 1);
	client_ask(&clients[4], "www.example");
	assert_int_equal(peer_asked(first), 2);
	assert_int_equal(peer_asked(second), 4); /* not asked any more */
}

static void test_trial_that_was_overtaken_still_counts(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example");
	refuse(1);
	struct tls *second = peer_last();
	peer_ready(&world, second);
	peer_answer(&world, second, 0);
	fake_loop_advance(world.loop, HEALTH_BACKOFF_MIN_MS);
	client_ask(&clients[1], "www.example");
	struct tls *first = peer_last();
	peer_ready(&world, first);
	assert_int_equal(peer_asked(first), 1);
	peer_answer(&world, second, 1);
	ASSERT_ANSWERED(&clients[1], "u2");
	/* The handshake allowed one more; not one for each client. */
	client_ask(&clients[2], "www.example");
	client_ask(&clients[3], "www.example");
	assert_int_equal(peer_asked(first), 2);
	assert_int_equal(world.ups, 0);
	peer_answer(&world, first, 0); /* to a query that was cancelled */
	assert_int_equal(world.ups, 1);
}

static void test_all_backing_off_the_soonest_is_tried(void **state)
{
	(void)state;
	world_old_outage(&world);
	client_ask(&clients[0], "www.example");
	for (unsigned i = 1; i <= 3; i++)
		refuse(i);
	assert_int_equal(world.downs, 3);
	/* Everybody refused; a second round, each not before its pause. */
	for (unsigned i = 0; i < 10 && clients[0].done == 0; i++) {
		fake_loop_advance(world.loop, 100);
		for (unsigned member = 1; member <= 3; member++)
			refuse(member);
	}
	assert_int_equal(clients[0].done, 1);
	assert_int_equal(clients[0].err, ERR_UNREACHABLE);
	assert_string_equal(clients[0].why, "refused");
	assert_int_equal(world.downs, 3);
	/* A new client waits for a try instead of failing. */
	client_ask(&clients[1], "www.example");
	assert_int_equal(clients[1].done, 0);
	unsigned soonest = 1;
	for (unsigned i = 2; i <= 3; i++) {
		if (world.group->pools[i - 1]->standing.health.retry_at_ms <
			world.group->pools[soonest - 1]->standing.health.retry_at_ms)
			soonest = i;
	}
	fake_loop_advance(world.loop, HEALTH_BACKOFF_MIN_MS);
	assert_int_equal(peer_member(peer_last()), soonest);
	assert_false(fake_tls_closed(peer_last()));
	peer_ready(&world, peer_last());
	peer_answer(&world, peer_last(), 0);
	assert_int_equal(clients[1].done, 1);
	assert_int_equal(clients[1].err, 0);
}

static void test_cancel(void **state)
{
	(void)state;
	/* While it waits for a handshake, and while it waits for an answer. */
	client_ask(&clients[0], "www.example");
	ask_cancel(clients[0].ask);
	clients[0].ask = NULL;
	peer_ready(&world, peer_last());
	assert_int_equal(peer_asked(peer_last()), 0);
	client_ask(&clients[0], "www.example");
	ask_cancel(clients[0].ask);
	clients[0].ask = NULL;
	peer_answer(&world, peer_last(), 0);
	assert_int_equal(clients[0].done, 0);
	assert_int_equal(world.upstreams->asks, 0);
}

static void test_only_upstream_breaks_the_rules_once(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example");
	peer_ready(&world, peer_last());
	peer_reply(&world, peer_last(), 0, &(struct reply){ .id_off = 1 });
	/* There is nobody else: once more, on a fresh connection after the shortest pause. */
	fake_loop_advance(world.loop, HEALTH_BACKOFF_MIN_MS);
	assert_int_equal(fake_tls_count(), 2);
	peer_ready(&world, peer_last());
	peer_answer(&world, peer_last(), 0);
	ASSERT_ANSWERED(&clients[0], "u1");
	assert_int_equal(world.downs, 1);
	assert_int_equal(world.ups, 1);
}

static void test_response_too_large_for_the_arena(void **state)
{
	(void)state;
	arena_init(&clients[1].arena, 16);
	client_ask(&clients[1], "www.example");
	for (unsigned i = 0; i < 3; i++) {
		peer_ready(&world, peer_last());
		peer_answer(&world, peer_last(), 0);
	}
	for (unsigned i = 0; i < 10 && clients[1].done == 0; i++) {
		for (unsigned j = 0; j < 3; j++) {
			if (peer_asked(fake_tls_at(j)) > 1)
				peer_answer(&world, fake_tls_at(j), 1);
		}
	}
	assert_int_equal(clients[1].done, 1);
	assert_int_equal(clients[1].err, ERR_NOMEM);
	assert_int_equal(world.downs, 0);
}

/* One ask from the first allocation to the last, over an upstream that says SERVFAIL and one that
 * answers; false when it ended without a good answer. */
static bool whole_ask(struct client *client)
{
	client_ask_only(client, "www.example");
	if (!client->ask)
		return false;
	for (unsigned i = 0; i < 100 && client->done == 0; i++) {
		fake_loop_advance(world.loop, 50);
		for (size_t j = 0; j < fake_tls_count(); j++) {
			struct tls *tls = fake_tls_at(j);
			if (fake_tls_closed(tls) || client->done)
				continue;
			if (!fake_tls_is_ready(tls))
				peer_ready(&world, tls);
			else if (peer_asked(tls) > 0 && peer_member(tls) == 1)
				peer_reply(&world, tls, peer_asked(tls) - 1, &servfail);
			else if (peer_asked(tls) > 0)
				peer_answer(&world, tls, peer_asked(tls) - 1);
		}
	}
	assert_int_equal(client->done, 1);
	return client->err == 0;
}

static void test_no_memory(void **state)
{
	unsigned failed = 0;
	(void)state;
	teardown(NULL);
	for (size_t n = 0;; n++) {
		setup(NULL);
		failmalloc_arm(n);
		bool good = whole_ask(&clients[0]);
		bool happened = failmalloc_disarm();
		if (!good)
			assert_true(clients[0].done == 0 || clients[0].err == ERR_NOMEM);
		failed += happened;
		/* It is over when it is over. */
		clients[1].done = 0;
		assert_true(whole_ask(&clients[1]));
		if (!happened)
			break;
		teardown(NULL);
	}
	assert_true(failed > 8);
}

static void test_an_ask_allocates_once(void **state)
{
	(void)state;
	connect_all();
	client_ask(&clients[0], "www.example"); /* grows what is kept */
	peer_answer(&world, tls_of[1], 1);
	(void)arena_alloc(&clients[1].arena, 1);
	size_t before = failmalloc_count();
	client_ask_only(&clients[1], "www.example");
	assert_int_equal(failmalloc_count() - before, 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_first_one_first),
		T(test_bad_rcodes_try_the_next),
		T(test_nxdomain_is_an_answer),
		T(test_when_all_say_so_the_first_is_told),
		T(test_remembered_one_at_the_deadline),
		T(test_truncated_goes_to_the_next),
		T(test_malformed_record_costs_only_its_question),
		T(test_a_large_failure_leaves_room_for_an_answer),
		T(test_patience_then_both),
		T(test_late_one_wins),
		T(test_bad_rcode_of_a_second_one_is_no_hurry),
		T(test_slow_one_does_not_wake_the_dead),
		T(test_far_upstream_may_take_its_handshake),
		cmocka_unit_test_setup_teardown(
			test_one_query_after_a_slow_handshake, setup_one, teardown),
		T(test_deadline),
		T(test_stalled_handshake_costs_a_patience),
		T(test_backing_off_is_skipped),
		T(test_trial_costs_the_client_nothing),
		T(test_trial_that_was_overtaken_still_counts),
		T(test_all_backing_off_the_soonest_is_tried),
		T(test_cancel),
		cmocka_unit_test_setup_teardown(
			test_only_upstream_breaks_the_rules_once, setup_one, teardown),
		T(test_response_too_large_for_the_arena),
		T(test_no_memory),
		T(test_an_ask_allocates_once),
	};
	return cmocka_run_group_tests_name("ask", tests, NULL, NULL);
}
