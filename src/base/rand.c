/* SPDX-License-Identifier: MIT */
#include "base/rand.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

void rand_init(struct rand *rand)
{
	*rand = (struct rand){ .used = sizeof(rand->pool) };
}

void rand_init_seeded(struct rand *rand, uint64_t seed)
{
	*rand = (struct rand){ .seeded = true, .state = seed, .used = sizeof(rand->pool) };
}

/* splitmix64 (Steele, Lea and Flood 2014), its constants with it. */
static uint64_t seeded_next(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void refill(struct rand *rand)
{
	if (rand->seeded) {
		for (size_t at = 0; at < sizeof(rand->pool); at += 8) {
			uint64_t word = seeded_next(&rand->state);
			memcpy(rand->pool + at, &word, 8);
		}
	} else {
		/* Up to 256 octets come whole or not at all once the kernel's pool is ready. */
		ssize_t got;
		do {
			got = getrandom(rand->pool, sizeof(rand->pool), 0);
		} while (got < 0 && errno == EINTR);
		assert(got == (ssize_t)sizeof(rand->pool));
	}
	rand->used = 0;
}

void rand_fill(struct rand *rand, void *at, size_t len)
{
	uint8_t *to = at;
	while (len > 0) {
		if (rand->used == sizeof(rand->pool))
			refill(rand);
		size_t part = sizeof(rand->pool) - rand->used;
		if (part > len)
			part = len;
		memcpy(to, rand->pool + rand->used, part);
		/* What was given out must not be found in our memory afterwards. */
		memset(rand->pool + rand->used, 0, part);
		rand->used += part;
		to += part;
		len -= part;
	}
}

uint16_t rand_u16(struct rand *rand)
{
	uint16_t value;
	rand_fill(rand, &value, sizeof(value));
	return value;
}

uint32_t rand_below(struct rand *rand, uint32_t bound)
{
	uint64_t value;
	assert(bound > 0);
	rand_fill(rand, &value, sizeof(value));
	return (uint32_t)(value % bound);
}

struct hash_key rand_hash_key(struct rand *rand)
{
	struct hash_key key;
	rand_fill(rand, &key, sizeof(key));
	return key;
}
