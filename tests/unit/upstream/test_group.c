/* SPDX-License-Identifier: MIT */
/* A reload must not cost a connection, a query or memory. */
#include "world.h"

#include "support/failmalloc.h"
#include "upstream/group_inside.h"
#include "upstream/pool.h"

static struct world world;
static struct client clients[4];

static int setup(void **state)
{
	(void)state;
	world_init(&world, 2, 1);
	for (size_t i = 0; i < 4; i++)
		client_init(&clients[i], &world);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++)
		client_done(&clients[i]);
	world_done(&world);
	return 0;
}

/* The same upstreams from a newer configuration, renamed. */
static void reload(void)
{
	struct endpoint *endpoints[2];
	const char *addresses[] = { "192.0.2.1", "192.0.2.2" };
	const char *urls[] = { "tls://u1.example", "tls://u2.example" };
	const char *names[] = { "new1", "new2" };
	char why[ENDPOINT_WHY_LEN];

	for (size_t i = 0; i < 2; i++) {
		const struct endpoint_options options = {
			.url = urls[i],
			.name = names[i],
			.addresses = &addresses[i],
			.address_count = 1,
		};
		assert_int_equal(endpoint_new(&options, &endpoints[i], why), 0);
	}
	struct group *old = world.group;
	world.group = group_new(world.upstreams, endpoints, 2, STRATEGY_ORDERED);
	assert_non_null(world.group);
	group_release(old);
	for (size_t i = 0; i < 2; i++)
		endpoint_release(endpoints[i]);
}

static void test_reload_keeps_connections(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example");
	struct tls *tls = fake_tls_at(0);
	peer_ready(&world, tls);
	client_ask(&clients[1], "www.example");
	reload();
	fake_loop_settle(world.loop);
	assert_false(fake_tls_closed(tls));
	/* Asks of the old group end as they would have; the new one uses the same connection. */
	client_ask(&clients[2], "www.example");
	assert_int_equal(fake_tls_count(), 1);
	assert_int_equal(peer_asked(tls), 3);
	for (size_t i = 0; i < 3; i++) {
		peer_answer(&world, tls, i);
		ASSERT_ANSWERED(&clients[i], "new1");
	}
}

static void test_open_connection_holds_the_old_endpoint(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example");
	const char *host = fake_tls_peer(fake_tls_at(0))->host;
	reload();
	for (size_t i = 0; i < 2; i++) {
		endpoint_release(world.endpoints[i]);
		world.endpoints[i] = NULL;
	}
	assert_string_equal(host, "u1.example"); /* still there, as TLS reads it */
	peer_ready(&world, fake_tls_at(0));
	peer_answer(&world, fake_tls_at(0), 0);
	ASSERT_ANSWERED(&clients[0], "new1");
}

static void test_last_holder_closes(void **state)
{
	(void)state;
	client_ask(&clients[0], "www.example");
	peer_ready(&world, fake_tls_at(0));
	group_release(world.group);
	world.group = NULL;
	fake_loop_settle(world.loop);
	assert_false(fake_tls_closed(fake_tls_at(0))); /* an ask is under way */
	peer_answer(&world, fake_tls_at(0), 0);
	ASSERT_ANSWERED(&clients[0], "u1");
	assert_true(fake_tls_closed(fake_tls_at(0)));
	assert_int_equal(world.upstreams->asks, 0);
}

static void test_idle_pool_is_small(void **state)
{
	(void)state;
	assert_true(sizeof(struct pool) <= 1024);
}

static char answered_by[64];

static void answered(void *owner, const struct ask_result *result)
{
	(void)owner;
	snprintf(answered_by, sizeof(answered_by), "%s%s", result->err ? "not " : "",
		result->endpoint ? result->endpoint->name : "nobody");
}

