/* SPDX-License-Identifier: MIT */
#include "net/identity.h"

#include <arpa/inet.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "net/sentence.h"

/* What certificates must have: 112 bits of strength and more (RFC 9325 section 4.5). */
#define RSA_BITS_MIN   2048
#define ECDSA_BITS_MIN 256
#define KEY_BITS_MAX   8192 /* of any kind: some 0.1 s of calculating; larger ones serve nobody */
#define HASH_LEN_MIN   32   /* octets: SHA-256 */

/* Certificates of one chain; GnuTLS's own bound, DEFAULT_MAX_VERIFY_DEPTH. */
#define CHAIN_MAX 16
#define NAME_LEN  104 /* of one certificate in a sentence */
#define NAMES_LEN 200 /* of the hosts that a certificate is for */
#define NAMES_MAX 3   /* hosts shown */

/* What the peer sent, and the way from its certificate up to an authority. */
struct chain {
	gnutls_x509_crt_t sent[CHAIN_MAX];
	unsigned count;
	unsigned path[CHAIN_MAX]; /* indices in sent; the first is 0 */
	unsigned path_len;
	gnutls_x509_crt_t authority; /* that ends it; NULL: none that we trust */
};

PRINTF(2, 3) static int refuse(char why[static IDENTITY_WHY_LEN], const char *format, ...)
{
	va_list list;

	va_start(list, format);
	sentence_write(why, IDENTITY_WHY_LEN, format, list);
	va_end(list);
	return ERR_TLS;
}

/* The subject, or the issuer: whole if it fits, else its common name. */
static const char *dn_write(gnutls_x509_crt_t of, bool issuer, char text[static NAME_LEN])
{
	size_t len = NAME_LEN;
	int failed = issuer ? gnutls_x509_crt_get_issuer_dn(of, text, &len)
			    : gnutls_x509_crt_get_dn(of, text, &len);
	if (!failed && len > 0)
		return text;
	len = NAME_LEN;
	failed = issuer ? gnutls_x509_crt_get_issuer_dn_by_oid(
				  of, GNUTLS_OID_X520_COMMON_NAME, 0, 0, text, &len)
			: gnutls_x509_crt_get_dn_by_oid(
				  of, GNUTLS_OID_X520_COMMON_NAME, 0, 0, text, &len);
	if (failed)
		snprintf(text, NAME_LEN, "(no name)");
	return text;
}

/* "the certificate", or which of those above it, "of dns.example at 192.0.2.1:853". */
#define WHICH_LEN (NAME_LEN + 160)

static const char *which_write(const struct chain *chain, unsigned step,
	const struct identity *peer, char text[static WHICH_LEN])
{
	char name[NAME_LEN];

	if (step == 0)
		snprintf(
			text, WHICH_LEN, "the certificate of %.90s at %s", peer->host, peer->where);
	else if (step < chain->path_len)
		snprintf(text, WHICH_LEN, "the intermediate certificate \"%s\" of %.40s at %s",
			dn_write(chain->sent[chain->path[step]], false, name), peer->host,
			peer->where);
	else
		snprintf(text, WHICH_LEN, "the authority \"%s\" of %.40s at %s",
			dn_write(chain->authority, false, name), peer->host, peer->where);
	return text;
}

/* The certificates of the path and then the authority; NULL past the end. */
static gnutls_x509_crt_t chain_step(const struct chain *chain, unsigned step)
{
	if (step < chain->path_len)
		return chain->sent[chain->path[step]];
	return step == chain->path_len ? chain->authority : NULL;
}

static void chain_done(struct chain *chain)
{
	for (unsigned i = 0; i < chain->count; i++)
		gnutls_x509_crt_deinit(chain->sent[i]);
	if (chain->authority)
		gnutls_x509_crt_deinit(chain->authority);
}

