/* SPDX-License-Identifier: MIT */
/* Whether a signature fits: each algorithm on vectors of others, and on what is almost one. Built a
 * second time without the shortcut for P-256. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dnssec/p256.h"
#include "dnssec/signature.h"
#include "sample.h"
#include "signer.h"

static const uint8_t all[] = { 5, 7, 8, 10, 13, 14, 15, 16 };

static struct crypto crypto;

static int set_up(void **state)
{
	(void)state;
	crypto_init(&crypto, NULL);
	return crypto_has_algorithm(&crypto, ALGORITHM_ECDSAP256) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	crypto_done(&crypto);
	return 0;
}

static int verify(uint8_t algorithm, struct bytes public_key, struct bytes data,
	struct bytes signature, bool *fits)
{
	const struct crypto_check check = { algorithm, public_key, signature, data };

	return crypto_verify(&crypto, &check, fits);
}

/* Where it is built in, it is what the tests here go through. */
static void test_shortcut(void **state)
{
	(void)state;
	assert_int_equal(atomic_load(&crypto.p256) != NULL, p256_library_version() != NULL);
}

/* The whole way: DNSKEY and RRSIG as the RFC prints them. */
static const struct vector {
	const char *zone, *owner;
	uint16_t type;
	const char *rdata; /* in hex */
	uint8_t algorithm, labels;
	const char *key, *signature;
	uint16_t tag;
	uint32_t expiration, inception;
} vectors[] = {
	/* RFC 6605 section 6.1, 6.2 */
	{ "example.net", "www.example.net", TYPE_A, "c0000201", 13, 3,
		"GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQ"
		"Lc8NAA==",
		"qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep"
		"666VCw==",
		55648, 1284026679, 1281607479 },
	{ "example.net", "www.example.net", TYPE_A, "c0000201", 14, 3,
		"xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrb"
		"YQ+OB+v8/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40",
		"/L5hDKIvGDyI1fcARX3z65qrmPsVz73QD1Mr5CEqOiLP95hxQouuroGCeZOvzFaxsT8Glr74hbavRKay"
		"JNuydCuzWTSSPdz7wnqXL5bdcJzusdnI0RSMROxxwGipWcJm",
		10771, 1284027625, 1281608425 },
	/* RFC 8080 section 6.1, 6.2 */
	{ "example.com", "example.com", TYPE_MX, "000a046d61696c076578616d706c6503636f6d00", 15, 2,
		"l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=",
		"oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngw"
		"crqNAg==",
		3613, 1440021600, 1438207200 },
	{ "example.com", "example.com", TYPE_MX, "000a046d61696c076578616d706c6503636f6d00", 16, 2,
		"3kgROaDjrh0H2iuixWBrc8g2EpBBLCdGzHmn+G2MpTPhpj/OiBVHHSfPodx1FYYUcJKm1MDpJtIA",
		"3cPAHkmlnxcDHMyg7vFC34l0blBhuG1qpwLmjInI8w1CMB29FkEAIJUA0amxWndkmnBZ6SKiwZSAxGIL"
		"n/NBtOXft0+Gj7FSvOKxE/07+4RQvE581N3Aj/JtIyaiYVdnYtyMWbSNyGEY2213WKsJlwEA",
		9713, 1440021600, 1438207200 },
};

static size_t rrsig_of(const struct vector *v, struct name signer, uint8_t *at)
{
	struct writer w = writer_into(at, 1024);
	writer_u16(&w, v->type);
	writer_u8(&w, v->algorithm);
	writer_u8(&w, v->labels);
	writer_u32(&w, 3600);
	writer_u32(&w, v->expiration);
	writer_u32(&w, v->inception);
	writer_u16(&w, v->tag);
	name_write(&w, signer);
	return w.len + unbase64(v->signature, at + w.len, 1024 - w.len);
}

