/* SPDX-License-Identifier: MIT */
/* The inside of group.h, shared by group.c, which holds the upstreams together, and ask.c, which
 * goes from one to the next until one answers. */
#pragma once

#include "upstream/group.h"

struct pool;

struct group {
	struct upstreams *upstreams;
	unsigned holders; /* the owner and each ask; the last to release it frees it */
	enum strategy strategy;
	size_t count;
	struct pool *pools[]; /* each held */
};
