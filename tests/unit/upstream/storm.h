/* SPDX-License-Identifier: MIT */
/* Upstreams and clients that do whatever they like in whatever order: every ask ends once and in
 * time, and nothing is left over. Seeds are fixed, so that a failure repeats. */
#pragma once

#include "world.h"

#define STORM_CLIENTS 40

extern struct world world;
extern struct client clients[STORM_CLIENTS];

struct storm {
	unsigned steps;
	size_t connections_max; /* it is over when there have been so many */
	bool unsteady; /* the network changes, descriptors are short, the configuration is read */
	void (*begin)(uint64_t seed); /* makes the world, of three upstreams */
	void (*peer_acts)(struct rand *rand);
	void (*end)(void); /* after world_done(); NULL: nothing */
};

void storm_run(const struct storm *storm, uint64_t seed);
