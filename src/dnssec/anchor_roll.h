/* SPDX-License-Identifier: MIT */
/* A trust point's keys as they come and go: RFC 5011. What has been seen, when, and so what is
 * trusted now; kept in a file between runs. Time is an argument. */
#pragma once

#include <stdio.h>

#include "dnssec/anchor.h"
#include "dnssec/signature.h"

#define ROLL_KEYS_MAX 16   /* of one trust point; a root in the middle of a roll has three */
#define ROLL_KEY_LEN  1040 /* octets of rdata: RSA of 8,192 bits */

#define ROLL_ADD_HOLD_S	   (30 * 86400) /* RFC 5011 section 2.4.1 */
#define ROLL_REMOVE_HOLD_S (30 * 86400) /* RFC 5011 section 2.4.2 */
#define ROLL_QUERY_MIN_S   3600		/* RFC 5011 section 2.3 */
#define ROLL_QUERY_MAX_S   (15 * 86400)
#define ROLL_RETRY_MAX_S   86400

/* signed_s lags behind by less than that, so that a file need not be written for each set. */
#define ROLL_SIGNED_STEP_S (7 * 86400)

enum roll_state {
	ROLL_START, /* not seen, or not any more before it was trusted: not kept */
	ROLL_ADDPEND,
	ROLL_VALID,
	ROLL_MISSING, /* trusted still */
	ROLL_REVOKED,
	ROLL_REMOVED,
};

struct roll_key {
	enum roll_state state;
	int64_t since_s; /* wall clock: since when in that state */
	int64_t hold_s;	 /* in ADDPEND: how long it must be seen */
	bool seen;	 /* in the RRset at hand */
	uint16_t len;
	uint8_t rdata[ROLL_KEY_LEN]; /* without the REVOKE flag */
};

struct anchor_roll {
	struct name_space space;
	struct name name;
	const struct anchor *anchor; /* what to begin with, besides the keys; NULL: none */
	struct roll_key keys[ROLL_KEYS_MAX];
	size_t count;
	int64_t next_s;	  /* when to ask for the DNSKEY set again, wall clock */
	int64_t signed_s; /* a set that counted was signed then, by its signer's clock; 0: none */
};

/* anchor (NULL: none) is what to begin with; borrowed. It counts besides the keys, but for those of
 * them that were revoked, until a set has been accepted and left something that is trusted: a
 * file of keys that has slept through a roll is then mended by a program that knows the new key. */
void anchor_roll_init(struct anchor_roll *roll, struct name name, const struct anchor *anchor);

/* A DNSKEY RRset of the trust point has come. It counts only if a trusted key has signed it; those
 * that the anchor stands for are trusted as they are. A key that is revoked must have signed its
 * own revocation, which counts even where nothing else in the set does: the last key may go, too.
 * reason is REASON_NONE if something counted. ERR_NOMEM.             RFC 5011 sections 2.1 to 2.4
 */
MUST_USE int anchor_roll_see(struct anchor_roll *roll, const struct checker *checker,
	const struct rrset *keys, const struct rrset *signatures, struct reason *reason);

/* None came: next_s is set to the time of the next try. ttl_s is the last one known, 0 for none.
 * RFC 5011 section 2.3 */
void anchor_roll_retry(struct anchor_roll *roll, int64_t wall_s, uint32_t ttl_s);

/* Adds what is trusted now to anchors, the anchor's own as long as it counts. The trust point is
 * there even if nothing is trusted any more: RFC 5011 section 5 would have it deleted, and so all
 * below it unsigned without a word. ERR_NOMEM. */
MUST_USE int anchor_roll_anchors(const struct anchor_roll *roll, struct anchors *anchors);

/* Lines that anchors_parse() takes, too: each key with its state and time in a comment. */
void anchor_roll_write(const struct anchor_roll *roll, FILE *out);

/* What anchor_roll_write() wrote, into a roll of the same name. ERR_FORMAT, ERR_NOMEM; the roll is
 * then as it was. */
MUST_USE int anchor_roll_read(struct anchor_roll *roll, const char *text);
