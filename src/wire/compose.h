/* SPDX-License-Identifier: MIT */
/* Messages going out: responses with compressed names, and the query that we send upstream. */
#pragma once

#include "wire/message.h"
#include "wire/writer.h"

struct rrset;

/* Names that later ones may point at; beyond it names are written in full. */
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

/* One query as an upstream sees it: nothing of the client but its question. */
struct upstream_query {
	struct question question;
	uint16_t id;
	bool checking_disabled; /* CD */
	bool dnssec_ok;		/* DO */
	bool keepalive;		/* ask for edns-tcp-keepalive (RFC 7828), DoT only */
};

#define UPSTREAM_QUERY_LEN_MAX 384  /* octets: 12 + 259 + OPT, padded to a multiple of 128 */
#define UPSTREAM_QUERY_ID_AT   0    /* where the ID stands, to be set anew when sent again */
#define PADDING_BLOCK_LEN      128  /* octets (RFC 8467 section 4.1) */
#define EDNS_UDP_SIZE	       1232 /* octets (DNS flag day 2020) */

/* RD=1, OPT with payload size 1232, client subnet opted out of (RFC 7871 section 7.1.2), padded
 * to 128-octet blocks. Returns the length in octets; a question always fits. */
size_t upstream_query_write(
	const struct upstream_query *query, uint8_t buffer[static UPSTREAM_QUERY_LEN_MAX]);
