/* SPDX-License-Identifier: MIT */
/* What an rdata is made of, by type: where its names stand, and its presentation form. */
#pragma once

#include <stdio.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "wire/compose.h"
#include "wire/reader.h"

#define RRSIG_FIXED_LEN 18 /* octets in front of the signer (RFC 4034 section 3.1) */

/* Reads the rdata that r (a reader_part() of the message) covers whole. Names that may be
 * compressed on receipt (RFC 1035 types and those of RFC 3597 section 4) come out uncompressed;
 * a type without such names is a view of the message. Types whose form we know are checked to
 * have it (an A of three octets is ERR_FORMAT); unknown types are opaque (RFC 3597 section 3).
 * ERR_FORMAT, ERR_NOMEM. */
MUST_USE int rdata_read(struct reader *r, uint16_t type, struct arena *arena, struct bytes *out);

/* Writes rdata; only the names of RFC 1035's own types are compressed (RFC 3597 section 4). */
void rdata_compose(struct compose *c, uint16_t type, struct bytes rdata);

/* Presentation form by the type's RFC, \# form (RFC 3597 section 5) for types that we do not
 * know and for rdata that does not parse. Nothing but printable ASCII is written. */
void rdata_print(FILE *out, uint16_t type, struct bytes rdata);
