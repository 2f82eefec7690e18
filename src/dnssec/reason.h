/* SPDX-License-Identifier: MIT */
/* Why a verdict is what it is: each place that decides against a chain of trust has a reason of its
 * own, with an Extended DNS Error (RFC 8914) and a sentence that names record, zone and cause. */
#pragma once

#include "wire/name.h"
#include "wire/verdict.h"

enum reason_code {
	REASON_NONE, /* secure */

	/* Signatures: bogus. */
	REASON_RRSIG_MISSING,
	REASON_RRSIG_MALFORMED,
	REASON_RRSIG_EXPIRED,
	REASON_RRSIG_NOT_YET_VALID,
	REASON_RRSIG_NO_KEY,
	REASON_RRSIG_LABELS,
	REASON_RRSIG_ALGORITHM,
	REASON_RRSIG_WRONG,
	REASON_RRSIG_EXPANDED,

	/* Keys: bogus. */
	REASON_DNSKEY_MISSING,
	REASON_DNSKEY_NO_MATCH,
	REASON_DNSKEY_UNSIGNED,
	REASON_ANCHOR_REVOKED,

	/* Denial of existence: bogus. */
	REASON_DENIAL_MISSING,
	REASON_NAME_NOT_DENIED,
	REASON_NAME_EXISTS,
	REASON_TYPE_NOT_DENIED,
	REASON_TYPE_EXISTS,
	REASON_WILDCARD_NOT_DENIED,
	REASON_DENIAL_PARENT_SIDE,
	REASON_DENIAL_CHILD_SIDE,
	REASON_DENIAL_BELOW_CUT,
	REASON_ENCLOSER_NOT_PROVEN,
	REASON_EXPANSION_NOT_PROVEN,
	REASON_NSEC3_COSTLY,

	/* The answer's path: bogus. */
	REASON_CNAME_NOT_OF_DNAME,
	REASON_RCODE_FALSE,
	REASON_MESSAGE_MALFORMED,

	/* Budgets: bogus. */
	REASON_SPENT_SIGNATURES,
	REASON_SPENT_KEYS,
	REASON_SPENT_CHECKS,
	REASON_SPENT_HASHES,
	REASON_SPENT_QUERIES,
	REASON_SPENT_HOPS,

	/* Insecure. */
	REASON_NO_ANCHOR,
	REASON_NTA,
	REASON_NO_DS,
	REASON_OPTOUT,
	REASON_DS_ALGORITHM,
	REASON_DS_DIGEST,
	REASON_NSEC3_ITERATIONS,
	REASON_NSEC3_NO_HASH,
	REASON_RRSIG_ASKED,

	/* Indeterminate. */
	REASON_NO_RESPONSE,
	REASON_RCODE,

	REASON_COUNT,
};

struct reason {
	enum reason_code code;
	struct name name; /* of the record that it is about; octets NULL: none */
	uint16_t type;	  /* of that record */
	struct name zone; /* whose signature or denial it should be; octets NULL: none */
	uint16_t key_tag; /* of signatures, 0 if none stood out */
	uint8_t algorithm;
	int64_t when_s; /* end or begin of a signature's time */
};

/* Room for a text: two names at most, and a sentence. Longer ones are cut. */
#define REASON_TEXT_LEN 512

enum verdict reason_verdict(enum reason_code code);

/* Is a budget of the whole way spent? Then whoever is asked for it, it costs too much. */
static inline bool reason_is_spent(enum reason_code code)
{
	return code >= REASON_SPENT_CHECKS && code <= REASON_SPENT_HOPS;
}

/* RFC 8914 section 4 */
uint16_t reason_ede(enum reason_code code);

/* "www.example. A: the signature by example. (key 4711, algorithm 13) expired at
 * 2026-01-31T12:00:00Z". Printable ASCII. Returns text. */
const char *reason_print(const struct reason *reason, char text[static REASON_TEXT_LEN]);
