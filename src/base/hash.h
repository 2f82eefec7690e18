/* SPDX-License-Identifier: MIT */
/* Keyed hashing: whoever chooses the names must not choose the collisions. */
#pragma once

#include <stdint.h>

#include "base/bytes.h"

struct hash_key {
	uint64_t k0, k1;
};

/* SipHash-1-3: for tables, not for authentication. */
uint64_t hash_bytes(const struct hash_key *key, struct bytes data);
