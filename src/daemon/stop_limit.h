/* SPDX-License-Identifier: MIT */
/* A stop takes two seconds at most, whatever hangs: whoever waits for it would at last kill us, and
 * the machine's shutdown wait for a disk that writes too slowly. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

/* Milliseconds: the rest of the two seconds is for the kernel, and for who waits to see it. */
#define STOP_LIMIT_MS 1900

struct stop_limit {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool running, over;
};

/* From now on the process has so long; then it ends where it stands, with a warning that what was
 * being written is as it was before, and as if nothing had happened. Without a thread for it there
 * is no limit. */
void stop_limit_begin(struct stop_limit *limit);

/* All that may hang is done. */
void stop_limit_end(struct stop_limit *limit);
