/* SPDX-License-Identifier: MIT */
/* An answer taken for that of another question is a forged answer to the client. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/failmalloc.h"
#include "upstream/inflight.h"

static void test_ids_are_unique_and_found(void **state)
{
	static struct exchange exchanges[INFLIGHT_MAX];
	struct inflight inflight;
	struct exchange extra;
	struct rand rand;
	uint16_t id;
	(void)state;
	rand_init_seeded(&rand, 7);
	inflight_init(&inflight);
	assert_null(inflight_find(&inflight, 1));
	for (unsigned round = 0; round < 200; round++) {
		for (unsigned i = 0; i < INFLIGHT_MAX; i++) {
			struct exchange *exchange = &exchanges[i];
			assert_int_equal(
				inflight_add(&inflight, &rand, exchange, &exchange->id), 0);
		}
		assert_int_equal(inflight_add(&inflight, &rand, &extra, &id), ERR_LIMIT);
		/* Out in another order than in, every one found until then and not after. */
		for (unsigned i = 0; i < INFLIGHT_MAX; i++) {
			struct exchange *exchange = &exchanges[(i * 37 + round) % INFLIGHT_MAX];
			assert_ptr_equal(
				inflight_find(&inflight, exchange->id)->exchange, exchange);
			inflight_remove(&inflight, exchange->id);
			assert_null(inflight_find(&inflight, exchange->id));
		}
		assert_int_equal(inflight.count, 0);
	}
	inflight_done(&inflight);
}

/* Or a sign of life would be taken for the late answer to a question. */
static void test_a_probe_is_nobodys(void **state)
{
	struct inflight inflight;
	struct rand rand;
	uint16_t id;
	(void)state;
	rand_init_seeded(&rand, 7);
	inflight_init(&inflight);
	assert_int_equal(inflight_add(&inflight, &rand, NULL, &id), 0);
	assert_null(inflight_find(&inflight, id)->exchange);
	assert_int_equal(inflight_find(&inflight, id)->sent_ms, INFLIGHT_PROBE);
	inflight_remove(&inflight, id);
	assert_null(inflight_find(&inflight, id));
	inflight_done(&inflight);
}

static void test_cancelled_stays_reserved(void **state)
{
	struct inflight inflight;
	struct exchange exchange = { .sent_ms = 77 };
	struct rand rand;
	uint16_t id;
	(void)state;
	rand_init_seeded(&rand, 7);
	inflight_init(&inflight);
	assert_int_equal(inflight_add(&inflight, &rand, &exchange, &id), 0);
	inflight_cancel(&inflight, id, 4711);
	assert_int_equal(inflight.count, 1);
	assert_null(inflight_find(&inflight, id)->exchange);
	assert_int_equal(inflight_find(&inflight, id)->sent_ms, 77);
	assert_int_equal(inflight_find(&inflight, id)->mark, 4711);
	/* The same random numbers again: the reserved ID is not given out. */
	uint16_t fresh;
	rand_init_seeded(&rand, 7);
	assert_int_equal(inflight_add(&inflight, &rand, &exchange, &fresh), 0);
	assert_int_not_equal(fresh, id);
	inflight_done(&inflight);
}

static void test_ids_are_spread(void **state)
{
	struct inflight inflight;
	struct exchange exchange;
	struct rand rand;
	uint16_t id;
	unsigned high = 0;
	(void)state;
	rand_init(&rand);
	inflight_init(&inflight);
	for (unsigned i = 0; i < INFLIGHT_MAX; i++) {
		assert_int_equal(inflight_add(&inflight, &rand, &exchange, &id), 0);
		high += id >= 0x8000;
	}
	assert_in_range(high, 64, 192); /* one in 10^15 to be outside */
	inflight_done(&inflight);
}

static void test_no_memory(void **state)
{
	struct inflight inflight;
	struct exchange exchange;
	struct rand rand;
	uint16_t id;
	(void)state;
	rand_init_seeded(&rand, 7);
	inflight_init(&inflight);
	failmalloc_arm(0);
	assert_int_equal(inflight_add(&inflight, &rand, &exchange, &id), ERR_NOMEM);
	assert_true(failmalloc_disarm());
	for (unsigned i = 0; i < INFLIGHT_MAX; i++) {
		failmalloc_arm(0);
		int err = inflight_add(&inflight, &rand, &exchange, &id);
		if (failmalloc_disarm()) {
			assert_int_equal(err, ERR_NOMEM);
			err = inflight_add(&inflight, &rand, &exchange, &id);
		}
		assert_int_equal(err, 0);
		assert_int_equal(inflight.count, i + 1);
	}
	inflight_done(&inflight);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids_are_unique_and_found),
		cmocka_unit_test(test_a_probe_is_nobodys),
		cmocka_unit_test(test_cancelled_stays_reserved),
		cmocka_unit_test(test_ids_are_spread),
		cmocka_unit_test(test_no_memory),
	};
	return cmocka_run_group_tests_name("inflight", tests, NULL, NULL);
}
