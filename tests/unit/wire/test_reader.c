/* SPDX-License-Identifier: MIT */
/* Every octet from the network goes through here: one read past the end is a hole in the daemon. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"
#include "wire/reader.h"

static void test_reads_in_network_order(void **state)
{
	struct reader r = reader_over(OCTETS("\x01\x02\x03\x04\x05\x06\x07rest"));
	(void)state;
	assert_int_equal(reader_u8(&r), 1);
	assert_int_equal(reader_u16(&r), 0x0203);
	assert_int_equal(reader_u32(&r), 0x04050607);
	assert_int_equal(reader_left(&r), 4);
	assert_false(reader_finished(&r));
	struct bytes rest = reader_rest(&r);
	assert_true(bytes_equal(rest, OCTETS("rest")));
	assert_true(reader_finished(&r));
	/* Nothing left is not a failure. */
	rest = reader_rest(&r);
	assert_int_equal(rest.len, 0);
	assert_non_null(rest.at);
	assert_true(reader_finished(&r));
}

/* Past the end: zeros, and failed for good, also for reads that would have fitted. */
static void test_past_the_end(void **state)
{
	(void)state;
	for (int kind = 0; kind < 5; kind++) {
		struct reader r = reader_over(OCTETS("\xff\xff\xff\xff"));
		reader_skip(&r, kind == 0 ? 4 : 1);
		switch (kind) {
		case 0: assert_int_equal(reader_u8(&r), 0); break;
		case 1: assert_int_equal(reader_u32(&r), 0); break;
		case 2: assert_int_equal(reader_bytes(&r, 4).len, 0); break;
		case 3: reader_skip(&r, SIZE_MAX); break;
		case 4: assert_int_equal(reader_bytes(&r, SIZE_MAX).len, 0); break;
		}
		assert_true(r.failed);
		assert_int_equal(reader_left(&r), 0);
		assert_int_equal(reader_u8(&r), 0);
		assert_int_equal(reader_u16(&r), 0);
		assert_int_equal(reader_bytes(&r, 1).len, 0);
		assert_false(reader_finished(&r));
	}
}

static void test_empty(void **state)
{
	struct reader r = reader_over(bytes_of(NULL, 0));
	(void)state;
	assert_true(reader_finished(&r));
	assert_int_equal(reader_bytes(&r, 0).len, 0);
	assert_true(reader_finished(&r));
	assert_int_equal(reader_u16(&r), 0);
	assert_true(r.failed);
}

/* A part ends where it should and still counts offsets from the message's start. */
static void test_part(void **state)
{
	struct reader r = reader_over(OCTETS("abcdefgh"));
	(void)state;
	reader_skip(&r, 2);
	struct reader part = reader_part(&r, 3);
	assert_ptr_equal(part.base, r.base);
	assert_int_equal(part.at, 2);
	assert_true(bytes_equal(reader_rest(&part), OCTETS("cde")));
	assert_int_equal(reader_u8(&part), 0);
	assert_true(part.failed);
	assert_true(bytes_equal(reader_rest(&r), OCTETS("fgh")));
	assert_true(reader_finished(&r));
}

static void test_part_too_long(void **state)
{
	struct reader r = reader_over(OCTETS("abcd"));
	(void)state;
	struct reader part = reader_part(&r, 5);
	assert_true(r.failed);
	assert_true(part.failed);
	assert_int_equal(reader_left(&part), 0);
}

static void test_fail(void **state)
{
	struct reader r = reader_over(OCTETS("abcd"));
	(void)state;
	reader_fail(&r);
	assert_int_equal(reader_u8(&r), 0);
	assert_false(reader_finished(&r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_in_network_order),
		cmocka_unit_test(test_past_the_end),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_part),
		cmocka_unit_test(test_part_too_long),
		cmocka_unit_test(test_fail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
