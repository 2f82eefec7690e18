/* SPDX-License-Identifier: MIT */
#include "upstream/warmth.h"

void warmth_add(struct warmth *warmth)
{
	if (warmth->answers < WARMTH_ANSWERS)
		warmth->answers++;
}

bool warmth_in_use(unsigned answers, uint64_t idled_ms)
{
	return answers >= WARMTH_ANSWERS && idled_ms < WARMTH_USE_MS;
}

bool warmth_spend(struct warmth *warmth, uint64_t idled_ms)
{
	if (warmth->answers < WARMTH_ANSWERS || idled_ms >= WARMTH_IDLE_MS)
		return false;
	warmth->answers = 0;
	return true;
}
