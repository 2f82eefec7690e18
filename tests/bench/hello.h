/* SPDX-License-Identifier: MIT */
/* What a TLS server says first, read along: whether it resumed a session. RFC 8446
 * sections 4.1.3, 5.1 */
#ifndef BENCH_HELLO_H
#define BENCH_HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
	HELLO_LEN = 1024, /* a ServerHello has some 120 octets; a HelloRetryRequest may precede */
	RECORD_HEADER_LEN = 5,
	RECORD_HANDSHAKE = 22,
	RECORD_ENCRYPTED = 23,
	SERVER_HELLO = 2,
	SERVER_HELLO_SESSION_AT = 38, /* after type, length, version and random */
	PRE_SHARED_KEY = 41,
};

enum hello_kind {
	HELLO_UNKNOWN, /* not yet, or said before */
	HELLO_FULL,
	HELLO_RESUMED,
};

struct hello {
	uint8_t octets[HELLO_LEN];
	size_t len;
	bool is_said;
};

static inline size_t hello_u16(const uint8_t *octets)
{
	return (size_t)octets[0] << 8 | octets[1];
}

/* Only a ServerHello that resumes has that extension. */
static inline bool hello_resumes(const uint8_t *message, size_t len)
{
	size_t at = SERVER_HELLO_SESSION_AT;

	if (len <= at || message[0] != SERVER_HELLO)
		return false;
	at += (size_t)message[at] + 6; /* session; suite, compression, length of extensions */
	while (at + 4 <= len) {
		if (hello_u16(message + at) == PRE_SHARED_KEY)
			return true;
		at += 4 + hello_u16(message + at + 2);
	}
	return false;
}

/* The kind, once: at the first record that is encrypted. */
static inline enum hello_kind hello_take(struct hello *hello, const uint8_t *octets, size_t len)
{
	bool resumes = false;

	if (hello->is_said)
		return HELLO_UNKNOWN;
	if (len > HELLO_LEN - hello->len)
		len = HELLO_LEN - hello->len;
	memcpy(hello->octets + hello->len, octets, len);
	hello->len += len;
	for (size_t at = 0; at + RECORD_HEADER_LEN <= hello->len;) {
		const uint8_t *record = hello->octets + at;
		size_t end = at + RECORD_HEADER_LEN + hello_u16(record + 3);
		if (record[0] == RECORD_ENCRYPTED) {
			hello->is_said = true;
			return resumes ? HELLO_RESUMED : HELLO_FULL;
		}
		if (end > hello->len)
			return HELLO_UNKNOWN;
		if (record[0] == RECORD_HANDSHAKE)
			resumes |= hello_resumes(
				record + RECORD_HEADER_LEN, end - at - RECORD_HEADER_LEN);
		at = end;
	}
	return HELLO_UNKNOWN;
}

#endif
