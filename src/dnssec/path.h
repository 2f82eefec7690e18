/* SPDX-License-Identifier: MIT */
/* From the question to what answers it: the CNAMEs and DNAMEs of a response, hop by hop.
 * RFC 1034 section 4.3.2, RFC 6672 section 3 */
#pragma once

#include "dnssec/reply.h"

enum hop_kind {
	HOP_RECORDS,  /* rrset is of the type asked for: the end */
	HOP_ALIAS,    /* rrset is a CNAME; the path goes on at target */
	HOP_SUBTREE,  /* rrset is a DNAME; the path goes on at target, which a CNAME without a
		       * signature may or may not spell out */
	HOP_OVERLONG, /* rrset is a DNAME, but the name would be too long: the end */
	HOP_NOTHING,  /* the response ends here without an answer */
	HOP_FALSE,    /* rrset is a DNAME, and the CNAME beside it says something else */
};

struct hop {
	enum hop_kind kind;
	struct name name; /* that the hop begins at */
	const struct rrset *rrset;
	struct name target;
};

/* The hop that begins at name, towards records of type. A new name that a DNAME makes lies in the
 * arena. ERR_NOMEM; ERR_FORMAT for a malformed CNAME or DNAME. Loops are the caller's to see. */
MUST_USE int path_next(const struct reply *reply, struct name name, uint16_t type,
	struct arena *arena, struct hop *out);
