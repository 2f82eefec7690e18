/* SPDX-License-Identifier: MIT */
#include "dnssec/crypto.h"

#include <assert.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "wire/reader.h"

/* Bits of RSA moduli (RFC 3110 section 2, RFC 5702 section 2); beyond them keys fit nothing. */
#define RSA_BITS_MIN	    512
#define RSA_SHA512_BITS_MIN 1024
#define RSA_BITS_MAX	    4096

/* The least exponent (RFC 8017 section 3.1). With 1 a signature is what it is over: anybody's. */
#define RSA_EXPONENT_MIN 3

/* Octets of RSA exponents: 65537 and 2^32+1 are what there is; long ones only cost. */
#define RSA_EXPONENT_LEN_MAX 8

/* Octets of a modulus of 2,048 bits, and of the exponent 65537: a check by a longer one of either
 * costs up to four times as much. */
#define RSA_CHEAP_MODULUS_LEN  256
#define RSA_CHEAP_EXPONENT_LEN 3
#define RSA_LONG_FACTOR	       4

#define ED448_KEY_LEN 57 /* octets (RFC 8032 section 5.2.5) */

/* Tags of ASN.1 (X.690 section 8.1.2), and the octets of a SEQUENCE of two INTEGERs of P-384: short
 * enough for lengths of one octet (section 8.1.3.4). */
#define DER_INTEGER  0x02
#define DER_SEQUENCE 0x30
#define DER_LEN_MAX  (2 + 2 * (2 + 1 + 48))

enum kind { KIND_NONE, KIND_RSA, KIND_ECDSA, KIND_EDDSA };

struct method {
	enum kind kind;
	unsigned cost; /* RSA with a short exponent is the cheapest to check */
	gnutls_sign_algorithm_t sign;
	gnutls_ecc_curve_t curve;
	uint8_t half_len; /* octets: of a coordinate and of r and s; EdDSA: of the key */
	uint8_t signature_len;
	uint16_t bits_min; /* of RSA */
};

static const struct method methods[ALGORITHM_END] = {
	[ALGORITHM_RSASHA1] = { KIND_RSA, 1, GNUTLS_SIGN_RSA_SHA1, 0, 0, 0, RSA_BITS_MIN },
	[ALGORITHM_RSASHA1_NSEC3] = { KIND_RSA, 1, GNUTLS_SIGN_RSA_SHA1, 0, 0, 0, RSA_BITS_MIN },
	[ALGORITHM_RSASHA256] = { KIND_RSA, 1, GNUTLS_SIGN_RSA_SHA256, 0, 0, 0, RSA_BITS_MIN },
	[ALGORITHM_RSASHA512] = { KIND_RSA, 1, GNUTLS_SIGN_RSA_SHA512, 0, 0, 0,
		RSA_SHA512_BITS_MIN },
	[ALGORITHM_ECDSAP256] = { KIND_ECDSA, 4, GNUTLS_SIGN_ECDSA_SHA256,
		GNUTLS_ECC_CURVE_SECP256R1, 32, 64, 0 },
	[ALGORITHM_ECDSAP384] = { KIND_ECDSA, 12, GNUTLS_SIGN_ECDSA_SHA384,
		GNUTLS_ECC_CURVE_SECP384R1, 48, 96, 0 },
	[ALGORITHM_ED25519] = { KIND_EDDSA, 3, GNUTLS_SIGN_EDDSA_ED25519, GNUTLS_ECC_CURVE_ED25519,
		32, 64, 0 },
	[ALGORITHM_ED448] = { KIND_EDDSA, 12, GNUTLS_SIGN_EDDSA_ED448, GNUTLS_ECC_CURVE_ED448,
		ED448_KEY_LEN, 114, 0 },
};

static const struct method *method_of(uint8_t algorithm)
{
	if (algorithm >= ALGORITHM_END || methods[algorithm].kind == KIND_NONE)
		return NULL;
	return &methods[algorithm];
}

/* The library only reads from a datum, though its type does not say so. */
static gnutls_datum_t datum(struct bytes bytes)
{
	union {
		const uint8_t *in;
		uint8_t *out;
	} at = { .in = bytes.at };
	return (gnutls_datum_t){ .data = at.out, .size = (unsigned)bytes.len };
}

static struct bytes without_zeros(struct bytes number)
{
	while (number.len > 0 && number.at[0] == 0) {
		number.at++;
		number.len--;
	}
	return number;
}

