/* SPDX-License-Identifier: MIT */
/* Randomness as an argument: the system's for the daemon, a seeded sequence for a replay test. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

struct rand {
	bool seeded;	/* true: a repeatable sequence, for tests only */
	uint64_t state; /* of the seeded sequence */
	size_t used;	/* octets of pool already given out */
	uint8_t pool[128];
};

/* From getrandom(2): unpredictable, as query IDs must be (RFC 5452 section 9.2). */
void rand_init(struct rand *rand);

/* The same seed gives the same sequence. */
void rand_init_seeded(struct rand *rand, uint64_t seed);

void rand_fill(struct rand *rand, void *at, size_t len);
uint16_t rand_u16(struct rand *rand);

/* 0 to bound - 1, without bias worth naming; bound > 0. */
uint32_t rand_below(struct rand *rand, uint32_t bound);

struct hash_key rand_hash_key(struct rand *rand);
