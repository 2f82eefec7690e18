/* SPDX-License-Identifier: MIT */
#include "net/identity.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "net/burden.h"
#include "net/certpath.h"
#include "net/ocsp.h"
#include "net/sentence.h"

#define KEY_BITS_MAX 8192 /* of any kind: some 0.1 s of calculating; larger ones serve nobody */

/* Of an RSA key's public exponent, for each of whose bits there is a multiplication. FIPS 186-5
 * appendix A.1.1 allows no more; all the world has 17. */
#define EXPONENT_BITS_MAX 256

/* Octets of a message with certificates: those of today take 2,000 to 6,000, and keys and
 * signatures that hold against quantum computers may take three times as many. */
#define CERTIFICATES_LEN_MAX 32768

/* Elements of ASN.1 in it: a certificate has 50 to 120, and one more for each name. GnuTLS reads
 * them half a dozen times over, and takes up to some 20 us for each. */
#define ELEMENTS_MAX 2000

PRINTF(2, 3) static int refuse(char why[static IDENTITY_WHY_LEN], const char *format, ...)
{
	va_list list;

	va_start(list, format);
	sentence_write(why, IDENTITY_WHY_LEN, format, list);
	va_end(list);
	return ERR_TLS;
}

/* "the certificate", or which of those above it, "of dns.example at 192.0.2.1:853". */
#define WHICH_LEN (CHAIN_DN_LEN + 160)

static const char *which_write(const struct certpath *chain, unsigned step,
	const struct identity *peer, char text[static WHICH_LEN])
{
	char name[CHAIN_DN_LEN];

	if (step == 0)
		snprintf(
			text, WHICH_LEN, "the certificate of %.90s at %s", peer->host, peer->where);
	else if (step < chain->path_len)
		snprintf(text, WHICH_LEN, "the intermediate certificate \"%s\" of %.40s at %s",
			certpath_dn_write(chain->sent[chain->path[step]], false, name), peer->host,
			peer->where);
	else
		snprintf(text, WHICH_LEN, "the authority \"%s\" of %.40s at %s",
			certpath_dn_write(chain->authority, false, name), peer->host, peer->where);
	return text;
}

/* Every key on the way up, the authority's too, and every signature but the authority's own, on
 * which nothing rests. */
static int check_strength(const struct certpath *chain, const struct identity *peer,
	char why[static IDENTITY_WHY_LEN])
{
	char weakness[CHAIN_KEY_LEN], which[WHICH_LEN];
	gnutls_x509_crt_t certificate;

	for (unsigned step = 0; (certificate = certpath_step(chain, step)); step++) {
		certpath_key_weakness(certificate, weakness);
		if (!weakness[0] && step < chain->path_len)
			certpath_signature_weakness(certificate, weakness);
		if (weakness[0])
			return refuse(why, "%s has %s: ask its operator for a stronger one",
				which_write(chain, step, peer, which), weakness);
	}
	return 0;
}

