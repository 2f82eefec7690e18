/* SPDX-License-Identifier: MIT */
/* net/loop.h without libuv, for replay tests: time moves only when the test says so, descriptors
 * are numbers that are ready when the test says so, and the same calls give the same order.
 * Link fake_loop.c in front of the library that has net/loop.c. */
#pragma once

#include "net/loop.h"

/* Milliseconds on a new loop's clock: not 0, as no machine has just been switched on. */
#define FAKE_LOOP_START_MS 1000000

/* The wall clock says wall_s now and goes on from there; a new loop's is that of 2027-01-15. */
#define FAKE_LOOP_WALL_S 1800000000
void fake_loop_set_wall(struct loop *loop, int64_t wall_s);

/* The wall clock's floor; a new loop has none. */
void fake_loop_set_floor(struct loop *loop, int64_t floor_s);

/* One turn: timers due now, wake-ups, then the tasks that waited when they began. True if
 * anything ran. */
bool fake_loop_turn(struct loop *loop);

/* Turns until nothing is left to do at this moment. */
void fake_loop_settle(struct loop *loop);

/* Settles, then moves time by ms and fires timers on the way, each at its own due time and in
 * order, settling after each moment. loop_stop() ends it early. */
void fake_loop_advance(struct loop *loop, uint64_t ms);

/* fd is ready for events (WATCH_READ | WATCH_WRITE): calls ready() at once with those that are
 * watched. True if there were any. */
bool fake_loop_ready(struct loop *loop, int fd, int events);

/* What is watched of fd; 0 when nothing is. */
int fake_loop_watched(const struct loop *loop, int fd);

/* A signal comes: calls raised() of each of its watches at once. */
void fake_loop_raise(struct loop *loop, int signal);

/* When the next timer is due; false when none runs. */
bool fake_loop_next(const struct loop *loop, uint64_t *due_ms);
