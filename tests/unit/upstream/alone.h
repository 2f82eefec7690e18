/* SPDX-License-Identifier: MIT */
/* One upstream at one address, and who asks it: anew for each test. */
#pragma once

#include "world.h"

#define CLIENTS 300

extern struct world world;
extern struct client clients[CLIENTS];

int setup(void **state);
int teardown(void **state);
