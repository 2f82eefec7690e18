/* SPDX-License-Identifier: MIT */
/* Messages going out, with compressed names. */
#pragma once

#include "wire/message.h"
#include "wire/writer.h"

struct rrset;

/* Slots for labels that later names may point at. Three quarters are used at most; beyond it no
 * more are remembered, and names are written in full. */
#define COMPOSE_TARGETS 128

struct compose {
	struct writer w;
	uint16_t targets[COMPOSE_TARGETS]; /* offsets of labels, open-addressed by hash; 0: free */
	unsigned target_count;
};

/* Starts a message at the first octet of buffer. */
void compose_init(struct compose *c, uint8_t *buffer, size_t cap);

/* A name, its longest suffix already written replaced by a pointer (RFC 1035 section 4.1.4).
 * Equality of the suffix is exact in case too, so that spelling is kept. */
void compose_name(struct compose *c, struct name name);

void compose_question(struct compose *c, const struct question *question);

/* The whole RRset or, when it does not fit, nothing and c->w.failed. Returns records written.
 * When ttl_at is not NULL, the offset of each record's TTL is stored there (rrset->count of
 * them). */
size_t compose_rrset(struct compose *c, const struct rrset *rrset, uint16_t *ttl_at);