static int chain_read(gnutls_session_t session, struct chain *chain)
{
	unsigned count = 0;
	const gnutls_datum_t *sent = gnutls_certificate_get_peers(session, &count);

	for (unsigned i = 0; sent && i < count && i < CHAIN_MAX; i++) {
		int failed = gnutls_x509_crt_init(&chain->sent[i]);
		if (failed)
			return failed;
		chain->count++;
		failed = gnutls_x509_crt_import(chain->sent[i], &sent[i], GNUTLS_X509_FMT_DER);
		if (failed)
			return failed;
	}
	return chain->count > 0 ? 0 : GNUTLS_E_NO_CERTIFICATE_FOUND;
}

/* The way up, as GnuTLS goes it: an authority that we trust ends it at once, whatever else was
 * sent. Certificates that are sent but not on it do not matter. */
static void chain_climb(const struct trust *trust, struct chain *chain)
{
	gnutls_x509_trust_list_t authorities = trust_authorities(trust);
	bool used[CHAIN_MAX] = { true };

	chain->path_len = 1;
	for (;;) {
		gnutls_x509_crt_t last = chain->sent[chain->path[chain->path_len - 1]];
		gnutls_x509_crt_t authority = NULL;
		if (gnutls_x509_trust_list_get_issuer(
			    authorities, last, &authority, GNUTLS_TL_GET_COPY) == 0) {
			chain->authority = authority;
			return;
		}
		unsigned next = 1;
		while (next < chain->count &&
			(used[next] || !gnutls_x509_crt_check_issuer(last, chain->sent[next])))
			next++;
		if (next >= chain->count)
			return;
		used[next] = true;
		chain->path[chain->path_len++] = next;
	}
}

/* Why a key is too weak; "" if it is not. */
static void key_weakness(gnutls_x509_crt_t of, char text[static NAME_LEN])
{
	unsigned bits = 0, least = 0;
	int algorithm = gnutls_x509_crt_get_pk_algorithm(of, &bits);
	const char *name = gnutls_pk_get_name((gnutls_pk_algorithm_t)algorithm);

	text[0] = '\0';
	if (algorithm == GNUTLS_PK_EDDSA_ED25519 || algorithm == GNUTLS_PK_EDDSA_ED448)
		return;
	if (algorithm == GNUTLS_PK_ECDSA)
		least = ECDSA_BITS_MIN;
	else if (algorithm == GNUTLS_PK_RSA || algorithm == GNUTLS_PK_RSA_PSS)
		least = RSA_BITS_MIN;
	if (least == 0)
		snprintf(text, NAME_LEN, "a key of the kind %s; expected RSA, ECDSA or EdDSA",
			name ? name : "unknown");
	else if (bits < least)
		snprintf(text, NAME_LEN, "a weak %s key of %u bits; expected at least %u", name,
			bits, least);
}

/* Why the signature on a certificate is too weak; "" if it is not. */
static void signature_weakness(gnutls_x509_crt_t of, char text[static NAME_LEN])
{
	int algorithm = gnutls_x509_crt_get_signature_algorithm(of);
	gnutls_sign_algorithm_t sign = (gnutls_sign_algorithm_t)algorithm;

	text[0] = '\0';
	if (algorithm == GNUTLS_SIGN_EDDSA_ED25519 || algorithm == GNUTLS_SIGN_EDDSA_ED448)
		return;
	if (algorithm > 0 &&
		gnutls_hash_get_len(gnutls_sign_get_hash_algorithm(sign)) >= HASH_LEN_MIN)
		return;
	const char *name = algorithm > 0 ? gnutls_sign_get_name(sign) : NULL;
	snprintf(text, NAME_LEN, "a weak signature (%s); expected SHA-256 or better",
		name ? name : "unknown algorithm");
}

/* Every key on the way up, the authority's too, and every signature but the authority's own, on
 * which nothing rests. */
