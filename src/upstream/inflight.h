/* SPDX-License-Identifier: MIT */
/* The message IDs in use on one connection, and whose they are. A cancelled exchange leaves its ID
 * reserved: the answer that may still come must not be taken for that of a later query. */
#pragma once

#include "base/err.h"
#include "base/rand.h"
#include "upstream/exchange.h"

/* IDs in use at most, so that a guessed ID stays a guess of 1 in 256; beyond it another connection
 * is needed. */
#define INFLIGHT_MAX 256

/* In the place of a time: nobody ever waited for that answer, which is to be a sign of life. */
#define INFLIGHT_PROBE 0

struct inflight_slot {
	struct exchange *exchange; /* NULL: reserved, nobody waits */
	uint64_t sent_ms;	   /* of one that nobody waits for; INFLIGHT_PROBE: ours */
	uint64_t mark;		   /* of what a cancelled one asked, exchange_mark() */
	uint16_t id;
	bool taken;
};

struct inflight {
	struct inflight_slot *slots; /* open addressing; IDs are random, so they are their hash */
	unsigned cap;		     /* a power of two, or 0 */
	unsigned count;
};

/* Nothing is allocated until the first ID. */
void inflight_init(struct inflight *inflight);
void inflight_done(struct inflight *inflight);

/* A fresh random ID that is not in use; exchange NULL: of a probe. ERR_LIMIT at INFLIGHT_MAX,
 * ERR_NOMEM. */
MUST_USE int inflight_add(
	struct inflight *inflight, struct rand *rand, struct exchange *exchange, uint16_t *id);

/* NULL: no query with that ID is under way. */
const struct inflight_slot *inflight_find(const struct inflight *inflight, uint16_t id);

/* Answered: the ID may be used again. It must be in use. */
void inflight_remove(struct inflight *inflight, uint16_t id);

/* Nobody waits any more for the response to the question with that mark, but the ID stays reserved.
 * It must be in use. */
void inflight_cancel(struct inflight *inflight, uint16_t id, uint64_t mark);
