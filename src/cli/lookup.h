/* SPDX-License-Identifier: MIT */
/* One question to a DNS server, as any client would ask it: UDP first, TCP when the answer is cut
 * short. Blocking: it belongs to a command, not to the daemon. */
#pragma once

#include "base/address.h"
#include "wire/message.h"

/* More than the daemon's own 5 s, so that its word on what failed still arrives. */
#define LOOKUP_TIME_MS 6000
#define LOOKUP_WHY_LEN 160

struct lookup {
	struct address server;
	struct question question;
	bool dnssec_ok; /* DO */
	bool unchecked; /* CD: also what does not validate (RFC 4035 section 3.2.2) */
	bool tcp;	/* from the start; set when the reply came over TCP */

	uint8_t reply[MESSAGE_LEN_MAX];
	size_t reply_len;
	uint64_t took_us; /* of the transport that brought the reply */
	char why[LOOKUP_WHY_LEN];
};

/* Server, question and the switches must be set. 0 with a reply of that ID and question;
 * ERR_TIMEOUT, ERR_SYSTEM, ERR_CLOSED, ERR_PROTOCOL with why. */
MUST_USE int lookup_run(struct lookup *lookup);
