/* SPDX-License-Identifier: MIT */
/* A DNS message as a value (RFC 1035 section 4). What is read here came from the network. */
#pragma once

#include "base/arena.h"
#include "wire/edns.h"
#include "wire/name.h"
#include "wire/type.h"

#define HEADER_LEN	12    /* octets (RFC 1035 section 4.1.1) */
#define MESSAGE_LEN_MAX 65535 /* octets, what TCP framing can carry (RFC 1035 section 4.2.2) */

/* The header's second word (RFC 1035 section 4.1.1, RFC 4035 section 3.1.6). Bit 6, Z, is neither
 * looked at nor ever set. Opcode and rcode are numbers of four bits. */
#define FLAG_QR 0x8000u
#define FLAG_AA 0x0400u
#define FLAG_TC 0x0200u
#define FLAG_RD 0x0100u
#define FLAG_RA 0x0080u
#define FLAG_AD 0x0020u
#define FLAG_CD 0x0010u

#define OPCODE_SHIFT 11

enum section { SECTION_ANSWER, SECTION_AUTHORITY, SECTION_ADDITIONAL };

struct header {
	uint16_t id;
	uint8_t opcode;
	uint8_t rcode; /* lower 4 bits */
	bool qr, aa, tc, rd, ra, ad, cd;
	uint16_t question_count;
	uint16_t record_count[3]; /* by enum section */
};

struct question {
	struct name name;
	uint16_t type;
	uint16_t class;
};

struct record {
	struct name owner;
	uint16_t type;
	uint16_t class;
	uint32_t ttl_s; /* top bit set is read as 0 (RFC 2181 section 8) */
	enum section section;
	struct bytes rdata; /* embedded names uncompressed */
};

/* Header, question and OPT: all that a query has to say. */
struct message_head {
	struct header header;
	struct question question;
	struct edns edns;
};

struct message {
	struct message_head head;
	uint16_t rcode;		/* all 12 bits */
	struct record *records; /* in the message's order, OPT left out */
	size_t count;
};

/* The first twelve octets. ERR_FORMAT when there are fewer. Counts are not checked. */
MUST_USE int header_read(struct bytes wire, struct header *out);

/* Writes the flags and counts as given. */
void header_write(struct writer *w, const struct header *header);

/* Header, the one question and OPT, with every other record walked over; allocates nothing, views
 * into wire. The question's name must not be compressed. ERR_FORMAT when QDCOUNT is not 1, a name
 * or record runs out of the message, or octets follow the last record. ERR_PROTOCOL, with *out set
 * and its edns empty, when OPT alone is at fault: it stands twice, outside additional, at a name
 * other than the root, or its options do not fill it.       RFC 1035 section 4, RFC 6891
 * section 6.1.1 */
MUST_USE int message_head_read(struct bytes wire, struct message_head *out);

/* All of it. Lives as long as the arena and wire. ERR_FORMAT as above and for rdata that does not
 * fit its type; ERR_NOMEM when the arena is at its limit. */
MUST_USE int message_read(struct bytes wire, struct arena *arena, struct message *out);

/* Name without regard to case, type and class. */
bool question_equal(const struct question *a, const struct question *b);
