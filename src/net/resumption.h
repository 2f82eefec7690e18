/* SPDX-License-Identifier: MIT */
/* One connection's use of tickets: takes one to begin with, keeps those that the server sends.
 * Tickets pass on the time of the last full handshake, as only that has proved who the server is.
 * RFC 8446 section 4.6.1, RFC 5077 */
#pragma once

#include "net/tickets.h"

struct resumption {
	struct tickets *tickets; /* NULL: sessions are not resumed */
	uint8_t key[TICKETS_KEY_LEN];
	bool begun;		    /* a ticket was offered */
	bool proved;		    /* until_s and expires_s are known */
	int64_t until_s, expires_s; /* as struct ticket has them */
};

/* What the server is known by, and we by it: any difference, and a session is not resumed. */
struct resumption_about {
	struct bytes host, trust, pins, credential;
	uint16_t port;
	uint8_t version, profile, protocol;
};

/* ERR_NOMEM. */
MUST_USE int resumption_key(
	const struct resumption_about *about, uint8_t out[static TICKETS_KEY_LEN]);

/* Before the handshake of session (a gnutls_session_t). tickets NULL: nothing is resumed or kept.
 */
void resumption_begin(
	struct resumption *resumption, void *session, struct tickets *tickets, const uint8_t *key);

/* The server has shown its certificate, so the ticket, if there was one, was of no use to it.
 * until_s is when the first thing ends that the proof rests on. */
void resumption_prove(struct resumption *resumption, int64_t until_s, int64_t expires_s);

/* What the peer shows now is nothing to come back to. */
void resumption_forget(struct resumption *resumption);

/* The tickets that are there are of no use, either. */
void resumption_drop(struct resumption *resumption);

/* A ticket has come (TLS 1.3), or the handshake is done (TLS 1.2). */
void resumption_keep(struct resumption *resumption, void *session);
