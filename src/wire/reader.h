/* SPDX-License-Identifier: MIT */
/* The only way to touch octets from the network: read all, check once, then publish.
 * A read past the end gives zeros and marks the reader failed; it stays failed, and nothing is
 * left to read, so that a loop over what is left ends by itself. */
#pragma once

#include "base/bytes.h"

struct reader {
	const uint8_t *base; /* the message's first octet, what compression pointers count from */
	size_t at;	     /* octets from base, never past end */
	size_t end;	     /* no read goes past it */
	bool failed;
};

static inline struct reader reader_over(struct bytes message)
{
	return (struct reader){ .base = message.at, .end = message.len };
}

static inline size_t reader_left(const struct reader *r)
{
	return r->end - r->at;
}

/* Nothing failed and nothing is left. */
static inline bool reader_finished(const struct reader *r)
{
	return !r->failed && r->at == r->end;
}

/* Marks r failed: what was read is not what it should be. */
static inline void reader_fail(struct reader *r)
{
	r->at = r->end;
	r->failed = true;
}

/* Inline, as are those above: a cache hit is one walk over a short message. */
static inline uint8_t reader_u8(struct reader *r)
{
	if (reader_left(r) < 1) {
		reader_fail(r);
		return 0;
	}
	return r->base[r->at++];
}

static inline uint16_t reader_u16(struct reader *r)
{
	if (reader_left(r) < 2) {
		reader_fail(r);
		return 0;
	}
	r->at += 2;
	return u16_load(r->base + r->at - 2);
}

static inline uint32_t reader_u32(struct reader *r)
{
	if (reader_left(r) < 4) {
		reader_fail(r);
		return 0;
	}
	r->at += 4;
	return u32_load(r->base + r->at - 4);
}

static inline void reader_skip(struct reader *r, size_t len)
{
	if (reader_left(r) < len)
		reader_fail(r);
	else
		r->at += len;
}

/* Of length 0, but never NULL, if they are not there. */
struct bytes reader_bytes(struct reader *r, size_t len);
struct bytes reader_rest(struct reader *r);

/* A reader over the next len octets that can still follow compression pointers before them;
 * r goes on behind them. Failed if they are not there. */
struct reader reader_part(struct reader *r, size_t len);
