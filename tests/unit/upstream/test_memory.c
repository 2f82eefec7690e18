/* SPDX-License-Identifier: MIT */
/* A start without a network must not need one for what was known already; and a file that somebody
 * spoilt must not lead anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/digest.h"
#include "support/failmalloc.h"
#include "upstream/memory.h"
#include "upstream/site.h"

#define NOW 1800000000

static struct memory *memory;

static int setup(void **state)
{
	(void)state;
	memory = memory_new();
	assert_non_null(memory);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	memory_free(memory);
	return 0;
}

static struct memory_item item_of(const char *address, uint16_t srtt_8ms)
{
	struct memory_item item = {
		.pace = { .srtt_8ms = srtt_8ms, .rttvar_4ms = 8, .late_64ms = 6400 },
		.idle_limit_ms = 10000,
		.fresh_until_s = NOW + 300,
		.place_count = 2,
	};
	assert_int_equal(address_parse(address, 853, &item.places[0].address), 0);
	assert_int_equal(address_parse("2001:db8::7", 853, &item.places[1].address), 0);
	item.places[1].pace.srtt_8ms = 77;
	item.places[1].pace.late_64ms = 640;
	return item;
}

/* What comes out of an image of it. */
static struct memory *restarted(int64_t now_s)
{
	struct memory *again = memory_new();
	uint8_t *image;
	size_t len;

	assert_int_equal(memory_image_write(memory, &image, &len), 0);
	assert_true(len > 0 && len <= MEMORY_IMAGE_LEN_MAX);
	assert_int_equal(memory_image_read(again, bytes_of(image, len), now_s), 0);
	free(image);
	return again;
}

static void test_what_is_kept_is_recalled(void **state)
{
	const struct memory_item item = item_of("192.0.2.1", 160);
	struct memory_item out;
	(void)state;
	assert_false(memory_recall(memory, "tls://u1.example", &out));
	memory_keep(memory, "tls://u1.example", &item);
	struct memory *again = restarted(NOW);
	assert_false(memory_recall(again, "tls://u2.example", &out));
	assert_true(memory_recall(again, "tls://u1.example", &out));
	assert_memory_equal(&out.pace, &item.pace, sizeof(out.pace));
	assert_int_equal(out.idle_limit_ms, 10000);
	assert_int_equal(out.fresh_until_s, NOW + 300);
	assert_int_equal(out.place_count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_true(address_equal(&out.places[i].address, &item.places[i].address));
		assert_memory_equal(&out.places[i].pace, &item.places[i].pace, sizeof(struct pace));
	}
	memory_free(again);
}

/* Addresses from the future are of a clock that was wrong: they would never be looked up again. */
static void test_the_clock(void **state)
{
	static const struct {
		int64_t now_s, fresh_until_s;
	} cases[] = {
		{ NOW, NOW + 300 },
		{ NOW + 299, NOW + 300 },
		{ NOW + 301, 1 },
		{ NOW + 300 - SITE_TTL_MAX_S, NOW + 300 },
		{ NOW + 299 - SITE_TTL_MAX_S, 1 },
		{ 0, 1 },
		{ INT64_MAX, 1 },
	};
	const struct memory_item item = item_of("192.0.2.1", 160);
	struct memory_item out;
	(void)state;
	memory_keep(memory, "tls://u1.example", &item);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct memory *again = restarted(cases[i].now_s);
		assert_true(memory_recall(again, "tls://u1.example", &out));
		assert_int_equal(out.fresh_until_s, cases[i].fresh_until_s);
		memory_free(again);
	}
}

