/* SPDX-License-Identifier: MIT */
#include "net/trust.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

/* What TLS may be, stricter than RFC 9325. NONE, and only what is named, so that neither GnuTLS's
 * defaults nor a system-wide policy add anything (a policy may still take away):
 *
 *   +AES-256-GCM …          AEAD ciphers; no CBC, CCM, RC4
 *   +AEAD                   their integrity; no separate MAC
 *   +ECDHE-ECDSA +ECDHE-RSA ephemeral elliptic curves (TLS 1.2; TLS 1.3 knows no other); no DHE,
 *                           as GnuTLS would take 1024 bits, and no static RSA
 *   +GROUP-…                curves with 128 bits of strength or more
 *   +SIGN-…                 signatures in the handshake with SHA-256 or better
 *   +CTYPE-X509             certificates; no raw keys
 *   +COMP-NULL              no compression
 *   %SAFE_RENEGOTIATION     a peer without RFC 5746 is refused
 *   %PROFILE_MEDIUM         certificates: RSA 2048, ECDSA 256, no SHA-1 */
#define PRIORITY_SUITES                                                                            \
	":+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM:+AEAD:+ECDHE-ECDSA:+ECDHE-RSA"
#define PRIORITY_SIGNATURES                                                                        \
	":+SIGN-EDDSA-ED25519:+SIGN-EDDSA-ED448"                                                   \
	":+SIGN-ECDSA-SECP256R1-SHA256:+SIGN-ECDSA-SECP384R1-SHA384:+SIGN-ECDSA-SECP521R1-SHA512"  \
	":+SIGN-ECDSA-SHA256:+SIGN-ECDSA-SHA384:+SIGN-ECDSA-SHA512"                                \
	":+SIGN-RSA-PSS-RSAE-SHA256:+SIGN-RSA-PSS-RSAE-SHA384:+SIGN-RSA-PSS-RSAE-SHA512"           \
	":+SIGN-RSA-PSS-SHA256:+SIGN-RSA-PSS-SHA384:+SIGN-RSA-PSS-SHA512"                          \
	":+SIGN-RSA-SHA256:+SIGN-RSA-SHA384:+SIGN-RSA-SHA512"
#define PRIORITY_REST                                                                              \
	":+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1" PRIORITY_SIGNATURES                     \
	":+CTYPE-X509:+COMP-NULL:%SAFE_RENEGOTIATION:%PROFILE_MEDIUM"
#define PRIORITY_1_3 "NONE:+VERS-TLS1.3" PRIORITY_SUITES
#define PRIORITY_1_2 "NONE:+VERS-TLS1.3:+VERS-TLS1.2" PRIORITY_SUITES

/* First of the groups where GnuTLS has it: safe from a quantum computer that comes later. */
#define PRIORITY_HYBRID	      ":+GROUP-X25519-MLKEM768"
#define HYBRID_GNUTLS_VERSION "3.8.9"

struct trust {
	atomic_uint holders; /* the last to release it frees it */
	gnutls_certificate_credentials_t credentials;
	gnutls_priority_t from_1_2, only_1_3;
	bool system; /* the system's store; else ca-file */
};

static int priority_new(gnutls_priority_t *out, const char *with_hybrid, const char *without)
{
	if (gnutls_check_version(HYBRID_GNUTLS_VERSION) &&
		gnutls_priority_init(out, with_hybrid, NULL) == 0)
		return 0;
	return gnutls_priority_init(out, without, NULL);
}

static int make_priorities(struct trust *trust)
{
	int failed = priority_new(&trust->from_1_2, PRIORITY_1_2 PRIORITY_HYBRID PRIORITY_REST,
		PRIORITY_1_2 PRIORITY_REST);
	return failed ? failed
		      : priority_new(&trust->only_1_3, PRIORITY_1_3 PRIORITY_HYBRID PRIORITY_REST,
				PRIORITY_1_3 PRIORITY_REST);
}

/* Octets of a file of authorities; the largest stores have a quarter of a megabyte. */
#define CA_FILE_LEN_MAX (4 * 1024 * 1024)

static int refuse_file(int err, const char *path, char why[static TRUST_TEXT_LEN])
{
	const char *cause = err == ERR_FORMAT  ? "it is a device, a pipe or a directory"
			    : err == ERR_LIMIT ? "it is longer than 4 MiB"
					       : strerror(errno);

	if (err == ERR_NOMEM)
		return err;
	snprintf(why, TRUST_TEXT_LEN,
		"ca-file: cannot read %.128s: %s; expected certificates in PEM: check the path "
		"and its permissions",
		path, cause);
	return ERR_SYSTEM;
}

