/* SPDX-License-Identifier: MIT */
/* More than wire's sample.h has, for the tests of this room; include it behind cmocka.h. */
#pragma once

#include "unit/wire/sample.h"

/* RFC 4648 section 4; blanks are skipped. Returns how many octets. */
static inline size_t unbase64(const char *text, uint8_t *at, size_t cap)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	unsigned have = 0;
	size_t len = 0;

	for (; *text && *text != '='; text++) {
		const char *letter = strchr(letters, *text);
		if (*text == ' ')
			continue;
		assert_non_null(letter);
		bits = bits << 6 | (uint32_t)(letter - letters);
		have += 6;
		if (have >= 8) {
			have -= 8;
			assert_true(len < cap);
			at[len++] = (uint8_t)(bits >> have);
		}
	}
	return len;
}

/* A DNSKEY's rdata into at, which has room for 1024 octets. */
static inline struct bytes dnskey_of(
	uint16_t flags, uint8_t algorithm, const char *base64, uint8_t *at)
{
	u16_store(at, flags);
	at[2] = 3;
	at[3] = algorithm;
	return bytes_of(at, 4 + unbase64(base64, at + 4, 1020));
}
