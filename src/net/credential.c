/* SPDX-License-Identifier: MIT */
#include "net/credential.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/pkcs11.h>
#include <gnutls/x509.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "net/digest.h"
#include "net/tls.h"

#define TOKEN_SCHEME "pkcs11:"

/* Octets of a file with a key, or with a certificate and those above it. */
#define PEM_LEN_MAX (256 * 1024)

/* The certificate and those above it. */
#define CERTIFICATES_MAX 16

/* Who else may read a key is told of before anybody uses it. */
#define OTHERS (S_IRWXG | S_IRWXO)

struct credential {
	atomic_uint holders; /* the last to release it frees it */
	gnutls_pcert_st certificates[CERTIFICATES_MAX];
	unsigned count;
	gnutls_privkey_t key;
	uint8_t fingerprint[DIGEST_LEN];
};

struct reading {
	const struct credential_options *options;
	struct credential *credential;
	enum credential_part part;
	char *why;
};

static bool is_token(const char *source)
{
	return strncasecmp(source, TOKEN_SCHEME, strlen(TOKEN_SCHEME)) == 0;
}

/* As it may be shown: what stands behind the ? of a URI has the PIN. */
static int shown_len(const char *source)
{
	size_t len = is_token(source) ? strcspn(source, "?") : strlen(source);
	const char *pin = is_token(source) ? strcasestr(source, "pin-") : NULL;

	if (pin && (size_t)(pin - source) < len)
		len = (size_t)(pin - source);
	return len < 100 ? (int)len : 100;
}

static const char *name_of(enum credential_part part)
{
	return part == CREDENTIAL_KEY ? "client-key" : "client-cert";
}

static const char *source_of(const struct reading *reading)
{
	return reading->part == CREDENTIAL_KEY ? reading->options->key
					       : reading->options->certificate;
}

/* "client-key: PATH: what", and the error to go with it. */
static int refuse(const struct reading *reading, int err, const char *cause, const char *advice)
{
	const char *source = source_of(reading);

	if (err != ERR_NOMEM)
		snprintf(reading->why, CREDENTIAL_TEXT_LEN, "%s: %.*s: %s: %s",
			name_of(reading->part), shown_len(source), source, cause, advice);
	return err;
}

/* What GnuTLS could not do. */
static int refuse_failure(const struct reading *reading, int failed, const char *advice)
{
	if (failed == GNUTLS_E_MEMORY_ERROR)
		return ERR_NOMEM;
	return refuse(reading, ERR_FORMAT, gnutls_strerror(failed), advice);
}

static int read_pem(const struct reading *reading, char **text, size_t *len)
{
	int err = file_read(source_of(reading), PEM_LEN_MAX, text, len);
	const char *cause = err == ERR_FORMAT  ? "it is a device, a pipe or a directory"
			    : err == ERR_LIMIT ? "it is longer than 256 KiB"
					       : strerror(errno);
	return err == 0 ? 0
			: refuse(reading, err, cause,
				  "expected a file in PEM: check the path and its permissions");
}

static int take_certificates(const struct reading *reading, gnutls_x509_crt_t *list, unsigned count)
{
	struct credential *credential = reading->credential;
	gnutls_datum_t der;
	int failed = 0;

	for (unsigned i = 0; i < count && !failed; i++) {
		failed = gnutls_pcert_import_x509(&credential->certificates[i], list[i], 0);
		credential->count += !failed;
	}
	if (!failed)
		failed = gnutls_x509_crt_export2(list[0], GNUTLS_X509_FMT_DER, &der);
	if (failed)
		return refuse_failure(reading, failed, "expected certificates");
	const struct bytes whole = bytes_of(der.data, der.size);
	int err = digest_parts(&whole, 1, credential->fingerprint);
	gnutls_free(der.data);
	return err;
}

