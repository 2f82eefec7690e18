/* SPDX-License-Identifier: MIT */
/* How long an answer may be used. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "wire/rrset.h"

struct ttl_options {
	uint32_t min_s;		 /* of positive answers; 0 as published */
	uint32_t max_s;		 /* RFC 2181 section 8 allows a bound of ours */
	uint32_t max_negative_s; /* RFC 2308 section 5 */
};

/* Of a positive answer: the least TTL of its RRsets within the options' bounds. A TTL of 0 stays
 * 0 (do not cache) whatever the minimum is; the maximum outweighs the minimum. */
uint32_t ttl_positive_s(
	const struct ttl_options *options, const struct rrset *rrsets, size_t count);

/* Of NXDOMAIN or NODATA: min(SOA TTL, SOA MINIMUM) capped (RFC 2308 section 5), proofs likewise
 * (RFC 9077), and no longer than a CNAME that led there. 0 (do not cache) without an SOA. */
uint32_t ttl_negative_s(
	const struct ttl_options *options, const struct rrset *rrsets, size_t count);

/* Of a resolution failure that is the n-th in a row (from 1): 1 s first, doubled each time, at
 * most 300 s.                                                        RFC 9520 section 3.2 */
uint32_t ttl_failure_s(unsigned n);