static void test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct name_space zone_space, owner_space;
		uint8_t key_octets[1024], rrsig_octets[1024], rdata_octets[64];
		struct budget budget;
		struct arena arena;
		struct dnskey key;
		struct signature signature = { 0 };
		struct zone zone = {
			.name = name_of(v->zone, &zone_space), .keys = &key, .key_count = 1
		};
		struct bytes rdata =
			bytes_of(rdata_octets, unhex(v->rdata, rdata_octets, sizeof(rdata_octets)));
		struct bytes rrsig = bytes_of(rrsig_octets, rrsig_of(v, zone.name, rrsig_octets));
		struct rrset rrset = { .owner = name_of(v->owner, &owner_space),
			.type = v->type,
			.class = CLASS_IN,
			.ttl_s = 7200,
			.count = 1,
			.rdata = &rdata };
		struct rrset signatures = rrset;
		signatures.type = TYPE_RRSIG;
		signatures.rdata = &rrsig;
		assert_int_equal(
			dnskey_read(dnskey_of(257, v->algorithm, v->key, key_octets), &key), 0);
		budget_init(&budget);
		arena_init(&arena, 1u << 20);
		struct checker checker = { &crypto, &budget, &arena, v->inception + 60, false,
			NULL };
		assert_int_equal(
			signature_check(&checker, &zone, &rrset, &signatures, &signature), 0);
		assert_int_equal(signature.reason.code, REASON_NONE);
		assert_int_equal(signature.ttl_s, 3600);
		rdata_octets[rdata.len - 2] ^= 0x20;
		if (v->type == TYPE_MX) /* another letter: case alone would not count */
			rdata_octets[rdata.len - 2] ^= 1;
		assert_int_equal(
			signature_check(&checker, &zone, &rrset, &signatures, &signature), 0);
		assert_int_equal(signature.reason.code, REASON_RRSIG_WRONG);
		arena_done(&arena);
	}
}

static void test_probe(void **state)
{
	unsigned count = 0;
	(void)state;
	/* What a test machine's GnuTLS must do; SHA-1 may be refused by a policy. */
	for (size_t i = 2; i < COUNT_OF(all); i++)
		assert_true(crypto_has_algorithm(&crypto, all[i]));
	for (unsigned i = 0; i <= UINT8_MAX; i++)
		count += crypto_has_algorithm(&crypto, (uint8_t)i);
	assert_true(count == 6 || count == 8);
	assert_true(crypto_has_digest(&crypto, DIGEST_SHA256));
	assert_true(crypto_has_digest(&crypto, DIGEST_SHA384));
	assert_false(crypto_has_digest(&crypto, 0));
	assert_false(crypto_has_digest(&crypto, 3));
	assert_false(crypto_has_digest(&crypto, 255));
}

static size_t sign(const struct signer_key *key, uint8_t *signature, struct bytes *data)
{
	static uint8_t copy[512];
	struct bytes rdata = OCTETS("\300\0\2\1");
	struct rrset rrset = { .owner = name_root(), .type = TYPE_A, .count = 1, .rdata = &rdata };
	struct signer_terms terms = { .signer = name_root() };
	uint8_t octets[SIGNER_RDATA_MAX];
	size_t len = signer_sign(key, &rrset, &terms, octets);
	/* Head and root signer, then the record. */
	memcpy(copy, octets, 19);
	memcpy(copy + 19, "\0\0\1\0\0\0\0\0\0\0\4\300\0\2\1", 15);
	*data = bytes_of(copy, 34);
	memcpy(signature, octets + 19, len - 19);
	return len - 19;
}

