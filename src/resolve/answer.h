/* SPDX-License-Identifier: MIT */
/* What a client is told: an entry, or only a rcode, made into one message that fits.
 * AD/DO/CD, TTLs counted down, Extended DNS Errors, truncation. */
#pragma once

#include "cache/entry.h"

/* The client's side of a query: all that the reply depends on besides the answer. */
struct asked {
	struct message_head head; /* the question views the client's own octets, case and all */
	size_t limit;		  /* octets that the reply may have (UDP size, or 65,535) */
	bool keepalive;		  /* tell the idle time-out (RFC 7828), TCP only */
	uint16_t keepalive_ds;	  /* units of 100 ms */
	uint16_t udp_size;	  /* ours, told in OPT */
};

struct answer {
	struct entry *entry; /* NULL: rcode alone */
	uint16_t rcode;	     /* without an entry; 12 bits */
	bool authoritative;  /* local data */
	bool from_cache;     /* a failure is then told to be a remembered one */
	const char *stale;   /* why an expired entry is told, for a person; NULL: it is fresh */
	struct ede ede;	     /* without an entry; an entry brings its own */
	uint32_t now_s;	     /* monotonic, for counting TTLs down */
};

/* Writes the reply into buffer, which has room for asked->limit octets (512 at least). Returns its
 * length. What does not fit is a reply with TC=1, question and OPT only.
 * RFC 1035 section 4.1, RFC 6891 section 7, RFC 2181 section 9 */
size_t answer_write(const struct answer *answer, const struct asked *asked, uint8_t *buffer);

/* Releases what the answer holds; its own entry is the caller's after resolver_answer_now(). */
void answer_done(struct answer *answer);

/* A header alone, for a query that could not be read: ID, opcode, RD and CD come back as sent
 * (RFC 1035 section 4.1.1). */
size_t answer_write_header(
	const struct header *asked, uint8_t rcode, uint8_t buffer[static HEADER_LEN]);

/* Octets from the message's first that asked views: header and question. A question that waits
 * keeps these and not what a client may have filled the message up with. */
size_t asked_kept_len(const struct asked *asked);

/* The views of asked moved from the octets that it was read from to a copy of them. EDNS options
 * are forgotten: they have been looked at, and a reply copies none. */
void asked_rebase(struct asked *asked, const uint8_t *from, const uint8_t *to);
