/* SPDX-License-Identifier: MIT */
/* Deadlines in order, without a clock: the loop (or a replay test) says what time it is. A timer
 * is embedded in what it serves and needs no memory of its own, so starting one cannot fail. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct timer {
	void (*fire)(void *owner); /* once a start; may start, stop or free any timer */
	void *owner;
	uint64_t due_ms;
	struct timer *child, *next, *prev; /* of the pairing heap; prev NULL: not running */
};

struct timers {
	struct timer *first; /* due soonest */
	struct timer *anew;  /* started while timers_run() runs: a heap of its own until it ends */
	bool running;	     /* timers_run() runs */
};

void timer_init(struct timer *timer, void (*fire)(void *owner), void *owner);
bool timer_running(const struct timer *timer);

void timers_init(struct timers *timers);

/* Starts timer, or moves it if it runs. */
void timers_start(struct timers *timers, struct timer *timer, uint64_t due_ms);

/* Harmless when it does not run. */
void timers_stop(struct timers *timers, struct timer *timer);

/* The earliest due time; false when nothing runs. */
bool timers_next(const struct timers *timers, uint64_t *due_ms);

/* Fires what is due at now_ms in order of due time; a timer that is started anew meanwhile waits
 * for the next call. */
void timers_run(struct timers *timers, uint64_t now_ms);
