/* SPDX-License-Identifier: MIT */
/* Whom a TLS session should be with, and whether the peer has proved that it is that one: its
 * certificates, the way from them up to an authority, its key, and the names in the first. */
#pragma once

#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"
#include "net/pin.h"
#include "net/trust.h"

#define IDENTITY_WHY_LEN 384

struct identity {
	const char *host;  /* DNS name or literal IP address that subjectAltName must have */
	const char *where; /* "192.0.2.1:853", for sentences */
	const struct trust *trust;
	struct pins pins; /* none: of no matter */
};

/* What came of it. */
struct identity_proof {
	int64_t expires_s; /* end of the first certificate's validity, wall clock; INT64_MAX where
			    * that is of no matter */
	int64_t until_s;   /* when the first thing ends that the proof rests on */
	bool bypassed;	   /* none of the pins fits, and for now that is let pass */
	char remark[IDENTITY_WHY_LEN]; /* what a person should know of it all the same, or "" */
};

/* Would what the peer of session (a gnutls_session_t in its handshake) has sent keep us busy? To be
 * asked of each message of the handshake (a gnutls_handshake_description_t, and what is in it)
 * before GnuTLS reads it, as that takes long for certificates of thousands of names, and before it
 * checks the peer's signature, as with a key of 65,536 bits that takes twenty seconds; in TLS 1.3
 * it does both before it lets us verify. ERR_TLS with why, ERR_NOMEM. */
MUST_USE int identity_examine(const struct identity *peer, void *session, unsigned type,
	struct bytes message, char why[static IDENTITY_WHY_LEN]);

/* Has the peer of session (a gnutls_session_t in its handshake) proved that it is the one wanted:
 * chain, strength, validity, use, name, revocation, and a pin of a key on the chain? Where nobody
 * is trusted to vouch for others a pin of the first certificate's key suffices, and nothing else of
 * that certificate counts but that its key is strong.     RFC 8310 section 8.1, RFC 7858
 * section 4.2 0 with *proof; ERR_TLS with why, ERR_NOMEM. */
MUST_USE int identity_verify(const struct identity *peer, void *session,
	struct identity_proof *proof, char why[static IDENTITY_WHY_LEN]);
