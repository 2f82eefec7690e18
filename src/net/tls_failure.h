/* SPDX-License-Identifier: MIT */
/* What a person reads when a TLS connection fails: what was expected, what came, the likely cause
 * and the remedy. The inside of net/tls.h. */
#pragma once

#include "net/tls.h"

struct tls_failure {
	const struct tls_peer *peer; /* these two are the connection's */
	const struct address *address;
	bool asked;		    /* the peer wanted to know who we are */
	char text[TLS_FAILURE_LEN]; /* "" while nothing failed; the first cause is the right one */
};

/* No TCP connection; cause is an errno. */
void tls_failure_connect(struct tls_failure *failure, int cause);

/* failed is GnuTLS's error, alert the last one that the peer sent (a gnutls_alert_description_t),
 * cause the errno that came with it or 0. */
void tls_failure_handshake(struct tls_failure *failure, int failed, int alert, int cause);

/* Do the peer's first octets, of which there are some, look like TLS? GnuTLS would only call others
 * "unexpected". */
bool tls_failure_is_tls(struct tls_failure *failure, struct bytes octets);

/* The handshake succeeded, but the peer did not agree to the protocol that is required. */
void tls_failure_alpn(struct tls_failure *failure);

/* A connection that was ready: as above, and failed is 0 at its end. Returns what to tell the
 * owner: ERR_CLOSED, ERR_SYSTEM, ERR_TLS. */
int tls_failure_broken(struct tls_failure *failure, int failed, int alert, int cause);
