/* SPDX-License-Identifier: MIT */
#include "signer.h"

#include <assert.h>
#include <gnutls/crypto.h>
#include <stdlib.h>

#include "dnssec/canon.h"

#define POOL_MAX 8

static gnutls_sign_algorithm_t sign_of(uint8_t algorithm)
{
	switch (algorithm) {
	case ALGORITHM_RSASHA1:
	case ALGORITHM_RSASHA1_NSEC3: return GNUTLS_SIGN_RSA_SHA1;
	case ALGORITHM_RSASHA256: return GNUTLS_SIGN_RSA_SHA256;
	case ALGORITHM_RSASHA512: return GNUTLS_SIGN_RSA_SHA512;
	case ALGORITHM_ECDSAP256: return GNUTLS_SIGN_ECDSA_SHA256;
	case ALGORITHM_ECDSAP384: return GNUTLS_SIGN_ECDSA_SHA384;
	case ALGORITHM_ED25519: return GNUTLS_SIGN_EDDSA_ED25519;
	}
	return GNUTLS_SIGN_EDDSA_ED448;
}

static bool is_rsa(uint8_t algorithm)
{
	return algorithm <= ALGORITHM_RSASHA512;
}

static bool is_ecdsa(uint8_t algorithm)
{
	return algorithm == ALGORITHM_ECDSAP256 || algorithm == ALGORITHM_ECDSAP384;
}

static size_t half_of(uint8_t algorithm)
{
	return algorithm == ALGORITHM_ECDSAP256 ? 32 : 48;
}

static void check(int code)
{
	if (code < 0)
		abort();
}

static void generate(struct signer_key *key, uint8_t algorithm)
{
	gnutls_pk_algorithm_t pk = GNUTLS_PK_EDDSA_ED448;
	unsigned bits = 0;

	if (is_rsa(algorithm)) {
		pk = GNUTLS_PK_RSA;
		bits = 1024;
	} else if (is_ecdsa(algorithm)) {
		pk = GNUTLS_PK_ECDSA;
		bits = GNUTLS_CURVE_TO_BITS(algorithm == ALGORITHM_ECDSAP256
						    ? GNUTLS_ECC_CURVE_SECP256R1
						    : GNUTLS_ECC_CURVE_SECP384R1);
	} else if (algorithm == ALGORITHM_ED25519) {
		pk = GNUTLS_PK_EDDSA_ED25519;
	}
	check(gnutls_privkey_init(&key->secret));
	check(gnutls_privkey_generate(key->secret, pk, bits, 0));
}

/* Right-justified in len octets. */
static void number_write(struct writer *w, gnutls_datum_t number, size_t len)
{
	struct bytes octets = bytes_of(number.data, number.size);

	for (; octets.len > len; octets.len--)
		octets.at++;
	for (size_t pad = len - octets.len; pad > 0; pad--)
		writer_u8(w, 0);
	writer_bytes(w, octets);
}

static void public_write(struct writer *w, gnutls_pubkey_t public, uint8_t algorithm)
{
	gnutls_datum_t first = { 0 }, second = { 0 };
	gnutls_ecc_curve_t curve;

	if (is_rsa(algorithm)) {
		check(gnutls_pubkey_export_rsa_raw2(
			public, &first, &second, GNUTLS_EXPORT_FLAG_NO_LZ));
		writer_u8(w, (uint8_t)second.size);
		writer_bytes(w, bytes_of(second.data, second.size));
		writer_bytes(w, bytes_of(first.data, first.size));
	} else {
		check(gnutls_pubkey_export_ecc_raw2(public, &curve, &first, &second, 0));
		if (is_ecdsa(algorithm)) {
			number_write(w, first, half_of(algorithm));
			number_write(w, second, half_of(algorithm));
		} else {
			writer_bytes(w, bytes_of(first.data, first.size));
		}
	}
	gnutls_free(first.data);
	gnutls_free(second.data);
}

