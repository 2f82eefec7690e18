/* SPDX-License-Identifier: MIT */
/* Tickets for resuming TLS sessions: several for each upstream as it is known (its key says how),
 * each used once, the newest first. RFC 8446 section 4.6.1 and appendix C.4, RFC 5077 One for all
 * workers, from any thread. What it holds are secrets. */
#pragma once

#include "base/bytes.h"
#include "base/err.h"

#define TICKETS_KEY_LEN 32

/* Of one upstream; beyond it the oldest goes. Servers give two a session. */
#define TICKETS_EACH 8

/* Upstreams; beyond it the one used longest ago goes. As many as a configuration may have, twice,
 * as two may be in use during a reload. */
#define TICKETS_KEYS 128

/* Octets of one ticket, which has the server's certificates in it; a longer one is not kept. */
#define TICKET_LEN_MAX 16384

/* Octets of all tickets together; beyond it those of the upstream used longest ago go. */
#define TICKETS_LEN_MAX (1024 * 1024)

/* Seconds after the server has last shown its certificate within which its tickets are used: far
 * below the seven days of RFC 8446, as a certificate may be revoked meanwhile. */
#define TICKET_LIFE_S 86400

struct ticket {
	uint8_t *octets; /* as GnuTLS packs a session */
	size_t len;
	int64_t until_s;   /* of the wall clock: end of use */
	int64_t expires_s; /* when the server's certificate expires, which may be later */
};

struct tickets;

struct tickets *tickets_new(void);	    /* NULL: out of memory */
void tickets_free(struct tickets *tickets); /* NULL is accepted */

/* Copies it. Without memory, or beyond a bound, it is not kept, which costs a full handshake. */
void tickets_put(struct tickets *tickets, const uint8_t key[static TICKETS_KEY_LEN],
	const struct ticket *ticket, int64_t now_s);

/* The newest that may be used, which is the caller's then, for ticket_done(). */
bool tickets_take(struct tickets *tickets, const uint8_t key[static TICKETS_KEY_LEN], int64_t now_s,
	struct ticket *out);

/* Those of that key are of no use. */
void tickets_drop(struct tickets *tickets, const uint8_t key[static TICKETS_KEY_LEN]);

/* Wipes and frees the octets. */
void ticket_done(struct ticket *ticket);

size_t tickets_count(struct tickets *tickets);
