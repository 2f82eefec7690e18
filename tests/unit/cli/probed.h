/* SPDX-License-Identifier: MIT */
/* What a probe may have found: an upstream with two addresses, good but for what a test changes. */
#pragma once

#include "cli/finding.h"

#define PROBED_WALL_S 1700000000

struct made_probe {
	struct endpoint *endpoint;
	struct facts facts[2];
	struct probed probed; /* points at the above */
	struct findings *findings;
};

/* For probed_free(). */
struct made_probe *probed_make(const char *url);
void probed_free(struct made_probe *made);