const struct signer_key *signer_key(uint8_t algorithm, unsigned number)
{
	static struct signer_key pool[ALGORITHM_END][POOL_MAX];
	struct signer_key *key = &pool[algorithm][number];
	gnutls_pubkey_t public;

	if (key->secret)
		return key;
	generate(key, algorithm);
	struct writer w = writer_into(key->rdata, sizeof(key->rdata));
	writer_u16(&w, number % 2 ? 256 : 257);
	writer_u8(&w, DNSKEY_PROTOCOL);
	writer_u8(&w, algorithm);
	check(gnutls_pubkey_init(&public));
	check(gnutls_pubkey_import_privkey(public, key->secret, 0, 0));
	public_write(&w, public, algorithm);
	gnutls_pubkey_deinit(public);
	check(dnskey_read(bytes_of(key->rdata, w.len), &key->dnskey));
	return key;
}

size_t signer_ds(const struct signer_key *key, struct name owner, uint8_t digest_type, uint8_t *at)
{
	uint8_t data[NAME_LEN_MAX + SIGNER_RDATA_MAX];
	struct writer w = writer_into(data, sizeof(data)), ds = writer_into(at, SIGNER_RDATA_MAX);
	struct name_space space;

	name_write(&w, name_fold(owner, &space));
	writer_bytes(&w, key->dnskey.rdata);
	writer_u16(&ds, key->dnskey.key_tag);
	writer_u8(&ds, key->dnskey.algorithm);
	writer_u8(&ds, digest_type);
	if (crypto_digest_len(digest_type) == 0) { /* one that nobody knows */
		writer_u32(&ds, 0xdecade);
		return ds.len;
	}
	uint8_t digest[CRYPTO_DIGEST_LEN_MAX];
	check(crypto_digest(digest_type, bytes_of(data, w.len), digest));
	writer_bytes(&ds, bytes_of(digest, crypto_digest_len(digest_type)));
	return ds.len;
}

static void signature_write(struct writer *w, const struct signer_key *key, struct bytes data)
{
	const uint8_t algorithm = key->dnskey.algorithm;
	gnutls_datum_t signature, r, s;
	union {
		const uint8_t *in;
		uint8_t *out;
	} at = { .in = data.at };
	const gnutls_datum_t text = { at.out, (unsigned)data.len };

	check(gnutls_privkey_sign_data2(key->secret, sign_of(algorithm), 0, &text, &signature));
	if (is_ecdsa(algorithm)) {
		check(gnutls_decode_rs_value(&signature, &r, &s));
		number_write(w, r, half_of(algorithm));
		number_write(w, s, half_of(algorithm));
		gnutls_free(r.data);
		gnutls_free(s.data);
	} else {
		writer_bytes(w, bytes_of(signature.data, signature.size));
	}
	gnutls_free(signature.data);
}

size_t signer_sign(const struct signer_key *key, const struct rrset *rrset,
	const struct signer_terms *terms, uint8_t *at)
{
	struct writer w = writer_into(at, SIGNER_RDATA_MAX);
	struct arena arena;
	struct canon canon;
	struct rrsig rrsig;

	writer_u16(&w, rrset->type);
	writer_u8(&w, key->dnskey.algorithm);
	writer_u8(&w, terms->labels);
	writer_u32(&w, rrset->ttl_s);
	writer_u32(&w, terms->expiration);
	writer_u32(&w, terms->inception);
	writer_u16(&w, key->dnskey.key_tag);
	name_write(&w, terms->signer);
	writer_u8(&w, 0); /* a signature's place, so that what is there can be read */
	check(rrsig_read(bytes_of(at, w.len), &rrsig));
	writer_rewind(&w, w.len - 1);
	arena_init(&arena, 1u << 20);
	check(canon_init(&canon, rrset, &arena));
	signature_write(&w, key, canon_signed_data(&canon, &rrsig));
	arena_done(&arena);
	assert(!w.failed);
	return w.len;
}

size_t signer_bitmap(const uint16_t *types, size_t count, uint8_t *at)
{
	size_t len = 0;

	for (unsigned window = 0; window < 256; window++) {
		uint8_t bits[32] = { 0 };
		uint8_t used = 0;
		for (size_t i = 0; i < count; i++) {
			uint8_t octet = (uint8_t)((types[i] & 0xff) / 8);
			if (types[i] >> 8 != (int)window)
				continue;
			bits[octet] |= (uint8_t)(0x80 >> types[i] % 8);
			if (octet >= used)
				used = (uint8_t)(octet + 1);
		}
		if (used == 0)
			continue;
		at[len++] = (uint8_t)window;
		at[len++] = used;
		memcpy(at + len, bits, used);
		len += used;
	}
	return len;
}
