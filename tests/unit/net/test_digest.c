/* SPDX-License-Identifier: MIT */
/* Two upstreams that are known in different ways must not be taken for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "net/digest.h"

static void assert_digest(const struct bytes *parts, size_t count, const char *hex)
{
	uint8_t digest[DIGEST_LEN];
	char text[2 * DIGEST_LEN + 1];

	assert_int_equal(digest_parts(parts, count, digest), 0);
	for (size_t i = 0; i < DIGEST_LEN; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(text, hex);
}

/* Calculated by Python's hashlib. */
static void parts_count(void **state)
{
	const struct bytes one[] = { bytes_of("abc", 3) };
	const struct bytes two[] = { bytes_of("ab", 2), bytes_of("c", 1) };
	(void)state;

	assert_digest(one, 1, "d04b72a650ce0f8ce4963330a53ee2832733d2baeffff3c1d8e256cca096d120");
	assert_digest(two, 2, "f2939f903016e5bb29b1e4a61cdbd376220ca03a24180b39995f2d50f2e0a647");
	assert_digest(NULL, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(parts_count) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
