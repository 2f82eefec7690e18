/* SPDX-License-Identifier: MIT */
/* Instead of p256.c where libcrypto is not there, or not wanted. */
#include "dnssec/p256.h"

struct p256 *p256_new(void)
{
	return NULL;
}

void p256_free(struct p256 *p256)
{
	(void)p256;
}

bool p256_verify(const struct p256 *p256, const uint8_t public_key[static P256_KEY_LEN],
	const uint8_t digest[static P256_DIGEST_LEN], struct bytes signature, bool *fits)
{
	(void)p256;
	(void)public_key;
	(void)digest;
	(void)signature;
	(void)fits;
	return false;
}

const char *p256_library_version(void)
{
	return NULL;
}
