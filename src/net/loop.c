/* SPDX-License-Identifier: MIT */
#include "net/loop.h"

#include "base/clock.h"

#include <assert.h>
#include <stdlib.h>
#include <uv.h>

/* A turn: timers that are due, then the tasks that wait, then sleep until a descriptor is ready
 * or the next timer is due. Tasks and the alarm are looked at in the prepare handle alone: libuv
 * calls it after timers and right before it computes how long to sleep. */
struct loop {
	uv_loop_t uv;
	uv_prepare_t prepare;
	uv_idle_t busy;	  /* active: libuv does not sleep, as tasks wait */
	uv_timer_t alarm; /* the earliest of timers */
	struct timers timers;
	uint64_t alarm_ms; /* when alarm is due; good while it is active */
	struct list tasks;
	uint64_t looked_ms; /* when boot_s was looked up */
	uint32_t boot_s;
	unsigned open; /* watches, wakes and signals not freed */
};

/* Heap objects of libuv's are freed when it says that it has let go of them. */
struct watch {
	uv_poll_t poll;
	void (*ready)(void *owner, int events);
	void *owner;
	int events; /* asked for */
};

struct wake {
	uv_async_t async;
	void (*woken)(void *owner);
	void *owner;
};

struct signal_watch {
	uv_signal_t signal;
	void (*raised)(void *owner);
	void *owner;
};

static void alarm_rang(uv_timer_t *alarm)
{
	struct loop *loop = alarm->data;
	timers_run(&loop->timers, uv_now(&loop->uv));
}

static void stay_awake(uv_idle_t *busy)
{
	(void)busy;
}

static void set_alarm(struct loop *loop)
{
	uint64_t due_ms, now_ms = uv_now(&loop->uv);
	bool active = uv_is_active((const uv_handle_t *)&loop->alarm);

	if (!timers_next(&loop->timers, &due_ms)) {
		if (active)
			uv_timer_stop(&loop->alarm);
		return;
	}
	if (active && loop->alarm_ms == due_ms)
		return;
	/* Fails only for a handle that is being closed. */
	(void)uv_timer_start(&loop->alarm, alarm_rang, due_ms > now_ms ? due_ms - now_ms : 0, 0);
	loop->alarm_ms = due_ms;
}

static void before_sleep(uv_prepare_t *prepare)
{
	struct loop *loop = prepare->data;

	/* What they post waits for the next turn, so that descriptors get theirs. */
	(void)tasks_run(&loop->tasks);
	/* Both fail only for a handle that is being closed. */
	if (list_empty(&loop->tasks))
		(void)uv_idle_stop(&loop->busy);
	else
		(void)uv_idle_start(&loop->busy, stay_awake);
	set_alarm(loop);
}

struct loop *loop_new(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	if (!loop)
		return NULL;
	if (uv_loop_init(&loop->uv) != 0) {
		free(loop);
		return NULL;
	}
	timers_init(&loop->timers);
	list_init(&loop->tasks);
	/* None of these fails: they only link into the loop. */
	(void)uv_prepare_init(&loop->uv, &loop->prepare);
	(void)uv_idle_init(&loop->uv, &loop->busy);
	(void)uv_timer_init(&loop->uv, &loop->alarm);
	loop->prepare.data = loop->alarm.data = loop;
	(void)uv_prepare_start(&loop->prepare, before_sleep);
	return loop;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	assert(loop->open == 0);
	while (list_pop_front(&loop->tasks))
		;
	uv_close((uv_handle_t *)&loop->prepare, NULL);
	uv_close((uv_handle_t *)&loop->busy, NULL);
	uv_close((uv_handle_t *)&loop->alarm, NULL);
	while (uv_run(&loop->uv, UV_RUN_NOWAIT))
		;
	int busy = uv_loop_close(&loop->uv);
	assert(busy == 0);
	(void)busy;
	free(loop);
}

void loop_run(struct loop *loop)
{
	/* The prepare handle keeps it running until uv_stop(). */
	(void)uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *loop)
{
	uv_stop(&loop->uv);
}

uint64_t loop_now_ms(const struct loop *loop)
{
	return uv_now(&loop->uv);
}

uint32_t loop_now_s(struct loop *loop)
{
	if (loop->boot_s == 0 || loop->looked_ms != uv_now(&loop->uv)) {
		loop->looked_ms = uv_now(&loop->uv);
		loop->boot_s = clock_boot_s();
	}
	return loop->boot_s;
}

int64_t loop_wall_s(struct loop *loop)
{
	(void)loop;
	return clock_wall_s();
}

