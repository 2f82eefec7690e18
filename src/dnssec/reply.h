/* SPDX-License-Identifier: MIT */
/* A response taken apart for validation: its RRsets, which signatures belong to which, and what
 * came of checking them, so that none is checked twice. */
#pragma once

#include "dnssec/signature.h"

/* RRsets that are looked at; an honest response has a handful. They are searched linearly. */
#define REPLY_RRSETS_MAX 256

struct reply_check {
	bool begun;	  /* zone is set */
	bool done;	  /* and result, too */
	bool fits;	  /* by some zone's signature, whatever another's check says later */
	struct name zone; /* that it is checked against */
	struct signature result;
};

struct reply {
	const struct message *message;
	const struct rrset *rrsets;
	size_t count;
	struct reply_check *checks; /* by index into rrsets */
};

/* Lives in the arena and views message. ERR_NOMEM; ERR_FORMAT for a malformed RRSIG; ERR_LIMIT for
 * too many RRsets. */
MUST_USE int reply_open(struct reply *reply, const struct message *message, struct arena *arena);

/* NULL if there is none of that owner and type. Class IN only. */
const struct rrset *reply_find(
	const struct reply *reply, enum section section, struct name owner, uint16_t type);

/* A DNAME in the answer that stands above name. NULL: none. */
const struct rrset *reply_dname_above(const struct reply *reply, struct name name);

/* The signatures that came with it. NULL: none. */
const struct rrset *reply_signatures(const struct reply *reply, const struct rrset *rrset);

/* signature_check() of one of the reply's RRsets by zone, once. ERR_NOMEM; ERR_AGAIN: the same call
 * in the budget's next turn goes on. */
MUST_USE int reply_check(struct reply *reply, const struct checker *checker,
	const struct zone *zone, const struct rrset *rrset, const struct signature **out);

/* Has a signature of it been found to fit? */
bool reply_is_vouched(const struct reply *reply, const struct rrset *rrset);
