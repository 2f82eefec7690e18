/* SPDX-License-Identifier: MIT */
/* The clocks. Only net/, daemon/ and cli/ ask; elsewhere time is an argument. */
#pragma once

#include <stdint.h>

/* CLOCK_MONOTONIC: for intervals and deadlines; stands still in suspend. */
uint64_t clock_mono_ms(void);
uint64_t clock_mono_us(void);

/* CLOCK_BOOTTIME in seconds: as the above, with suspend counted. It begins so late that what is
 * older than this run of the machine has a time, too: 34 years lie before it, 102 are left. */
#define CLOCK_BOOT_FIRST_S (UINT32_C(1) << 30)
uint32_t clock_boot_s(void);

/* CLOCK_REALTIME in seconds: for certificate and signature times. */
int64_t clock_wall_s(void);

/* All three of one moment, in milliseconds: what they are apart is worth a look. */
struct clock_reading {
	int64_t wall_ms, mono_ms, boot_ms;
};

struct clock_reading clock_read(void);
