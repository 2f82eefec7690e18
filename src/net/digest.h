/* SPDX-License-Identifier: MIT */
/* SHA-256 (FIPS 180-4): fingerprints and checksums of what is kept. */
#pragma once

#include "base/bytes.h"
#include "base/err.h"

#define DIGEST_LEN 32 /* octets */

/* Over all parts, each behind its length, so that no two lists of parts look alike.
 * ERR_NOMEM. */
MUST_USE int digest_parts(const struct bytes *parts, size_t count, uint8_t out[static DIGEST_LEN]);
