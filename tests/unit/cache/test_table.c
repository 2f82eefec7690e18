/* SPDX-License-Identifier: MIT */
/* Lost if these fail: cached answers that are there and not found, or memory beyond the bound. */
#include "cache/table.h"

#include "base/rand.h"
#include "sample.h"
#include "support/failmalloc.h"

#define LINKS 4000

static bool holds(const struct table *table, const struct entry_link *link)
{
	const struct entry_link *at = table_first(table, link->hash);
	while (at && at != link)
		at = at->next;
	return at;
}

static void grow_if_due(struct table *table)
{
	if (table_growth(table) > 0)
		table_grow(table);
}

static void test_nothing_until_asked(void **state)
{
	(void)state;
	struct table table;
	size_t before = failmalloc_count();
	table_init(&table);
	assert_false(table_usable(&table));
	assert_null(table_first(&table, 1));
	assert_int_equal(failmalloc_count(), before);
	assert_int_equal(table.octets, 0);
	table_done(&table);
}

/* In every state between two sizes what was put is found, and what was removed is not. */
static void test_found_while_it_grows(void **state)
{
	(void)state;
	struct entry_link *links = calloc(LINKS, sizeof(*links));
	bool in[LINKS] = { false };
	struct table table;
	struct rand rand;

	assert_non_null(links);
	rand_init_seeded(&rand, 1);
	table_init(&table);
	for (size_t i = 0; i < LINKS; i++)
		links[i].hash = rand_below(&rand, LINKS / 2) * 0x9e3779b1u;
	for (size_t step = 0; step < 20000; step++) {
		size_t i = rand_below(&rand, LINKS);
		if (in[i]) {
			assert_true(holds(&table, &links[i]));
			table_remove(&table, &links[i]);
		} else {
			assert_false(holds(&table, &links[i]));
			grow_if_due(&table);
			table_insert(&table, &links[i]);
		}
		in[i] = !in[i];
		if (step % 500 != 0)
			continue;
		for (size_t j = 0; j < LINKS; j++)
			assert_int_equal(holds(&table, &links[j]), in[j]);
	}
	table_done(&table);
	free(links);
}

static void test_growth_is_announced_and_counted(void **state)
{
	(void)state;
	static struct entry_link links[LINKS];
	struct table table;

	table_init(&table);
	for (uint32_t i = 0; i < LINKS; i++) {
		size_t before = table.octets, growth = table_growth(&table);
		links[i].hash = i;
		if (growth > 0) {
			table_grow(&table);
			/* The allocator may round up. */
			assert_true(table.octets >= before + growth);
			assert_true(table.octets <= before + growth + 4096 + 16);
		}
		size_t allocations = failmalloc_count();
		table_insert(&table, &links[i]);
		assert_int_equal(failmalloc_count(), allocations);
	}
	/* The last doubling is long through. */
	assert_null(table.old);
	assert_int_equal(table.bucket_count, 4096);
	assert_true(table.octets >= 4096 * sizeof(void *));
	table_done(&table);
	assert_int_equal(table.octets, 0);
}

static void test_goes_on_without_memory(void **state)
{
	(void)state;
	static struct entry_link links[LINKS];
	struct table table;

	table_init(&table);
	failmalloc_arm(0);
	table_grow(&table);
	assert_true(failmalloc_disarm());
	assert_false(table_usable(&table));
	table_grow(&table);
	for (uint32_t i = 0; i < LINKS; i++) {
		links[i].hash = i;
		failmalloc_arm(0);
		grow_if_due(&table);
		(void)failmalloc_disarm(); /* most insertions ask for nothing */
		table_insert(&table, &links[i]);
	}
	for (uint32_t i = 0; i < LINKS; i++)
		assert_true(holds(&table, &links[i]));
	assert_int_equal(table.bucket_count, 64);
	table_done(&table);
}

/* Whoever saves the cache would lose answers, or have them twice, because others were put
 * meanwhile.
 */
static void test_walk_while_it_grows(void **state)
{
	(void)state;
	struct entry_link *links = calloc(LINKS, sizeof(*links)), *out[LINKS];
	uint8_t *seen = calloc(LINKS, 1);
	struct table table;
	struct rand rand;
	size_t put = 0, begun_with, count;

	assert_non_null(links);
	assert_non_null(seen);
	rand_init_seeded(&rand, 1);
	table_init(&table);
	assert_int_equal(table_walk(&table, 0, out, LINKS, &count), TABLE_WALKED);
	assert_int_equal(count, 0);
	for (size_t round = 0; put < LINKS; round++) {
		begun_with = put;
		memset(seen, 0, LINKS);
		for (uint64_t at = 0; at < TABLE_WALKED;) {
			/* Many at first, some later: each walk is in the middle of another growth.
			 */
			for (int i = rand_below(&rand, 3) == 0; i > 0 && put < LINKS; i--, put++) {
				links[put].hash = rand_below(&rand, UINT32_MAX);
				grow_if_due(&table);
				table_insert(&table, &links[put]);
			}
			if (!table_usable(&table))
				continue;
			at = table_walk(&table, at, out, LINKS, &count);
			for (size_t i = 0; i < count; i++)
				seen[out[i] - links]++;
		}
		for (size_t i = 0; i < put; i++) {
			assert_true(seen[i] <= 1);
			assert_true(seen[i] == 1 || i >= begun_with);
		}
	}
	/* No more than there is room for. */
	for (uint64_t at = 0; at < TABLE_WALKED;) {
		at = table_walk(&table, at, out, 1, &count);
		assert_true(count <= 1);
	}
	table_done(&table);
	free(links);
	free(seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_until_asked),
		cmocka_unit_test(test_found_while_it_grows),
		cmocka_unit_test(test_walk_while_it_grows),
		cmocka_unit_test(test_growth_is_announced_and_counted),
		cmocka_unit_test(test_goes_on_without_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
