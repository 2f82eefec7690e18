/* SPDX-License-Identifier: MIT */
/* Whether a pool can be counted on: both look first whether it is silent where it should not be.
 * Then its connections get no more queries until something comes, and it is only tried. */
#pragma once

#include <stdbool.h>

struct exchange;
struct pool;

/* Its answer is overdue. */
void vigil_overdue(struct exchange *exchange);

/* Would a query be served now? Not while it backs off or a handshake is stalled. */
bool vigil_usable(struct pool *pool);
