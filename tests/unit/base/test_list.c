/* SPDX-License-Identifier: MIT */
/* Queries in flight, clients, LRU order: a link lost here is a query never answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/list.h"

struct item {
	int number;
	struct list link;
};

static void expect(struct list *list, const int *numbers, size_t count)
{
	size_t i = 0;
	for (struct list *link = list->next; link != list; link = link->next, i++) {
		assert_true(i < count);
		assert_int_equal(CONTAINER_OF(link, struct item, link)->number, numbers[i]);
		assert_ptr_equal(link->next->prev, link);
		assert_ptr_equal(link->prev->next, link);
	}
	assert_int_equal(i, count);
}

static void test_order(void **state)
{
	struct list list;
	struct item items[4] = { { .number = 0 }, { .number = 1 }, { .number = 2 },
		{ .number = 3 } };
	(void)state;
	list_init(&list);
	assert_true(list_empty(&list));
	assert_null(list_pop_front(&list));
	for (int i = 0; i < 4; i++)
		list_init(&items[i].link);
	list_push_back(&list, &items[1].link);
	list_push_back(&list, &items[2].link);
	list_push_front(&list, &items[0].link);
	list_push_back(&list, &items[3].link);
	assert_false(list_empty(&list));
	expect(&list, (const int[]){ 0, 1, 2, 3 }, 4);
	assert_ptr_equal(list_pop_front(&list), &items[0].link);
	expect(&list, (const int[]){ 1, 2, 3 }, 3);
}

/* _free unlinks whatever state its owner is in. */
static void test_unlink_twice(void **state)
{
	struct list list;
	struct item a = { .number = 1 }, b = { .number = 2 };
	(void)state;
	list_init(&list);
	list_init(&a.link);
	list_init(&b.link);
	list_unlink(&a.link);
	list_push_back(&list, &a.link);
	list_push_back(&list, &b.link);
	list_unlink(&a.link);
	list_unlink(&a.link);
	expect(&list, (const int[]){ 2 }, 1);
	list_unlink(&b.link);
	assert_true(list_empty(&list));
}

static void test_move_all(void **state)
{
	struct list from, onto;
	struct item items[3] = { { .number = 0 }, { .number = 1 }, { .number = 2 } };
	(void)state;
	list_init(&from);
	list_init(&onto);
	list_move_all(&onto, &from);
	assert_true(list_empty(&onto));
	list_push_back(&onto, &items[0].link);
	list_push_back(&from, &items[1].link);
	list_push_back(&from, &items[2].link);
	list_move_all(&onto, &from);
	assert_true(list_empty(&from));
	expect(&onto, (const int[]){ 0, 1, 2 }, 3);
	list_move_all(&from, &onto);
	assert_true(list_empty(&onto));
	expect(&from, (const int[]){ 0, 1, 2 }, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_unlink_twice),
		cmocka_unit_test(test_move_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
