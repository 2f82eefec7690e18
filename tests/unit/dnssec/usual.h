/* SPDX-License-Identifier: MIT */
/* The usual world, anew for each test of it. */
#pragma once

#include "world.h"

extern struct world world; /* world_usual() made it */

int set_up(void **state);
int tear_down(void **state);
