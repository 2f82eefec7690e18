/* SPDX-License-Identifier: MIT */
/* A key of P-256, a signature, and what it is over: two libraries say the same. Nettle (3.8.1) does
 * not see that a signature fits where the two points that it adds are the same one; who makes the
 * key can bring that about, and chance cannot. */
#include <assert.h>

#include "dnssec/crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct crypto with, without;
	bool fits, fits_too;
	int err;

	if (!atomic_load(&with.p256)) {
		crypto_init(&with, NULL);
		(void)crypto_has_algorithm(&with, ALGORITHM_ECDSAP256);
		assert(atomic_load(&with.p256));
	}
	if (len < 128)
		return 0;
	const struct crypto_check check = {
		.algorithm = ALGORITHM_ECDSAP256,
		.public_key = bytes_of(data, 64),
		.signature = bytes_of(data + 64, 64),
		.data = bytes_of(data + 128, len - 128),
	};
	err = crypto_verify(&with, &check, &fits);
	assert(err == 0);
	err = crypto_verify(&without, &check, &fits_too);
	assert(err == 0 && fits == fits_too);
	(void)err;
	return 0;
}
