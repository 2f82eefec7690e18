/* SPDX-License-Identifier: MIT */
/* A cache that counts less than it takes would grow past its bound. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/allocation.h"

static void cost(void **state)
{
	static const size_t lens[] = { 1, 24, 25, 100, 4096, 1 << 20 };
	(void)state;

	assert_int_equal(allocation_cost(NULL), 0);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		void *at = malloc(lens[i]);
		assert_non_null(at);
		assert_true(allocation_cost(at) >= lens[i] + sizeof(size_t));
		assert_true(allocation_cost(at) <= 2 * lens[i] + 64);
		free(at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(cost) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
