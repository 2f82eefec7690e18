/* SPDX-License-Identifier: MIT */
#include "dnssec/p256.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>

#define UNCOMPRESSED 0x04 /* SEC 1 section 2.3.3 */

struct p256 {
	EVP_PKEY *curve; /* the parameters alone: to copy them costs a tenth of naming them */
};

static EVP_PKEY *curve_new(void)
{
	EVP_PKEY_CTX *making = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	char name[] = "P-256";
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY *curve = NULL;

	if (making && EVP_PKEY_fromdata_init(making) == 1)
		(void)EVP_PKEY_fromdata(making, &curve, EVP_PKEY_KEY_PARAMETERS, parameters);
	EVP_PKEY_CTX_free(making);
	ERR_clear_error();
	return curve;
}

struct p256 *p256_new(void)
{
	struct p256 *p256 = NULL;

	/* openssl.cnf is for programs that speak TLS with it, may load what it likes, and is out
	 * of reach once privileges are dropped. What is freed at exit may be in use by a thread. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) == 1)
		p256 = calloc(1, sizeof(*p256));
	if (p256)
		p256->curve = curve_new();
	if (p256 && p256->curve)
		return p256;
	p256_free(p256);
	return NULL;
}

void p256_free(struct p256 *p256)
{
	if (p256)
		EVP_PKEY_free(p256->curve);
	free(p256);
}

bool p256_verify(const struct p256 *p256, const uint8_t public_key[static P256_KEY_LEN],
	const uint8_t digest[static P256_DIGEST_LEN], struct bytes signature, bool *fits)
{
	uint8_t point[1 + P256_KEY_LEN] = { UNCOMPRESSED };
	EVP_PKEY *key = EVP_PKEY_dup(p256->curve);
	EVP_PKEY_CTX *check = NULL;
	int result = -1; /* 1 fits, 0 does not, less is an error */

	memcpy(point + 1, public_key, P256_KEY_LEN);
	if (key && EVP_PKEY_set1_encoded_public_key(key, point, sizeof(point)) == 1)
		check = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	if (check && EVP_PKEY_verify_init(check) == 1)
		result = EVP_PKEY_verify(
			check, signature.at, signature.len, digest, P256_DIGEST_LEN);
	EVP_PKEY_CTX_free(check);
	EVP_PKEY_free(key);
	ERR_clear_error();
	if (result < 0)
		return false;
	*fits = result == 1;
	return true;
}

const char *p256_library_version(void)
{
	return OpenSSL_version(OPENSSL_VERSION_STRING);
}
