/* SPDX-License-Identifier: MIT */
/* Messages on a byte stream: two octets of length before each (RFC 1035 section 4.2.2). Octets
 * arrive in any pieces: several messages at once, or one octet at a time. */
#pragma once

#include "base/bytes.h"
#include "base/err.h"

#define FRAMING_LENGTH_LEN 2 /* octets in front of a message (RFC 1035 section 4.2.2) */

struct framing {
	uint8_t *partial; /* a message (with its length) that came in pieces; NULL: none. Whole, it
			   * was the last one given out and goes with the next call */
	size_t have;	  /* octets of it */
	size_t cap;	  /* octets allocated; grows with what came, not with what was promised */
	struct bytes fed; /* octets not looked at yet; borrowed from framing_feed()'s caller */
};

void framing_init(struct framing *framing);
void framing_done(struct framing *framing);

/* New octets from the stream; everything fed before must have been taken out by framing_next(). */
void framing_feed(struct framing *framing, struct bytes data);

/* The next whole message: 1 with *out set (good until the next call), 0 when more octets are
 * needed (what was fed is kept), ERR_NOMEM. Length 0 comes out as an empty message. */
MUST_USE int framing_next(struct framing *framing, struct bytes *out);

/* Has a message begun that is not complete? */
bool framing_inside(const struct framing *framing);