static void test_bounded(void **state)
{
	const struct memory_item item = item_of("192.0.2.1", 160);
	struct memory_item out;
	char url[MEMORY_URL_MAX + 2];
	(void)state;
	memset(url, 'x', sizeof(url));
	for (int i = 0; i < 3 * MEMORY_ITEMS_MAX; i++) {
		snprintf(url, 8, "%05d", i);
		url[5] = 'x';
		url[MEMORY_URL_MAX] = '\0';
		memory_keep(memory, url, &item);
		snprintf(url, 8, "%05d", 0); /* used all the time */
		url[5] = 'x';
		memory_keep(memory, url, &item);
	}
	assert_int_equal(memory_count(memory), MEMORY_ITEMS_MAX);
	assert_true(memory_recall(memory, url, &out));
	struct memory *again = restarted(NOW);
	assert_int_equal(memory_count(again), MEMORY_ITEMS_MAX);
	/* It is in the same order. */
	memory_keep(again, "tls://new.example", &item);
	assert_true(memory_recall(again, url, &out));
	memory_free(again);
	url[MEMORY_URL_MAX] = 'x';
	url[MEMORY_URL_MAX + 1] = '\0';
	memory_keep(memory, url, &item);
	assert_false(memory_recall(memory, url, &out));
}

static void test_nothing_is_no_image(void **state)
{
	uint8_t *image = NULL;
	size_t len = 1;
	(void)state;
	assert_int_equal(memory_image_write(memory, &image, &len), 0);
	assert_int_equal(len, 0);
	assert_null(image);
}

/* Every octet changed, and every length cut: nothing is added of any of them. */
static void test_damaged(void **state)
{
	const struct memory_item item = item_of("192.0.2.1", 160);
	uint8_t *image;
	size_t len;
	(void)state;
	memory_keep(memory, "tls://u1.example", &item);
	assert_int_equal(memory_image_write(memory, &image, &len), 0);
	struct memory *again = memory_new();
	for (size_t i = 0; i < len; i++) {
		image[i] ^= 0x41;
		assert_int_equal(memory_image_read(again, bytes_of(image, len), NOW), ERR_FORMAT);
		image[i] ^= 0x41;
		assert_int_equal(memory_image_read(again, bytes_of(image, i), NOW), ERR_FORMAT);
	}
	assert_int_equal(memory_count(again), 0);
	/* With a checksum that fits a bad one among good ones: none is taken. */
	for (size_t i = strlen("stubborn upstreams 1\n"); i < len - DIGEST_LEN; i++) {
		const struct bytes whole = bytes_of(image, len - DIGEST_LEN);
		image[i] ^= 0xff;
		assert_int_equal(digest_parts(&whole, 1, image + whole.len), 0);
		const int err = memory_image_read(again, bytes_of(image, len), NOW);
		assert_true(err == 0 || (err == ERR_FORMAT && memory_count(again) == 0));
		image[i] ^= 0xff;
		memory_free(again);
		again = memory_new();
	}
	memory_free(again);
	free(image);
}

static void test_no_memory(void **state)
{
	const struct memory_item item = item_of("192.0.2.1", 160);
	uint8_t *image;
	size_t len;
	(void)state;
	memory_keep(memory, "tls://u1.example", &item);
	assert_int_equal(memory_image_write(memory, &image, &len), 0);
	failmalloc_arm(0);
	assert_null(memory_new());
	assert_true(failmalloc_disarm());
	failmalloc_arm(0);
	memory_keep(memory, "tls://u2.example", &item);
	assert_true(failmalloc_disarm());
	assert_int_equal(memory_count(memory), 1);
	struct memory *again = memory_new();
	failmalloc_arm(0);
	assert_int_equal(memory_image_read(again, bytes_of(image, len), NOW), ERR_NOMEM);
	assert_true(failmalloc_disarm());
	failmalloc_arm(0);
	uint8_t *other;
	assert_int_equal(memory_image_write(memory, &other, &len), ERR_NOMEM);
	assert_true(failmalloc_disarm());
	memory_free(again);
	memory_free(NULL);
	free(image);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_what_is_kept_is_recalled),
		T(test_the_clock),
		T(test_bounded),
		T(test_nothing_is_no_image),
		T(test_damaged),
		T(test_no_memory),
	};
	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
