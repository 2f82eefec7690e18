/* SPDX-License-Identifier: MIT */
/* Is an RRset signed by a zone's keys?                               RFC 4035 section 5.3 */
#pragma once

#include "dnssec/budget.h"
#include "dnssec/crypto.h"
#include "dnssec/trace.h"
#include "dnssec/zone.h"
#include "wire/rrset.h"

/* What a check works with; borrowed. */
struct checker {
	struct crypto *crypto;
	struct budget *budget; /* one unit a public-key operation, spent even if it fails */
	struct arena *arena;
	int64_t wall_s;	     /* serial arithmetic (RFC 4034 section 3.1.5) */
	bool clock_unset;    /* it is that late or any later */
	struct trace *trace; /* told of all that is checked; NULL: none */
};

struct signature {
	struct reason reason;	 /* REASON_NONE: one fits */
	uint32_t ttl_s;		 /* of one that fits: the least of RRset, original and validity */
	uint32_t original_ttl_s; /* as its zone wrote it */
	bool expanded;		 /* made from a wildcard; what is closer must be denied */
	uint8_t labels;		 /* of the wildcard's parent, the closest encloser */
	unsigned tried;		 /* of a check that is not over: so often in vain */
	int64_t begins_s;	 /* of one that fits: when it was made, by its signer's clock */
};

/* signatures is the RRSIG set at the same owner, NULL for none. Those by others than the zone count
 * for nothing. Of those that could fit, the cheapest are tried first. *out is zero at first.
 * ERR_NOMEM; ERR_AGAIN when the budget's turn is over: the same call with the same *out goes on
 * from there. */
MUST_USE int signature_check(const struct checker *checker, const struct zone *zone,
	const struct rrset *rrset, const struct rrset *signatures, struct signature *out);

/* The deepest name at or above owner that signs itself as signer; the longest claim, not yet
 * believed. False if there is none. */
bool signature_claimed_by(const struct rrset *signatures, struct name owner, struct name *deepest);
