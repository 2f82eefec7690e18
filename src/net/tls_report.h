/* SPDX-License-Identifier: MIT */
/* All that is to be told about a session, for a person: how it is encrypted and whom it is with. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "net/certpath.h"

#define TLS_REPORT_WORD_LEN 32

struct tls_report {
	char version[TLS_REPORT_WORD_LEN]; /* "TLS1.3"; these three are GnuTLS's names */
	char suite[TLS_REPORT_WORD_LEN];   /* "AES-256-GCM" */
	char group[TLS_REPORT_WORD_LEN];   /* "X25519" */
	char alpn[TLS_REPORT_WORD_LEN];	   /* "dot", as agreed on; "": the server ignored it */
	bool early;   /* the ticket that it began with lets queries go before the handshake */
	bool resumed; /* then what follows is of the full handshake that the session began with */

	/* Of the server's own certificate; what is the server's choice is plain ASCII. */
	char subject[CHAIN_DN_LEN], issuer[CHAIN_DN_LEN];
	char names[CHAIN_NAMES_LEN];   /* "\"dns.example\", \"192.0.2.1\" and 3 more" */
	int64_t from_s, expires_s;     /* its validity, seconds of the wall clock */
	char key[TLS_REPORT_WORD_LEN]; /* "ECDSA"; its kind */
	unsigned key_bits;
	char pin[PIN_TEXT_LEN];		/* of its key, as pins: takes it */
	char ocsp[TLS_REPORT_WORD_LEN]; /* "good", "none" … of the stapled response */
};

/* Room for a session in a few words. */
#define TLS_DESCRIPTION_LEN 72

/* "TLS1.3 X25519 AES-256-GCM", with " resumed" behind it if so, and whether what was sent early was
 * taken. */
void tls_report_describe(void *session, bool early, char text[static TLS_DESCRIPTION_LEN]);

/* Of a session (a gnutls_session_t) whose handshake is done. Parts that are not known are "". */
void tls_report_read(void *session, struct tls_report *out);