/* One bit anywhere, one octet more or less, another algorithm: nothing of it fits. */
static void test_almost(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		const struct signer_key *key = signer_key(all[i], 0);
		uint8_t octets[SIGNER_RDATA_MAX + 1] = { 0 };
		struct bytes data, public = key->dnskey.public_key;
		size_t len = sign(key, octets, &data);
		bool fits;
		assert_int_equal(verify(all[i], public, data, bytes_of(octets, len), &fits), 0);
		assert_true(fits);
		for (size_t bit = 0; bit < len * 8; bit += 13) {
			octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_equal(
				verify(all[i], public, data, bytes_of(octets, len), &fits), 0);
			assert_false(fits);
			octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		for (size_t cut = 0; cut <= len + 1; cut += cut == len - 1 ? 2 : 1) {
			assert_int_equal(
				verify(all[i], public, data, bytes_of(octets, cut), &fits), 0);
			assert_false(fits);
		}
		/* The same number, but not as long as the key says (RFC 8017 section 8.2.2). */
		memmove(octets + 1, octets, len);
		octets[0] = 0;
		assert_int_equal(verify(all[i], public, data, bytes_of(octets, len + 1), &fits), 0);
		assert_false(fits);
		memmove(octets, octets + 1, len);
		for (size_t cut = 0; cut < public.len; cut++) {
			assert_int_equal(verify(all[i], bytes_of(public.at, cut), data,
						 bytes_of(octets, len), &fits),
				0);
			assert_false(fits);
		}
		for (unsigned other = 0; other <= UINT8_MAX; other++) {
			if (other == all[i] || (i < 2 && other <= 7))
				continue;
			assert_int_equal(
				verify((uint8_t)other, public, data, bytes_of(octets, len), &fits),
				0);
			assert_false(fits);
		}
	}
}

/* The numbers of an ECDSA signature are as long as they must be in DNS and as short as they can be
 * for the library: one signature in a hundred has a zero octet in front, and half of the numbers
 * look negative. */
static void test_ecdsa_numbers(void **state)
{
	(void)state;
	for (size_t i = 4; i < 6; i++) {
		const struct signer_key *key = signer_key(all[i], 0);
		const struct bytes public = key->dnskey.public_key;
		uint8_t octets[SIGNER_RDATA_MAX + 1];
		unsigned short_r = 0, short_s = 0, tries = 0;
		struct bytes data;
		size_t len;
		bool fits;
		while (short_r == 0 || short_s == 0) {
			assert_true(tries++ < 20000); /* a chance of e^-78 */
			len = sign(key, octets, &data);
			short_r += octets[0] == 0;
			short_s += octets[len / 2] == 0;
			if (tries > 20 && octets[0] != 0 && octets[len / 2] != 0)
				continue;
			assert_int_equal(
				verify(all[i], public, data, bytes_of(octets, len), &fits), 0);
			assert_true(fits);
		}
		for (unsigned half = 0; half < 2; half++) {
			for (unsigned all_bits = 0; all_bits < 2; all_bits++) {
				len = sign(key, octets, &data);
				memset(octets + half * len / 2, all_bits ? 0xff : 0, len / 2);
				assert_int_equal(
					verify(all[i], public, data, bytes_of(octets, len), &fits),
					0);
				assert_false(fits);
			}
		}
	}
}

/* x of the point that is found is compared modulo the order (SEC 1 section 4.1.4): here it is the
 * order and three, which chance shows once in 2^128. */
static void test_large_x(void **state)
{
	uint8_t key[64], signature[64];
	const struct bytes data = OCTETS("known answer");
	bool fits;
	(void)state;
	unhex("caead6e0563f8d318e99a9def56a84c890d4eb8a77d799a5e18fd9cff677fbc9"
	      "798990dca669d4d2c85076faef2ec6355dd653c237a9b0f5c43739de9a7da3be",
		key, sizeof(key));
	unhex("0000000000000000000000000000000000000000000000000000000000000003"
	      "1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef",
		signature, sizeof(signature));
	assert_int_equal(verify(13, bytes_of(key, 64), data, bytes_of(signature, 64), &fits), 0);
	assert_true(fits);
	signature[31]++;
	assert_int_equal(verify(13, bytes_of(key, 64), data, bytes_of(signature, 64), &fits), 0);
	assert_false(fits);
}

/* A point that is not on the curve is no key. */
static void test_off_the_curve(void **state)
{
	(void)state;
	for (size_t i = 4; i < 6; i++) {
		const struct signer_key *key = signer_key(all[i], 0);
		const size_t key_len = key->dnskey.public_key.len;
		uint8_t octets[SIGNER_RDATA_MAX], point[128];
		struct bytes data;
		size_t len = sign(key, octets, &data);
		bool fits = true;
		for (unsigned first = 0; first <= UINT8_MAX; first += UINT8_MAX) {
			memset(point, (int)first, key_len);
			assert_int_equal(verify(all[i], bytes_of(point, key_len), data,
						 bytes_of(octets, len), &fits),
				0);
			assert_false(fits);
		}
		memcpy(point, key->dnskey.public_key.at, key_len);
		point[key_len - 1] ^= 1;
		assert_int_equal(verify(all[i], bytes_of(point, key_len), data,
					 bytes_of(octets, len), &fits),
			0);
		assert_false(fits);
	}
}

