/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "daemon/descriptors.h"

static struct config config_of(unsigned workers, uint32_t tcp_clients)
{
	return (struct config){
		.workers = workers,
		.listen_count = 2,
		.upstream_count = 2,
		.serve = { .tcp_clients = tcp_clients },
	};
}

/* With every descriptor a client's no upstream could be reached, for anybody. */
static void clients_leave_room_for_upstreams(void **state)
{
	struct config config = config_of(4, 256);
	(void)state;

	uint32_t clients = descriptors_for_clients(&config, 1024);
	assert_true(clients < 256);
	assert_true(clients * 4 + 4 * 2 * 8 < 1024);
	assert_true(clients > 150);
	assert_int_equal(descriptors_for_clients(&config, 524288), 256);
	config = config_of(1, 256);
	assert_int_equal(descriptors_for_clients(&config, 1024), 256);
	assert_int_equal(descriptors_for_clients(&config, 20), 1);
}

static void the_limit_is_raised_first(void **state)
{
	struct config config = config_of(1, 256);
	struct rlimit before, after;
	(void)state;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	const struct rlimit low = { .rlim_cur = 100, .rlim_max = before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	descriptors_fit(&config);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &after), 0);
	assert_true(after.rlim_cur == before.rlim_max);
	assert_int_equal(config.serve.tcp_clients,
		descriptors_for_clients(&(struct config){ .workers = 1,
						.listen_count = 2,
						.upstream_count = 2,
						.serve = { .tcp_clients = 256 } },
			after.rlim_cur));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clients_leave_room_for_upstreams),
		cmocka_unit_test(the_limit_is_raised_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
