/* SPDX-License-Identifier: MIT */
/* A DNS message as a test writes it down: "www.example. 300 A 192.0.2.7; authority: ...". */
#pragma once

#include <stdio.h>

#include "wire/message.h"

/* Room for what written_print() makes of the largest message that a test has. */
#define WRITTEN_TEXT_LEN 16384

struct written {
	struct question question;
	uint16_t id;
	uint16_t rcode; /* 12 bits */
	bool query;	/* QR=0 */
	bool truncated; /* TC=1 */
	bool edns;	/* with an OPT: always when ede or the rcode needs one */
	struct ede ede;
	/* Records between semicolons, "OWNER TTL [CLASS] TYPE RDATA", first those of the answer;
	 * "authority:" and "additional:" begin their sections. NULL: none. Of rdata we have
	 *   A, AAAA            the address
	 *   CNAME, DNAME, NS   a name
	 *   MX                 a number and a name
	 *   TXT                one word, or *N for N octets
	 *   SOA                the MINIMUM alone
	 *   RRSIG              the type covered and the signer
	 *   NSEC               the next name and the types of the bitmap, A if none is named
	 *   any other          hex */
	const char *records;
};

/* Returns the length; ends the program for text that cannot be read: a slip of the test's. */
size_t written_compose(const struct written *written, uint8_t buffer[static MESSAGE_LEN_MAX]);

/* A question of class IN; the name's octets lie in space. */
struct question written_question(const char *name, const char *type, struct name_space *space);

/* Answer and authority in presentation form, one record a line, sections named; the same records
 * give the same text. Returns text. */
const char *written_print(const struct message *message, char text[static WRITTEN_TEXT_LEN]);

/* "NXDOMAIN" and so on, the wrong spelling ends the program. */
uint16_t written_rcode(const char *text);
