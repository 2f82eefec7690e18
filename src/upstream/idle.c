/* SPDX-License-Identifier: MIT */
#include "upstream/idle.h"

/* After so many pauses that were survived it is tried how much longer they may be. */
#define OUTLIVED_MAX 8

void idle_closed(struct idle *idle, uint64_t idle_ms)
{
	if (idle_ms < IDLE_SHORTEST_MS)
		return;
	idle->limit_ms = idle_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)idle_ms;
	idle->outlived = 0;
}

void idle_outlived(struct idle *idle, uint64_t idle_ms)
{
	if (idle->limit_ms == 0 || idle_ms < idle->limit_ms / 2)
		return;
	if (idle_ms > idle->limit_ms) {
		idle->limit_ms = idle_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)idle_ms;
		idle->outlived = 0;
	} else if (++idle->outlived >= OUTLIVED_MAX) {
		idle->limit_ms += idle->limit_ms / 4;
		idle->outlived = 0;
	}
}
