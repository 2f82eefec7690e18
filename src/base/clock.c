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

static int64_t floor_s = STUBBORN_BUILT_S;

int64_t clock_wall_s(void)
{
	const int64_t wall_s = now(CLOCK_REALTIME).tv_sec;
	return wall_s > floor_s ? wall_s : floor_s;
}

int64_t clock_floor_s(void)
{
	return floor_s;
}

void clock_raise_floor(int64_t raised_s)
{
	if (raised_s > floor_s)
		floor_s = raised_s;
}

bool clock_is_set(void)
{
	return now(CLOCK_REALTIME).tv_sec >= floor_s;
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