static int check_strength(
	const struct chain *chain, const struct identity *peer, char why[static IDENTITY_WHY_LEN])
{
	char weakness[NAME_LEN], which[WHICH_LEN];
	gnutls_x509_crt_t certificate;

	for (unsigned step = 0; (certificate = chain_step(chain, step)); step++) {
		key_weakness(certificate, weakness);
		if (!weakness[0] && step < chain->path_len)
			signature_weakness(certificate, weakness);
		if (weakness[0])
			return refuse(why, "%s has %s: ask its operator for a stronger one",
				which_write(chain, step, peer, which), weakness);
	}
	return 0;
}

static int check_time(
	const struct chain *chain, const struct identity *peer, char why[static IDENTITY_WHY_LEN])
{
	char which[WHICH_LEN], limit[SENTENCE_TIME_LEN], clock[SENTENCE_TIME_LEN];
	time_t now_s = (time_t)clock_wall_s();
	gnutls_x509_crt_t certificate;

	for (unsigned step = 0; (certificate = chain_step(chain, step)); step++) {
		time_t from_s = gnutls_x509_crt_get_activation_time(certificate);
		time_t until_s = gnutls_x509_crt_get_expiration_time(certificate);
		if (from_s == (time_t)-1 || now_s < from_s)
			return refuse(why,
				"%s is valid only from %s on; the clock here says %s: is the clock "
				"right?",
				which_write(chain, step, peer, which), sentence_time(from_s, limit),
				sentence_time(now_s, clock));
		if (until_s == (time_t)-1 || now_s > until_s)
			return refuse(why,
				"%s expired on %s; the clock here says %s: its operator must renew "
				"it, unless the clock is wrong",
				which_write(chain, step, peer, which),
				sentence_time(until_s, limit), sentence_time(now_s, clock));
	}
	return 0;
}

/* An intermediate made for something else (mail, clients) must not vouch for a server either. */
static int check_purpose(
	const struct chain *chain, const struct identity *peer, char why[static IDENTITY_WHY_LEN])
{
	char which[WHICH_LEN];

	for (unsigned step = 0; step < chain->path_len; step++) {
		if (!gnutls_x509_crt_check_key_purpose(
			    chain_step(chain, step), GNUTLS_KP_TLS_WWW_SERVER, 0))
			return refuse(why,
				"%s is not made for servers; expected server authentication in its "
				"extended key usage: ask its operator for a server certificate",
				which_write(chain, step, peer, which));
	}
	return 0;
}

static int refuse_unknown_issuer(const struct trust *trust, const struct chain *chain,
	const struct identity *peer, char why[static IDENTITY_WHY_LEN])
{
	gnutls_x509_crt_t last = chain_step(chain, chain->path_len - 1);
	const char *where =
		trust_is_system(trust) ? "this system's authorities" : "the file in ca-file";
	char issuer[NAME_LEN];

	dn_write(last, true, issuer);
	if (chain->path_len == 1 && gnutls_x509_crt_check_issuer(last, last))
		return refuse(why,
			"the certificate of %.90s at %s is self-signed (\"%s\") and not in %s: if "
			"it is yours, set ca-file: to it",
			peer->host, peer->where, issuer, where);
	return refuse(why,
		"the certificate of %.90s at %s comes from \"%s\", unknown to %s: set ca-file: if "
		"you trust that issuer; else something intercepts the connection, or the server "
		"does not send its intermediate certificate",
		peer->host, peer->where, issuer, where);
}

