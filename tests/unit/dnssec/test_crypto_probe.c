/* SPDX-License-Identifier: MIT */
/* What the library does not do here: found out when it is first needed, and never by an accident,
 * for what is signed with it would be taken for unsigned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <unistd.h>

#include "dnssec/crypto.h"
#include "support/anew.h"

/* What a system's policy is read from, when the library is loaded. */
#define POLICY "GNUTLS_SYSTEM_PRIORITY_FILE"

static unsigned tellings;
static uint8_t told;

static void lacking(uint8_t algorithm)
{
	tellings++;
	told = algorithm;
}

static void test_refused_by_policy(void **state)
{
	struct crypto crypto;
	(void)state;
	crypto_init(&crypto, lacking);
	assert_int_equal(tellings, 0);
	assert_true(crypto_has_algorithm(&crypto, ALGORITHM_ECDSAP256));
	assert_int_equal(tellings, 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_false(crypto_has_algorithm(&crypto, ALGORITHM_ECDSAP384));
		assert_int_equal(tellings, 1);
		assert_int_equal(told, ALGORITHM_ECDSAP384);
	}
	crypto_done(&crypto);
	crypto_init(&crypto, NULL);
	assert_false(crypto_has_algorithm(&crypto, ALGORITHM_ECDSAP384));
	crypto_done(&crypto);
}

/* What nobody knows is not lacking, either. */
static void test_unknown(void **state)
{
	static const uint8_t unknown[] = { 0, 1, 3, 6, 9, 12, 17, 23, 255 };
	struct crypto crypto;
	(void)state;
	tellings = 0;
	crypto_init(&crypto, lacking);
	for (size_t i = 0; i < sizeof(unknown); i++)
		assert_false(crypto_has_algorithm(&crypto, unknown[i]));
	assert_int_equal(tellings, 0);
}

static void *no_memory(size_t count, size_t len)
{
	(void)count;
	(void)len;
	return NULL;
}

/* What is signed must not become unsigned because memory was short for a moment. */
static void test_without_memory(void **state)
{
	struct crypto crypto;
	(void)state;
	tellings = 0;
	crypto_init(&crypto, lacking);
	const gnutls_calloc_function saved = gnutls_calloc;
	gnutls_calloc = no_memory;
	const bool has = crypto_has_algorithm(&crypto, ALGORITHM_ECDSAP384);
	gnutls_calloc = saved;
	assert_true(has);
	assert_int_equal(tellings, 0);
	assert_int_equal(crypto.algorithm[ALGORITHM_ECDSAP384], CRYPTO_UNTRIED);
	assert_false(crypto_has_algorithm(&crypto, ALGORITHM_ECDSAP384));
	assert_int_equal(tellings, 1);
}

/* Which of the library's allocations fails, counted down, and that one alone. */
static size_t spared = SIZE_MAX;

static bool fails(void)
{
	return spared != SIZE_MAX && spared-- == 0;
}

static void *lossy_malloc(size_t len)
{
	return fails() ? NULL : malloc(len);
}

static void *lossy_calloc(size_t count, size_t len)
{
	return fails() ? NULL : calloc(count, len);
}

/* Nor because one allocation failed, which the library tells as a key or signature that is wrong.
 */
static void test_one_allocation_fails(void **state)
{
	const gnutls_alloc_function malloc_saved = gnutls_malloc;
	const gnutls_calloc_function calloc_saved = gnutls_calloc;
	bool failed = true;
	size_t n = 0;
	(void)state;
	tellings = 0;
	for (; failed; n++) {
		struct crypto crypto;
		crypto_init(&crypto, lacking);
		gnutls_malloc = lossy_malloc;
		gnutls_calloc = lossy_calloc;
		spared = n;
		const bool has = crypto_has_algorithm(&crypto, ALGORITHM_RSASHA256);
		failed = spared == SIZE_MAX;
		spared = SIZE_MAX;
		gnutls_malloc = malloc_saved;
		gnutls_calloc = calloc_saved;
		assert_true(has);
	}
	assert_true(n > 1);
	assert_int_equal(tellings, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused_by_policy),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_without_memory),
		cmocka_unit_test(test_one_allocation_fails),
	};
	const char *policy =
		anew_with_file(argv, POLICY, "[overrides]\ndisabled-curve = secp384r1\n");

	(void)argc;
	if (!policy)
		return EXIT_FAILURE;
	unlink(policy);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
