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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_idle_end),
		cmocka_unit_test(test_address),
	};
	return cmocka_run_group_tests_name("connection", tests, NULL, NULL);
}