/* RFC 3110 section 2. *bits is the modulus' length. False: not such a key, or out of bounds. */
static bool rsa_read(struct bytes key, struct bytes *modulus, struct bytes *exponent, size_t *bits)
{
	struct reader r = reader_over(key);
	size_t exponent_len = reader_u8(&r);

	if (exponent_len == 0)
		exponent_len = reader_u16(&r);
	*exponent = without_zeros(reader_bytes(&r, exponent_len));
	*modulus = without_zeros(reader_rest(&r));
	if (!reader_finished(&r) || exponent->len == 0 || modulus->len == 0 ||
		exponent->len > RSA_EXPONENT_LEN_MAX || modulus->len > RSA_BITS_MAX / 8 ||
		(exponent->len == 1 && exponent->at[0] < RSA_EXPONENT_MIN))
		return false;
	*bits = modulus->len * 8;
	for (uint8_t first = modulus->at[0]; !(first & 0x80); first = (uint8_t)(first << 1))
		--*bits;
	return true;
}

static unsigned rsa_cost_factor(struct bytes public_key)
{
	struct bytes modulus, exponent;
	unsigned factor = 1;
	size_t bits;

	if (!rsa_read(public_key, &modulus, &exponent, &bits))
		return factor; /* fits nothing, which is found out at once */
	if (modulus.len > RSA_CHEAP_MODULUS_LEN)
		factor *= RSA_LONG_FACTOR;
	if (exponent.len > RSA_CHEAP_EXPONENT_LEN)
		factor *= RSA_LONG_FACTOR;
	return factor;
}

unsigned crypto_cost(uint8_t algorithm, struct bytes public_key)
{
	const struct method *method = method_of(algorithm);

	if (!method)
		return 0;
	return method->kind == KIND_RSA ? method->cost * rsa_cost_factor(public_key) : method->cost;
}

/* GnuTLS' errors that are about us and not about what was given to it. */
static int error_of(int code)
{
	return code == GNUTLS_E_MEMORY_ERROR ? ERR_NOMEM : 0;
}

/* False in *usable: the octets are not such a key. */
static int key_import(const struct method *method, struct bytes public_key, gnutls_pubkey_t key,
	struct bytes signature, bool *usable)
{
	struct bytes modulus, exponent;
	gnutls_datum_t first, second;
	size_t bits;
	int code = GNUTLS_E_INVALID_REQUEST;

	*usable = false;
	switch (method->kind) {
	case KIND_NONE: break;
	case KIND_RSA:
		if (!rsa_read(public_key, &modulus, &exponent, &bits) || bits < method->bits_min ||
			signature.len != modulus.len)
			return 0;
		first = datum(modulus);
		second = datum(exponent);
		code = gnutls_pubkey_import_rsa_raw(key, &first, &second);
		break;
	case KIND_ECDSA:
		if (public_key.len != 2u * method->half_len ||
			signature.len != method->signature_len)
			return 0;
		first = datum(bytes_of(public_key.at, method->half_len));
		second = datum(bytes_of(public_key.at + method->half_len, method->half_len));
		code = gnutls_pubkey_import_ecc_raw(key, method->curve, &first, &second);
		break;
	case KIND_EDDSA:
		if (public_key.len != method->half_len || signature.len != method->signature_len)
			return 0;
		first = datum(public_key);
		code = gnutls_pubkey_import_ecc_raw(key, method->curve, &first, NULL);
		break;
	}
	*usable = code == 0;
	return error_of(code);
}

/* A number of an ECDSA signature as an ASN.1 INTEGER: without leading zeros, but with one where the
 * highest bit would be taken for a sign (X.690 section 8.3). at has room for its length and three
 * octets more; returns how many it takes. */
static size_t der_put_integer(uint8_t *at, struct bytes number)
{
	number = without_zeros(number);
	const bool padded = number.len == 0 || (number.at[0] & 0x80);

	*at++ = DER_INTEGER;
	*at++ = (uint8_t)(number.len + padded);
	if (padded)
		*at++ = 0;
	memcpy(at, number.at, number.len);
	return 2 + padded + number.len;
}

/* RFC 6605 section 4 has r and s in a row; the library wants them as RFC 3279 section 2.2.3 does.
 * Made here, since the library makes it by way of a tree of a dozen allocations. */
