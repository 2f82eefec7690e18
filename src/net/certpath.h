/* SPDX-License-Identifier: MIT */
/* The certificates that a peer sent, the way from the first of them up to an authority, and what a
 * person wants to read of one. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "net/pin.h"
#include "net/trust.h"

struct gnutls_x509_crt_int; /* a certificate of GnuTLS's */

/* Certificates of one chain; GnuTLS's own bound, DEFAULT_MAX_VERIFY_DEPTH. */
#define CHAIN_MAX 16

#define CHAIN_DN_LEN	104 /* of one certificate's subject or issuer in a sentence */
#define CHAIN_NAMES_LEN 200 /* of the hosts that a certificate is for */
#define CHAIN_KEY_LEN	104

struct certpath {
	void *session; /* that they came with */
	struct gnutls_x509_crt_int *sent[CHAIN_MAX];
	unsigned count;
	unsigned path[CHAIN_MAX]; /* indices in sent; the first is 0 */
	unsigned path_len;
	struct gnutls_x509_crt_int *authority; /* that ends it; NULL: none that we trust */
};

/* Of a session (a gnutls_session_t) whose peer has sent them. Start with { 0 }, and end with
 * certpath_done() whatever comes of it. 0, or an error of GnuTLS's. */
MUST_USE int certpath_read(void *session, struct certpath *chain);
void certpath_done(struct certpath *chain);

/* Finds the way up, as GnuTLS goes it: an authority that we trust ends it at once, whatever else
 * was sent. Certificates that are sent but not on it do not matter. */
void certpath_climb(const struct trust *trust, struct certpath *chain);

/* The certificates of the path and then the authority; NULL past the end. */
struct gnutls_x509_crt_int *certpath_step(const struct certpath *chain, unsigned step);

/* The subject, or the issuer, in plain ASCII as RFC 4514 has it: whole if it fits, else its common
 * name. Returns text. */
const char *certpath_dn_write(
	struct gnutls_x509_crt_int *of, bool issuer, char text[static CHAIN_DN_LEN]);

/* The subject's common name, escaped in the same way, and cut. False: it has none. */
bool certpath_common_name_write(struct gnutls_x509_crt_int *of, char text[static CHAIN_DN_LEN]);

/* The hosts that a certificate is for, as its subjectAltName says. */
struct certpath_names {
	bool any_dns;
	unsigned shown, more;
	/* "\"a.example\", \"192.0.2.1\" and 3 more", each as sentence_quote() has it */
	char text[CHAIN_NAMES_LEN];
};

void certpath_names_read(struct gnutls_x509_crt_int *of, struct certpath_names *names);

/* Does its subjectAltName have the host with "*" in the place of the first label? */
bool certpath_has_wildcard(struct gnutls_x509_crt_int *of, const char *host);

/* The fingerprint of its key. 0, or an error of GnuTLS's. */
MUST_USE int certpath_pin(struct gnutls_x509_crt_int *of, struct pin *out);

/* The length of its key's public exponent, with RSA; *out is left alone with other keys. 0, or an
 * error of GnuTLS's. */
int certpath_exponent_bits(struct gnutls_x509_crt_int *of, unsigned *out);

/* Why its key, or the signature on it, is too weak; "" if it is not. */
void certpath_key_weakness(struct gnutls_x509_crt_int *of, char text[static CHAIN_KEY_LEN]);
void certpath_signature_weakness(struct gnutls_x509_crt_int *of, char text[static CHAIN_KEY_LEN]);
