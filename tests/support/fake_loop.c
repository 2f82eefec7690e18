/* SPDX-License-Identifier: MIT */
#include "support/fake_loop.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

struct loop {
	uint64_t now_ms;
	int64_t wall_ahead_s; /* of the time in now_ms */
	int64_t floor_s;
	struct timers timers;
	struct list tasks, watches, wakes, signals;
	bool stopped;
};

struct watch {
	struct list link;
	int fd, events;
	void (*ready)(void *owner, int events);
	void *owner;
};

struct wake {
	struct list link;
	atomic_bool asked;
	void (*woken)(void *owner);
	void *owner;
};

struct signal_watch {
	struct list link;
	int signal;
	bool raised_now;
	void (*raised)(void *owner);
	void *owner;
};

struct loop *loop_new(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	if (!loop)
		return NULL;
	loop->now_ms = FAKE_LOOP_START_MS;
	fake_loop_set_wall(loop, FAKE_LOOP_WALL_S);
	timers_init(&loop->timers);
	list_init(&loop->tasks);
	list_init(&loop->watches);
	list_init(&loop->wakes);
	list_init(&loop->signals);
	return loop;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	assert(list_empty(&loop->watches) && list_empty(&loop->wakes) &&
		list_empty(&loop->signals));
	while (list_pop_front(&loop->tasks))
		;
	free(loop);
}

void loop_run(struct loop *loop)
{
	uint64_t due_ms;

	while (!loop->stopped) {
		if (fake_loop_turn(loop))
			continue;
		/* A real one would sleep for ever here. */
		if (!timers_next(&loop->timers, &due_ms))
			break;
		loop->now_ms = due_ms;
	}
	loop->stopped = false;
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}

uint64_t loop_now_ms(const struct loop *loop)
{
	return loop->now_ms;
}

uint32_t loop_now_s(struct loop *loop)
{
	return (uint32_t)(loop->now_ms / 1000);
}

static int64_t wall_s(const struct loop *loop)
{
	return loop->wall_ahead_s + (int64_t)(loop->now_ms / 1000);
}

int64_t loop_wall_s(struct loop *loop)
{
	return loop_clock_is_set(loop) ? wall_s(loop) : loop->floor_s;
}

bool loop_clock_is_set(struct loop *loop)
{
	return wall_s(loop) >= loop->floor_s;
}

void fake_loop_set_floor(struct loop *loop, int64_t floor_s)
{
	loop->floor_s = floor_s;
}

void fake_loop_set_wall(struct loop *loop, int64_t now_s)
{
	loop->wall_ahead_s = now_s - (int64_t)(loop->now_ms / 1000);
}

void loop_start_timer(struct loop *loop, struct timer *timer, uint64_t delay_ms)
{
	timers_start(&loop->timers, timer,
		delay_ms > UINT64_MAX - loop->now_ms ? UINT64_MAX : loop->now_ms + delay_ms);
}

void loop_stop_timer(struct loop *loop, struct timer *timer)
{
	timers_stop(&loop->timers, timer);
}

void loop_post(struct loop *loop, struct task *task)
{
	tasks_post(&loop->tasks, task);
}

struct watch *watch_new(
	struct loop *loop, int fd, void (*ready)(void *owner, int events), void *owner)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	if (!watch)
		return NULL;
	*watch = (struct watch){ .fd = fd, .ready = ready, .owner = owner };
	list_init(&watch->link);
	list_push_back(&loop->watches, &watch->link);
	return watch;
}

void watch_set(struct watch *watch, int events)
{
	watch->events = events;
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	list_unlink(&watch->link);
	free(watch);
}

static struct watch *find_watch(const struct loop *loop, int fd)
{
	for (struct list *link = loop->watches.next; link != &loop->watches; link = link->next) {
		struct watch *watch = CONTAINER_OF(link, struct watch, link);
		if (watch->fd == fd)
			return watch;
	}
	return NULL;
}