/* Asks for what needs signatures, of one member alone or of all. */
static void ask_for_signatures(struct arena *arena, const struct endpoint *only)
{
	const struct ask_options options = {
		.question = { .name = name_root(), .type = 6, .class = 1 },
		.signatures = true,
		.only = only,
		.deadline_ms = loop_now_ms(world.loop) + 5000,
	};

	arena_done(arena);
	arena_init(arena, 1u << 16);
	answered_by[0] = '\0';
	assert_non_null(group_ask(world.group, &options, arena, answered, NULL));
	fake_loop_settle(world.loop);
}

/* The newest connection is taken up and what came on it answered. */
static void serve(void)
{
	struct tls *tls = fake_tls_at(fake_tls_count() - 1);

	if (!fake_tls_is_ready(tls))
		peer_ready(&world, tls);
	peer_answer(&world, tls, peer_asked(tls) - 1);
}

static void test_only_one(void **state)
{
	struct arena arena = { 0 };
	(void)state;
	ask_for_signatures(&arena, world.endpoints[1]);
	assert_int_equal(fake_tls_count(), 1);
	assert_int_equal(peer_member(fake_tls_at(0)), 2);
	serve();
	assert_string_equal(answered_by, "u2");
	/* Nobody else is asked in its place. */
	world_old_outage(&world);
	peer_fail(&world, fake_tls_at(0), ERR_CLOSED, "closed");
	ask_for_signatures(&arena, world.endpoints[1]);
	for (size_t i = 1; i < fake_tls_count(); i++) {
		assert_int_equal(peer_member(fake_tls_at(i)), 2);
		if (!fake_tls_closed(fake_tls_at(i)))
			peer_fail(&world, fake_tls_at(i), ERR_UNREACHABLE, "refused");
	}
	fake_loop_advance(world.loop, 5000);
	assert_string_equal(answered_by, "not u2");
	arena_done(&arena);
}

/* Who leaves signatures out is asked for them for want of others alone. */
static void test_unfit(void **state)
{
	struct arena arena = { 0 };
	(void)state;
	group_judge(world.group, world.endpoints[0], true);
	ask_for_signatures(&arena, NULL);
	assert_int_equal(peer_member(fake_tls_at(0)), 2);
	peer_ready(&world, fake_tls_at(0));
	fake_loop_advance(world.loop, 400); /* late, but nobody else is better */
	assert_int_equal(fake_tls_count(), 1);
	serve();
	assert_string_equal(answered_by, "u2");
	/* Other questions it gets as before. */
	client_ask(&clients[0], "www.example");
	assert_int_equal(peer_member(fake_tls_at(1)), 1);
	serve();
	ASSERT_ANSWERED(&clients[0], "u1");
	/* The fit one fails. */
	ask_for_signatures(&arena, NULL);
	assert_int_equal(peer_asked(fake_tls_at(1)), 1);
	fake_tls_fail(fake_tls_at(0), ERR_CLOSED, "closed");
	fake_loop_settle(world.loop);
	peer_fail(&world, fake_tls_at(2), ERR_UNREACHABLE, "refused");
	assert_int_equal(peer_asked(fake_tls_at(1)), 2);
	peer_answer(&world, fake_tls_at(1), 1);
	assert_string_equal(answered_by, "u1");
	arena_done(&arena);
}

/* Both are unfit: the first one's turn comes, and an upstream found fit again has it back. */
static void test_all_unfit(void **state)
{
	struct arena arena = { 0 };
	(void)state;
	group_judge(world.group, world.endpoints[0], true);
	group_judge(world.group, world.endpoints[1], true);
	ask_for_signatures(&arena, NULL);
	assert_int_equal(peer_member(fake_tls_at(0)), 1);
	serve();
	group_judge(world.group, world.endpoints[1], false);
	ask_for_signatures(&arena, NULL);
	assert_int_equal(peer_member(fake_tls_at(1)), 2);
	serve();
	group_judge(world.group, world.endpoints[0], false);
	ask_for_signatures(&arena, NULL);
	assert_int_equal(peer_asked(fake_tls_at(0)), 2);
	peer_answer(&world, fake_tls_at(0), 1);
	assert_string_equal(answered_by, "u1");
	arena_done(&arena);
}