/* RSA numbers that only cost: a long exponent, a modulus over 4096 or under 512 bits. */
static void test_rsa_bounds(void **state)
{
	static uint8_t key[1200], signature[600];
	bool fits = true;
	(void)state;
	memset(key, 0xff, sizeof(key));
	memset(signature, 1, sizeof(signature));
	key[0] = 9;
	assert_int_equal(
		verify(8, bytes_of(key, 10 + 256), OCTETS("x"), bytes_of(signature, 256), &fits),
		0);
	assert_false(fits);
	key[0] = 3;
	assert_int_equal(
		verify(8, bytes_of(key, 4 + 513), OCTETS("x"), bytes_of(signature, 513), &fits), 0);
	assert_false(fits);
	assert_int_equal(
		verify(8, bytes_of(key, 4 + 63), OCTETS("x"), bytes_of(signature, 63), &fits), 0);
	assert_false(fits);
	/* The long form of the exponent's length, and no modulus at all. */
	key[0] = 0;
	key[1] = 0;
	key[2] = 3;
	assert_int_equal(verify(8, bytes_of(key, 6), OCTETS("x"), OCTETS("y"), &fits), 0);
	assert_false(fits);
}

/* As in DNSKEY (RFC 3110 section 2), with the short or the long form of the exponent's length. */
static size_t rsa_key_of(gnutls_privkey_t secret, bool long_form, uint8_t *at, size_t room)
{
	struct writer w = writer_into(at, room);
	gnutls_pubkey_t public;
	gnutls_datum_t modulus, exponent;

	assert_int_equal(gnutls_pubkey_init(&public), 0);
	assert_int_equal(gnutls_pubkey_import_privkey(public, secret, 0, 0), 0);
	assert_int_equal(gnutls_pubkey_export_rsa_raw2(
				 public, &modulus, &exponent, GNUTLS_EXPORT_FLAG_NO_LZ),
		0);
	if (long_form)
		writer_u16(&w, 0);
	writer_u8(&w, (uint8_t)exponent.size);
	writer_bytes(&w, bytes_of(exponent.data, exponent.size));
	writer_bytes(&w, bytes_of(modulus.data, modulus.size));
	gnutls_free(modulus.data);
	gnutls_free(exponent.data);
	gnutls_pubkey_deinit(public);
	return w.len;
}

/* Whether a signature by a new key of so many bits fits. */
static bool fits_rsa(unsigned bits, uint8_t algorithm, gnutls_sign_algorithm_t how)
{
	gnutls_privkey_t secret;
	gnutls_datum_t text = { 0 }, signature;
	uint8_t key[1024];
	bool fits[2];

	assert_int_equal(gnutls_privkey_init(&secret), 0);
	assert_int_equal(gnutls_privkey_generate(secret, GNUTLS_PK_RSA, bits, 0), 0);
	assert_int_equal(gnutls_privkey_sign_data2(secret, how, 0, &text, &signature), 0);
	for (unsigned form = 0; form < 2; form++) {
		const size_t len = rsa_key_of(secret, form, key, sizeof(key));
		assert_int_equal(verify(algorithm, bytes_of(key, len), bytes_of("", 0),
					 bytes_of(signature.data, signature.size), &fits[form]),
			0);
	}
	assert_int_equal(fits[0], fits[1]);
	gnutls_free(signature.data);
	gnutls_privkey_deinit(secret);
	return fits[0];
}

