/* SPDX-License-Identifier: MIT */
/* Signs for the tests: keys of every algorithm, DS, RRSIG. */
#pragma once

#include <gnutls/abstract.h>

#include "dnssec/key.h"
#include "wire/rrset.h"

#define SIGNER_RDATA_MAX 1024

struct signer_key {
	gnutls_privkey_t secret;
	struct dnskey dnskey; /* views rdata */
	uint8_t rdata[SIGNER_RDATA_MAX];
};

struct signer_terms {
	struct name signer;
	uint32_t inception;
	uint32_t expiration;
	uint8_t labels; /* as in the record */
};

/* Keys are made on first use and stay until the program ends: the same number, the same key. RSA
 * keys have 1024 bits to be made quickly. Returns a key with flags 257 (256 for odd numbers). */
const struct signer_key *signer_key(uint8_t algorithm, unsigned number);

/* Octets of DS rdata written to at, which has room for SIGNER_RDATA_MAX. */
size_t signer_ds(const struct signer_key *key, struct name owner, uint8_t digest_type, uint8_t *at);

/* Octets of RRSIG rdata over rrset, whose owner is the name that is signed. */
size_t signer_sign(const struct signer_key *key, const struct rrset *rrset,
	const struct signer_terms *terms, uint8_t *at);

/* Octets of a bitmap of types, which need not be in order. */
size_t signer_bitmap(const uint16_t *types, size_t count, uint8_t *at);
