/* SPDX-License-Identifier: MIT */
/* Validated proofs that outlive their response: what lies between two names of a signed zone is
 * answered without asking.             RFC 8198; RFC 9077; NSEC3 only without opt-out (section 5.2)
 *
 * Kept are NSEC and NSEC3 records by the zone that signed them, and that zone's SOA. What they say
 * is found out by denial.h, as it is of a response; nothing is made of them but NXDOMAIN and
 * NODATA: no record is expanded from a wildcard (section 5.3). The deepest zone known decides, and
 * its proof must itself rule out that there is one further down.
 * Belongs to one thread; its memory has a bound, what was not used for longest goes first. */
#pragma once

#include "base/hash.h"
#include "dnssec/denial.h"

struct denial_cache;

/* What is asked, and what the look-up works with; borrowed. */
struct denial_request {
	const struct question *question;
	struct crypto *crypto;
	struct budget *budget; /* new; NSEC3 hashes: two proofs' worth at most */
	struct arena *arena;   /* of the answer */
	uint32_t now_s;	       /* monotonic */
};

/* Secure; with an authority section only, and EDE 29 (RFC 8914 section 4.30). */
struct denial_answer {
	uint16_t rcode;	      /* NXDOMAIN or NOERROR */
	struct name zone;     /* that denies */
	struct rrset *rrsets; /* in the arena: the SOA, its signatures, each record, its own */
	size_t count;
	uint32_t ttl_s; /* of all of them: the least that is left of any */
};

/* bytes_max counts all, the allocator's own octets included. NULL: out of memory. */
struct denial_cache *denial_cache_new(size_t bytes_max, struct hash_key key);
void denial_cache_free(struct denial_cache *cache);

/* Of one response's RRsets, each in the section it came in: SOA, NSEC and NSEC3 of the authority
 * section and all RRSIGs. The first three must be vouched for (validator_vouches()) in a response
 * found secure; RRSIGs need not be. Others count for nothing, nor does a denial of a zone whose SOA
 * neither comes along nor is kept. Copies; how long each may be used is found here.
 * wall_s  for the signatures' validity; now_s  monotonic */
void denial_cache_put(struct denial_cache *cache, const struct rrset *rrsets, size_t count,
	int64_t wall_s, uint32_t now_s);

/* False: it must be asked for, *out is untouched. Never true for a question about DNSSEC's own
 * records or for meta types; also false when the arena is full. */
MUST_USE bool denial_cache_answer(struct denial_cache *cache, const struct denial_request *request,
	struct denial_answer *out);

/* Forgets what could deny name or what is below: zones at or below it, and those above whole.
 * Everything with the root. After a change of anchors, on "flush". */
void denial_cache_forget(struct denial_cache *cache, struct name name);

/* Records held, and octets of memory. */
size_t denial_cache_count(const struct denial_cache *cache);
size_t denial_cache_bytes(const struct denial_cache *cache);