/* What GnuTLS found that has no check of ours above; the most telling first. */
static const struct {
	unsigned bit;
	const char *text;
} findings[] = {
	{ GNUTLS_CERT_REVOKED, "was revoked by its issuer: its operator must replace it" },
	{ GNUTLS_CERT_MISSING_OCSP_STATUS,
		"demands a stapled OCSP response (must-staple), and none came: its operator must "
		"enable OCSP stapling" },
	{ GNUTLS_CERT_INVALID_OCSP_STATUS,
		"came with an OCSP response that is not valid: its operator must renew it, unless "
		"the clock here is wrong" },
	{ GNUTLS_CERT_SIGNATURE_FAILURE,
		"carries a signature that is wrong: it is damaged or forged" },
	{ GNUTLS_CERT_SIGNER_NOT_CA, "is signed by a certificate that may not sign others: its "
				     "operator must replace it" },
	{ GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE,
		"is outside of what its issuer may sign (name or path length constraints): its "
		"operator must replace it" },
	{ GNUTLS_CERT_UNKNOWN_CRIT_EXTENSIONS,
		"has a critical extension that is not understood here" },
	{ GNUTLS_CERT_INSECURE_ALGORITHM,
		"is too weak for GnuTLS here: does a system-wide crypto policy demand more?" },
};

static int refuse_status(
	unsigned status, const struct identity *peer, char why[static IDENTITY_WHY_LEN])
{
	for (size_t i = 0; i < sizeof(findings) / sizeof(findings[0]); i++) {
		if (status & findings[i].bit)
			return refuse(why, "the certificate of %.90s at %s %s", peer->host,
				peer->where, findings[i].text);
	}
	return refuse(why,
		"the certificate of %.90s at %s is not acceptable to GnuTLS (status 0x%x)",
		peer->host, peer->where, status);
}

/* The hosts that a certificate is for, as its subjectAltName says. */
struct names {
	bool any_dns;
	unsigned shown, more;
	char text[NAMES_LEN]; /* "\"a.example\", \"192.0.2.1\" and 3 more" */
};

static void names_read(gnutls_x509_crt_t of, struct names *names)
{
	char name[256], ip[INET6_ADDRSTRLEN];
	size_t at = 0;

	*names = (struct names){ 0 };
	for (unsigned i = 0;; i++) {
		size_t len = sizeof(name);
		int type = gnutls_x509_crt_get_subject_alt_name(of, i, name, &len, NULL);
		if (type < 0 && type != GNUTLS_E_SHORT_MEMORY_BUFFER)
			break;
		const char *host = type == GNUTLS_SAN_DNSNAME ? name : NULL;
		if (type == GNUTLS_SAN_DNSNAME)
			names->any_dns = true;
		if (type == GNUTLS_SAN_IPADDRESS && (len == 4 || len == 16))
			host = inet_ntop(len == 4 ? AF_INET : AF_INET6, name, ip, sizeof(ip));
		if (!host || names->shown == NAMES_MAX) {
			names->more++;
			continue;
		}
		/* NAMES_MAX * (48 + 4) and the rest fit. */
		at += (size_t)snprintf(names->text + at, NAMES_LEN - at, "%s\"%.48s\"",
			names->shown++ > 0 ? ", " : "", host);
	}
	if (names->shown > 0 && names->more > 0)
		snprintf(names->text + at, NAMES_LEN - at, " and %u more", names->more);
}

/* In subjectAltName only: GnuTLS looks at the common name when that has no DNS name. */
static bool name_matches(gnutls_x509_crt_t of, const struct names *names, const char *host)
{
	uint8_t ip[16];
	if (inet_pton(AF_INET, host, ip) == 1)
		return gnutls_x509_crt_check_ip(of, ip, 4, 0);
	if (inet_pton(AF_INET6, host, ip) == 1)
		return gnutls_x509_crt_check_ip(of, ip, 16, 0);
	return names->any_dns &&
	       gnutls_x509_crt_check_hostname2(of, host, GNUTLS_VERIFY_DO_NOT_ALLOW_IP_MATCHES);
}

