/* SPDX-License-Identifier: MIT */
/* Who we are: a client certificate and its key, from files or from a PKCS#11 token.
 * RFC 8446 section 4.4.2, RFC 7512 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define CREDENTIAL_TEXT_LEN 320

/* Each is the path of a PEM file, or a pkcs11: URI, which may carry the PIN in pin-value or name a
 * file with it in pin-source. */
struct credential_options {
	const char *certificate; /* and those above it, if the server needs them */
	const char *key;
};

struct credential;

/* Which of the two is to blame. */
enum credential_part { CREDENTIAL_CERTIFICATE, CREDENTIAL_KEY };

/* Reads both now. On failure *out is untouched, why says what was expected, what came and what to
 * do, without a PIN, and *part which of the two it is about. ERR_SYSTEM, ERR_FORMAT, ERR_NOMEM. */
MUST_USE int credential_new(const struct credential_options *options, struct credential **out,
	enum credential_part *part, char why[static CREDENTIAL_TEXT_LEN]);

/* Counted, from any thread. NULL is accepted. */
struct credential *credential_hold(struct credential *credential);
void credential_release(struct credential *credential);

/* SHA-256 of the certificate: what sessions that were begun with it are known by. */
const uint8_t *credential_fingerprint(const struct credential *credential);

/* Lets sessions with these authorities (a gnutls_certificate_credentials_t) show the credential of
 * their peer, see tls_credential(); for net/trust.c alone. */
void credential_offer(void *credentials);
