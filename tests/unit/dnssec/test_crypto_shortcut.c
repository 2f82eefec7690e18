/* SPDX-License-Identifier: MIT */
/* What is made of the shortcut for P-256. One that tells good signatures from bad ones wrong,
 * whatever the cause, is not used: what is signed stays signed, and GnuTLS checks it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dnssec/crypto.h"
#include "sample.h"
#include "signer.h"

/* Stands in for src/dnssec/p256.c. */
struct p256 {
	unsigned held;
	bool says;
};

static struct p256 liar;
static uint8_t seen[128];
static size_t seen_len;

struct p256 *p256_new(void)
{
	liar.held++;
	return &liar;
}

void p256_free(struct p256 *p256)
{
	if (p256)
		p256->held--;
}

bool p256_verify(const struct p256 *p256, const uint8_t public_key[static P256_KEY_LEN],
	const uint8_t digest[static P256_DIGEST_LEN], struct bytes signature, bool *fits)
{
	(void)public_key;
	(void)digest;
	memcpy(seen, signature.at, signature.len);
	seen_len = signature.len;
	*fits = p256->says;
	return true;
}

const char *p256_library_version(void)
{
	return "0";
}

static unsigned tellings;

static void lacking(uint8_t algorithm)
{
	(void)algorithm;
	tellings++;
}

static void test_wrong(void **state)
{
	const struct signer_key *key = signer_key(ALGORITHM_ECDSAP256, 0);
	(void)state;
	for (unsigned says = 0; says < 2; says++) {
		struct crypto crypto;
		uint8_t zeros[64] = { 0 };
		const struct crypto_check check = { ALGORITHM_ECDSAP256, key->dnskey.public_key,
			bytes_of(zeros, sizeof(zeros)), OCTETS("x") };
		bool fits = true;
		liar.says = says;
		crypto_init(&crypto, lacking);
		assert_true(crypto_has_algorithm(&crypto, ALGORITHM_ECDSAP256));
		assert_int_equal(tellings, 0);
		assert_null(atomic_load(&crypto.p256));
		assert_int_equal(liar.held, 0);
		assert_int_equal(crypto_verify(&crypto, &check, &fits), 0);
		assert_false(fits);
		crypto_done(&crypto);
	}
}

/* In DER to the letter (X.690 section 8.3), or libcrypto would not settle it, and all would take
 * twice the time. */
static void test_signature_in_der(void **state)
{
	static const struct {
		const char *signature, *der; /* in hex */
	} forms[] = {
		{ "7f000000000000000000000000000000000000000000000000000000000000ff"
		  "8000000000000000000000000000000000000000000000000000000000000001",
			"304502207f000000000000000000000000000000000000000000000000000000000000ff"
			"0221008000000000000000000000000000000000000000000000000000000000000001" },
		{ "0000000000000000000000000000000000000000000000000000000000000080"
		  "0000000000000000000000000000000000000000000000000000000000000000",
			"300702020080020100" },
	};
	struct crypto crypto;
	(void)state;
	crypto_init(&crypto, NULL);
	atomic_store(&crypto.p256, &liar);
	liar.says = true;
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		uint8_t key[64] = { 0 }, signature[64], der[128];
		const size_t der_len = unhex(forms[i].der, der, sizeof(der));
		bool fits;
		unhex(forms[i].signature, signature, sizeof(signature));
		const struct crypto_check check = { ALGORITHM_ECDSAP256, bytes_of(key, 64),
			bytes_of(signature, 64), OCTETS("x") };
		assert_int_equal(crypto_verify(&crypto, &check, &fits), 0);
		assert_true(fits);
		assert_int_equal(seen_len, der_len);
		assert_memory_equal(seen, der, der_len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_signature_in_der),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