/* RFC 5702 section 2 */
static void test_rsa_bits(void **state)
{
	(void)state;
	assert_false(fits_rsa(504, 8, GNUTLS_SIGN_RSA_SHA256));
	assert_true(fits_rsa(512, 8, GNUTLS_SIGN_RSA_SHA256));
	assert_false(fits_rsa(4104, 8, GNUTLS_SIGN_RSA_SHA256));
	assert_true(fits_rsa(1016, 8, GNUTLS_SIGN_RSA_SHA256));
	assert_false(fits_rsa(1016, 10, GNUTLS_SIGN_RSA_SHA512));
	assert_true(fits_rsa(1024, 10, GNUTLS_SIGN_RSA_SHA512));
}

/* What anybody can make without a secret, for an exponent of 1: the padded digest itself (RFC 8017
 * section 9.2). */
static void test_rsa_exponent_of_one(void **state)
{
	uint8_t key[2 + 128], signature[128], digest[CRYPTO_DIGEST_LEN_MAX];
	const struct bytes data = OCTETS("x");
	bool fits;
	(void)state;
	memset(key, 0xff, sizeof(key));
	key[0] = key[1] = 1;
	assert_int_equal(crypto_digest(DIGEST_SHA256, data, digest), 0);
	memset(signature, 0xff, sizeof(signature));
	unhex("0001", signature, 2);
	unhex("003031300d060960864801650304020105000420", signature + 76, 20);
	memcpy(signature + 96, digest, 32);
	assert_int_equal(verify(8, bytes_of(key, sizeof(key)), data,
				 bytes_of(signature, sizeof(signature)), &fits),
		0);
	assert_false(fits);
}

static unsigned rsa_cost(uint8_t exponent_len, size_t modulus_len)
{
	uint8_t key[1 + 8 + 512];

	memset(key, 0xff, sizeof(key));
	key[0] = exponent_len;
	return crypto_cost(8, bytes_of(key, 1 + exponent_len + modulus_len));
}

static void test_cost(void **state)
{
	(void)state;
	static const uint8_t key[520];
	const struct bytes small = bytes_of(key, 260), large = bytes_of(key, 516);
	assert_true(crypto_cost(8, small) < crypto_cost(13, small));
	assert_true(crypto_cost(13, small) < crypto_cost(14, small));
	/* Long moduli cost only where there are any, and so do long exponents. */
	assert_true(rsa_cost(3, 256) < rsa_cost(3, 257));
	assert_int_equal(crypto_cost(15, small), crypto_cost(15, large));
	assert_true(rsa_cost(3, 255) < rsa_cost(4, 255));
	assert_true(rsa_cost(3, 512) < rsa_cost(8, 512));
	assert_int_equal(crypto_cost(3, small), 0);
	assert_int_equal(crypto_cost(253, small), 0);
}

static void test_digest(void **state)
{
	uint8_t digest[CRYPTO_DIGEST_LEN_MAX], expected[CRYPTO_DIGEST_LEN_MAX];
	(void)state;
	unhex("a9993e364706816aba3e25717850c26c9cd0d89d", expected, sizeof(expected));
	assert_int_equal(crypto_digest(DIGEST_SHA1, OCTETS("abc"), digest), 0);
	assert_memory_equal(digest, expected, 20);
	unhex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", expected,
		sizeof(expected));
	assert_int_equal(crypto_digest(DIGEST_SHA256, OCTETS("abc"), digest), 0);
	assert_memory_equal(digest, expected, 32);
	for (size_t cut = 0; cut <= 3; cut++) {
		assert_int_equal(crypto_digest_both(DIGEST_SHA256, bytes_of(OCTETS("abc").at, cut),
					 bytes_of(OCTETS("abc").at + cut, 3 - cut), digest),
			0);
		assert_memory_equal(digest, expected, 32);
	}
	assert_int_equal(crypto_digest_len(DIGEST_SHA384), 48);
	assert_int_equal(crypto_digest_len(3), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shortcut),
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_almost),
		cmocka_unit_test(test_ecdsa_numbers),
		cmocka_unit_test(test_large_x),
		cmocka_unit_test(test_off_the_curve),
		cmocka_unit_test(test_rsa_bounds),
		cmocka_unit_test(test_rsa_bits),
		cmocka_unit_test(test_rsa_exponent_of_one),
		cmocka_unit_test(test_cost),
		cmocka_unit_test(test_digest),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
