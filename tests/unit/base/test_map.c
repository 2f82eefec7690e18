/* SPDX-License-Identifier: MIT */
/* The tables of the cache and of queries in flight are this one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/map.h"
#include "support/failmalloc.h"

#define ITEMS 1000

/* Every hash stands twice, so that equal hashes of different keys are looked through. */
static void fill(struct map *map, struct map_node nodes[static ITEMS])
{
	for (size_t i = 0; i < ITEMS; i++) {
		nodes[i] = (struct map_node){ .hash = (i / 2) * 0x9e3779b97f4a7c15 };
		assert_int_equal(map_insert(map, &nodes[i]), 0);
	}
}

static size_t found(const struct map *map, const struct map_node *wanted)
{
	size_t count = 0;
	for (struct map_node *node = map_first(map, wanted->hash); node; node = map_next(node)) {
		assert_true(node->hash == wanted->hash);
		count += node == wanted;
	}
	return count;
}

static void test_find_all(void **state)
{
	static struct map_node nodes[ITEMS];
	struct map map;
	(void)state;
	map_init(&map);
	assert_null(map_first(&map, 0));
	fill(&map, nodes);
	assert_int_equal(map.count, ITEMS);
	for (size_t i = 0; i < ITEMS; i++)
		assert_int_equal(found(&map, &nodes[i]), 1);
	assert_null(map_first(&map, 12345));
	map_done(&map);
	assert_int_equal(map.count, 0);
}

static void test_remove(void **state)
{
	static struct map_node nodes[ITEMS];
	struct map map;
	(void)state;
	map_init(&map);
	fill(&map, nodes);
	for (size_t i = 0; i < ITEMS; i += 3)
		map_remove(&map, &nodes[i]);
	for (size_t i = 0; i < ITEMS; i++)
		assert_int_equal(found(&map, &nodes[i]), i % 3 != 0);
	for (size_t i = 0; i < ITEMS; i++) {
		if (i % 3 != 0)
			map_remove(&map, &nodes[i]);
	}
	assert_int_equal(map.count, 0);
	map_done(&map);
}

/* The first table is needed; a bigger one would only be faster. */
static void test_malloc_fails(void **state)
{
	static struct map_node nodes[ITEMS];
	struct map map;
	(void)state;
	map_init(&map);
	failmalloc_arm(0);
	assert_int_equal(map_insert(&map, &nodes[0]), ERR_NOMEM);
	assert_true(failmalloc_disarm());
	assert_int_equal(map.count, 0);
	for (size_t i = 0; i < ITEMS; i++) {
		nodes[i].hash = i;
		if (i > 0)
			failmalloc_arm(0);
		assert_int_equal(map_insert(&map, &nodes[i]), 0);
		failmalloc_disarm();
	}
	for (size_t i = 0; i < ITEMS; i++)
		assert_int_equal(found(&map, &nodes[i]), 1);
	map_done(&map);
}

static void test_any(void **state)
{
	static struct map_node nodes[ITEMS];
	struct map_node *node;
	struct map map;
	size_t count = 0;
	(void)state;
	map_init(&map);
	assert_null(map_any(&map));
	fill(&map, nodes);
	for (; (node = map_any(&map)) != NULL; count++)
		map_remove(&map, node);
	assert_int_equal(count, ITEMS);
	map_done(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find_all),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_malloc_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
