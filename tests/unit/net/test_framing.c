/* SPDX-License-Identifier: MIT */
/* A server may cut its stream anywhere: each message must come out whole, once, in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rand.h"
#include "net/framing.h"
#include "support/failmalloc.h"

static void several_in_one_piece_come_without_a_copy(void **state)
{
	static const uint8_t data[] = "\0\3abc\0\0\0\2de";
	struct framing framing;
	struct bytes out;
	(void)state;

	framing_init(&framing);
	size_t before = failmalloc_count();
	framing_feed(&framing, bytes_of(data, sizeof(data) - 1));
	assert_int_equal(framing_next(&framing, &out), 1);
	assert_true(bytes_equal(out, bytes_of("abc", 3)));
	assert_ptr_equal(out.at, data + 2);
	assert_int_equal(framing_next(&framing, &out), 1);
	assert_int_equal(out.len, 0);
	assert_int_equal(framing_next(&framing, &out), 1);
	assert_true(bytes_equal(out, bytes_of("de", 2)));
	assert_false(framing_inside(&framing));
	assert_int_equal(framing_next(&framing, &out), 0);
	assert_int_equal(failmalloc_count(), before);
	framing_done(&framing);
}

static void octet_by_octet(void **state)
{
	static const uint8_t data[] = "\0\3abc\0\0\0\2de";
	struct framing framing;
	struct bytes out;
	char got[64] = "";
	(void)state;

	framing_init(&framing);
	assert_false(framing_inside(&framing));
	for (size_t i = 0; i < sizeof(data) - 1; i++) {
		framing_feed(&framing, bytes_of(data + i, 1));
		while (framing_next(&framing, &out) == 1) {
			strncat(got, (const char *)out.at, out.len);
			strcat(got, "|");
		}
		assert_int_equal(framing_inside(&framing), i != 4 && i != 6 && i != 10);
	}
	assert_string_equal(got, "abc||de|");
	assert_null(framing.partial);
	framing_done(&framing);
}

/* Two octets that promise 64 KiB must not cost 64 KiB: a thousand idle clients would. */
static void memory_grows_with_what_came(void **state)
{
	static uint8_t octets[1000];
	struct framing framing;
	struct bytes out;
	(void)state;

	framing_init(&framing);
	framing_feed(&framing, bytes_of("\xff\xff", 2));
	assert_int_equal(framing_next(&framing, &out), 0);
	assert_true(framing.cap < 16);
	framing_feed(&framing, bytes_of(octets, sizeof(octets)));
	assert_int_equal(framing_next(&framing, &out), 0);
	assert_true(framing.cap <= 2 * (sizeof(octets) + 2));
	assert_true(framing_inside(&framing));
	framing_done(&framing);
}

/* Random messages in random pieces. */
static void any_cut_gives_the_same_messages(void **state)
{
	static uint8_t stream[300000];
	struct framing framing;
	struct rand rand;
	struct bytes out;
	size_t len = 0, fed = 0, checked = 0;
	(void)state;

	rand_init_seeded(&rand, 3);
	while (len < sizeof(stream) - 70000) {
		uint16_t message = (uint16_t)rand_below(&rand, rand_below(&rand, 8) ? 600 : 65536);
		u16_store(stream + len, message);
		rand_fill(&rand, stream + len + 2, message);
		len += 2 + (size_t)message;
	}
	framing_init(&framing);
	while (fed < len) {
		size_t piece = 1 + rand_below(&rand, rand_below(&rand, 2) ? 5 : 20000);
		if (piece > len - fed)
			piece = len - fed;
		framing_feed(&framing, bytes_of(stream + fed, piece));
		fed += piece;
		while (framing_next(&framing, &out) == 1) {
			assert_int_equal(out.len, u16_load(stream + checked));
			assert_true(bytes_equal(out, bytes_of(stream + checked + 2, out.len)));
			checked += 2 + out.len;
		}
	}
	assert_int_equal(checked, len);
	assert_false(framing_inside(&framing));
	framing_done(&framing);
}

static void out_of_memory_loses_nothing(void **state)
{
	struct framing framing;
	struct bytes out;
	(void)state;

	framing_init(&framing);
	for (size_t n = 0;; n++) {
		bool failed = false;
		failmalloc_arm(n);
		for (unsigned i = 0; i < 5; i++) {
			framing_feed(&framing, bytes_of(&"\0\3abc"[i], 1));
			int got = framing_next(&framing, &out);
			if (got == ERR_NOMEM) {
				failed = true;
				got = framing_next(&framing, &out);
			}
			assert_int_equal(got, i == 4);
		}
		assert_true(bytes_equal(out, bytes_of("abc", 3)));
		assert_int_equal(failmalloc_disarm(), failed);
		if (!failed)
			break;
	}
	framing_done(&framing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_in_one_piece_come_without_a_copy),
		cmocka_unit_test(octet_by_octet),
		cmocka_unit_test(memory_grows_with_what_came),
		cmocka_unit_test(any_cut_gives_the_same_messages),
		cmocka_unit_test(out_of_memory_loses_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
