/* SPDX-License-Identifier: MIT */
/* A public key by its fingerprint: SHA-256 of its SubjectPublicKeyInfo, written sha256/BASE64=.
 * RFC 7469 section 2.4, RFC 7858 section 4.2 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define PIN_LEN	     32 /* octets */
#define PIN_TEXT_LEN 52 /* "sha256/", 44 letters, NUL */
#define PINS_MAX     16 /* of one upstream: nobody keeps more keys in reserve */

struct pin {
	uint8_t sha256[PIN_LEN];
};

/* Those of one upstream: the first is of the key in use, the others are of keys in reserve. */
struct pins {
	const struct pin *items; /* borrowed */
	size_t count;
	int64_t bypass_until_s; /* seconds of the wall clock; until then a mismatch is only told */
};

/* ERR_FORMAT: not sha256/ and the 44 letters of base64 that 32 octets take. */
MUST_USE int pin_parse(const char *text, struct pin *out);

/* Returns text. */
const char *pin_write(const struct pin *pin, char text[static PIN_TEXT_LEN]);

/* The place of pin in pins, or pins->count. */
size_t pins_find(const struct pins *pins, const struct pin *pin);
