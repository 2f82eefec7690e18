/* SPDX-License-Identifier: MIT */
/* Whether a pool can be counted on: both look first whether it is silent where it should not be.
 * Then its connections get no more queries until something comes, and it is only tried. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct exchange;
struct pool;

/* Its answer is overdue. */
void vigil_overdue(struct exchange *exchange);

/* When its connection is to be looked at again, in ms on the loop's clock; UINT64_MAX: never. */
uint64_t vigil_look_ms(const struct exchange *exchange);

/* One that is not up is about to be asked. False: there is no point in it any more. */
MUST_USE bool vigil_try(struct pool *pool);

/* Would a query be served now? Not while it backs off or a handshake is stalled. */
bool vigil_usable(struct pool *pool);
