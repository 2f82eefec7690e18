/* SPDX-License-Identifier: MIT */
#include "net/sentence.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
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

/* One octet of a peer's, as it is told; its length. */
static size_t octet_write(uint8_t octet, const char *special, char text[static 4])
{
	if (octet < 0x20 || octet > 0x7e)
		return (size_t)snprintf(text, 4, "\\%02X", octet);
	return (size_t)snprintf(text, 4, "%s%c", strchr(special, octet) ? "\\" : "", octet);
}

/* Up to the first octet that does not fit; how many did. */
static size_t octets_write(char *text, size_t len, struct bytes octets, const char *special)
{
	size_t at = 0, i = 0;

	for (; i < octets.len; i++) {
		char one[4];
		const size_t one_len = octet_write(octets.at[i], special, one);
		if (at + one_len >= len)
			break;
		memcpy(text + at, one, one_len);
		at += one_len;
	}
	text[at] = '\0';
	return i;
}

bool sentence_escape(char *text, size_t len, struct bytes octets)
{
	return octets_write(text, len, octets, "") == octets.len;
}

const char *sentence_quote(char *text, size_t len, struct bytes octets)
{
	static const char whole[] = "\"", cut[] = "\"...";

	assert(len > sizeof(cut));
	text[0] = '"';
	const size_t shown = octets_write(text + 1, len - sizeof(cut), octets, "\"\\");
	strcat(text, shown == octets.len ? whole : cut);
	return text;
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
