/* SPDX-License-Identifier: MIT */
/* Proofs that something does not exist, from the NSEC and NSEC3 records of one zone that have been
 * validated.        RFC 4035 section 5.4, RFC 5155 section 8, RFC 6840 section 4, RFC 9276 */
#pragma once

#include "dnssec/budget.h"
#include "dnssec/crypto.h"
#include "dnssec/nsec.h"
#include "dnssec/nsec3.h"
#include "dnssec/reason.h"
#include "wire/rrset.h"

/* Records looked at; a proof needs three. What is beyond counts for nothing. */
#define DENIAL_RECORDS_MAX 16

struct denial {
	struct name zone;
	struct crypto *crypto;
	struct budget *budget;
	unsigned nsec_count;
	unsigned nsec3_count;
	struct nsec nsecs[DENIAL_RECORDS_MAX];
	struct nsec3 nsec3s[DENIAL_RECORDS_MAX]; /* all of one chain */
};

void denial_init(
	struct denial *denial, struct name zone, struct crypto *crypto, struct budget *budget);

/* An NSEC or NSEC3 RRset with a signature by the zone that fits and is not a wildcard's. Records
 * that are malformed or of another chain count for nothing. */
void denial_add(struct denial *denial, const struct rrset *rrset);

/* The answers: REASON_NONE, proven; REASON_OPTOUT or another insecure one, proven but for what is
 * not signed; else bogus. */

/* The name does not exist, and no wildcard stands for it. */
enum reason_code denial_of_name(struct denial *denial, struct name name);

/* The name, or the wildcard that stands for it, exists without that type and without a CNAME. For
 * type DS: by the parent's side, for all others by the child's. */
enum reason_code denial_of_type(struct denial *denial, struct name name, uint16_t type);

/* Nothing is closer to the name than the wildcard below its last labels labels. */
enum reason_code denial_of_closer(struct denial *denial, struct name name, unsigned labels);

/* After denial_of_type(name, DS) was proven: is there a delegation at name? */
bool denial_shows_cut(struct denial *denial, struct name name);