static int load_certificates(
	const struct reading *reading, gnutls_x509_crt_t **list, unsigned *count)
{
	gnutls_datum_t pem;
	char *text;
	size_t len;

	if (is_token(source_of(reading))) {
		int failed = gnutls_x509_crt_list_import_url(
			list, count, source_of(reading), NULL, NULL, 0);
		return failed >= 0 ? 0
				   : refuse_failure(reading, failed,
					     "expected the URI of a certificate, see p11tool "
					     "--list-all-certs");
	}
	int err = read_pem(reading, &text, &len);
	if (err != 0)
		return err;
	pem = (gnutls_datum_t){ (unsigned char *)text, (unsigned)len };
	int failed = gnutls_x509_crt_list_import2(list, count, &pem, GNUTLS_X509_FMT_PEM, 0);
	free(text);
	return failed >= 0 ? 0
			   : refuse_failure(reading, failed,
				     "expected \"-----BEGIN CERTIFICATE-----\" (PEM)");
}

static int read_certificates(const struct reading *reading)
{
	gnutls_x509_crt_t *list = NULL;
	unsigned count = 0;

	int err = load_certificates(reading, &list, &count);
	if (err != 0)
		return err;
	if (count == 0)
		err = refuse(reading, ERR_FORMAT, "there is no certificate", "put one there");
	else if (count > CERTIFICATES_MAX)
		err = refuse(reading, ERR_FORMAT, "there are more than 16 certificates",
			"leave the client's and those above it");
	else
		err = take_certificates(reading, list, count);
	for (unsigned i = 0; i < count; i++)
		gnutls_x509_crt_deinit(list[i]);
	gnutls_free(list);
	return err;
}

/* Before a key, or the PIN of one, is read: has somebody else read it already? */
static int check_mode(const struct reading *reading, const char *path)
{
	char cause[80], advice[160];
	struct stat found;

	if (stat(path, &found) != 0 || !(found.st_mode & OTHERS))
		return 0; /* what cannot be looked at cannot be read either, and that is told then
			   */
	snprintf(cause, sizeof(cause), "others can read its secret (mode %03o)",
		(unsigned)found.st_mode & 07777);
	snprintf(advice, sizeof(advice), "chmod 600 %.120s", path);
	return refuse(reading, ERR_FORMAT, cause, advice);
}

/* The URI as GnuTLS wants it, in malloc's memory: the file that pin-source names without the
 * "file:" of RFC 7512 in front. *pin_file is that file in it, or NULL. */
static char *token_uri(const char *source, const char **pin_file)
{
	static const char attribute[] = "pin-source=", scheme[] = "file:";
	char *uri = strdup(source);
	char *at = uri ? strstr(uri, attribute) : NULL;

	*pin_file = NULL;
	if (!at)
		return uri;
	at += strlen(attribute);
	if (strncmp(at, scheme, strlen(scheme)) == 0) {
		size_t len = strlen(scheme);
		if (strncmp(at + len, "///", 3) == 0)
			len += 2;
		memmove(at, at + len, strlen(at + len) + 1);
	}
	if (at[strcspn(at, "&;")] == '\0')
		*pin_file = at;
	return uri;
}

static int load_token_key(const struct reading *reading)
{
	const char *pin_file;
	char *uri = token_uri(source_of(reading), &pin_file);
	if (!uri)
		return ERR_NOMEM;
	int err = pin_file ? check_mode(reading, pin_file) : 0;
	if (err == 0) {
		int failed = gnutls_privkey_import_url(reading->credential->key, uri, 0);
		if (failed)
			err = refuse_failure(reading, failed,
				"expected the URI of a private key and its PIN (?pin-source=FILE), "
				"see "
				"p11tool --login --list-privkeys");
	}
	explicit_bzero(uri, strlen(uri));
	free(uri);
	return err;
}

