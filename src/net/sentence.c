/* SPDX-License-Identifier: MIT */
#include "net/sentence.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"

void sentence_write(char *text, size_t len, const char *format, va_list list)
{
	vsnprintf(text, len, format, list);
	for (; *text; text++) {
		if (*text < 0x20 || *text > 0x7e)
			*text = '?';
	}
}

const char *sentence_time(int64_t at_s, char text[static SENTENCE_TIME_LEN])
{
	time_t at = (time_t)at_s;
	struct tm tm;
	if (!gmtime_r(&at, &tm) ||
		strftime(text, SENTENCE_TIME_LEN, "%Y-%m-%d %H:%M UTC", &tm) == 0)
		snprintf(text, SENTENCE_TIME_LEN, "(no date)");
	return text;
}

bool sentence_clock(char text[static SENTENCE_CLOCK_LEN])
{
	char says[SENTENCE_TIME_LEN], floor[SENTENCE_TIME_LEN];

	text[0] = '\0';
	if (clock_is_set())
		return false;
	snprintf(text, SENTENCE_CLOCK_LEN,
		"the clock is not set: it says %s, and it must be %s or later; until it is set, "
		"certificates and signatures are held against that date only; let an NTP client "
		"set it, or date(1)",
		sentence_time(clock_read().wall_ms / 1000, says),
		sentence_time(clock_floor_s(), floor));
	return true;
}
