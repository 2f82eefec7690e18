/* SPDX-License-Identifier: MIT */
/* What was kept must come back as it was, and what was damaged must not come back at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "net/tickets_image.h"
#include "support/failmalloc.h"

#define NOW 1800000000

static struct tickets *from, *to;
static uint8_t *image;
static size_t image_len;

static int setup(void **state)
{
	(void)state;
	from = tickets_new();
	to = tickets_new();
	image = NULL;
	image_len = 0;
	return from && to ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	tickets_free(from);
	tickets_free(to);
	tickets_image_done(image, image_len);
	return 0;
}

static const uint8_t keys[2][TICKETS_KEY_LEN] = { { 1 }, { 2 } };

static void put_until(unsigned key, uint8_t what, size_t len, int64_t until_s, int64_t expires_s)
{
	uint8_t octets[TICKET_LEN_MAX];
	memset(octets, what, len);
	tickets_put(from, keys[key],
		&(struct ticket){
			.octets = octets, .len = len, .until_s = until_s, .expires_s = expires_s },
		NOW);
}

static void put(unsigned key, uint8_t what, size_t len, int64_t until_s)
{
	put_until(key, what, len, until_s, until_s + what);
}

static void write_image(int64_t now_s)
{
	assert_int_equal(tickets_image_write(from, now_s, &image, &image_len), 0);
}

static void assert_next(unsigned key, uint8_t what, size_t len)
{
	struct ticket ticket;
	assert_true(tickets_take(to, keys[key], NOW, &ticket));
	assert_int_equal(ticket.len, len);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(ticket.octets[i], what);
	assert_int_equal(ticket.expires_s - ticket.until_s, what);
	ticket_done(&ticket);
}

static void comes_back_as_it_was(void **state)
{
	(void)state;
	put(0, 1, 300, NOW + 100);
	put(0, 2, TICKET_LEN_MAX, NOW + 100);
	put(1, 3, 1, NOW + 100);
	put(0, 4, 70, NOW + 10);
	write_image(NOW);
	assert_true(image_len <= TICKETS_IMAGE_LEN_MAX);
	assert_int_equal(tickets_count(from), 4);
	assert_int_equal(tickets_image_read(to, bytes_of(image, image_len), NOW), 0);
	assert_next(0, 4, 70);
	assert_next(0, 2, TICKET_LEN_MAX);
	assert_next(0, 1, 300);
	assert_next(1, 3, 1);
	assert_int_equal(tickets_count(to), 0);
}

static void what_is_over_stays_behind(void **state)
{
	(void)state;
	put(0, 1, 300, NOW + 100);
	put(0, 2, 300, NOW + 10);
	write_image(NOW + 10);
	assert_int_equal(tickets_image_read(to, bytes_of(image, image_len), NOW), 0);
	assert_int_equal(tickets_count(to), 1);
	tickets_image_done(image, image_len);
	/* Or is over when it is read. */
	write_image(NOW);
	tickets_free(to);
	to = tickets_new();
	assert_int_equal(tickets_image_read(to, bytes_of(image, image_len), NOW + 100), 0);
	assert_int_equal(tickets_count(to), 0);
}

static void of_nothing_there_is_no_image(void **state)
{
	(void)state;
	write_image(NOW);
	assert_null(image);
	assert_int_equal(image_len, 0);
	put(0, 1, 300, NOW + 1);
	write_image(NOW + 1);
	assert_null(image);
}

/* Any octet changed, any end cut off. */
static void damaged(void **state)
{
	(void)state;
	put(0, 1, 40, NOW + 100);
	put(1, 2, 40, NOW + 100);
	write_image(NOW);
	for (size_t i = 0; i < image_len; i++) {
		image[i] ^= 1;
		assert_int_equal(
			tickets_image_read(to, bytes_of(image, image_len), NOW), ERR_FORMAT);
		image[i] ^= 1;
		assert_int_equal(tickets_image_read(to, bytes_of(image, i), NOW), ERR_FORMAT);
	}
	assert_int_equal(tickets_count(to), 0);
	assert_int_equal(tickets_image_read(to, bytes_of(image, image_len), NOW), 0);
}

/* A sum that fits does not make a certificate end before what rests on it, or its days more than a
 * number holds. */
static void a_certificate_that_ends_before_its_ticket(void **state)
{
	static const int64_t ends[] = { NOW + 99, 0, -1, INT64_MIN };
	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		put(1, 2, 40, NOW + 100);
		put_until(0, 1, 40, NOW + 100, ends[i]);
		write_image(NOW);
		assert_int_equal(
			tickets_image_read(to, bytes_of(image, image_len), NOW), ERR_FORMAT);
		assert_int_equal(tickets_count(to), 0);
		tickets_image_done(image, image_len);
		tickets_free(from);
		from = tickets_new();
	}
	put_until(0, 1, 40, NOW + 100, NOW + 100);
	put_until(1, 1, 40, NOW + 100, INT64_MAX);
	write_image(NOW);
	assert_int_equal(tickets_image_read(to, bytes_of(image, image_len), NOW), 0);
	assert_int_equal(tickets_count(to), 2);
}

static void without_memory(void **state)
{
	(void)state;
	put(0, 1, 40, NOW + 100);
	failmalloc_arm(0);
	assert_int_equal(tickets_image_write(from, NOW, &image, &image_len), ERR_NOMEM);
	assert_true(failmalloc_disarm());
	assert_null(image);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(comes_back_as_it_was),
		T(what_is_over_stays_behind),
		T(of_nothing_there_is_no_image),
		T(damaged),
		T(a_certificate_that_ends_before_its_ticket),
		T(without_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
