/* SPDX-License-Identifier: MIT */
/* One signature's record (RFC 4034 section 3): what it says, and when it is to be believed. */
#pragma once

#include "dnssec/reason.h"
#include "wire/name.h"

struct rrsig {
	uint16_t covers;
	uint8_t algorithm;
	uint8_t labels; /* of the name that was signed, a leading "*" not counted */
	uint32_t original_ttl_s;
	uint32_t expiration; /* seconds, serial arithmetic (RFC 1982) */
	uint32_t inception;
	uint16_t key_tag;
	struct name signer;
	struct bytes signature;
	struct bytes fixed; /* the octets in front of the signer */
};

/* The clocks of others: a tenth of a signature's validity, an hour at most. */
#define RRSIG_SKEW_MAX_S 3600

/* Views rdata. ERR_FORMAT.                                           RFC 4034 section 3.1 */
MUST_USE int rrsig_read(struct bytes rdata, struct rrsig *out);

/* REASON_NONE, or why it is not to be believed at that time; *when_s is then the time that counts.
 * no_earlier: the time is that or any later one, and what has not begun then may have by now.
 * RFC 4034 section 3.1.5 */
enum reason_code rrsig_time(
	const struct rrsig *rrsig, int64_t wall_s, bool no_earlier, int64_t *when_s);

/* When its signer's clock says that it begins; wall_s says in which of serial arithmetic's ages. */
int64_t rrsig_begins_s(const struct rrsig *rrsig, int64_t wall_s);

/* How long what it signs may be kept: its original TTL, and what is left of its validity, 1 s at
 * least.                                                             RFC 4035 section 5.3.3 */
uint32_t rrsig_ttl_s(const struct rrsig *rrsig, int64_t wall_s);

/* Labels of owner as the field counts them: without the root and a leading "*".
 * RFC 4034 section 3.1.3 */
unsigned rrsig_labels_of(struct name owner);
