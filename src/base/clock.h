/* SPDX-License-Identifier: MIT */
/* The clocks. Only net/, daemon/ and cli/ ask; elsewhere time is an argument. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* CLOCK_MONOTONIC: for intervals and deadlines; stands still in suspend. */
uint64_t clock_mono_ms(void);
uint64_t clock_mono_us(void);

/* CLOCK_BOOTTIME in seconds: as the above, with suspend counted. It begins so late that what is
 * older than this run of the machine has a time, too: 34 years lie before it, 102 are left. */
#define CLOCK_BOOT_FIRST_S (UINT32_C(1) << 30)
uint32_t clock_boot_s(void);

/* CLOCK_REALTIME in seconds, or the floor when that is later: for certificate and signature times.
 */
int64_t clock_wall_s(void);

/* The present is certainly no earlier: when this program was built, or what it was raised to. */
int64_t clock_floor_s(void);

/* Only before there are threads. A lower one changes nothing. */
void clock_raise_floor(int64_t floor_s);

/* Is CLOCK_REALTIME at the floor or past it? A machine without a clock of its own begins in 1970;
 * what begins after the floor cannot be told from what begins in the future then. */
bool clock_is_set(void);

/* All three of one moment, in milliseconds: what they are apart is worth a look. */
struct clock_reading {
	int64_t wall_ms, mono_ms, boot_ms;
};

struct clock_reading clock_read(void);
