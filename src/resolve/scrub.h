/* SPDX-License-Identifier: MIT */
/* From a response, what belongs to the answer: the CNAME and DNAME path from the question to its
 * end, the records there, and their proof. Everything else is left behind, whoever sent it. */
#pragma once

#include "wire/rrset.h"

/* CNAMEs that are followed within one response; a longer chain is a failure. BIND stops at 16. */
#define SCRUB_HOPS_MAX 16

struct scrubbed {
	struct rrset *rrsets; /* in the arena, answer before authority */
	size_t count;
	bool positive; /* the path ends in records of the type asked for, or at a CNAME loop */
};

/* Lives in the arena and views message. ERR_NOMEM; ERR_FORMAT for a malformed RRSIG; ERR_LIMIT
 * when the path is longer than SCRUB_HOPS_MAX.      RFC 2181 section 5.4.1, RFC 6672 section 2.2 */
MUST_USE int scrub(const struct message *message, struct arena *arena, struct scrubbed *out);
