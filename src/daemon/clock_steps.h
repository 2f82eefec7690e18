/* SPDX-License-Identifier: MIT */
/* By how much the clock has been set in all since what is known was judged: ten half hours are five
 * hours. */
#pragma once

#include <stdint.h>

/* Milliseconds by which a clock may be wrong when signatures are looked at (RRSIG_SKEW_MAX_S): one
 * that was set by less is within what is allowed for. */
#define CLOCK_STEPS_MAX_MS (INT64_C(3600) * 1000)

/* Milliseconds over which as much is forgotten: nothing is used for longer (IMAGE_TTL_MAX_S), so
 * what was judged by the clock of then is gone. Without it a clock that runs a little wrong, and is
 * set right each hour, would bring all into doubt every few months, and a leap second one day. What
 * is slewed is no step: the clocks that steps are measured against are slewed alike. */
#define CLOCK_STEPS_FORGOTTEN_MS (INT64_C(7) * 86400 * 1000)

/* All zero: none so far. */
struct clock_steps {
	int64_t sum_ms; /* forward, or back if negative */
	int64_t at_ms;	/* boot time of the last one */
};

/* One more, at that boot time. The sum, which begins anew, if all has to be judged anew; else 0. */
int64_t clock_steps_add(struct clock_steps *steps, int64_t stepped_ms, int64_t boot_ms);
