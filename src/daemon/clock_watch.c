/* SPDX-License-Identifier: MIT */
#include "daemon/clock_watch.h"

#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* A date that does not come: the timer is there to be cancelled. */
#define NEVER_S ((time_t)(sizeof(time_t) > 4 ? INT64_MAX : INT32_MAX))

struct clock_watch {
	struct loop *loop;
	struct clock_gaps known;
	int fd; /* -1: the kernel has none for us */
	struct watch *watch;
	struct timer look; /* instead of it */
	void (*changed)(void *owner, const struct clock_change *change);
	void *owner;
};

struct clock_gaps clock_gaps_of(const struct clock_reading *now)
{
	return (struct clock_gaps){
		.slept_ms = now->boot_ms - now->mono_ms,
		.wall_ms = now->wall_ms - now->boot_ms,
	};
}

struct clock_change clock_compare(struct clock_gaps *known, const struct clock_gaps *now)
{
	const int64_t slept_ms = now->slept_ms - known->slept_ms;
	const int64_t stepped_ms = now->wall_ms - known->wall_ms;
	struct clock_change change = { 0 };

	if (slept_ms >= CLOCK_CHANGE_MIN_MS) {
		change.slept_ms = (uint64_t)slept_ms;
		known->slept_ms = now->slept_ms;
	}
	if (llabs(stepped_ms) >= CLOCK_CHANGE_MIN_MS) {
		change.stepped_ms = stepped_ms;
		known->wall_ms = now->wall_ms;
	}
	return change;
}

static void look(struct clock_watch *watch)
{
	const struct clock_reading reading = clock_read();
	const struct clock_gaps now = clock_gaps_of(&reading);
	const struct clock_change change = clock_compare(&watch->known, &now);

	if (change.slept_ms > 0 || change.stepped_ms != 0)
		watch->changed(watch->owner, &change);
}

static void look_again(void *owner)
{
	struct clock_watch *watch = owner;

	loop_start_timer(watch->loop, &watch->look, CLOCK_LOOK_MS);
	look(watch);
}

/* False: the kernel will not tell. */
static bool arm(const struct clock_watch *watch)
{
	const struct itimerspec never = { .it_value = { .tv_sec = NEVER_S } };
	const int flags = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;

	return timerfd_settime(watch->fd, flags, &never, NULL) == 0;
}

static void cancelled(void *owner, int events)
{
	struct clock_watch *watch = owner;
	uint64_t times;
	(void)events;

	/* Fails with ECANCELED, which is the news. */
	(void)!read(watch->fd, &times, sizeof(times));
	if (!arm(watch)) {
		watch_set(watch->watch, 0);
		loop_start_timer(watch->loop, &watch->look, CLOCK_LOOK_MS);
	}
	look(watch);
}

/* ERR_NOMEM. */
static int begin(struct clock_watch *watch)
{
	watch->fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (watch->fd < 0 || !arm(watch)) {
		loop_start_timer(watch->loop, &watch->look, CLOCK_LOOK_MS);
		return 0;
	}
	watch->watch = watch_new(watch->loop, watch->fd, cancelled, watch);
	if (!watch->watch)
		return ERR_NOMEM;
	watch_set(watch->watch, WATCH_READ);
	return 0;
}

struct clock_watch *clock_watch_new(struct loop *loop,
	void (*changed)(void *owner, const struct clock_change *change), void *owner)
{
	struct clock_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return NULL;
	const struct clock_reading reading = clock_read();
	watch->known = clock_gaps_of(&reading);
	watch->loop = loop;
	watch->changed = changed;
	watch->owner = owner;
	timer_init(&watch->look, look_again, watch);
	if (begin(watch) != 0) {
		clock_watch_free(watch);
		return NULL;
	}
	return watch;
}

void clock_watch_free(struct clock_watch *watch)
{
	if (!watch)
		return;
	watch_free(watch->watch);
	if (watch->fd >= 0)
		close(watch->fd);
	loop_stop_timer(watch->loop, &watch->look);
	free(watch);
}
