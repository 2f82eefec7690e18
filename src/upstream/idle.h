/* SPDX-License-Identifier: MIT */
/* How long a server lets a connection idle, when it does not say: learnt from when it closes.
 * Whoever closes first loses no query. Pure. */
#pragma once

#include <stdint.h>

/* Milliseconds; who closes earlier than that does so for another reason than idleness. */
#define IDLE_SHORTEST_MS 250

struct idle {
	uint32_t limit_ms; /* 0: not known */
	uint32_t outlived; /* answers after a pause nearly as long as the limit, in a row */
};

/* It closed after that long without a query. */
void idle_closed(struct idle *idle, uint64_t idle_ms);

/* It answered after that long without a query. */
void idle_outlived(struct idle *idle, uint64_t idle_ms);
