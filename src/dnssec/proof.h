/* SPDX-License-Identifier: MIT */
/* What a response's authority section proves, once its signatures have been checked. */
#pragma once

#include "dnssec/denial.h"
#include "dnssec/reply.h"

struct proof {
	struct denial denial;
	struct reason failed; /* the first record of denial whose signature does not fit;
			       * REASON_NONE: all fit, or are not the zone's */
	uint32_t ttl_s;	      /* the least of the records that count */
};

/* The NSEC and NSEC3 records that zone has signed; *out is in the checker's arena. ERR_NOMEM. */
MUST_USE int proof_gather(struct reply *reply, const struct checker *checker,
	const struct zone *zone, struct proof **out);

/* What to tell of code, which came of proof->denial, about name and type: where it is bogus and a
 * record's signature did not fit, that is the cause. */
struct reason proof_reason(
	const struct proof *proof, enum reason_code code, struct name name, uint16_t type);
