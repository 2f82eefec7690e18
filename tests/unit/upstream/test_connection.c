/* SPDX-License-Identifier: MIT */
/* A query must not be sent on a connection that the server is about to close. */
#include "world.h"

#include "upstream/connection.h"

static void test_idle_end(void **state)
{
	struct connection connection = { .quiet_since_ms = 1000, .idle_limit_ms = 10000 };
	(void)state;
	connection.rtt_ms = 20;
	assert_int_equal(connection_idle_end_ms(&connection), 1000 + 10000 - 500 - 40);
	connection.idle_limit_ms = 1000; /* short: a quarter */
	assert_int_equal(connection_idle_end_ms(&connection), 1000 + 1000 - 250 - 40);
	connection.rtt_ms = 2000; /* one that just opened is of use all the same */
	assert_int_equal(connection_idle_end_ms(&connection), 1000 + 500);
}

static void test_address(void **state)
{
	struct endpoint *endpoint = world_endpoint(1, 2);
	struct connection connection = { .endpoint = endpoint, .address = 1 };
	(void)state;
	assert_ptr_equal(connection_address(&connection), &endpoint->addresses[1]);
	endpoint_release(endpoint);
}

/* What was learnt of a server, or nothing, and never more than is safe. */
static void test_idle_limit(void **state)
{
	static const struct {
		uint64_t learnt_ms, limit_ms;
	} cases[] = {
		{ 0, CONNECTION_IDLE_CAP_MS },
		{ 10000, 10000 },
		{ CONNECTION_IDLE_CAP_MS + 1, CONNECTION_IDLE_CAP_MS },
	};
	struct loop *loop = loop_new();
	struct endpoint *endpoint = world_endpoint(1, 1);
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct connection_options options = {
			.loop = loop, .endpoint = endpoint, .idle_limit_ms = cases[i].learnt_ms
		};
		struct connection connection;
		connection_init(&connection, NULL, &options);
		assert_int_equal(connection.idle_limit_ms, cases[i].limit_ms);
		connection_done(&connection);
	}
	endpoint_release(endpoint);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_idle_end),
		cmocka_unit_test(test_idle_limit),
		cmocka_unit_test(test_address),
	};
	return cmocka_run_group_tests_name("connection", tests, NULL, NULL);
}
