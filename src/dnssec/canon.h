/* SPDX-License-Identifier: MIT */
/* An RRset as its signer saw it: the canonical form and order of RFC 4034 section 6, and the octets
 * that a signature is over (section 3.1.8.1). */
#pragma once

#include "dnssec/rrsig.h"
#include "wire/rrset.h"

struct canon {
	const struct rrset *rrset;
	struct bytes *rdata; /* canonical, in canonical order, none twice */
	size_t count;
	uint8_t *buffer; /* where signed data is put together */
	size_t buffer_len;
};

/* Are names in the rdata of that type lower-cased? RFC 4034 section 6.2 as corrected by RFC 6840
 * section 5.1; A6 (obsolete, RFC 6563) is taken as opaque. */
bool canon_lowers(uint16_t type);

/* Made once for an RRset, used for each of its signatures. Lives in the arena. ERR_NOMEM. */
MUST_USE int canon_init(struct canon *canon, const struct rrset *rrset, struct arena *arena);

/* What rrsig would have signed: its own head with the signer in lower case, then each record with
 * the owner in lower case (the wildcard, where it was expanded) and the original TTL. The result is
 * good until the next call. rrsig->labels must not be more than the owner's.
 * RFC 4034 section 3.1.8.1, RFC 4035 section 5.3.2 */
struct bytes canon_signed_data(struct canon *canon, const struct rrsig *rrsig);
