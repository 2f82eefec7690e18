/* SPDX-License-Identifier: MIT */
#include "usual.h"

struct world world;

int set_up(void **state)
{
	(void)state;
	world_usual(&world);
	return 0;
}

int tear_down(void **state)
{
	(void)state;
	world_done(&world);
	return 0;
}
