/* SPDX-License-Identifier: MIT */
#include "alone.h"

struct world world;
struct client clients[CLIENTS];

int setup(void **state)
{
	(void)state;
	world_init(&world, 1, 1);
	for (size_t i = 0; i < CLIENTS; i++)
		client_init(&clients[i], &world);
	return 0;
}

int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < CLIENTS; i++)
		client_done(&clients[i]);
	world_done(&world);
	return 0;
}