struct wake *wake_new(struct loop *loop, void (*woken)(void *owner), void *owner)
{
	struct wake *wake = calloc(1, sizeof(*wake));
	if (!wake)
		return NULL;
	wake->woken = woken;
	wake->owner = owner;
	list_init(&wake->link);
	list_push_back(&loop->wakes, &wake->link);
	return wake;
}

void wake_up(struct wake *wake)
{
	atomic_store(&wake->asked, true);
}

void wake_free(struct wake *wake)
{
	if (!wake)
		return;
	list_unlink(&wake->link);
	free(wake);
}

struct signal_watch *signal_watch_new(
	struct loop *loop, int signal, void (*raised)(void *owner), void *owner)
{
	struct signal_watch *watch = calloc(1, sizeof(*watch));
	if (!watch)
		return NULL;
	*watch = (struct signal_watch){ .signal = signal, .raised = raised, .owner = owner };
	list_init(&watch->link);
	list_push_back(&loop->signals, &watch->link);
	return watch;
}

void signal_watch_free(struct signal_watch *watch)
{
	if (!watch)
		return;
	list_unlink(&watch->link);
	free(watch);
}

const char *loop_library_version(void)
{
	return "fake";
}

static bool run_timers(struct loop *loop)
{
	uint64_t due_ms;
	if (!timers_next(&loop->timers, &due_ms) || due_ms > loop->now_ms)
		return false;
	timers_run(&loop->timers, loop->now_ms);
	return true;
}

/* Starts over after each, as woken() may free any of them. */
static bool run_wakes(struct loop *loop)
{
	bool any = false;
	struct list *link = loop->wakes.next;

	while (link != &loop->wakes) {
		struct wake *wake = CONTAINER_OF(link, struct wake, link);
		link = link->next;
		if (!atomic_exchange(&wake->asked, false))
			continue;
		wake->woken(wake->owner);
		any = true;
		link = loop->wakes.next;
	}
	return any;
}

bool fake_loop_turn(struct loop *loop)
{
	bool timers = run_timers(loop);
	bool wakes = run_wakes(loop);
	bool tasks = tasks_run(&loop->tasks);
	return timers || wakes || tasks;
}

void fake_loop_settle(struct loop *loop)
{
	while (fake_loop_turn(loop))
		;
}

void fake_loop_advance(struct loop *loop, uint64_t ms)
{
	uint64_t end_ms = loop->now_ms + ms, due_ms;

	loop->stopped = false;
	fake_loop_settle(loop);
	while (!loop->stopped && timers_next(&loop->timers, &due_ms) && due_ms <= end_ms) {
		loop->now_ms = due_ms;
		fake_loop_settle(loop);
	}
	if (!loop->stopped)
		loop->now_ms = end_ms;
	loop->stopped = false;
}

bool fake_loop_ready(struct loop *loop, int fd, int events)
{
	struct watch *watch = find_watch(loop, fd);
	if (!watch || !(watch->events & events))
		return false;
	watch->ready(watch->owner, watch->events & events);
	return true;
}

int fake_loop_watched(const struct loop *loop, int fd)
{
	const struct watch *watch = find_watch(loop, fd);
	return watch ? watch->events : 0;
}

void fake_loop_raise(struct loop *loop, int signal)
{
	struct list *link;

	for (link = loop->signals.next; link != &loop->signals; link = link->next)
		CONTAINER_OF(link, struct signal_watch, link)->raised_now = true;
	link = loop->signals.next;
	while (link != &loop->signals) {
		struct signal_watch *watch = CONTAINER_OF(link, struct signal_watch, link);
		link = link->next;
		if (watch->signal != signal || !watch->raised_now)
			continue;
		watch->raised_now = false;
		watch->raised(watch->owner);
		link = loop->signals.next;
	}
}

bool fake_loop_next(const struct loop *loop, uint64_t *due_ms)
{
	return timers_next(&loop->timers, due_ms);
}
