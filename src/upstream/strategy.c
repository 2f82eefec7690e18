/* SPDX-License-Identifier: MIT */
#include "upstream/strategy.h"

#include <string.h>

#include "upstream/choice.h"
#include "upstream/group_inside.h"
#include "upstream/pool.h"

/* TCP's and TLS 1.3's round trips. */
#define HANDSHAKE_ROUND_TRIPS 2u

/* A country's top-level domain, and the longest label below it that is no one's name. */
#define COUNTRY_LEN  2
#define REGISTRY_LEN 3

static size_t first_of(uint64_t members)
{
	return members == 0 ? STRATEGY_NOBODY : (size_t)__builtin_ctzll(members);
}

/* Milliseconds until its answer, as far as is known; an unknown one is the last to be chosen. */
static uint64_t expected_ms(const struct pool *pool)
{
	const struct pace *pace = &pool->standing.pace;

	if (!pace_measured(pace))
		return UINT64_MAX / 2;
	return pace_rtt_ms(pace) *
	       (choice_any_good(&pool->connections) ? 1 : 1 + HANDSHAKE_ROUND_TRIPS);
}

/* The first one that takes at most half as long again and five milliseconds more than the fastest:
 * between two that are alike the names would be sent now here, now there, where they are not
 * cached. */
static size_t fastest(const struct group *group, uint64_t members)
{
	uint64_t best_ms = UINT64_MAX, left;

	for (left = members; left != 0; left &= left - 1) {
		const uint64_t ms = expected_ms(group->pools[first_of(left)]);
		if (ms < best_ms)
			best_ms = ms;
	}
	for (left = members; left != 0; left &= left - 1) {
		if (expected_ms(group->pools[first_of(left)]) <= best_ms + best_ms / 2 + 5)
			break;
	}
	return first_of(left);
}

struct name strategy_registrable(struct name name)
{
	const unsigned labels = name_label_count(name);

	if (labels <= 2)
		return name;
	const struct name second = name_last_labels(name, 2);
	const bool registry = second.octets[0] <= REGISTRY_LEN &&
			      second.octets[1 + second.octets[0]] == COUNTRY_LEN;
	return registry ? name_last_labels(name, 3) : second;
}

/* Everyone draws for the name, and the highest number has it (rendezvous hashing). The key is no
 * secret: the same names are to go to the same upstream after a restart. */
static size_t spread(const struct group *group, uint64_t members, struct name name)
{
	static const struct hash_key known;
	const uint64_t share = name_hash(&known, strategy_registrable(name));
	uint64_t highest = 0;
	size_t best = first_of(members);

	for (uint64_t left = members; left != 0; left &= left - 1) {
		const size_t member = first_of(left);
		const char *url = group->pools[member]->endpoint->url;
		const struct hash_key key = { .k0 = share };
		const uint64_t drawn = hash_bytes(&key, bytes_of(url, strlen(url)));
		if (drawn > highest) {
			highest = drawn;
			best = member;
		}
	}
	return best;
}

size_t strategy_choose(const struct group *group, uint64_t members, struct name name)
{
	switch (group->strategy) {
	case STRATEGY_ORDERED:
	case STRATEGY_PARALLEL: return first_of(members);
	case STRATEGY_FASTEST: return fastest(group, members);
	case STRATEGY_SPREAD: return spread(group, members, name);
	}
	return STRATEGY_NOBODY;
}
