/* SPDX-License-Identifier: MIT */
/* A hash that is not SipHash-1-3 might be one whose collisions a stranger can choose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/hash.h"

static uint64_t hash_text(const struct hash_key *key, const char *text)
{
	return hash_bytes(key, bytes_of(text, strlen(text)));
}

/* The authors' first vector, and what Python 3.11, whose own hash this is, makes of others. */
static void test_known_values(void **state)
{
	const struct hash_key reference = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
	const struct hash_key python = { 0x0123456789abcdef, 0 };
	(void)state;
	assert_true(hash_text(&reference, "") == 0xabac0158050fc4dc);
	assert_true(hash_text(&python, "") == 0x108a7dfce1f10be8);
	assert_true(hash_text(&python, "a") == 0xaf331263f509cdf6);
	assert_true(hash_text(&python, "example") == 0xf2f47618c34c037e);
	assert_true(hash_text(&python, "12345678") == 0xf6202c5a6e39b7ee);
	assert_true(hash_text(&python, "the quick brown fox jumps over") == 0x208a188f925077ee);
}

static void test_every_octet_and_key_bit_counts(void **state)
{
	uint8_t data[40] = { 0 };
	struct hash_key key = { 1, 2 };
	(void)state;
	for (size_t len = 1; len <= sizeof(data); len++) {
		uint64_t plain = hash_bytes(&key, bytes_of(data, len));
		assert_true(hash_bytes(&key, bytes_of(data, len - 1)) != plain);
		for (size_t i = 0; i < len; i++) {
			data[i] ^= 0x40;
			assert_true(hash_bytes(&key, bytes_of(data, len)) != plain);
			data[i] ^= 0x40;
		}
	}
	uint64_t plain = hash_bytes(&key, bytes_of(data, 8));
	for (unsigned bit = 0; bit < 64; bit++) {
		struct hash_key other = { key.k0 ^ (uint64_t)1 << bit, key.k1 };
		assert_true(hash_bytes(&other, bytes_of(data, 8)) != plain);
		other = (struct hash_key){ key.k0, key.k1 ^ (uint64_t)1 << bit };
		assert_true(hash_bytes(&other, bytes_of(data, 8)) != plain);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_values),
		cmocka_unit_test(test_every_octet_and_key_bit_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
