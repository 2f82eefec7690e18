/* SPDX-License-Identifier: MIT */
/* A dead upstream must be known as such; a dead link must not be held against anybody. */
#include "world.h"

#include "upstream/group_inside.h"
#include "upstream/pool.h"

static struct world world;
static struct client clients[40];

static int setup_members(size_t members)
{
	world_init(&world, members, 1);
	for (size_t i = 0; i < 40; i++)
		client_init(&clients[i], &world);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	return setup_members(2);
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < 40; i++)
		client_done(&clients[i]);
	world_done(&world);
	return 0;
}

static struct standing *standing(size_t member)
{
	return &world.group->pools[member]->standing;
}

/* Every attempt fails from now on, for so long. */
static void cut_off(uint64_t ms)
{
	for (uint64_t at = 0; at < ms; at += 50) {
		for (size_t i = 0; i < fake_tls_count(); i++) {
			if (!fake_tls_closed(fake_tls_at(i)))
				peer_fail(&world, fake_tls_at(i), ERR_UNREACHABLE, "no route");
		}
		fake_loop_advance(world.loop, 50);
	}
}

static void test_all_failing_is_an_outage(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example");
	peer_fail(&world, peer_last(), ERR_UNREACHABLE, "no route");
	assert_int_equal(peer_member(peer_last()), 2); /* who may answer still */
	peer_fail(&world, peer_last(), ERR_UNREACHABLE, "no route");
	assert_true(world.upstreams->outage);
	assert_true(group_is_down(world.group));
	cut_off(6000);
	assert_int_equal(clients[0].done, 1);
	assert_int_equal(clients[0].err, ERR_UNREACHABLE);
	/* Nobody's pause has grown. */
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(standing(i)->health.failures, 1);
	client_ask(&clients[1], "www.example");
	fake_loop_advance(world.loop, HEALTH_OUTAGE_MS);
	for (size_t i = 0; i < fake_tls_count(); i++) {
		if (!fake_tls_closed(fake_tls_at(i)))
			peer_ready(&world, fake_tls_at(i));
	}
	assert_false(world.upstreams->outage); /* there is a way, whatever comes of it */
	assert_true(group_is_down(world.group));
	peer_answer(&world, peer_last(), 0);
	assert_int_equal(clients[1].done, 1);
	assert_int_equal(clients[1].err, 0);
	for (size_t i = 0; i < 2; i++)
		assert_true(health_due(&standing(i)->health, loop_now_ms(world.loop)));
}

/* With another one that answers it is the upstream, and its pauses grow as they should. */
static void test_one_failing_is_none(void **state)
{
	struct tls *second = NULL;
	(void)state;
	for (size_t i = 0; i < 30; i++) {
		client_ask(&clients[i], "www.example");
		for (size_t j = 0; j < fake_tls_count(); j++) {
			struct tls *tls = fake_tls_at(j);
			if (!fake_tls_closed(tls) && peer_member(tls) == 1)
				peer_fail(&world, tls, ERR_UNREACHABLE, "refused");
		}
		if (!second) {
			second = peer_last();
			peer_ready(&world, second);
		}
		peer_answer(&world, second, i);
		ASSERT_ANSWERED(&clients[i], "u2");
		fake_loop_advance(world.loop, 1000);
	}
	assert_false(world.upstreams->outage);
	assert_true(standing(0)->health.failures >= 4);
	assert_int_equal(world.downs, 1);
}

/* What counted against one before the outage ends with it, too: whoever is there is to be found. */
static void test_an_outage_ends_for_all(void **state)
{
	struct rand *rand = &world.rand;
	(void)state;
	for (int i = 0; i < 10; i++) {
		standing(0)->health.retry_at_ms = 0;
		health_failed(&standing(0)->health, loop_now_ms(world.loop), rand, false);
	}
	standing_failed(standing(0));
	standing_failed(standing(1));
	assert_true(world.upstreams->outage);
	fake_loop_advance(world.loop, 1000);
	assert_false(health_due(&standing(0)->health, loop_now_ms(world.loop)));
	standing_good(standing(1), true);
	assert_false(world.upstreams->outage);
	assert_true(health_due(&standing(0)->health, loop_now_ms(world.loop)));
	assert_int_equal(standing(0)->health.failures, 1);
}

static void test_penalty_ends_with_the_outage(void **state)
{
	(void)state;
	/* A night without a link, with a query now and then. */
	for (unsigned i = 0; i < 100; i++) {
		clients[0].done = 0;
		client_ask(&clients[0], "www.example");
		for (unsigned j = 0; j < 60 && clients[0].done == 0; j++)
			cut_off(100);
		assert_int_equal(clients[0].done, 1);
		fake_loop_advance(world.loop, 20000);
		if (fake_tls_count() > 200)
			break;
	}
	/* The link is back: the first query is answered within the shortest pause. */
	clients[0].done = 0;
	client_ask(&clients[0], "www.example");
	fake_loop_advance(world.loop, HEALTH_BACKOFF_MIN_MS);
	assert_false(fake_tls_closed(peer_last()));
	peer_ready(&world, peer_last());
	peer_answer(&world, peer_last(), 0);
	assert_int_equal(clients[0].done, 1);
	assert_int_equal(clients[0].err, 0);
}