static size_t der_put_signature(uint8_t der[static DER_LEN_MAX], struct bytes signature)
{
	const size_t half_len = signature.len / 2;
	size_t len = 2;

	len += der_put_integer(der + len, bytes_of(signature.at, half_len));
	len += der_put_integer(der + len, bytes_of(signature.at + half_len, half_len));
	der[0] = DER_SEQUENCE;
	der[1] = (uint8_t)(len - 2);
	return len;
}

/* False: not for the shortcut, or not settled by it; *fits is not written then. */
static bool verify_by_shortcut(
	const struct crypto *crypto, const struct crypto_check *check, bool *fits)
{
	const struct p256 *p256 = atomic_load_explicit(&crypto->p256, memory_order_acquire);
	uint8_t digest[CRYPTO_DIGEST_LEN_MAX], der[DER_LEN_MAX];

	if (check->algorithm != ALGORITHM_ECDSAP256 || !p256 ||
		check->public_key.len != P256_KEY_LEN ||
		check->signature.len != methods[ALGORITHM_ECDSAP256].signature_len ||
		crypto_digest(DIGEST_SHA256, check->data, digest) != 0)
		return false;
	const size_t der_len = der_put_signature(der, check->signature);
	return p256_verify(p256, check->public_key.at, digest, bytes_of(der, der_len), fits);
}

MUST_USE static int verify(const struct method *method, gnutls_pubkey_t key, struct bytes data,
	struct bytes signature, bool *fits)
{
	/* Whether SHA-1 is good enough is the zone's choice and ours, not the library's. */
	const unsigned flags = GNUTLS_VERIFY_ALLOW_BROKEN | GNUTLS_VERIFY_ALLOW_SIGN_WITH_SHA1;
	uint8_t der[DER_LEN_MAX];

	/* S is below 2^446, its last octet 0 (RFC 8032 section 5.2.7); nettle 3.8 does not look. */
	if (method->half_len == ED448_KEY_LEN && signature.at[signature.len - 1] != 0)
		return 0;
	if (method->kind == KIND_ECDSA)
		signature = bytes_of(der, der_put_signature(der, signature));
	gnutls_datum_t text = datum(data), raw = datum(signature);
	const int code = gnutls_pubkey_verify_data2(key, method->sign, flags, &text, &raw);
	*fits = code >= 0;
	return error_of(code);
}

int crypto_verify(const struct crypto *crypto, const struct crypto_check *check, bool *fits)
{
	const struct method *method = method_of(check->algorithm);
	gnutls_pubkey_t key;
	bool usable;

	*fits = false;
	if (!method || verify_by_shortcut(crypto, check, fits))
		return 0;
	if (gnutls_pubkey_init(&key) != 0)
		return ERR_NOMEM;
	int err = key_import(method, check->public_key, key, check->signature, &usable);
	if (!err && usable)
		err = verify(method, key, check->data, check->signature, fits);
	gnutls_pubkey_deinit(key);
	return err;
}

size_t crypto_digest_len(uint8_t digest_type)
{
	switch (digest_type) {
	case DIGEST_SHA1: return CRYPTO_SHA1_LEN;
	case DIGEST_SHA256: return 32;
	case DIGEST_SHA384: return 48;
	}
	return 0;
}

static const gnutls_digest_algorithm_t digests[DIGEST_END] = {
	[DIGEST_SHA1] = GNUTLS_DIG_SHA1,
	[DIGEST_SHA256] = GNUTLS_DIG_SHA256,
	[DIGEST_SHA384] = GNUTLS_DIG_SHA384,
};

int crypto_digest(
	uint8_t digest_type, struct bytes data, uint8_t digest[static CRYPTO_DIGEST_LEN_MAX])
{
	assert(crypto_digest_len(digest_type) > 0);
	return gnutls_hash_fast(digests[digest_type], data.at, data.len, digest) == 0 ? 0
										      : ERR_SYSTEM;
}

int crypto_digest_both(uint8_t digest_type, struct bytes head, struct bytes body,
	uint8_t digest[static CRYPTO_DIGEST_LEN_MAX])
{
	gnutls_hash_hd_t hash;

	assert(crypto_digest_len(digest_type) > 0);
	if (gnutls_hash_init(&hash, digests[digest_type]) != 0)
		return ERR_SYSTEM;
	const bool failed = gnutls_hash(hash, head.at, head.len) != 0 ||
			    gnutls_hash(hash, body.at, body.len) != 0;
	gnutls_hash_deinit(hash, digest);
	return failed ? ERR_SYSTEM : 0;
}
