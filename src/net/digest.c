/* SPDX-License-Identifier: MIT */
#include "net/digest.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

int digest_parts(const struct bytes *parts, size_t count, uint8_t out[static DIGEST_LEN])
{
	gnutls_hash_hd_t hash;
	bool failed = false;

	if (gnutls_hash_init(&hash, GNUTLS_DIG_SHA256) != 0)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++) {
		uint8_t len[4];
		u32_store(len, (uint32_t)parts[i].len);
		failed = failed || gnutls_hash(hash, len, sizeof(len)) != 0;
		if (parts[i].len > 0)
			failed = failed || gnutls_hash(hash, parts[i].at, parts[i].len) != 0;
	}
	gnutls_hash_deinit(hash, out);
	return failed ? ERR_NOMEM : 0;
}
