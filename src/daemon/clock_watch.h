/* SPDX-License-Identifier: MIT */
/* Notices that the machine has slept, and that somebody has set its clock. The kernel says when to
 * look (TFD_TIMER_CANCEL_ON_SET of timerfd_create(2)), so that an idle machine is not woken up for
 * it. On the main thread. */
#pragma once

#include "base/clock.h"
#include "net/loop.h"

/* Milliseconds below which neither is told: what connections and dates do not notice. */
#define CLOCK_CHANGE_MIN_MS 1000

/* How often to look where the kernel does not say when. */
#define CLOCK_LOOK_MS 5000

struct clock_change {
	uint64_t slept_ms;  /* 0: not */
	int64_t stepped_ms; /* forward, or back if negative; 0: not */
};

/* How far the clocks are apart. They run alike otherwise, and are slewed alike. */
struct clock_gaps {
	int64_t slept_ms; /* boot time before monotonic time: all sleep so far */
	int64_t wall_ms;  /* wall clock before boot time */
};

struct clock_gaps clock_gaps_of(const struct clock_reading *now);

/* What came about since the gaps were as known; what is told is known from now on, and what is too
 * little to be told adds up. */
struct clock_change clock_compare(struct clock_gaps *known, const struct clock_gaps *now);

struct clock_watch;

/* changed() is called on the loop's stack when one of them is not 0. NULL: out of memory. */
struct clock_watch *clock_watch_new(struct loop *loop,
	void (*changed)(void *owner, const struct clock_change *change), void *owner);
void clock_watch_free(struct clock_watch *watch); /* NULL is accepted */
