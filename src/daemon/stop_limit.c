/* SPDX-License-Identifier: MIT */
#include "daemon/stop_limit.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

static struct timespec limit_time(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += STOP_LIMIT_MS / 1000;
	at.tv_nsec += STOP_LIMIT_MS % 1000 * 1000000L;
	if (at.tv_nsec >= 1000000000L) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000L;
	}
	return at;
}

static void *watch(void *argument)
{
	struct stop_limit *limit = argument;
	const struct timespec at = limit_time();
	int err = 0;

	pthread_mutex_lock(&limit->lock);
	while (!limit->over && err == 0)
		err = pthread_cond_timedwait(&limit->changed, &limit->lock, &at);
	const bool over = limit->over;
	pthread_mutex_unlock(&limit->lock);
	if (over)
		return NULL;
	log_warning("the stop is cut short after %d ms, most likely as state-dir: is slow to write "
		    "to: what was not written is not kept, and its file is as it was before",
		STOP_LIMIT_MS);
	_exit(EXIT_SUCCESS);
}

void stop_limit_begin(struct stop_limit *limit)
{
	pthread_condattr_t by_monotonic;

	*limit = (struct stop_limit){ 0 };
	/* None of these fails but for want of what they do not need here. */
	(void)pthread_condattr_init(&by_monotonic);
	(void)pthread_condattr_setclock(&by_monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&limit->changed, &by_monotonic);
	(void)pthread_condattr_destroy(&by_monotonic);
	(void)pthread_mutex_init(&limit->lock, NULL);
	limit->running = pthread_create(&limit->thread, NULL, watch, limit) == 0;
}

void stop_limit_end(struct stop_limit *limit)
{
	pthread_mutex_lock(&limit->lock);
	limit->over = true;
	pthread_cond_signal(&limit->changed);
	pthread_mutex_unlock(&limit->lock);
	if (limit->running)
		pthread_join(limit->thread, NULL);
	(void)pthread_cond_destroy(&limit->changed);
	(void)pthread_mutex_destroy(&limit->lock);
}
