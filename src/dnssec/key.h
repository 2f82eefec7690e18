/* SPDX-License-Identifier: MIT */
/* A zone's keys (DNSKEY) and what its parent says of them (DS): RFC 4034 sections 2 and 5. */
#pragma once

#include <stdbool.h>

#include "dnssec/crypto.h"
#include "wire/name.h"

enum {
	DNSKEY_FLAG_ZONE = 0x0100,   /* RFC 4034 section 2.1.1 */
	DNSKEY_FLAG_REVOKE = 0x0080, /* RFC 5011 section 7 */
	DNSKEY_FLAG_SEP = 0x0001,    /* RFC 4034 section 2.1.1: a hint, never looked at here */
};

#define DNSKEY_PROTOCOL 3 /* the only one (RFC 4034 section 2.1.2) */

struct dnskey {
	uint16_t flags;
	uint8_t protocol;
	uint8_t algorithm;
	uint16_t key_tag;
	struct bytes public_key;
	struct bytes rdata; /* all of it */
};

struct ds {
	uint16_t key_tag;
	uint8_t algorithm;
	uint8_t digest_type;
	struct bytes digest;
};

/* Views rdata. ERR_FORMAT.                                           RFC 4034 section 2.1 */
MUST_USE int dnskey_read(struct bytes rdata, struct dnskey *out);

/* May it sign a zone's data: ZONE set, REVOKE not, protocol 3?
 * RFC 4034 section 2.1, RFC 5011 section 2.1 */
bool dnskey_signs_zones(const struct dnskey *key);

/* Algorithm 1, whose tag is another, is not supported anyway.        RFC 4034 appendix B */
uint16_t dnskey_tag(struct bytes rdata);

/* Views rdata. ERR_FORMAT, also for a digest of a known type that is not as long as it must be.
 * RFC 4034 section 5.1 */
MUST_USE int ds_read(struct bytes rdata, struct ds *out);

/* Does ds stand for key at owner? Tag and algorithm first, then the digest. A digest that cannot be
 * made is no match.                                                  RFC 4034 section 5.1.4 */
bool ds_matches(const struct ds *ds, struct name owner, const struct dnskey *key);
