/* SPDX-License-Identifier: MIT */
/* A reload must not cost a connection, a query or memory. */
#include "world.h"

#include "support/failmalloc.h"
#include "upstream/ask.h"
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
	assert_int_equal(fake_tls_messages(tls), 3);
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

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_reload_keeps_connections),
		T(test_open_connection_holds_the_old_endpoint),
		T(test_last_holder_closes),
		T(test_idle_pool_is_small),
		T(test_group_of_nobody),
		T(test_no_memory),
	};
	return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
