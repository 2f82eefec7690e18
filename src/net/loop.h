/* SPDX-License-Identifier: MIT */
/* One thread's event loop: readiness of descriptors, timers, tasks, wake-ups from other threads
 * and signals. libuv inside; tests/support/fake_loop.c is the other implementation.
 * Everything here belongs to the loop's own thread but wake_up(). */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "net/task.h"
#include "net/timer.h"

struct loop;

struct loop *loop_new(void); /* NULL: out of memory or descriptors */

/* Every watch, wake and signal must have been freed. */
void loop_free(struct loop *loop);

/* Runs until loop_stop(); events that wait then stay for another run. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* Monotonic time at the start of this turn; a batch of packets asks no clock of its own. */
uint64_t loop_now_ms(const struct loop *loop);

/* Seconds as TTLs are counted: the machine's sleep counts, so that what was fresh in the evening is
 * not so in the morning (CLOCK_BOOTTIME). One look at the clock a turn. */
uint32_t loop_now_s(struct loop *loop);

/* Wall clock in seconds, for the dates of signatures, and whether it is set: see base/clock.h. */
int64_t loop_wall_s(struct loop *loop);
bool loop_clock_is_set(struct loop *loop);

/* Fires once, delay_ms after loop_now_ms(); moves a timer that runs. */
void loop_start_timer(struct loop *loop, struct timer *timer, uint64_t delay_ms);
void loop_stop_timer(struct loop *loop, struct timer *timer);

/* task runs once, on the loop's stack, before the loop sleeps again. */
void loop_post(struct loop *loop, struct task *task);

/* Readiness of a descriptor, level-triggered. The descriptor stays the caller's and must stay open
 * until watch_free(). */
struct watch;
enum { WATCH_READ = 1, WATCH_WRITE = 2 };

/* NULL: out of memory, or fd cannot be watched. Watches nothing yet. */
struct watch *watch_new(
	struct loop *loop, int fd, void (*ready)(void *owner, int events), void *owner);
void watch_set(struct watch *watch, int events); /* 0: nothing for now */

/* ready() is not called again, even if an event was pending. NULL is accepted. */
void watch_free(struct watch *watch);

/* A wake-up from any thread: several before the loop looks are one. */
struct wake;
struct wake *wake_new(struct loop *loop, void (*woken)(void *owner), void *owner);
void wake_up(struct wake *wake);
void wake_free(struct wake *wake);

/* A signal to the process. */
struct signal_watch;
struct signal_watch *signal_watch_new(
	struct loop *loop, int signal, void (*raised)(void *owner), void *owner);
void signal_watch_free(struct signal_watch *watch);

/* For the version command. */
const char *loop_library_version(void);