static int check_time(const struct certpath *chain, const struct identity *peer,
	char why[static IDENTITY_WHY_LEN])
{
	char which[WHICH_LEN], limit[SENTENCE_TIME_LEN], clock[SENTENCE_TIME_LEN];
	time_t now_s = (time_t)clock_wall_s();
	gnutls_x509_crt_t certificate;

	for (unsigned step = 0; (certificate = certpath_step(chain, step)); step++) {
		time_t from_s = gnutls_x509_crt_get_activation_time(certificate);
		time_t until_s = gnutls_x509_crt_get_expiration_time(certificate);
		const bool begun = now_s >= from_s || !clock_is_set();
		if (from_s == (time_t)-1 || !begun)
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
static int check_purpose(const struct certpath *chain, const struct identity *peer,
	char why[static IDENTITY_WHY_LEN])
{
	char which[WHICH_LEN];

	for (unsigned step = 0; step < chain->path_len; step++) {
		if (!gnutls_x509_crt_check_key_purpose(
			    certpath_step(chain, step), GNUTLS_KP_TLS_WWW_SERVER, 0))
			return refuse(why,
				"%s is not made for servers; expected server authentication in its "
				"extended key usage: ask its operator for a server certificate",
				which_write(chain, step, peer, which));
	}
	return 0;
}

static int refuse_unknown_issuer(const struct certpath *chain, const struct identity *peer,
	char why[static IDENTITY_WHY_LEN])
{
	gnutls_x509_crt_t last = certpath_step(chain, chain->path_len - 1);
	const char *where =
		trust_is_system(peer->trust) ? "this system's authorities" : "the file in ca-file";
	char issuer[CHAIN_DN_LEN];

	certpath_dn_write(last, true, issuer);
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
	{ GNUTLS_CERT_INVALID_OCSP_STATUS,
		"came with an OCSP response that is not signed by its issuer, or not about it: its "
		"operator must mend OCSP stapling, unless something forges it" },
	{ GNUTLS_CERT_REVOKED,
		"stands on a list of revoked certificates (tls.crl-file), or one above it does: "
		"its operator must replace it" },
	{ GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED | GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE,
		"came with news about revocation that are old, or from the future: its operator "
		"must renew them, unless the clock here is wrong" },
	{ GNUTLS_CERT_MISSING_OCSP_STATUS,
		"demands a stapled OCSP response (must-staple), and none came: its operator must "
		"enable OCSP stapling" },
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

enum match { MATCH_NONE, MATCH_WHOLE, MATCH_PART };

/* In subjectAltName only: GnuTLS looks at the common name when that has no DNS name. It takes "*"
 * for a part of a label, too, where it may stand for a whole one only (RFC 9525 section 6.3). */
static enum match match_name(
	gnutls_x509_crt_t of, const struct certpath_names *names, const char *host)
{
	const unsigned no_ip = GNUTLS_VERIFY_DO_NOT_ALLOW_IP_MATCHES;
	uint8_t ip[16];

	if (inet_pton(AF_INET, host, ip) == 1)
		return gnutls_x509_crt_check_ip(of, ip, 4, 0) ? MATCH_WHOLE : MATCH_NONE;
	if (inet_pton(AF_INET6, host, ip) == 1)
		return gnutls_x509_crt_check_ip(of, ip, 16, 0) ? MATCH_WHOLE : MATCH_NONE;
	if (!names->any_dns || !gnutls_x509_crt_check_hostname2(of, host, no_ip))
		return MATCH_NONE;
	if (gnutls_x509_crt_check_hostname2(
		    of, host, no_ip | GNUTLS_VERIFY_DO_NOT_ALLOW_WILDCARDS) ||
		certpath_has_wildcard(of, host))
		return MATCH_WHOLE;
	return MATCH_PART;
}

static int check_name(const struct certpath *chain, const struct identity *peer,
	char why[static IDENTITY_WHY_LEN])
{
	char common[CHAIN_DN_LEN];
	struct certpath_names names;

	certpath_names_read(chain->sent[0], &names);
	const enum match match = match_name(chain->sent[0], &names, peer->host);
	if (match == MATCH_WHOLE)
		return 0;
	if (match == MATCH_PART)
		return refuse(why,
			"the certificate of %.60s at %s is for it only by a wildcard that is a "
			"part of a label; expected a whole one (\"*.example\") or the name itself "
			"in subjectAltName: its operator must replace it",
			peer->host, peer->where);
	if (names.shown > 0)
		return refuse(why,
			"the certificate of %.60s at %s is for %s; expected \"%.60s\" in "
			"subjectAltName: check the name in url: or the address",
			peer->host, peer->where, names.text, peer->host);
	if (!certpath_common_name_write(chain->sent[0], common))
		return refuse(why,
			"the certificate of %.90s at %s names no host at all; expected it in "
			"subjectAltName: its operator must replace it",
			peer->host, peer->where);
	return refuse(why,
		"the certificate of %.60s at %s names \"%s\" as common name only; expected "
		"\"%.60s\" in subjectAltName: its operator must replace it",
		peer->host, peer->where, common, peer->host);
}

/* The staple of one certificate on the way up. */
static int check_staple(const struct certpath *chain, unsigned step, const struct ocsp *ocsp,
	const struct identity *peer, char why[static IDENTITY_WHY_LEN])
{
	char which[WHICH_LEN], at[SENTENCE_TIME_LEN], clock[SENTENCE_TIME_LEN];

	which_write(chain, step, peer, which);
	sentence_time(ocsp->at_s, at);
	sentence_time(clock_wall_s(), clock);
	switch (ocsp->state) {
	case OCSP_REVOKED:
		return refuse(why,
			"%s was revoked by its issuer on %s, says the OCSP response that came with "
			"it: its operator must replace it",
			which, at);
	case OCSP_UNKNOWN:
		return refuse(why,
			"%s is unknown to its issuer, says the OCSP response that came with it: "
			"its operator must replace it",
			which);
	case OCSP_OVER:
		return refuse(why,
			"%s came with an OCSP response that expired on %s; the clock here says %s: "
			"its operator must mend OCSP stapling, unless the clock is wrong",
			which, at, clock);
	case OCSP_EARLY:
		if (!clock_is_set())
			break;
		return refuse(why,
			"%s came with an OCSP response that is valid only from %s on; the clock "
			"here says %s: is the clock right?",
			which, at, clock);
	case OCSP_NONE:
	case OCSP_UNFIT:
		if (step > 0 || !trust_wants_staple(peer->trust))
			break;
		return refuse(why,
			"%s came without an OCSP response of use, and tls.ocsp: require demands "
			"one: its operator must enable OCSP stapling, or set ocsp: staple",
			which);
	case OCSP_GOOD: break;
	}
	return 0;
}

static int check_staples(const struct certpath *chain, const struct identity *peer,
	int64_t *until_s, char why[static IDENTITY_WHY_LEN])
{
	struct ocsp ocsp;
	int err = 0;

	for (unsigned step = 0; err == 0 && step < chain->path_len; step++) {
		ocsp_read(chain->session, chain->path[step], certpath_step(chain, step),
			clock_wall_s(), &ocsp);
		err = check_staple(chain, step, &ocsp, peer, why);
		if (ocsp.state == OCSP_GOOD && ocsp.at_s > 0 && ocsp.at_s < *until_s)
			*until_s = ocsp.at_s;
	}
	return err;
}

static int judge(const struct certpath *chain, unsigned status, const struct identity *peer,
	struct identity_proof *proof, char why[static IDENTITY_WHY_LEN])
{
	/* Each of these has checks of its own below, with a better sentence. */
	const unsigned told = GNUTLS_CERT_INVALID | GNUTLS_CERT_EXPIRED |
			      GNUTLS_CERT_NOT_ACTIVATED | GNUTLS_CERT_PURPOSE_MISMATCH;
	gnutls_x509_crt_t certificate;

	if (!chain->authority)
		return refuse_unknown_issuer(chain, peer, why);
	int err = check_strength(chain, peer, why);
	/* What is not signed well says nothing. */
	if (err == 0 && !(status & GNUTLS_CERT_INVALID_OCSP_STATUS))
		err = check_staples(chain, peer, &proof->until_s, why);
	if (err == 0 && (status & ~told))
		err = refuse_status(status, peer, why);
	if (err == 0)
		err = check_time(chain, peer, why);
	if (err == 0)
		err = check_purpose(chain, peer, why);
	if (err == 0)
		err = check_name(chain, peer, why);
	/* GnuTLS has the last word. */
	if (err == 0 && status)
		err = refuse_status(status, peer, why);
	proof->expires_s = gnutls_x509_crt_get_expiration_time(chain->sent[0]);
	for (unsigned step = 0; (certificate = certpath_step(chain, step)); step++) {
		int64_t end_s = gnutls_x509_crt_get_expiration_time(certificate);
		if (end_s < proof->until_s)
			proof->until_s = end_s;
	}
	return err;
}

/* Did the key of the certificate above sign this one? The way up goes by names, which somebody whom
 * we trust, but not that far, might have given to a certificate of their own. */
static bool signed_by(gnutls_x509_crt_t of, gnutls_x509_crt_t above)
{
	const unsigned flags =
		GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS;
	unsigned status = 0;

	return gnutls_x509_crt_verify(of, &above, 1, flags, &status) == 0 && status == 0;
}

/* The place of the first pin that fits a key on the way up, or the count. *shown is that of the
 * first certificate. */
static size_t find_pin(const struct certpath *chain, const struct pins *pins, struct pin *shown)
{
	gnutls_x509_crt_t certificate, below = NULL;
	size_t best = pins->count;

	for (unsigned step = 0; (certificate = certpath_step(chain, step)); step++) {
		struct pin pin;
		if (below && !signed_by(below, certificate))
			break;
		if (certpath_pin(certificate, &pin) != 0)
			break;
		if (step == 0)
			*shown = pin;
		size_t at = pins_find(pins, &pin);
		if (at < best)
			best = at;
		if (best == 0)
			break;
		below = certificate;
	}
	return best;
}

static int check_pins(const struct certpath *chain, const struct identity *peer,
	struct identity_proof *proof, char why[static IDENTITY_WHY_LEN])
{
	const struct pins *pins = &peer->pins;
	char text[PIN_TEXT_LEN], until[SENTENCE_TIME_LEN];
	struct pin shown = { 0 };
	size_t at = find_pin(chain, pins, &shown);

	if (pins->count == 0 || at == 0)
		return 0;
	pin_write(&shown, text);
	if (at < pins->count) {
		(void)refuse(proof->remark,
			"%.60s at %s shows the key of a pin in reserve, the one at place %zu in "
			"pins: (its own key is %s); put that first and add a new one in reserve",
			peer->host, peer->where, at + 1, text);
		return 0;
	}
	/* Where nobody vouches for others there would be nothing left. */
	if (clock_wall_s() < pins->bypass_until_s && !trust_is_empty(peer->trust)) {
		proof->bypassed = true;
		(void)refuse(proof->remark,
			"%.60s at %s shows the key %s, which none of pins: fits; that is let pass "
			"until %s (pin-bypass-until), on the word of its issuer alone: correct "
			"pins: before",
			peer->host, peer->where, text, sentence_time(pins->bypass_until_s, until));
		return 0;
	}
	return refuse(why,
		"%.60s at %s shows the key %s; expected one of the %zu in pins:. If its operator "
		"says that it is theirs, add it there; else something intercepts the connection",
		peer->host, peer->where, text, pins->count);
}

/* To be said of what may be an attack, and is nothing that an upstream of use does. */
#define TAKES_TOO_LONG	 "too long to %s; expected at most %d"
#define MAY_KEEP_US_BUSY "something on the way may try to keep us busy"

/* Would its key keep us calculating? */
static int examine_key(
	gnutls_x509_crt_t of, const struct identity *peer, char why[static IDENTITY_WHY_LEN])
{
	unsigned bits = 0, exponent_bits = 0;

	if (gnutls_x509_crt_get_pk_algorithm(of, &bits) >= 0 && bits > KEY_BITS_MAX)
		return refuse(why,
			"%.90s at %s sent a key of %u bits, " TAKES_TOO_LONG ": " MAY_KEEP_US_BUSY,
			peer->host, peer->where, bits, "calculate with", KEY_BITS_MAX);
	if (certpath_exponent_bits(of, &exponent_bits) == GNUTLS_E_MEMORY_ERROR)
		return ERR_NOMEM;
	if (exponent_bits > EXPONENT_BITS_MAX)
		return refuse(why,
			"%.90s at %s sent a key with an exponent of %u bits, " TAKES_TOO_LONG
			": " MAY_KEEP_US_BUSY,
			peer->host, peer->where, exponent_bits, "calculate with",
			EXPONENT_BITS_MAX);
	return 0;
}

static int examine_keys(
	const struct identity *peer, void *session, char why[static IDENTITY_WHY_LEN])
{
	struct certpath chain = { .count = 0 };
	int err = 0;

	int failed = certpath_read(session, &chain);
	if (failed == GNUTLS_E_MEMORY_ERROR)
		err = ERR_NOMEM;
	else if (failed)
		err = refuse(why, "the certificate of %.90s at %s cannot be read: %s", peer->host,
			peer->where, gnutls_strerror(failed));
	for (unsigned i = 0; err == 0 && i < chain.count; i++)
		err = examine_key(chain.sent[i], peer, why);
	certpath_done(&chain);
	return err;
}

/* Would reading it keep us busy? */
static int weigh(const struct identity *peer, enum burden_kind kind, struct bytes message,
	char why[static IDENTITY_WHY_LEN])
{
	const char *what = kind == BURDEN_STATUS ? "an OCSP response" : "certificates";

	if (message.len > CERTIFICATES_LEN_MAX)
		return refuse(why,
			"%.90s at %s sent %s of %zu octets, " TAKES_TOO_LONG ": " MAY_KEEP_US_BUSY,
			peer->host, peer->where, what, message.len, "read", CERTIFICATES_LEN_MAX);
	const size_t elements = burden_of(kind, message);
	if (elements > ELEMENTS_MAX)
		return refuse(why,
			"%.90s at %s sent %s with %zu names and other elements, " TAKES_TOO_LONG
			": " MAY_KEEP_US_BUSY,
			peer->host, peer->where, what, elements, "read", ELEMENTS_MAX);
	return 0;
}

int identity_examine(const struct identity *peer, void *session, unsigned type,
	struct bytes message, char why[static IDENTITY_WHY_LEN])
{
	const bool new = gnutls_protocol_get_version(session) == GNUTLS_TLS1_3;

	switch (type) {
	case GNUTLS_HANDSHAKE_CERTIFICATE_PKT:
		return weigh(peer, new ? BURDEN_CERTIFICATES_1_3 : BURDEN_CERTIFICATES_1_2, message,
			why);
	case GNUTLS_HANDSHAKE_CERTIFICATE_STATUS: return weigh(peer, BURDEN_STATUS, message, why);
	case GNUTLS_HANDSHAKE_CERTIFICATE_VERIFY:
	case GNUTLS_HANDSHAKE_SERVER_KEY_EXCHANGE: return examine_keys(peer, session, why);
	}
	return 0;
}

/* Nobody vouches for the certificate: its key is known, or it is not. */
static int verify_key(const struct certpath *chain, const struct identity *peer,
	struct identity_proof *proof, char why[static IDENTITY_WHY_LEN])
{
	char weakness[CHAIN_KEY_LEN];

	certpath_key_weakness(chain->sent[0], weakness);
	if (weakness[0])
		return refuse(why,
			"the certificate of %.90s at %s has %s: ask its operator for a stronger "
			"one",
			peer->host, peer->where, weakness);
	if (peer->pins.count == 0)
		return refuse(why,
			"nothing says whether %.90s at %s is the right one: ca-file: is none, and "
			"there are no pins:",
			peer->host, peer->where);
	return check_pins(chain, peer, proof, why);
}

/* GnuTLS stops at a date that it does not like, and knows nothing of a clock that is not set. What
 * is wrong with the chain besides? Its dates are check_time()'s. */
static int verify_dateless(const struct certpath *chain, const struct identity *peer,
	gnutls_typed_vdata_st *expected, unsigned *status)
{
	const unsigned flags = (unsigned)GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM) |
			       GNUTLS_VERIFY_DISABLE_TIME_CHECKS |
			       GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS;
	unsigned other = 0;

	int failed = gnutls_x509_trust_list_verify_crt2(trust_authorities(peer->trust),
		unconst(chain->sent), chain->count, expected, 1, flags, &other, NULL);
	*status = (*status & ~(unsigned)(GNUTLS_CERT_INVALID | GNUTLS_CERT_NOT_ACTIVATED)) | other;
	return failed;
}

static int verify_chain(struct certpath *chain, const struct identity *peer,
	struct identity_proof *proof, char why[static IDENTITY_WHY_LEN])
{
	char purpose[] = GNUTLS_KP_TLS_WWW_SERVER;
	gnutls_typed_vdata_st expected = {
		.type = GNUTLS_DT_KEY_PURPOSE_OID,
		.data = (unsigned char *)purpose,
	};
	unsigned status = 0;

	int failed = gnutls_certificate_verify_peers(chain->session, &expected, 1, &status);
	if (!failed && (status & GNUTLS_CERT_NOT_ACTIVATED) && !clock_is_set())
		failed = verify_dateless(chain, peer, &expected, &status);
	if (failed == GNUTLS_E_MEMORY_ERROR)
		return ERR_NOMEM;
	if (failed)
		return refuse(why, "the certificate of %.90s at %s cannot be read: %s", peer->host,
			peer->where, gnutls_strerror(failed));
	certpath_climb(peer->trust, chain);
	int err = judge(chain, status, peer, proof, why);
	return err == 0 ? check_pins(chain, peer, proof, why) : err;
}

int identity_verify(const struct identity *peer, void *session, struct identity_proof *proof,
	char why[static IDENTITY_WHY_LEN])
{
	struct certpath chain = { .count = 0 };
	int err = ERR_NOMEM;

	*proof = (struct identity_proof){ .expires_s = INT64_MAX, .until_s = INT64_MAX };
	int failed = certpath_read(session, &chain);
	if (failed && failed != GNUTLS_E_MEMORY_ERROR)
		err = refuse(why, "the certificate of %.90s at %s cannot be read: %s", peer->host,
			peer->where, gnutls_strerror(failed));
	if (!failed) {
		/* Without an authority the way up is the first certificate alone. */
		chain.path_len = 1;
		err = trust_is_empty(peer->trust) ? verify_key(&chain, peer, proof, why)
						  : verify_chain(&chain, peer, proof, why);
	}
	certpath_done(&chain);
	return err;
}
