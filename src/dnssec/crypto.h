/* SPDX-License-Identifier: MIT */
/* The only door to GnuTLS here: does a signature fit, and digests. What the library does for us is
 * found out at run time, since a system's policy may refuse SHA-1 or small keys. P-256 has a
 * shortcut (p256.h). */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include "base/bytes.h"
#include "base/err.h"
#include "dnssec/p256.h"

/* IANA "DNS Security Algorithm Numbers". */
enum {
	ALGORITHM_RSASHA1 = 5,
	ALGORITHM_RSASHA1_NSEC3 = 7, /* RFC 5155 */
	ALGORITHM_RSASHA256 = 8,     /* RFC 5702 */
	ALGORITHM_RSASHA512 = 10,
	ALGORITHM_ECDSAP256 = 13, /* RFC 6605 */
	ALGORITHM_ECDSAP384 = 14,
	ALGORITHM_ED25519 = 15, /* RFC 8080 */
	ALGORITHM_ED448 = 16,
	ALGORITHM_END, /* one more than the last that can be supported */
};

/* IANA "Delegation Signer (DS) Resource Record (RR) Type Digest Algorithms". */
enum { DIGEST_SHA1 = 1, DIGEST_SHA256 = 2, DIGEST_SHA384 = 4, DIGEST_END };

#define CRYPTO_DIGEST_LEN_MAX 48 /* octets, SHA-384 */
#define CRYPTO_SHA1_LEN	      20 /* octets */

enum { CRYPTO_LACKS, CRYPTO_HAS, CRYPTO_UNTRIED };

/* What can be done here and now; shared by threads. */
struct crypto {
	_Atomic uint8_t algorithm[ALGORITHM_END]; /* CRYPTO_* */
	bool digest[DIGEST_END];
	_Atomic(struct p256 *) p256; /* for ALGORITHM_ECDSAP256; NULL: none, or not tried yet */
	/* An algorithm was tried, and is lacking: told once, on the thread that needed it. NULL:
	 * nobody listens. */
	void (*lacking)(uint8_t algorithm);
};

/* A signature, what it is to be over, and the key that it is to be by. */
struct crypto_check {
	uint8_t algorithm;
	struct bytes public_key, signature; /* as in DNSKEY and RRSIG */
	struct bytes data;
};

/* Of algorithms nothing is known yet. lacking may be NULL. */
void crypto_init(struct crypto *crypto, void (*lacking)(uint8_t algorithm));
void crypto_done(struct crypto *crypto);

/* When an algorithm is first asked for it is tried on a signature that is known to be good, and on
 * one that is not: a check's time each, and again if that fails. Without the memory for that
 * nothing is settled, and true is the answer: what cannot be tried is not unsigned for it. A
 * shortcut that tells the two wrong is done without. */
bool crypto_has_algorithm(struct crypto *crypto, uint8_t algorithm);
bool crypto_has_digest(const struct crypto *crypto, uint8_t digest_type);

/* What a check by that key costs GnuTLS, as a multiple of the cheapest, some 35 us, roughly; 0 for
 * algorithms not known. */
unsigned crypto_cost(uint8_t algorithm, struct bytes public_key);

/* *fits is false for a key or signature that is not of the algorithm's form or out of bounds: RSA
 * moduli of 512 to 4096 bits, of RSASHA512 from 1024 (RFC 3110, RFC 5702), exponents from 3 up to
 * 64 bits. ERR_NOMEM. */
MUST_USE int crypto_verify(
	const struct crypto *crypto, const struct crypto_check *check, bool *fits);

/* Octets of such a digest, 0 if not known. */
size_t crypto_digest_len(uint8_t digest_type);

/* The type must be known. ERR_SYSTEM when the library refuses. */
MUST_USE int crypto_digest(
	uint8_t digest_type, struct bytes data, uint8_t digest[static CRYPTO_DIGEST_LEN_MAX]);

/* The same of two pieces, one behind the other. */
MUST_USE int crypto_digest_both(uint8_t digest_type, struct bytes head, struct bytes body,
	uint8_t digest[static CRYPTO_DIGEST_LEN_MAX]);
