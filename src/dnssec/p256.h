/* SPDX-License-Identifier: MIT */
/* The shortcut for the algorithm that most zones are signed with: ECDSA over P-256 by libcrypto, in
 * half the time that GnuTLS takes. The only door to libcrypto; what does not come through it goes
 * to GnuTLS, and a build without it sends everything there. */
#pragma once

#include <stdbool.h>

#include "base/bytes.h"

#define P256_KEY_LEN	64 /* octets of x and y (RFC 6605 section 4) */
#define P256_DIGEST_LEN 32 /* octets, SHA-256 */

struct p256;

/* NULL: the library is not there, does not do it, or is out of memory. */
struct p256 *p256_new(void);
void p256_free(struct p256 *p256);

/* From any thread. public_key as in DNSKEY; signature as an ECDSA-Sig-Value in DER (RFC 3279
 * section 2.2.3). False: not settled, for whatever reason; *fits is not written then. */
bool p256_verify(const struct p256 *p256, const uint8_t public_key[static P256_KEY_LEN],
	const uint8_t digest[static P256_DIGEST_LEN], struct bytes signature, bool *fits);

/* For the version command. NULL: built without. */
const char *p256_library_version(void);
