/* SPDX-License-Identifier: MIT */
/* What the answers in the cache hang on, in a few octets: where trust begins and ends, and which
 * names are asked elsewhere. Answers that were kept on other grounds may be other ones, or have
 * another verdict, now; it is what reroute.h makes a running daemon forget. */
#pragma once

#include "daemon/snapshot.h"
#include "net/digest.h"

/* The order in which things are written does not count. ERR_NOMEM. */
MUST_USE int grounds_digest(const struct snapshot *snapshot, uint8_t out[static DIGEST_LEN]);
