/* SPDX-License-Identifier: MIT */
/* How long something takes to answer: the mean, its deviation, and what only one answer in twenty
 * takes longer than. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds; longer ones count as this, which is past what anybody waits for. */
#define PACE_LONGEST_MS 8000

struct pace {
	uint16_t srtt_8ms;   /* smoothed round-trip time in 1/8 ms    (RFC 6298 section 2) */
	uint16_t rttvar_4ms; /* its mean deviation in 1/4 ms */
	uint32_t late_64ms;  /* about the 95th percentile in 1/64 ms; 0: nothing was measured */
};

bool pace_measured(const struct pace *pace);

/* One round-trip time. */
void pace_measure(struct pace *pace, uint64_t rtt_ms);

/* The smoothed round-trip time; 0 before the first measure. */
uint64_t pace_rtt_ms(const struct pace *pace);

/* The time in which 95 of 100 answers come, by the last hundred or so; 0 before the first. */
uint64_t pace_late_ms(const struct pace *pace);
