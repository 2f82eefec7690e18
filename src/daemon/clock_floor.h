/* SPDX-License-Identifier: MIT */
/* Is the clock set? Says once that it is not, and tells when it is: dates were held against the
 * clock's floor (base/clock.h) until then. On the main thread. */
#pragma once

#include "net/loop.h"

struct clock_floor;

/* Warns at once if it is not set. changed() is called on the loop's stack, or on that of
 * clock_floor_look(), when it is set from now on, or not any more. NULL: out of memory. */
struct clock_floor *clock_floor_new(struct loop *loop, void (*changed)(void *owner), void *owner);
void clock_floor_free(struct clock_floor *floor); /* NULL is accepted */

/* The clock was set by somebody. True: changed() has been called. A clock that just runs past its
 * floor is seen without. */
bool clock_floor_look(struct clock_floor *floor);
