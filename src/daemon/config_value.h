/* SPDX-License-Identifier: MIT */
/* Single values as people write them: numbers with units, names in any script, and which known
 * word was probably meant. */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "wire/name.h"

/* Room for a text in a message: what is longer is cut and ends in "...". */
#define SHOWN_LEN 84

/* Room for the texts of quantities. */
#define QUANTITY_LEN 32

/* A copy that fits a message, cut between characters. Returns shown. */
const char *value_shown(const char *text, char shown[static SHOWN_LEN]);

/* Decimal digits. ERR_FORMAT, ERR_LIMIT beyond 64 bits. */
MUST_USE int value_number(const char *text, uint64_t *out);

/* Digits and ms, s, m, h or d; "0" alone too. In milliseconds. ERR_FORMAT, ERR_LIMIT. */
MUST_USE int value_duration(const char *text, uint64_t *out_ms);

/* Digits and KiB, MiB or GiB; "0" alone too. In octets. ERR_FORMAT, ERR_LIMIT. */
MUST_USE int value_size(const char *text, uint64_t *out_octets);

/* A point in time, in seconds of the wall clock: 2027-01-31T18:00:00Z, seconds optional, +01:00 in
 * place of Z; or a date alone, which is the end of that day in UTC. ERR_FORMAT.
 *                                                                    RFC 3339, ISO 8601 */
MUST_USE int value_time(const char *text, int64_t *out_s);

/* In the largest unit that leaves no rest: "90s", "2h", "16MiB". Return text. */
const char *value_print_duration(uint64_t ms, char text[static QUANTITY_LEN]);
const char *value_print_size(uint64_t octets, char text[static QUANTITY_LEN]);

/* A host or domain name as typed: letters outside ASCII become their A-labels (IDNA 2008 with the
 * mapping of UTS 46, not transitional). In the arena. ERR_FORMAT, ERR_NOMEM. */
MUST_USE int value_ascii_name(struct arena *arena, const char *text, const char **out);

/* The same for the host of "scheme://host…"; other texts come back as they are. */
MUST_USE int value_ascii_url(struct arena *arena, const char *url, const char **out);

/* Which of several words was meant? Start with { 0 } and offer them all. */
struct nearest {
	const char *word; /* NULL: none is near */
	unsigned distance;
};

/* Near is: a third of the letters differ at most, and no more than three; letter case and _ for -
 * count nothing. */
void nearest_offer(struct nearest *nearest, const char *typed, const char *word);
