/* SPDX-License-Identifier: MIT */
#include "net/certpath.h"

#include <arpa/inet.h>
#include <assert.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "net/sentence.h"

/* What certificates must have: 112 bits of strength and more (RFC 9325 section 4.5). */
#define RSA_BITS_MIN   2048
#define ECDSA_BITS_MIN 256
#define HASH_LEN_MIN   32 /* octets: SHA-256 */

#define HOSTS_MAX 3  /* shown of one certificate */
#define HOST_LEN  54 /* of one of them, with its quotes */

static_assert(HOSTS_MAX * (HOST_LEN + 1) + sizeof(" and 4294967295 more") <= CHAIN_NAMES_LEN,
	"all that is shown of them");

void certpath_done(struct certpath *chain)
{
	for (unsigned i = 0; i < chain->count; i++)
		gnutls_x509_crt_deinit(chain->sent[i]);
	if (chain->authority)
		gnutls_x509_crt_deinit(chain->authority);
}

int certpath_read(void *session, struct certpath *chain)
{
	unsigned count = 0;
	chain->session = session;
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
void certpath_climb(const struct trust *trust, struct certpath *chain)
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

/* The certificates of the path and then the authority; NULL past the end. */
gnutls_x509_crt_t certpath_step(const struct certpath *chain, unsigned step)
{
	if (step < chain->path_len)
		return chain->sent[chain->path[step]];
	return step == chain->path_len ? chain->authority : NULL;
}

/* GnuTLS escapes in names what RFC 4514 says must be, but not what is no text. False: it does not
 * fit. */
static bool dn_escape(const char *name, size_t len, char text[static CHAIN_DN_LEN])
{
	return sentence_escape(text, CHAIN_DN_LEN, bytes_of(name, len));
}

static bool common_name_write(gnutls_x509_crt_t of, bool issuer, char text[static CHAIN_DN_LEN])
{
	char name[CHAIN_DN_LEN];
	size_t len = sizeof(name);
	int failed = issuer ? gnutls_x509_crt_get_issuer_dn_by_oid(
				      of, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &len)
			    : gnutls_x509_crt_get_dn_by_oid(
				      of, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &len);

	if (failed)
		return false;
	(void)dn_escape(name, len, text); /* cut */
	return true;
}

bool certpath_common_name_write(gnutls_x509_crt_t of, char text[static CHAIN_DN_LEN])
{
	return common_name_write(of, false, text);
}

const char *certpath_dn_write(gnutls_x509_crt_t of, bool issuer, char text[static CHAIN_DN_LEN])
{
	gnutls_datum_t name = { 0 };
	/* Those that fill a buffer abort() where all parts of a name are empty. */
	const int failed = issuer ? gnutls_x509_crt_get_issuer_dn2(of, &name)
				  : gnutls_x509_crt_get_dn2(of, &name);
	const bool whole =
		!failed && name.size > 0 && dn_escape((const char *)name.data, name.size, text);

	gnutls_free(name.data);
	if (!whole && !common_name_write(of, issuer, text))
		snprintf(text, CHAIN_DN_LEN, "(no name)");
	return text;
}

/* Why a key is too weak; "" if it is not. */
void certpath_key_weakness(gnutls_x509_crt_t of, char text[static CHAIN_KEY_LEN])
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
		snprintf(text, CHAIN_KEY_LEN, "a key of the kind %s; expected RSA, ECDSA or EdDSA",
			name ? name : "unknown");
	else if (bits < least)
		snprintf(text, CHAIN_KEY_LEN, "a weak %s key of %u bits; expected at least %u",
			name, bits, least);
}

/* Why the signature on a certificate is too weak; "" if it is not. */
void certpath_signature_weakness(gnutls_x509_crt_t of, char text[static CHAIN_KEY_LEN])
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
	snprintf(text, CHAIN_KEY_LEN, "a weak signature (%s); expected SHA-256 or better",
		name ? name : "unknown algorithm");
}

void certpath_names_read(gnutls_x509_crt_t of, struct certpath_names *names)
{
	char name[256], ip[INET6_ADDRSTRLEN], quoted[HOST_LEN];
	size_t at = 0;

	*names = (struct certpath_names){ 0 };
	for (unsigned i = 0;; i++) {
		size_t len = sizeof(name);
		int type = gnutls_x509_crt_get_subject_alt_name(of, i, name, &len, NULL);
		if (type < 0 && type != GNUTLS_E_SHORT_MEMORY_BUFFER)
			break;
		struct bytes host = { 0 };
		if (type == GNUTLS_SAN_DNSNAME) {
			names->any_dns = true;
			host = bytes_of(name, len);
		}
		if (type == GNUTLS_SAN_IPADDRESS && (len == 4 || len == 16) &&
			inet_ntop(len == 4 ? AF_INET : AF_INET6, name, ip, sizeof(ip)))
			host = bytes_of(ip, strlen(ip));
		if (!host.at || names->shown == HOSTS_MAX) {
			names->more++;
			continue;
		}
		at += (size_t)snprintf(names->text + at, CHAIN_NAMES_LEN - at, "%s%s",
			names->shown++ > 0 ? ", " : "",
			sentence_quote(quoted, sizeof(quoted), host));
	}
	if (names->shown > 0 && names->more > 0)
		snprintf(names->text + at, CHAIN_NAMES_LEN - at, " and %u more", names->more);
}

bool certpath_has_wildcard(gnutls_x509_crt_t of, const char *host)
{
	const char *parent = strchr(host, '.');
	char name[256];

	for (unsigned i = 0; parent; i++) {
		size_t len = sizeof(name);
		int type = gnutls_x509_crt_get_subject_alt_name(of, i, name, &len, NULL);
		if (type < 0 && type != GNUTLS_E_SHORT_MEMORY_BUFFER)
			break;
		if (type == GNUTLS_SAN_DNSNAME && len == 1 + strlen(parent) && name[0] == '*' &&
			strncasecmp(name + 1, parent, len - 1) == 0)
			return true;
	}
	return false;
}

int certpath_exponent_bits(gnutls_x509_crt_t of, unsigned *out)
{
	gnutls_datum_t modulus, exponent;

	int failed = gnutls_x509_crt_get_pk_rsa_raw(of, &modulus, &exponent);
	if (failed)
		return failed;
	/* A zero octet may stand in front. */
	for (unsigned i = 0; i < exponent.size; i++) {
		if (exponent.data[i] == 0)
			continue;
		*out = (exponent.size - i) * 8 - (unsigned)__builtin_clz(exponent.data[i]) + 24;
		break;
	}
	gnutls_free(modulus.data);
	gnutls_free(exponent.data);
	return 0;
}

int certpath_pin(gnutls_x509_crt_t of, struct pin *out)
{
	struct pin pin;
	size_t len = sizeof(pin.sha256);
	int failed = gnutls_x509_crt_get_key_id(of, GNUTLS_KEYID_USE_SHA256, pin.sha256, &len);
	if (!failed)
		*out = pin;
	return failed;
}
