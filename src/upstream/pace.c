/* SPDX-License-Identifier: MIT */
#include "upstream/pace.h"

/* The first answer says little: three times as much is late. */
#define LATE_FIRST 3

#define MS 64 /* of late_64ms */

bool pace_measured(const struct pace *pace)
{
	return pace->late_64ms > 0;
}

/* A share of what it changes and of the deviation, so that it gets there from anywhere; and of a
 * millisecond, so that it never stands still. */
static uint32_t step(const struct pace *pace)
{
	return (pace->late_64ms / 8 + (uint32_t)pace->rttvar_4ms * (MS / 4) / 4 + MS) / 20;
}

static void limit(struct pace *pace)
{
	if (pace->late_64ms > PACE_LONGEST_MS * MS)
		pace->late_64ms = PACE_LONGEST_MS * MS;
}

/* Up by 19 steps for one that is late, down by one for one that is not: in balance where one in
 * twenty is. */
static void pace_late(struct pace *pace)
{
	pace->late_64ms += 19 * step(pace);
	limit(pace);
}

static void pace_in_time(struct pace *pace)
{
	const uint32_t less = step(pace);

	/* As it was kept the deviation may be many times as much. */
	pace->late_64ms = pace->late_64ms > less + MS ? pace->late_64ms - less : MS;
}

void pace_measure(struct pace *pace, uint64_t rtt_ms)
{
	const int32_t rtt = rtt_ms > PACE_LONGEST_MS ? PACE_LONGEST_MS : (int32_t)rtt_ms;

	if (!pace_measured(pace)) {
		*pace = (struct pace){
			.srtt_8ms = (uint16_t)(rtt * 8),
			.rttvar_4ms = (uint16_t)(rtt * 2),
			.late_64ms = (uint32_t)(rtt * LATE_FIRST + 1) * MS,
		};
		limit(pace);
		return;
	}
	int32_t off = rtt - pace->srtt_8ms / 8;
	pace->srtt_8ms = (uint16_t)(pace->srtt_8ms + off);
	if (off < 0)
		off = -off;
	pace->rttvar_4ms = (uint16_t)(pace->rttvar_4ms + off - pace->rttvar_4ms / 4);
	if ((uint32_t)rtt * MS > pace->late_64ms)
		pace_late(pace);
	else
		pace_in_time(pace);
}

uint64_t pace_rtt_ms(const struct pace *pace)
{
	return pace->srtt_8ms / 8;
}

uint64_t pace_late_ms(const struct pace *pace)
{
	return pace->late_64ms / MS;
}
