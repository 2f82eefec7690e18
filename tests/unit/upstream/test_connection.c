/* SPDX-License-Identifier: MIT */
/* A query must not be sent on a connection that the server is about to close, or that is dead. */
#include "world.h"

#include "upstream/transport.h"

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

static unsigned probes;

static void count_probe(struct connection *connection)
{
	(void)connection; /* one is enough */
	probes++;
}

/* One slow name must not cost a handshake, nor a dead connection more than a moment. */
static void test_look(void **state)
{
	static const struct transport transport = { .probe = count_probe };
	const struct silence_limits limits = { .probe_ms = 40, .doubt_ms = 200 };
	struct loop *loop = loop_new();
	struct connection connection = {
		.transport = &transport,
		.loop = loop,
		.state = CONNECTION_READY,
	};
	(void)state;
	const uint64_t now_ms = loop_now_ms(loop);
	assert_true(connection_look_ms(&connection, &limits) == UINT64_MAX);
	connection.asked_ms = now_ms;
	assert_int_equal(connection_look_ms(&connection, &limits), now_ms + 40);
	fake_loop_advance(loop, 39);
	assert_false(connection_look(&connection, &limits));
	assert_int_equal(probes, 0);
	fake_loop_advance(loop, 1);
	assert_false(connection_look(&connection, &limits));
	assert_int_equal(probes, 1);
	assert_int_equal(connection_look_ms(&connection, &limits), now_ms + 200);
	fake_loop_advance(loop, 159);
	assert_false(connection_look(&connection, &limits));
	fake_loop_advance(loop, 1);
	assert_true(connection_look(&connection, &limits));
	assert_true(connection.doubted);
	assert_false(connection_look(&connection, &limits)); /* no news */
	assert_int_equal(probes, 1);
	connection_heard(&connection);
	assert_false(connection.doubted);
	/* Whoever looks late gives it its time all the same. */
	connection.asked_ms = loop_now_ms(loop);
	fake_loop_advance(loop, 1000);
	assert_false(connection_look(&connection, &limits));
	assert_int_equal(probes, 2);
	assert_int_equal(connection_look_ms(&connection, &limits), loop_now_ms(loop) + 160);
	connection_heard(&connection);
	assert_true(connection_look_ms(&connection, &limits) == UINT64_MAX);
	connection.asked_ms = now_ms;
	connection.state = CONNECTION_DRAINING; /* it gets no queries anyway */
	assert_false(connection_look(&connection, &limits));
	loop_free(loop);
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
		cmocka_unit_test(test_look),
		cmocka_unit_test(test_address),
	};
	return cmocka_run_group_tests_name("connection", tests, NULL, NULL);
}
