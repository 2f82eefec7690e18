/* SPDX-License-Identifier: MIT */
/* Whether a peer is let in: because it has proved who it is, by a ticket that passes on such a
 * proof, or because the profile lets in whomever it may be; and what a person is told of it. The
 * inside of net/tls.h. */
#pragma once

#include "net/resumption.h"
#include "net/tls.h"

struct tls_admission {
	const struct tls_peer *peer; /* these two are the connection's */
	const struct address *address;
	struct resumption resumption;
	int64_t expires_s; /* as struct identity_proof has it; 0 before the peer is let in */
	char remark[TLS_REMARK_LEN]; /* as tls_remark() has it */
};

/* Before the handshake of session (a gnutls_session_t; here and below). */
void tls_admission_begin(struct tls_admission *admission, void *session);

/* A message of the handshake (a gnutls_handshake_description_t, and what is in it) has come and is
 * not read yet. 0, or an error of GnuTLS's with why. */
MUST_USE int tls_admission_examine(struct tls_admission *admission, void *session, unsigned type,
	struct bytes message, char why[static TLS_FAILURE_LEN]);

/* Its certificates have come, and nothing of ours has gone to it but the hello and what is sent
 * early. 0, or an error of GnuTLS's with why. */
MUST_USE int tls_admission_verify(
	struct tls_admission *admission, void *session, char why[static TLS_FAILURE_LEN]);

/* The handshake is done: what it proved is known, and with TLS 1.2 its ticket is kept. */
void tls_admission_complete(struct tls_admission *admission, void *session);

/* As tls_days_left() has it. */
int tls_admission_days_left(const struct tls_admission *admission);