bool loop_clock_is_set(struct loop *loop)
{
	(void)loop;
	return clock_is_set();
}

void loop_start_timer(struct loop *loop, struct timer *timer, uint64_t delay_ms)
{
	uint64_t now_ms = uv_now(&loop->uv);
	timers_start(&loop->timers, timer,
		delay_ms > UINT64_MAX - now_ms ? UINT64_MAX : now_ms + delay_ms);
}

void loop_stop_timer(struct loop *loop, struct timer *timer)
{
	timers_stop(&loop->timers, timer);
}

void loop_post(struct loop *loop, struct task *task)
{
	tasks_post(&loop->tasks, task);
}

static struct loop *loop_of(const uv_handle_t *handle)
{
	return CONTAINER_OF(handle->loop, struct loop, uv);
}

/* Every heap object of ours starts with its handle, so that the handle's address is its own. */
static void let_go(uv_handle_t *handle)
{
	free(handle);
}

static void close_handle(uv_handle_t *handle)
{
	loop_of(handle)->open--;
	uv_close(handle, let_go);
}

static int polled_events(int events)
{
	return ((events & WATCH_READ) ? UV_READABLE : 0) |
	       ((events & WATCH_WRITE) ? UV_WRITABLE : 0);
}

static void polled(uv_poll_t *poll, int status, int happened)
{
	struct watch *watch = poll->data;
	int events = ((happened & UV_READABLE) ? WATCH_READ : 0) |
		     ((happened & UV_WRITABLE) ? WATCH_WRITE : 0);

	if (status != 0) {
		/* An error waits on the descriptor and libuv has stopped polling. Whoever reads or
		 * writes takes the error; polling goes on. */
		events = watch->events;
		watch->events = 0;
		watch_set(watch, events);
	}
	events &= watch->events;
	if (events)
		watch->ready(watch->owner, events);
}

struct watch *watch_new(
	struct loop *loop, int fd, void (*ready)(void *owner, int events), void *owner)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	if (!watch)
		return NULL;
	if (uv_poll_init(&loop->uv, &watch->poll, fd) != 0) {
		free(watch);
		return NULL;
	}
	watch->poll.data = watch;
	watch->ready = ready;
	watch->owner = owner;
	loop->open++;
	return watch;
}

void watch_set(struct watch *watch, int events)
{
	/* libuv takes the descriptor out of epoll and puts it back even if nothing changed. */
	if (events == watch->events)
		return;
	watch->events = events;
	int failed = events ? uv_poll_start(&watch->poll, polled_events(events), polled)
			    : uv_poll_stop(&watch->poll);
	/* UV_EEXIST: two watches of one descriptor, or it was closed before watch_free(). */
	assert(!failed);
	(void)failed;
}

void watch_free(struct watch *watch)
{
	if (watch)
		close_handle((uv_handle_t *)&watch->poll);
}

static void async_came(uv_async_t *async)
{
	struct wake *wake = async->data;
	wake->woken(wake->owner);
}

struct wake *wake_new(struct loop *loop, void (*woken)(void *owner), void *owner)
{
	struct wake *wake = calloc(1, sizeof(*wake));
	if (!wake)
		return NULL;
	if (uv_async_init(&loop->uv, &wake->async, async_came) != 0) {
		free(wake);
		return NULL;
	}
	wake->async.data = wake;
	wake->woken = woken;
	wake->owner = owner;
	loop->open++;
	return wake;
}

void wake_up(struct wake *wake)
{
	/* Fails only on a handle of another kind. */
	(void)uv_async_send(&wake->async);
}

void wake_free(struct wake *wake)
{
	if (wake)
		close_handle((uv_handle_t *)&wake->async);
}

static void signal_came(uv_signal_t *signal, int number)
{
	struct signal_watch *watch = signal->data;
	(void)number;
	watch->raised(watch->owner);
}

struct signal_watch *signal_watch_new(
	struct loop *loop, int signal, void (*raised)(void *owner), void *owner)
{
	struct signal_watch *watch = calloc(1, sizeof(*watch));
	if (!watch)
		return NULL;
	if (uv_signal_init(&loop->uv, &watch->signal) != 0) {
		free(watch);
		return NULL;
	}
	watch->signal.data = watch;
	watch->raised = raised;
	watch->owner = owner;
	loop->open++;
	if (uv_signal_start(&watch->signal, signal_came, signal) != 0) {
		signal_watch_free(watch);
		return NULL;
	}
	return watch;
}

void signal_watch_free(struct signal_watch *watch)
{
	if (watch)
		close_handle((uv_handle_t *)&watch->signal);
}

const char *loop_library_version(void)
{
	return uv_version_string();
}
