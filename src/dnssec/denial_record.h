/* SPDX-License-Identifier: MIT */
/* One record that a denial needs, kept beyond its response: an NSEC or NSEC3, or the SOA that says
 * how long all of them hold; with its signatures, all by one zone. Octets by which its kind is in
 * order come along: between key and next of an NSEC or NSEC3 there is nothing. */
#pragma once

#include "base/list.h"
#include "dnssec/treap.h"
#include "wire/rrset.h"

#define DENIAL_RECORD_OCTETS_MAX 4096 /* of names, rdata and signatures; ordinary ones have 300 */
#define DENIAL_TTL_MAX_S	 3600 /* negative answers are not kept for longer */

struct denial_record {
	struct treap_node node; /* its key */
	struct list used;	/* its keeper's, in order of use */
	void *keeper;
	size_t cost; /* octets of memory, the allocator's own included */
	uint32_t ttl_s;
	uint32_t expires_s; /* its keeper's */
	struct name zone;   /* that signed it */
	struct bytes next;
	bool wraps; /* next comes around the end: all after key is covered, and all before next */
	bool optout;
	struct bytes types;	 /* bitmap_has() */
	struct rrset rrset;	 /* of one record */
	struct rrset signatures; /* over it */
	struct bytes rdata[];	 /* the record's, then those of the signatures */
};

/* Octets that order names of a zone as RFC 4034 section 6.1 does; those of a name begin those of
 * all names below it. The zone's own are none. */
struct denial_key {
	size_t len;
	uint8_t octets[2 * NAME_LEN_MAX];
};

/* name must be within zone. A view of key. */
struct bytes denial_key_init(struct denial_key *key, struct name name, struct name zone);

/* A copy. ttl_s is the least of the RRset's, of its signatures' original TTL and validity, of an
 * SOA's minimum, and of DENIAL_TTL_MAX_S.           RFC 8198 section 5.4, RFC 9077 section 3
 * NULL: out of memory; or not one record of such a type with signatures that all name one and the
 * same signer, at or above the owner; malformed; TTL 0; too long; an NSEC that names no type of its
 * own, made up for one question; an NSEC3 with more iterations than are secure. */
struct denial_record *denial_record_new(
	const struct rrset *rrset, const struct rrset *signatures, int64_t wall_s);
void denial_record_free(struct denial_record *record);

bool denial_record_matches(const struct denial_record *record, struct bytes key);
bool denial_record_covers(const struct denial_record *record, struct bytes key);

/* The record and its signatures into the arena, with that TTL, in the authority section.
 * ERR_NOMEM. */
MUST_USE int denial_record_copy(const struct denial_record *record, uint32_t ttl_s,
	struct arena *arena, struct rrset out[static 2]);
