/* SPDX-License-Identifier: MIT */
#include "daemon/clock_steps.h"

#include <assert.h>
#include <stdlib.h>

#include "cache/image.h"
#include "dnssec/rrsig.h"

static_assert(CLOCK_STEPS_MAX_MS == INT64_C(1000) * RRSIG_SKEW_MAX_S, "what is allowed for");
static_assert(CLOCK_STEPS_FORGOTTEN_MS == INT64_C(1000) * IMAGE_TTL_MAX_S, "no longer is any used");

/* At the rate at which time goes by. */
static void forget(struct clock_steps *steps, int64_t passed_ms)
{
	const int64_t less_ms = passed_ms / (CLOCK_STEPS_FORGOTTEN_MS / CLOCK_STEPS_MAX_MS);

	if (llabs(steps->sum_ms) <= less_ms)
		steps->sum_ms = 0;
	else
		steps->sum_ms -= steps->sum_ms > 0 ? less_ms : -less_ms;
}

int64_t clock_steps_add(struct clock_steps *steps, int64_t stepped_ms, int64_t boot_ms)
{
	forget(steps, boot_ms - steps->at_ms);
	steps->at_ms = boot_ms;
	steps->sum_ms += stepped_ms;
	if (llabs(steps->sum_ms) < CLOCK_STEPS_MAX_MS)
		return 0;
	const int64_t sum_ms = steps->sum_ms;
	steps->sum_ms = 0;
	return sum_ms;
}
