/* SPDX-License-Identifier: MIT */
/* A reply as a person or a program reads it. */
#pragma once

#include <stdio.h>

#include "base/address.h"
#include "wire/message.h"

#define REPLY_MEMORY_MAX (4 * 1024 * 1024) /* octets; a message of 64 KiB needs less */

struct reply {
	/* Set by the caller, borrowed. */
	struct bytes wire;
	struct address server;
	bool tcp;
	uint64_t took_us;

	/* Set by reply_read(). */
	struct message message;
	bool has_question;
};

/* Lives as long as wire and arena. ERR_FORMAT: it is no DNS message; ERR_NOMEM. */
MUST_USE int reply_read(struct reply *reply, struct arena *arena);

/* Did the name resolve, be it to nothing? NOERROR or NXDOMAIN. */
bool reply_is_good(const struct reply *reply);

/* Sections in presentation form with the rest as comments, as zone files and dig have it. */
void reply_print(const struct reply *reply, FILE *out);

/* One JSON object and a newline. ERR_NOMEM. */
MUST_USE int reply_print_json(const struct reply *reply, FILE *out);
