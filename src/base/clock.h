/* SPDX-License-Identifier: MIT */
/* The two clocks. Below daemon/ and net/ time is an argument; nobody else asks. */
#pragma once

#include <stdint.h>

/* CLOCK_MONOTONIC: for intervals and deadlines; stands still in suspend. */
uint64_t clock_mono_ms(void);
uint64_t clock_mono_us(void);

/* CLOCK_REALTIME in seconds: for certificate and signature times. */
int64_t clock_wall_s(void);
