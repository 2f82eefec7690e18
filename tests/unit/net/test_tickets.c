/* SPDX-License-Identifier: MIT */
/* A ticket used twice tells who we are; one kept too long lets in whom nobody believes any more;
 * and none of them may fill the memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "net/tickets.h"
#include "support/failmalloc.h"

#define NOW 1800000000

static struct tickets *tickets;

static int setup(void **state)
{
	(void)state;
	tickets = tickets_new();
	return tickets ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	tickets_free(tickets);
	return 0;
}

static uint8_t *key_of(unsigned number)
{
	static uint8_t key[TICKETS_KEY_LEN];
	memset(key, 0, sizeof(key));
	memcpy(key, &number, sizeof(number));
	return key;
}

static void put(unsigned key, uint8_t what, size_t len, int64_t until_s)
{
	static uint8_t octets[TICKET_LEN_MAX + 1];
	memset(octets, what, len);
	tickets_put(tickets, key_of(key),
		&(struct ticket){
			.octets = octets, .len = len, .until_s = until_s, .expires_s = what },
		NOW);
}

/* What comes out, or 0: none. */
static uint8_t take(unsigned key, int64_t now_s)
{
	struct ticket ticket;
	if (!tickets_take(tickets, key_of(key), now_s, &ticket))
		return 0;
	uint8_t what = ticket.octets[0];
	assert_int_equal(ticket.octets[ticket.len - 1], what);
	assert_int_equal(ticket.expires_s, what);
	ticket_done(&ticket);
	assert_null(ticket.octets);
	return what;
}

static void the_newest_first_and_each_once(void **state)
{
	(void)state;
	for (uint8_t i = 1; i <= 3; i++)
		put(1, i, 100, NOW + 100);
	put(2, 9, 100, NOW + 100);
	assert_int_equal(tickets_count(tickets), 4);
	assert_int_equal(take(1, NOW), 3);
	assert_int_equal(take(1, NOW), 2);
	assert_int_equal(take(1, NOW), 1);
	assert_int_equal(take(1, NOW), 0);
	assert_int_equal(take(3, NOW), 0);
	assert_int_equal(take(2, NOW), 9);
	assert_int_equal(tickets_count(tickets), 0);
}

static void only_as_many_as_are_worth_it(void **state)
{
	(void)state;
	for (uint8_t i = 1; i <= TICKETS_EACH + 2; i++)
		put(1, i, 10, NOW + 100);
	assert_int_equal(tickets_count(tickets), TICKETS_EACH);
	for (uint8_t i = TICKETS_EACH + 2; i > 2; i--)
		assert_int_equal(take(1, NOW), i);
	assert_int_equal(take(1, NOW), 0);
}

static void not_beyond_their_time(void **state)
{
	(void)state;
	put(1, 1, 10, NOW + 100);
	put(1, 2, 10, NOW + 10);
	assert_int_equal(take(1, NOW + 10), 1);
	put(1, 3, 10, NOW + 10);
	assert_int_equal(take(1, NOW + 11), 0);
	/* Neither what is over, nor what ends further ahead than any of ours can. */
	put(1, 4, 10, NOW);
	put(1, 5, 10, NOW + TICKET_LIFE_S + 1);
	put(1, 6, 10, INT64_MAX);
	put(1, 7, 10, INT64_MIN);
	assert_int_equal(tickets_count(tickets), 0);
	/* The clock is set back: what was given for a day is now for longer. */
	put(1, 8, 10, NOW + TICKET_LIFE_S);
	assert_int_equal(take(1, NOW - 1), 0);
}

static void not_what_is_too_long(void **state)
{
	(void)state;
	put(1, 1, 0, NOW + 100);
	put(1, 2, TICKET_LEN_MAX + 1, NOW + 100);
	assert_int_equal(tickets_count(tickets), 0);
	put(1, 3, TICKET_LEN_MAX, NOW + 100);
	assert_int_equal(take(1, NOW), 3);
}

static void many_upstreams_push_out_the_oldest(void **state)
{
	(void)state;
	for (unsigned i = 0; i < TICKETS_KEYS; i++)
		put(i, 1, 10, NOW + 100);
	put(0, 2, 10, NOW + 100); /* used again */
	put(1000, 3, 10, NOW + 100);
	assert_int_equal(tickets_count(tickets), TICKETS_KEYS + 1);
	assert_int_equal(take(0, NOW), 2);
	assert_int_equal(take(1, NOW), 0);
	assert_int_equal(take(2, NOW), 1);
	assert_int_equal(take(1000, NOW), 3);
}

static void much_memory_pushes_out_the_oldest(void **state)
{
	const unsigned fit = TICKETS_LEN_MAX / TICKET_LEN_MAX;
	(void)state;
	for (unsigned i = 0; i < fit; i++)
		put(i, 1, TICKET_LEN_MAX, NOW + 100);
	assert_int_equal(tickets_count(tickets), fit);
	put(fit, 2, 1, NOW + 100);
	assert_int_equal(tickets_count(tickets), fit);
	assert_int_equal(take(0, NOW), 0);
	assert_int_equal(take(1, NOW), 1);
	assert_int_equal(take(fit, NOW), 2);
}

/* What is used up takes no place. */
static void taken_is_gone(void **state)
{
	const unsigned fit = TICKETS_LEN_MAX / TICKET_LEN_MAX;
	(void)state;
	put(1, 1, 10, NOW + 100);
	for (unsigned i = 0; i < 2 * fit; i++) {
		put(2, 2, TICKET_LEN_MAX, NOW + 100);
		assert_int_equal(take(2, NOW), 2);
	}
	assert_int_equal(take(1, NOW), 1);
}

static void without_memory_none_is_kept(void **state)
{
	(void)state;
	for (size_t n = 0; n < 2; n++) {
		failmalloc_arm(n);
		put(1, 1, 10, NOW + 100);
		assert_true(failmalloc_disarm());
		assert_int_equal(tickets_count(tickets), 0);
	}
	failmalloc_arm(0);
	assert_null(tickets_new());
	assert_true(failmalloc_disarm());
	tickets_free(NULL);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void dropped_are_all_of_one(void **state)
{
	(void)state;
	put(1, 1, 100, NOW + 100);
	put(1, 2, 100, NOW + 100);
	put(2, 9, 100, NOW + 100);
	tickets_drop(tickets, key_of(1));
	tickets_drop(tickets, key_of(3));
	assert_int_equal(tickets_count(tickets), 1);
	assert_int_equal(take(1, NOW), 0);
	assert_int_equal(take(2, NOW), 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_newest_first_and_each_once),
		T(only_as_many_as_are_worth_it),
		T(not_beyond_their_time),
		T(not_what_is_too_long),
		T(many_upstreams_push_out_the_oldest),
		T(much_memory_pushes_out_the_oldest),
		T(taken_is_gone),
		T(dropped_are_all_of_one),
		T(without_memory_none_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
