/* SPDX-License-Identifier: MIT */
#include "net/trust.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "net/credential.h"
#include "net/digest.h"
#include "net/sentence.h"

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

enum kind { KIND_SYSTEM, KIND_FILE, KIND_NONE };

struct trust {
	atomic_uint holders; /* the last to release it frees it */
	gnutls_certificate_credentials_t credentials;
	gnutls_priority_t from_1_2, only_1_3;
	enum kind kind;
	enum trust_ocsp ocsp;
	uint8_t fingerprint[DIGEST_LEN];
	char remark[TRUST_TEXT_LEN];
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

/* Octets of a file of authorities; the largest stores have a quarter of a megabyte. A list of what
 * was revoked may be longer. */
#define CA_FILE_LEN_MAX	 (4 * 1024 * 1024)
#define CRL_FILE_LEN_MAX (32 * 1024 * 1024)

/* One of the two files. */
struct source {
	const char *key, *path, *holds;
	size_t len_max;
	char *text;
	size_t len;
};

static int refuse_file(int err, const struct source *source, char why[static TRUST_TEXT_LEN])
{
	const char *cause = err == ERR_FORMAT  ? "it is a device, a pipe or a directory"
			    : err == ERR_LIMIT ? "it is too long"
					       : strerror(errno);

	if (err == ERR_NOMEM)
		return err;
	snprintf(why, TRUST_TEXT_LEN,
		"%s: cannot read %.128s: %s; expected %s in PEM: check the path and its "
		"permissions",
		source->key, source->path, cause, source->holds);
	return ERR_SYSTEM;
}

static int read_source(struct source *source, char why[static TRUST_TEXT_LEN])
{
	int err = file_read(source->path, source->len_max, &source->text, &source->len);
	return err == 0 ? 0 : refuse_file(err, source, why);
}

static int read_file(struct trust *trust, struct source *source, char why[static TRUST_TEXT_LEN])
{
	int err = read_source(source, why);
	if (err != 0)
		return err;
	const gnutls_datum_t pem = { (unsigned char *)source->text, (unsigned)source->len };
	int count = gnutls_certificate_set_x509_trust_mem(
		trust->credentials, &pem, GNUTLS_X509_FMT_PEM);
	if (count == GNUTLS_E_MEMORY_ERROR)
		return ERR_NOMEM;
	if (count > 0)
		return 0;
	snprintf(why, TRUST_TEXT_LEN,
		"ca-file: no certificate in %.128s%s%s; expected \"-----BEGIN CERTIFICATE-----\" "
		"(PEM)",
		source->path, count < 0 ? ": " : "", count < 0 ? gnutls_strerror(count) : "");
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

/* A list past its end is used all the same: it lacks what is new, and what it has stays revoked. */
static void remark_on_age(struct trust *trust, const gnutls_datum_t *pem, const char *path)
{
	gnutls_x509_crl_t *list = NULL;
	char until[SENTENCE_TIME_LEN];
	unsigned count = 0;

	if (gnutls_x509_crl_list_import2(&list, &count, pem, GNUTLS_X509_FMT_PEM, 0) < 0)
		return;
	for (unsigned i = 0; i < count; i++) {
		time_t until_s = gnutls_x509_crl_get_next_update(list[i]);
		if (until_s != (time_t)-1 && until_s < clock_wall_s())
			snprintf(trust->remark, sizeof(trust->remark),
				"crl-file: a list in %.128s ended on %s: what was revoked since is "
				"not known; fetch a new one from its issuer",
				path, sentence_time(until_s, until));
		gnutls_x509_crl_deinit(list[i]);
	}
	gnutls_free(list);
}

static int read_revoked(struct trust *trust, struct source *source, char why[static TRUST_TEXT_LEN])
{
	int err = read_source(source, why);
	if (err != 0)
		return err;
	const gnutls_datum_t pem = { (unsigned char *)source->text, (unsigned)source->len };
	int count =
		gnutls_certificate_set_x509_crl_mem(trust->credentials, &pem, GNUTLS_X509_FMT_PEM);
	if (count == GNUTLS_E_MEMORY_ERROR)
		return ERR_NOMEM;
	if (count > 0) {
		remark_on_age(trust, &pem, source->path);
		return 0;
	}
	snprintf(why, TRUST_TEXT_LEN,
		"crl-file: no list of revoked certificates in %.128s%s%s; expected \"-----BEGIN "
		"X509 CRL-----\" (PEM)",
		source->path, count < 0 ? ": " : "", count < 0 ? gnutls_strerror(count) : "");
	return ERR_FORMAT;
}

/* All authorities of the system's store, in whatever order: the sum of their fingerprints. */
static void sum_authorities(const struct trust *trust, uint8_t sum[static DIGEST_LEN])
{
	gnutls_x509_trust_list_iter_t at = NULL;
	gnutls_x509_trust_list_t authorities = trust_authorities(trust);
	gnutls_x509_crt_t authority;

	memset(sum, 0, DIGEST_LEN);
	while (gnutls_x509_trust_list_iter_get_ca(authorities, &at, &authority) == 0) {
		uint8_t one[DIGEST_LEN] = { 0 };
		size_t len = sizeof(one);
		(void)gnutls_x509_crt_get_fingerprint(authority, GNUTLS_DIG_SHA256, one, &len);
		for (size_t i = 0; i < DIGEST_LEN; i++)
			sum[i] ^= one[i];
		gnutls_x509_crt_deinit(authority);
	}
	gnutls_x509_trust_list_iter_deinit(at);
}

static int make_fingerprint(
	struct trust *trust, const struct source *authorities, const struct source *revoked)
{
	const uint8_t kinds[2] = { (uint8_t)trust->kind, (uint8_t)trust->ocsp };
	uint8_t system[DIGEST_LEN] = { 0 };

	if (trust->kind == KIND_SYSTEM)
		sum_authorities(trust, system);
	const struct bytes parts[] = {
		bytes_of(kinds, sizeof(kinds)),
		bytes_of(system, sizeof(system)),
		bytes_of(authorities->text, authorities->len),
		bytes_of(revoked->text, revoked->len),
	};
	return digest_parts(parts, sizeof(parts) / sizeof(parts[0]), trust->fingerprint);
}

static int read_authorities(
	struct trust *trust, struct source *source, char why[static TRUST_TEXT_LEN])
{
	switch (trust->kind) {
	case KIND_SYSTEM: return read_system(trust, why);
	case KIND_FILE: return read_file(trust, source, why);
	case KIND_NONE: break;
	}
	return 0;
}

static int read_all(
	struct trust *trust, const struct trust_options *options, char why[static TRUST_TEXT_LEN])
{
	struct source authorities = { .key = "ca-file",
		.path = options->ca_file,
		.holds = "certificates",
		.len_max = CA_FILE_LEN_MAX };
	struct source revoked = { .key = "crl-file",
		.path = options->crl_file,
		.holds = "a list of revoked certificates",
		.len_max = CRL_FILE_LEN_MAX };

	int err = read_authorities(trust, &authorities, why);
	if (err == 0 && options->crl_file && options->crl_file[0])
		err = read_revoked(trust, &revoked, why);
	if (err == 0)
		err = make_fingerprint(trust, &authorities, &revoked);
	int cause = errno;
	free(authorities.text);
	free(revoked.text);
	errno = cause;
	return err;
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
	credential_offer(trust->credentials);
	trust->ocsp = options->ocsp;
	trust->kind = !options->ca_file || !options->ca_file[0]	  ? KIND_SYSTEM
		      : strcmp(options->ca_file, TRUST_NONE) == 0 ? KIND_NONE
								  : KIND_FILE;
	return read_all(trust, options, why);
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
	return trust->kind == KIND_SYSTEM;
}

bool trust_is_empty(const struct trust *trust)
{
	return trust->kind == KIND_NONE;
}

bool trust_wants_staple(const struct trust *trust)
{
	return trust->ocsp == TRUST_OCSP_REQUIRE;
}

const uint8_t *trust_fingerprint(const struct trust *trust)
{
	return trust->fingerprint;
}

const char *trust_remark(const struct trust *trust)
{
	return trust->remark;
}
