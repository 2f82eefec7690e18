/* SPDX-License-Identifier: MIT */
/* Whom we believe: certificate authorities, read once and shared by all sessions and threads. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define TRUST_TEXT_LEN 256
#define TRUST_WHY_LEN  384

struct trust_options {
	const char *ca_file; /* PEM; NULL or "": the system's store */
};

struct trust;

/* Reads the authorities now. On failure *out is untouched and why says what was expected, what
 * came and what to do. ERR_SYSTEM (no such file …), ERR_FORMAT (no certificate in it), ERR_NOMEM.
 */
MUST_USE int trust_new(
	const struct trust_options *options, struct trust **out, char why[static TRUST_TEXT_LEN]);

/* Endpoints of two configurations may share one: counted, from any thread. NULL is accepted. */
struct trust *trust_hold(struct trust *trust);
void trust_release(struct trust *trust);

/* gnutls_certificate_credentials_t; for net/tls.c alone. */
void *trust_credentials(const struct trust *trust);

/* gnutls_priority_t: what TLS may be at all, from 1.2 on or 1.3 alone; for net/tls.c alone. */
void *trust_priority(const struct trust *trust, bool only_1_3);

/* Whom a session should be with; for its sentences. */
struct trust_peer {
	const char *host;  /* DNS name or literal IP address that subjectAltName must have */
	const char *where; /* "192.0.2.1:853" */
};

/* Has the peer of session (a gnutls_session_t in its handshake) proved that it is the one wanted:
 * chain, strength, validity, use, name (PROTOCOL S1, S2)? 0 with *expires_s set, the end of the
 * first certificate's validity in seconds of the wall clock; ERR_TLS with why, ERR_NOMEM. */
MUST_USE int trust_verify(const struct trust *trust, void *session, const struct trust_peer *peer,
	int64_t *expires_s, char why[static TRUST_WHY_LEN]);
