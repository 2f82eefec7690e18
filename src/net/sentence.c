/* SPDX-License-Identifier: MIT */
#include "net/sentence.h"

#include <stdio.h>
#include <time.h>

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
