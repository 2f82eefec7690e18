/* SPDX-License-Identifier: MIT */
/* A reply with a hole in it, or one written past its buffer, must not come about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"
#include "wire/writer.h"

static void test_writes_in_network_order(void **state)
{
	uint8_t buffer[16];
	struct writer w = writer_into(buffer, sizeof(buffer));
	(void)state;
	writer_u8(&w, 1);
	writer_u16(&w, 0x0203);
	writer_u32(&w, 0x04050607);
	writer_bytes(&w, OCTETS("rest"));
	writer_bytes(&w, bytes_of(NULL, 0));
	assert_false(w.failed);
	assert_true(bytes_equal(bytes_of(buffer, w.len), OCTETS("\1\2\3\4\5\6\7rest")));
	writer_patch_u16(&w, 1, 0xaabb);
	assert_int_equal(buffer[1], 0xaa);
	assert_int_equal(buffer[2], 0xbb);
}

static void test_does_not_fit(void **state)
{
	uint8_t buffer[8];
	(void)state;
	for (size_t cap = 0; cap < 4; cap++) {
		memset(buffer, 0xee, sizeof(buffer));
		struct writer w = writer_into(buffer, cap);
		writer_u32(&w, 0);
		assert_true(w.failed);
		assert_int_equal(w.len, 0);
		/* What would fit comes too late. */
		writer_u8(&w, 0);
		writer_bytes(&w, OCTETS("a"));
		assert_int_equal(w.len, 0);
		for (size_t i = 0; i < sizeof(buffer); i++)
			assert_int_equal(buffer[i], 0xee);
	}
	struct writer w = writer_into(buffer, sizeof(buffer));
	writer_u8(&w, 0);
	writer_bytes(&w, bytes_of(buffer, SIZE_MAX));
	assert_true(w.failed);
	assert_int_equal(w.len, 1);
}

static void test_rewind(void **state)
{
	uint8_t buffer[4];
	struct writer w = writer_into(buffer, sizeof(buffer));
	(void)state;
	writer_u16(&w, 0x0102);
	writer_u32(&w, 0);
	assert_true(w.failed);
	writer_rewind(&w, 1);
	assert_false(w.failed);
	writer_u8(&w, 3);
	assert_true(bytes_equal(bytes_of(buffer, w.len), OCTETS("\1\3")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_writes_in_network_order),
		cmocka_unit_test(test_does_not_fit),
		cmocka_unit_test(test_rewind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
