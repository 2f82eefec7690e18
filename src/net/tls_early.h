/* SPDX-License-Identifier: MIT */
/* What goes out with the first octets of a handshake that resumes a session, if the ticket allows
 * it (RFC 8446 section 2.3), and is kept until it is known whether the peer took it. The inside of
 * net/tls.h. */
#pragma once

#include "base/bytes.h"
#include "base/err.h"

/* Octets at most, whatever a ticket allows: they are to arrive with the first flight. */
#define TLS_EARLY_MAX 8192

struct tls_early {
	uint8_t *octets; /* pieces, each with its length in front; NULL: none */
	size_t len, cap;
	size_t room;  /* octets that may still be added */
	size_t taken; /* octets of pieces that were taken out again */
};

/* Looks at what the session (a gnutls_session_t), whose ticket is set, may send. */
void tls_early_init(struct tls_early *early, void *session);

/* One piece more. ERR_LIMIT: there is no room; ERR_NOMEM. */
MUST_USE int tls_early_add(struct tls_early *early, struct bytes piece);

/* Gives it all to the session. ERR_NOMEM. */
MUST_USE int tls_early_offer(const struct tls_early *early, void *session);

/* The handshake is done: did the peer take it? */
bool tls_early_accepted(void *session);

/* The next of the pieces, borrowed, to be sent again. False: there is no more. */
bool tls_early_next(struct tls_early *early, struct bytes *piece);

void tls_early_done(struct tls_early *early);