/* What all fail in for a moment is no outage that anybody would be forgiven for. */
static void test_a_moment_is_no_outage(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		standing(0)->health.retry_at_ms = 0;
		health_failed(&standing(0)->health, loop_now_ms(world.loop), &world.rand, false);
	}
	standing_failed(standing(0));
	standing_failed(standing(1));
	fake_loop_advance(world.loop, 999);
	standing_good(standing(1), true);
	assert_false(health_due(&standing(0)->health, loop_now_ms(world.loop)));
}

/* One that fails while another is being asked, or has just answered, is alone with that. */
static void test_who_may_answer_yet_is_no_outage(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example"); /* of the first */
	standing_failed(standing(1));
	assert_false(world.upstreams->outage);
	peer_ready(&world, peer_last());
	peer_answer(&world, peer_last(), 0);
	ASSERT_ANSWERED(&clients[0], "u1");
	fake_loop_advance(world.loop, 1000);
	standing_good(standing(0), true);
	standing_good(standing(1), true);
	fake_loop_advance(world.loop, 10);
	standing_failed(standing(1));
	assert_true(world.upstreams->outage); /* for all that is known */
	fake_loop_advance(world.loop, 10);
	standing_good(standing(0), true);
	standing_failed(standing(1));
	assert_false(world.upstreams->outage);
}

/* Who is not who it should be stays so: nobody waits for that to pass. */
static void test_a_wrong_identity_is_not_waited_for(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example");
	for (unsigned i = 0; i < 10 && clients[0].done == 0; i++) {
		for (size_t j = 0; j < fake_tls_count(); j++) {
			if (!fake_tls_closed(fake_tls_at(j)))
				peer_fail(&world, fake_tls_at(j), ERR_TLS, "of another name");
		}
		fake_loop_advance(world.loop, 100);
	}
	assert_true(world.upstreams->outage);
	assert_int_equal(clients[0].done, 1);
	assert_int_equal(clients[0].err, ERR_UNREACHABLE);
	assert_string_equal(clients[0].why, "of another name");
}

static void test_patience_and_silence(void **state)
{
	struct standing *one = standing(0);
	(void)state;
	assert_int_equal(standing_patience_ms(one), STANDING_PATIENCE_FIRST_MS);
	pace_measure(&one->pace, 1);
	assert_int_equal(standing_patience_ms(one), STANDING_PATIENCE_MIN_MS);
	assert_int_equal(standing_silence_limits(one).doubt_ms, STANDING_DOUBT_MIN_MS);
	one->pace = (struct pace){ 0 };
	pace_measure(&one->pace, 50);
	assert_in_range(standing_patience_ms(one), 100, 200);
	assert_int_equal(standing_silence_limits(one).doubt_ms, 2 * standing_patience_ms(one));
	one->pace = (struct pace){ 0 };
	pace_measure(&one->pace, 5000);
	assert_int_equal(standing_patience_ms(one), STANDING_PATIENCE_MAX_MS);
	assert_int_equal(standing_silence_limits(one).doubt_ms,
		STANDING_PATIENCE_MAX_MS + STANDING_DOUBT_MORE_MS);
}

/* Out of memory is our trouble, and an authentication failure is what a person must hear of. */
static void test_what_is_told(void **state)
{
	struct standing *one = standing(0);
	(void)state;
	standing_note(one, ERR_NOMEM, "no memory");
	standing_failed(one);
	assert_int_equal(world.downs, 0);
	standing_clear(one);
	standing_note(one, ERR_TLS, "wrong certificate");
	standing_note(one, ERR_UNREACHABLE, "refused");
	standing_failed(one);
	assert_int_equal(world.downs, 1);
	assert_string_equal(world.why, "wrong certificate");
	standing_failed(one);
	assert_int_equal(world.downs, 1);
	standing_good(one, true);
	standing_good(one, true);
	assert_int_equal(world.ups, 1);
}

/* Whoever mends one thing must hear of the next. */
static void test_another_cause_is_told(void **state)
{
	struct standing *one = standing(0);
	(void)state;
	standing_note_anew(one, ERR_UNREACHABLE, "refused");
	standing_failed(one);
	fake_loop_advance(world.loop, STANDING_CAUSE_PAUSE_MS);
	standing_failed(one);
	assert_int_equal(world.downs, 1);
	standing_note_anew(one, ERR_TLS, "wrong certificate");
	standing_failed(one);
	assert_int_equal(world.downs, 1);
	assert_string_equal(world.why, "wrong certificate");
	/* They may take turns. */
	standing_note_anew(one, ERR_UNREACHABLE, "refused");
	standing_failed(one);
	assert_string_equal(world.why, "wrong certificate");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_all_failing_is_an_outage),
		T(test_one_failing_is_none),
		T(test_an_outage_ends_for_all),
		T(test_penalty_ends_with_the_outage),
		T(test_a_moment_is_no_outage),
		T(test_who_may_answer_yet_is_no_outage),
		T(test_a_wrong_identity_is_not_waited_for),
		T(test_patience_and_silence),
		T(test_what_is_told),
		T(test_another_cause_is_told),
	};
	return cmocka_run_group_tests_name("standing", tests, NULL, NULL);
}
