/* SPDX-License-Identifier: MIT */
/* Records of one owner, class and type, as they belong together (RFC 2181 section 5). */
#pragma once

#include "wire/message.h"

struct rrset {
	struct name owner; /* as the first record spells it */
	uint16_t type;
	uint16_t covers; /* of an RRSIG set: the type its signatures cover; else 0 */
	uint16_t class;
	enum section section;
	uint32_t ttl_s; /* the least of its records (RFC 2181 section 5.2) */
	size_t count;
	const struct bytes *rdata; /* count of them, none twice (RFC 2181 section 5) */
};

/* Groups a message's records into RRsets by section, in order of first appearance, RRSIGs by the
 * type they cover. Time grows no faster than the records' number times a small factor. The result
 * lies in the arena. ERR_NOMEM, ERR_FORMAT for an RRSIG too short to name what it covers. */
MUST_USE int rrsets_group(
	const struct message *message, struct arena *arena, struct rrset **out, size_t *count);