static int read_file(struct trust *trust, const char *path, char why[static TRUST_TEXT_LEN])
{
	char *text;
	size_t len;
	int err = file_read(path, CA_FILE_LEN_MAX, &text, &len);
	if (err != 0)
		return refuse_file(err, path, why);
	const gnutls_datum_t pem = { (unsigned char *)text, (unsigned)len };
	int count = gnutls_certificate_set_x509_trust_mem(
		trust->credentials, &pem, GNUTLS_X509_FMT_PEM);
	free(text);
	if (count == GNUTLS_E_MEMORY_ERROR)
		return ERR_NOMEM;
	if (count > 0)
		return 0;
	snprintf(why, TRUST_TEXT_LEN,
		"ca-file: no certificate in %.128s%s%s; expected \"-----BEGIN CERTIFICATE-----\" "
		"(PEM)",
		path, count < 0 ? ": " : "", count < 0 ? gnutls_strerror(count) : "");
	return ERR_FORMAT;
}

static int read_system(struct trust *trust, char why[static TRUST_TEXT_LEN])
{
	int count = gnutls_certificate_set_x509_system_trust(trust->credentials);
	if (count == GNUTLS_E_MEMORY_ERROR)
		return ERR_NOMEM;
	if (count > 0)
		return 0;
	snprintf(why, TRUST_TEXT_LEN,
		"this system has no certificate authorities%s%s: install the package "
		"ca-certificates, or set ca-file:",
		count < 0 ? ": " : "", count < 0 ? gnutls_strerror(count) : "");
	return ERR_FORMAT;
}

static int trust_fill(
	struct trust *trust, const struct trust_options *options, char why[static TRUST_TEXT_LEN])
{
	int failed = gnutls_certificate_allocate_credentials(&trust->credentials);
	if (!failed)
		failed = make_priorities(trust);
	if (failed == GNUTLS_E_MEMORY_ERROR)
		return ERR_NOMEM;
	if (failed) {
		snprintf(why, TRUST_TEXT_LEN,
			"GnuTLS %s does not accept the algorithms we need: %s; does a system-wide "
			"crypto policy (/etc/gnutls/config) forbid them?",
			gnutls_check_version(NULL), gnutls_strerror(failed));
		return ERR_FORMAT;
	}
	trust->system = !options->ca_file || !options->ca_file[0];
	return trust->system ? read_system(trust, why) : read_file(trust, options->ca_file, why);
}

static void trust_free(struct trust *trust)
{
	if (trust->from_1_2)
		gnutls_priority_deinit(trust->from_1_2);
	if (trust->only_1_3)
		gnutls_priority_deinit(trust->only_1_3);
	if (trust->credentials)
		gnutls_certificate_free_credentials(trust->credentials);
	free(trust);
}

int trust_new(
	const struct trust_options *options, struct trust **out, char why[static TRUST_TEXT_LEN])
{
	struct trust *trust = calloc(1, sizeof(*trust));
	int err = ERR_NOMEM;
	if (trust) {
		atomic_init(&trust->holders, 1);
		err = trust_fill(trust, options, why);
	}
	if (err == 0) {
		*out = trust;
		return 0;
	}
	int cause = errno;
	if (err == ERR_NOMEM)
		snprintf(why, TRUST_TEXT_LEN, "%s", err_text(err));
	trust_release(trust);
	errno = cause;
	return err;
}

struct trust *trust_hold(struct trust *trust)
{
	if (trust)
		atomic_fetch_add_explicit(&trust->holders, 1, memory_order_relaxed);
	return trust;
}

void trust_release(struct trust *trust)
{
	/* What other holders read of it comes before it is freed. */
	if (trust && atomic_fetch_sub_explicit(&trust->holders, 1, memory_order_acq_rel) == 1)
		trust_free(trust);
}

void *trust_credentials(const struct trust *trust)
{
	return trust->credentials;
}

void *trust_priority(const struct trust *trust, bool only_1_3)
{
	return only_1_3 ? trust->only_1_3 : trust->from_1_2;
}

void *trust_authorities(const struct trust *trust)
{
	gnutls_x509_trust_list_t authorities;
	gnutls_certificate_get_trust_list(trust->credentials, &authorities);
	return authorities;
}

bool trust_is_system(const struct trust *trust)
{
	return trust->system;
}