static int check_name(
	const struct chain *chain, const struct identity *peer, char why[static IDENTITY_WHY_LEN])
{
	char common[NAME_LEN];
	size_t len = sizeof(common);
	struct names names;

	names_read(chain->sent[0], &names);
	if (name_matches(chain->sent[0], &names, peer->host))
		return 0;
	if (names.shown > 0)
		return refuse(why,
			"the certificate of %.60s at %s is for %s; expected \"%.60s\" in "
			"subjectAltName: check the name in url: or the address",
			peer->host, peer->where, names.text, peer->host);
	if (gnutls_x509_crt_get_dn_by_oid(
		    chain->sent[0], GNUTLS_OID_X520_COMMON_NAME, 0, 0, common, &len) != 0)
		return refuse(why,
			"the certificate of %.90s at %s names no host at all; expected it in "
			"subjectAltName: its operator must replace it",
			peer->host, peer->where);
	return refuse(why,
		"the certificate of %.60s at %s names \"%s\" as common name only; expected "
		"\"%.60s\" in subjectAltName: its operator must replace it",
		peer->host, peer->where, common, peer->host);
}

static int judge(const struct trust *trust, const struct chain *chain, unsigned status,
	const struct identity *peer, char why[static IDENTITY_WHY_LEN])
{
	/* Each of these has checks of its own below, with a better sentence. */
	const unsigned told = GNUTLS_CERT_INVALID | GNUTLS_CERT_EXPIRED |
			      GNUTLS_CERT_NOT_ACTIVATED | GNUTLS_CERT_PURPOSE_MISMATCH;

	if (!chain->authority)
		return refuse_unknown_issuer(trust, chain, peer, why);
	int err = check_strength(chain, peer, why);
	if (err == 0 && (status & ~told))
		err = refuse_status(status, peer, why);
	if (err == 0)
		err = check_time(chain, peer, why);
	if (err == 0)
		err = check_purpose(chain, peer, why);
	if (err == 0)
		err = check_name(chain, peer, why);
	/* GnuTLS has the last word. */
	return err == 0 && status ? refuse_status(status, peer, why) : err;
}

int identity_examine(const struct identity *peer, void *session, char why[static IDENTITY_WHY_LEN])
{
	struct chain chain = { .count = 0 };
	unsigned largest = 0;
	int err = 0;

	int failed = chain_read(session, &chain);
	for (unsigned i = 0; i < chain.count; i++) {
		unsigned bits = 0;
		if (gnutls_x509_crt_get_pk_algorithm(chain.sent[i], &bits) >= 0 && bits > largest)
			largest = bits;
	}
	if (failed == GNUTLS_E_MEMORY_ERROR)
		err = ERR_NOMEM;
	else if (failed)
		err = refuse(why, "the certificate of %.90s at %s cannot be read: %s", peer->host,
			peer->where, gnutls_strerror(failed));
	else if (largest > KEY_BITS_MAX)
		err = refuse(why,
			"%.90s at %s sent a key of %u bits, which takes too long to calculate "
			"with; "
			"expected at most %d: something on the way may try to keep us busy",
			peer->host, peer->where, largest, KEY_BITS_MAX);
	chain_done(&chain);
	return err;
}

int identity_verify(const struct identity *peer, const struct trust *trust, void *session,
	int64_t *expires_s, char why[static IDENTITY_WHY_LEN])
{
	char purpose[] = GNUTLS_KP_TLS_WWW_SERVER;
	gnutls_typed_vdata_st expected = {
		.type = GNUTLS_DT_KEY_PURPOSE_OID,
		.data = (unsigned char *)purpose,
	};
	struct chain chain = { .count = 0 };
	unsigned status = 0;
	int err = ERR_NOMEM;

	int failed = chain_read(session, &chain);
	if (!failed)
		failed = gnutls_certificate_verify_peers(session, &expected, 1, &status);
	if (failed && failed != GNUTLS_E_MEMORY_ERROR)
		err = refuse(why, "the certificate of %.90s at %s cannot be read: %s", peer->host,
			peer->where, gnutls_strerror(failed));
	if (!failed) {
		chain_climb(trust, &chain);
		err = judge(trust, &chain, status, peer, why);
	}
	if (err == 0)
		*expires_s = gnutls_x509_crt_get_expiration_time(chain.sent[0]);
	chain_done(&chain);
	return err;
}
