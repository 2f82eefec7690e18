/* SPDX-License-Identifier: MIT */
/* One NSEC3 record: that between two hashes of names there is nothing (RFC 5155). */
#pragma once

#include <stdbool.h>

#include "dnssec/crypto.h"
#include "wire/name.h"

#define NSEC3_HASH_LEN	CRYPTO_SHA1_LEN
#define NSEC3_HASH_SHA1 1 /* the only one (RFC 5155 section 11) */

/* RFC 9276 section 3.2: above the first insecure, above the second not even looked at. */
#define NSEC3_ITERATIONS_MAX	  50
#define NSEC3_ITERATIONS_BEARABLE 500

struct nsec3 {
	uint8_t owner[NSEC3_HASH_LEN];
	uint8_t next[NSEC3_HASH_LEN];
	bool optout;
	uint16_t iterations;
	struct bytes salt;
	struct bytes types; /* bitmap_has() */
};

/* Views rdata; the owner is one label below zone. ERR_FORMAT, also for one that counts for nothing:
 * of an unknown hash or with unknown flags.             RFC 5155 sections 3.2, 8.1, 8.2 */
MUST_USE int nsec3_read(struct name owner, struct bytes rdata, struct name zone, struct nsec3 *out);

/* Salt and iterations alike: records of one chain.                   RFC 5155 section 8.2 */
bool nsec3_same_chain(const struct nsec3 *a, const struct nsec3 *b);

/* The hash of name as the chain of like makes it. ERR_SYSTEM.        RFC 5155 section 5 */
MUST_USE int nsec3_hash(
	const struct nsec3 *like, struct name name, uint8_t hash[static NSEC3_HASH_LEN]);

bool nsec3_matches(const struct nsec3 *nsec3, const uint8_t hash[static NSEC3_HASH_LEN]);

/* Strictly between owner and next; the last one goes around the end. RFC 5155 section 1.3 */
bool nsec3_covers(const struct nsec3 *nsec3, const uint8_t hash[static NSEC3_HASH_LEN]);
