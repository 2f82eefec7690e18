/* SPDX-License-Identifier: MIT */
#include "net/framing.h"

#include <assert.h>
#include <stdlib.h>

void framing_init(struct framing *framing)
{
	*framing = (struct framing){ 0 };
}

static void forget_partial(struct framing *framing)
{
	free(framing->partial);
	framing->partial = NULL;
	framing->have = framing->cap = 0;
}

void framing_done(struct framing *framing)
{
	forget_partial(framing);
	framing_init(framing);
}

void framing_feed(struct framing *framing, struct bytes data)
{
	assert(framing->fed.len == 0);
	framing->fed = data;
}

/* Octets of the whole message with its length, as far as its beginning says. */
static size_t whole_len(const uint8_t *at, size_t have)
{
	return have < FRAMING_LENGTH_LEN ? FRAMING_LENGTH_LEN
					 : FRAMING_LENGTH_LEN + (size_t)u16_load(at);
}

static bool partial_whole(const struct framing *framing)
{
	return framing->have >= FRAMING_LENGTH_LEN &&
	       framing->have == whole_len(framing->partial, framing->have);
}

bool framing_inside(const struct framing *framing)
{
	return framing->fed.len > 0 || (framing->have > 0 && !partial_whole(framing));
}

/* Room for octets in all. Doubles, so that many small pieces do not cost a copy each, but not
 * beyond what the message is going to need. */
static int grow(struct framing *framing, size_t octets, size_t whole)
{
	size_t cap = framing->cap * 2;
	if (octets <= framing->cap)
		return 0;
	if (cap > whole)
		cap = whole;
	if (cap < octets)
		cap = octets;
	uint8_t *partial = realloc(framing->partial, cap);
	if (!partial)
		return ERR_NOMEM;
	framing->partial = partial;
	framing->cap = cap;
	return 0;
}

/* Moves what was fed to the partial message, up to its end; out of memory, nothing is lost. */
static int collect(struct framing *framing)
{
	while (framing->fed.len > 0) {
		size_t whole = whole_len(framing->partial, framing->have);
		size_t missing = whole - framing->have;
		size_t len = framing->fed.len < missing ? framing->fed.len : missing;
		if (len == 0)
			return 0;
		if (grow(framing, framing->have + len, whole) != 0)
			return ERR_NOMEM;
		memcpy(framing->partial + framing->have, framing->fed.at, len);
		framing->have += len;
		framing->fed.at += len;
		framing->fed.len -= len;
	}
	return 0;
}

int framing_next(struct framing *framing, struct bytes *out)
{
	if (partial_whole(framing))
		forget_partial(framing);
	if (framing->have == 0) {
		size_t whole = whole_len(framing->fed.at, framing->fed.len);
		if (framing->fed.len >= whole) {
			*out = bytes_of(
				framing->fed.at + FRAMING_LENGTH_LEN, whole - FRAMING_LENGTH_LEN);
			framing->fed.at += whole;
			framing->fed.len -= whole;
			return 1;
		}
	}
	if (collect(framing) != 0)
		return ERR_NOMEM;
	if (!partial_whole(framing))
		return 0;
	*out = bytes_of(framing->partial + FRAMING_LENGTH_LEN, framing->have - FRAMING_LENGTH_LEN);
	return 1;
}