static int load_key(const struct reading *reading)
{
	gnutls_privkey_t key = reading->credential->key;
	gnutls_datum_t pem;
	char *text;
	size_t len;

	if (is_token(source_of(reading)))
		return load_token_key(reading);
	int err = check_mode(reading, source_of(reading));
	if (err == 0)
		err = read_pem(reading, &text, &len);
	if (err != 0)
		return err;
	pem = (gnutls_datum_t){ (unsigned char *)text, (unsigned)len };
	int failed = gnutls_privkey_import_x509_raw(key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
	explicit_bzero(text, len);
	free(text);
	if (failed == GNUTLS_E_DECRYPTION_FAILED || failed == GNUTLS_E_PKCS11_PIN_ERROR)
		return refuse(reading, ERR_FORMAT, "the key is encrypted, and nobody can be asked",
			"write it anew without a password, as openssl pkey does");
	return failed == 0 ? 0
			   : refuse_failure(reading, failed,
				     "expected \"-----BEGIN PRIVATE KEY-----\" (PEM)");
}

/* Not every token tells the public half of a key; then the server finds out. */
static int check_pair(const struct reading *reading)
{
	const unsigned flags = GNUTLS_KEYID_USE_SHA256;
	uint8_t of_key[DIGEST_LEN], of_certificate[DIGEST_LEN];
	size_t key_len = sizeof(of_key), certificate_len = sizeof(of_certificate);
	gnutls_pubkey_t half;

	if (gnutls_pubkey_init(&half) != 0)
		return ERR_NOMEM;
	int failed = gnutls_pubkey_import_privkey(half, reading->credential->key, 0, 0);
	if (!failed)
		failed = gnutls_pubkey_get_key_id(half, flags, of_key, &key_len);
	if (!failed)
		failed = gnutls_pubkey_get_key_id(reading->credential->certificates[0].pubkey,
			flags, of_certificate, &certificate_len);
	gnutls_pubkey_deinit(half);
	if (failed || memcmp(of_key, of_certificate, DIGEST_LEN) == 0)
		return 0;
	return refuse(reading, ERR_FORMAT, "this is not the key of the certificate in client-cert",
		"check which of the two is meant");
}

static int credential_fill(struct reading *reading)
{
	int err = read_certificates(reading);
	if (err != 0)
		return err;
	reading->part = CREDENTIAL_KEY;
	if (gnutls_privkey_init(&reading->credential->key) != 0)
		return ERR_NOMEM;
	err = load_key(reading);
	return err == 0 ? check_pair(reading) : err;
}

static void credential_free(struct credential *credential)
{
	for (unsigned i = 0; i < credential->count; i++)
		gnutls_pcert_deinit(&credential->certificates[i]);
	if (credential->key)
		gnutls_privkey_deinit(credential->key);
	free(credential);
}

int credential_new(const struct credential_options *options, struct credential **out,
	enum credential_part *part, char why[static CREDENTIAL_TEXT_LEN])
{
	struct credential *credential = calloc(1, sizeof(*credential));
	struct reading reading = { .options = options, .credential = credential, .why = why };
	int err = ERR_NOMEM;

	if (credential) {
		atomic_init(&credential->holders, 1);
		err = credential_fill(&reading);
	}
	if (err == 0) {
		*out = credential;
		return 0;
	}
	if (err == ERR_NOMEM)
		snprintf(why, CREDENTIAL_TEXT_LEN, "%s", err_text(err));
	*part = reading.part;
	credential_release(credential);
	return err;
}

struct credential *credential_hold(struct credential *credential)
{
	if (credential)
		atomic_fetch_add_explicit(&credential->holders, 1, memory_order_relaxed);
	return credential;
}

void credential_release(struct credential *credential)
{
	/* What other holders read of it comes before it is freed. */
	if (credential &&
		atomic_fetch_sub_explicit(&credential->holders, 1, memory_order_acq_rel) == 1)
		credential_free(credential);
}

const uint8_t *credential_fingerprint(const struct credential *credential)
{
	return credential->fingerprint;
}

/* Called by GnuTLS when the peer asks who we are. */
static int retrieve(gnutls_session_t session, const gnutls_datum_t *names, int name_count,
	const gnutls_pk_algorithm_t *algorithms, int algorithm_count, gnutls_pcert_st **list,
	unsigned *count, gnutls_privkey_t *key)
{
	const struct credential *credential = tls_credential(session);
	(void)names; /* what the peer would like: there is one to show, and it is shown */
	(void)name_count;
	(void)algorithms;
	(void)algorithm_count;

	/* GnuTLS neither changes nor frees them. */
	*list = credential ? unconst(credential->certificates) : NULL;
	*count = credential ? credential->count : 0;
	*key = credential ? credential->key : NULL;
	return 0;
}

void credential_offer(void *credentials)
{
	gnutls_certificate_set_retrieve_function2(credentials, retrieve);
}