static void test_group_of_nobody(void **state)
{
	(void)state;
	group_release(world.group);
	world.group = group_new(world.upstreams, NULL, 0, STRATEGY_ORDERED);
	assert_non_null(world.group);
	client_ask(&clients[0], "www.example");
	assert_int_equal(clients[0].done, 1);
	assert_int_equal(clients[0].err, ERR_UNREACHABLE);
	assert_string_equal(clients[0].by, "");
	group_release(NULL);
	upstreams_free(NULL);
}

static void test_no_memory(void **state)
{
	(void)state;
	struct upstreams_options options = { .loop = world.loop, .rand = &world.rand };
	failmalloc_arm(0);
	assert_null(upstreams_new(&options));
	assert_true(failmalloc_disarm());
	struct upstreams *upstreams = upstreams_new(&options);
	for (size_t n = 0;; n++) {
		failmalloc_arm(n);
		struct group *group = group_new(upstreams, world.endpoints, 2, STRATEGY_ORDERED);
		if (!failmalloc_disarm()) {
			assert_non_null(group);
			assert_int_equal(
				n, 5); /* itself, its pools, what they know of their addresses */
			group_release(group);
			break;
		}
		assert_null(group);
	}
	upstreams_free(upstreams);
}

static void warm(enum strategy strategy)
{
	world.group->strategy = strategy;
	group_warm(world.group);
	fake_loop_settle(world.loop);
}

/* Who never was asked is nobody's first choice that is known to be needed. */
static void test_nobody_is_kept_busy_for_nothing(void **state)
{
	(void)state;
	warm(STRATEGY_ORDERED);
	warm(STRATEGY_FASTEST);
	pace_measure(&world.group->pools[1]->standing.pace, 20);
	warm(STRATEGY_ORDERED); /* the first would be asked */
	assert_int_equal(fake_tls_count(), 0);
}

/* The first question after a start would wait for a handshake. */
static void test_warm_before_the_first_question(void **state)
{
	(void)state;
	pace_measure(&world.group->pools[0]->standing.pace, 200);
	pace_measure(&world.group->pools[1]->standing.pace, 20);
	warm(STRATEGY_FASTEST);
	assert_int_equal(fake_tls_count(), 1);
	assert_int_equal(peer_member(peer_last()), 2);
	warm(STRATEGY_ORDERED);
	warm(STRATEGY_ORDERED);
	assert_int_equal(fake_tls_count(), 2);
	assert_int_equal(peer_member(peer_last()), 1);
	peer_ready(&world, peer_last());
	client_ask(&clients[0], "www.example");
	peer_answer(&world, peer_last(), 0);
	ASSERT_ANSWERED(&clients[0], "u1");
	/* One a start: what is not used is not connected to again. */
	fake_loop_advance(world.loop, 10 * CONNECTION_IDLE_CAP_MS);
	assert_int_equal(fake_tls_count(), 2);
	assert_int_equal(fake_tls_open_count(), 0);
}

static void test_warm_where_all_have_a_share(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++)
		pace_measure(&world.group->pools[i]->standing.pace, 20);
	warm(STRATEGY_SPREAD);
	assert_int_equal(fake_tls_count(), 2);
	/* A machine that starts before its network has no upstream to complain of. */
	for (size_t i = 0; i < 2; i++)
		peer_fail(&world, fake_tls_at(i), ERR_UNREACHABLE, "no route");
	fake_loop_advance(world.loop, 60000);
	assert_int_equal(fake_tls_count(), 2);
	assert_int_equal(world.downs, 0);
	assert_false(world.upstreams->outage);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_reload_keeps_connections),
		T(test_open_connection_holds_the_old_endpoint),
		T(test_last_holder_closes),
		T(test_idle_pool_is_small),
		T(test_nobody_is_kept_busy_for_nothing),
		T(test_warm_before_the_first_question),
		T(test_warm_where_all_have_a_share),
		T(test_only_one),
		T(test_unfit),
		T(test_all_unfit),
		T(test_group_of_nobody),
		T(test_no_memory),
	};
	return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
