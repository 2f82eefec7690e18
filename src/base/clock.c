/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <assert.h>
#include <time.h>

static struct timespec now(clockid_t clock)
{
	struct timespec at;
	int failed = clock_gettime(clock, &at);
	assert(!failed);
	(void)failed;
	return at;
}

uint64_t clock_mono_us(void)
{
	struct timespec at = now(CLOCK_MONOTONIC);
	return (uint64_t)at.tv_sec * 1000000 + (uint64_t)at.tv_nsec / 1000;
}

uint64_t clock_mono_ms(void)
{
	return clock_mono_us() / 1000;
}

uint32_t clock_boot_s(void)
{
	return (uint32_t)now(CLOCK_BOOTTIME).tv_sec + CLOCK_BOOT_FIRST_S;
}

int64_t clock_wall_s(void)
{
	return now(CLOCK_REALTIME).tv_sec;
}

static int64_t now_ms(clockid_t clock)
{
	const struct timespec at = now(clock);
	return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

struct clock_reading clock_read(void)
{
	return (struct clock_reading){
		.wall_ms = now_ms(CLOCK_REALTIME),
		.mono_ms = now_ms(CLOCK_MONOTONIC),
		.boot_ms = now_ms(CLOCK_BOOTTIME),
	};
}
