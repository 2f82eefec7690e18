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
	connection.rtt_ms = 2000; /* no time left at all */
	assert_int_equal(connection_idle_end_ms(&connection), 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_idle_end),
	};
	return cmocka_run_group_tests_name("connection", tests, NULL, NULL);
}
