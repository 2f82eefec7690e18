/* SPDX-License-Identifier: MIT */
/* Octets that wait must go out whole and in order, and no more of them than allowed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rand.h"
#include "net/backlog.h"
#include "support/failmalloc.h"

static void what_goes_in_comes_out_in_order(void **state)
{
	struct backlog backlog;
	struct rand rand;
	uint8_t in = 0, out = 0, octets[300];
	(void)state;

	rand_init_seeded(&rand, 5);
	backlog_init(&backlog);
	for (int i = 0; i < 5000; i++) {
		size_t len = rand_below(&rand, sizeof(octets));
		if (backlog_reserve(&backlog, len, 2000) == 0) {
			for (size_t j = 0; j < len; j++)
				octets[j] = in++;
			backlog_append(&backlog, bytes_of(octets, len));
		}
		struct bytes waiting = backlog_waiting(&backlog);
		assert_true(waiting.len <= 2000);
		len = rand_below(&rand, (uint32_t)waiting.len + 1);
		for (size_t j = 0; j < len; j++)
			assert_int_equal(waiting.at[j], out++);
		backlog_sent(&backlog, len);
	}
	backlog_done(&backlog);
}

static void the_bound_holds(void **state)
{
	struct backlog backlog;
	(void)state;

	backlog_init(&backlog);
	assert_int_equal(backlog_reserve(&backlog, 11, 10), ERR_LIMIT);
	assert_int_equal(backlog_reserve(&backlog, 10, 10), 0);
	backlog_append(&backlog, bytes_of("0123456789", 10));
	assert_int_equal(backlog_reserve(&backlog, 1, 10), ERR_LIMIT);
	backlog_sent(&backlog, 1);
	assert_int_equal(backlog_reserve(&backlog, 1, 10), 0);
	assert_int_equal(backlog_reserve(&backlog, SIZE_MAX, 10), ERR_LIMIT);
	backlog_done(&backlog);
}

/* A thousand idle clients must not keep what they once needed. */
static void empty_it_holds_no_memory(void **state)
{
	struct backlog backlog;
	(void)state;

	backlog_init(&backlog);
	assert_int_equal(backlog_reserve(&backlog, 3, 10), 0);
	backlog_append(&backlog, bytes_of("abc", 3));
	backlog_append(&backlog, bytes_of(NULL, 0));
	backlog_sent(&backlog, 3);
	assert_null(backlog.octets);
	assert_int_equal(backlog_waiting(&backlog).len, 0);
}

static void out_of_memory_loses_nothing(void **state)
{
	struct backlog backlog;
	(void)state;

	backlog_init(&backlog);
	failmalloc_arm(0);
	assert_int_equal(backlog_reserve(&backlog, 3, 1000), ERR_NOMEM);
	assert_int_equal(backlog_reserve(&backlog, 3, 1000), 0);
	backlog_append(&backlog, bytes_of("abc", 3));
	failmalloc_arm(0);
	assert_int_equal(backlog_reserve(&backlog, 900, 1000), ERR_NOMEM);
	assert_true(failmalloc_disarm());
	assert_true(bytes_equal(backlog_waiting(&backlog), bytes_of("abc", 3)));
	backlog_done(&backlog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_in_comes_out_in_order),
		cmocka_unit_test(the_bound_holds),
		cmocka_unit_test(empty_it_holds_no_memory),
		cmocka_unit_test(out_of_memory_loses_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
