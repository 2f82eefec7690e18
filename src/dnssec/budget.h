/* SPDX-License-Identifier: MIT */
/* What one client query may cost, however hostile the data (CVE-2023-50387 "KeyTrap",
 * CVE-2023-50868): whatever a peer can make us repeat spends from here. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Each for one client query. Past it: bogus, with a reason of its own. */
#define BUDGET_FAILED_CHECKS 16	 /* signatures that did not fit */
#define BUDGET_COST	     512 /* of public-key operations in all, by crypto_cost(): some 18 ms */
#define BUDGET_QUERIES	     48	 /* DS and DNSKEY asked for */
#define BUDGET_HOPS	     11	 /* CNAMEs followed */

/* For one RRset. */
#define BUDGET_KEYS_PER_TAG	    4 /* keys with the tag that a signature names */
#define BUDGET_SIGNATURES_PER_RRSET 8 /* */

/* For one proof: 12 NSEC3 hashes of 50 iterations, or as many cheaper ones as cost the same,
 * for a proof in a deep reverse zone takes a hash a label. Unit: SHA-1 of one block. */
#define BUDGET_HASH_BLOCKS (12 * 51)

struct budget {
	unsigned failed_checks; /* so far */
	unsigned failed_more;	/* that may fail, to find out whose fault it is */
	unsigned checks;	/* of any outcome, for the figures in a test or a bench */
	unsigned cost;		/* of them */
	unsigned queries;
	unsigned hops;
	unsigned hash_blocks; /* of the proof at hand */
	unsigned hashes;      /* of all proofs, for the figures in a test or a bench */
	unsigned turn_max;    /* cost of checks at one go, the last one beyond it; 0: no bound */
	unsigned turn_cost;   /* so far */
};

void budget_init(struct budget *budget);

/* A turn begins, in which so much may be spent. */
void budget_begin_turn(struct budget *budget, unsigned turn_max);

/* Before each public-key operation; cost is what crypto_cost() says. ERR_LIMIT: spent. ERR_AGAIN:
 * not in this turn any more. */
MUST_USE int budget_spend_check(struct budget *budget, unsigned cost);

/* After one that did not fit. */
void budget_check_failed(struct budget *budget);

/* Did too many not fit? Then whoever made the last of them fail may be blamed; not for the cost of
 * a long way that holds. */
bool budget_failed_out(const struct budget *budget);

/* Whose fault it is that too many did not fit is yet to be found out: until one more does not. */
void budget_find_fault(struct budget *budget);

MUST_USE int budget_spend_query(struct budget *budget);
MUST_USE int budget_spend_hop(struct budget *budget);

/* A new proof begins. */
void budget_begin_proof(struct budget *budget);

/* One NSEC3 hash with so many additional iterations (RFC 5155 section 5). */
MUST_USE int budget_spend_hash(struct budget *budget, uint16_t iterations);
