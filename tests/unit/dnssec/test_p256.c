/* SPDX-License-Identifier: MIT */
/* The shortcut for P-256 says the truth or nothing: also when memory is short, from several threads
 * at once, and on a machine whose configuration of OpenSSL is not ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gnutls/crypto.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "dnssec/crypto.h"
#include "signer.h"
#include "support/anew.h"

#define THREADS 4
#define ROUNDS	100

/* A signature in DER, with what fits it and what does not. */
struct sample {
	const uint8_t *key;
	struct bytes signature;
	uint8_t good[P256_DIGEST_LEN], bad[P256_DIGEST_LEN];
	uint8_t off_curve[P256_KEY_LEN];
	uint8_t octets[80];
};

static struct sample sample;

static int set_up(void **state)
{
	const struct signer_key *key = signer_key(ALGORITHM_ECDSAP256, 0);
	uint8_t data[] = "data";
	gnutls_datum_t text = { data, sizeof(data) }, der;
	(void)state;
	if (gnutls_privkey_sign_data2(key->secret, GNUTLS_SIGN_ECDSA_SHA256, 0, &text, &der) != 0)
		return -1;
	sample.key = key->dnskey.public_key.at;
	memcpy(sample.octets, der.data, der.size);
	sample.signature = bytes_of(sample.octets, der.size);
	gnutls_free(der.data);
	memcpy(sample.off_curve, sample.key, P256_KEY_LEN);
	sample.off_curve[P256_KEY_LEN - 1] ^= 1;
	return gnutls_hash_fast(GNUTLS_DIG_SHA256, data, sizeof(data), sample.good) |
	       gnutls_hash_fast(GNUTLS_DIG_SHA256, data, 1, sample.bad);
}

static void test_settles(void **state)
{
	struct p256 *p256 = p256_new();
	bool fits = false;
	(void)state;
	assert_non_null(p256);
	assert_true(p256_verify(p256, sample.key, sample.good, sample.signature, &fits));
	assert_true(fits);
	assert_true(p256_verify(p256, sample.key, sample.bad, sample.signature, &fits));
	assert_false(fits);
	p256_free(p256);
}

/* What GnuTLS is to look at, too: no key, and no signature. */
static void test_does_not_settle(void **state)
{
	struct p256 *p256 = p256_new();
	bool fits = true;
	(void)state;
	assert_false(p256_verify(p256, sample.off_curve, sample.good, sample.signature, &fits));
	assert_false(p256_verify(p256, sample.key, sample.good,
		bytes_of(sample.octets, sample.signature.len - 1), &fits));
	assert_true(fits);
	p256_free(p256);
}

/* Which of libcrypto's allocations fails, counted down. */
static size_t spared = SIZE_MAX;

static bool fails(void)
{
	return spared != SIZE_MAX && spared-- == 0;
}

static void *allocate(size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : malloc(len);
}

static void *reallocate(void *at, size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : realloc(at, len);
}

static void release(void *at, const char *file, int line)
{
	(void)file;
	(void)line;
	free(at);
}

/* True if an allocation failed since. */
static bool recover(void)
{
	const bool failed = spared == SIZE_MAX;
	spared = SIZE_MAX;
	return failed;
}

/* A signature that fits is not called wrong, nor one that does not right. */
static void test_without_memory(void **state)
{
	struct p256 *p256 = p256_new();
	(void)state;
	for (unsigned good = 0; good < 2; good++) {
		unsigned unsettled = 0;
		bool failed = true;
		for (size_t n = 0; failed; n++) {
			bool fits = false;
			spared = n;
			const bool settled = p256_verify(p256, sample.key,
				good ? sample.good : sample.bad, sample.signature, &fits);
			failed = recover();
			if (settled)
				assert_int_equal(fits, good);
			unsettled += !settled;
		}
		assert_true(unsettled > 0);
	}
	p256_free(p256);
}

/* Whoever comes first finds the shortcut for all, and it is nobody's own. */
static void *work(void *argument)
{
	struct crypto *crypto = argument;
	size_t wrong = !crypto_has_algorithm(crypto, ALGORITHM_ECDSAP256);
	const struct p256 *p256 = atomic_load(&crypto->p256);
	for (unsigned i = 0; i < ROUNDS; i++) {
		bool fits;
		wrong += !p256_verify(p256, sample.key, i % 2 ? sample.good : sample.bad,
				 sample.signature, &fits) ||
			 fits != i % 2;
	}
	return wrong == 0 ? argument : NULL;
}

static void test_threads(void **state)
{
	struct crypto crypto;
	pthread_t threads[THREADS];
	(void)state;
	crypto_init(&crypto, NULL);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, &crypto), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		void *good;
		assert_int_equal(pthread_join(threads[i], &good), 0);
		assert_ptr_equal(good, &crypto);
	}
	crypto_done(&crypto);
}

/* Registered before libcrypto could register its own, and so the last to run: what a thread that is
 * still at work then would meet. */
static void check_at_exit(void)
{
	struct p256 *p256 = p256_new();
	bool fits = false;

	if (sample.key &&
		(!p256 || !p256_verify(p256, sample.key, sample.good, sample.signature, &fits) ||
			!fits))
		_exit(EXIT_FAILURE);
	p256_free(p256);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settles),
		cmocka_unit_test(test_does_not_settle),
		cmocka_unit_test(test_without_memory),
		cmocka_unit_test(test_threads),
	};
	/* OpenSSL is told to do nothing at all. */
	const char *configuration = anew_with_file(argv, "OPENSSL_CONF",
		"openssl_conf = init\n[init]\nproviders = some\n[some]\nnull = null\n[null]\n"
		"activate = 1\n");

	(void)argc;
	if (!configuration)
		return EXIT_FAILURE;
	if (atexit(check_at_exit) != 0 ||
		CRYPTO_set_mem_functions(allocate, reallocate, release) != 1)
		return EXIT_FAILURE;
	const int failed = cmocka_run_group_tests(tests, set_up, NULL);
	unlink(configuration);
	return failed;
}
