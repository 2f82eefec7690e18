/* SPDX-License-Identifier: MIT */
/* Whom a TLS session should be with, and whether the peer has proved that it is that one: its
 * certificates, the way from them up to an authority, and the names in the first. */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "net/trust.h"

#define IDENTITY_WHY_LEN 384

struct identity {
	const char *host;  /* DNS name or literal IP address that subjectAltName must have */
	const char *where; /* "192.0.2.1:853", for sentences */
};

/* Are the keys that the peer of session (a gnutls_session_t in its handshake) sent of a size that
 * we calculate with at all? To be asked before GnuTLS checks the peer's signature, as in TLS 1.3 it
 * does so before it lets us verify, and with a key of 65,536 bits that takes twenty seconds.
 * ERR_TLS with why, ERR_NOMEM. */
MUST_USE int identity_examine(
	const struct identity *peer, void *session, char why[static IDENTITY_WHY_LEN]);

/* Has the peer of session (a gnutls_session_t in its handshake) proved that it is the one wanted:
 * chain, strength, validity, use, name?                              RFC 8310 section 8.1
 * 0 with *expires_s set, the end of the first certificate's validity in seconds of the wall clock;
 * ERR_TLS with why, ERR_NOMEM. */
MUST_USE int identity_verify(const struct identity *peer, const struct trust *trust, void *session,
	int64_t *expires_s, char why[static IDENTITY_WHY_LEN]);
