/* SPDX-License-Identifier: MIT */
#include "daemon/config_value.h"

#include <ctype.h>
#include <idn2.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/utf8.h"
#include "daemon/config.h"

/* Letters of the longest word that is compared; no key is longer. */
#define NEAR_LEN_MAX 40
/* Letters that may differ at most: beyond it a suggestion is a guess. */
#define NEAR_DISTANCE_MAX 3

#define DAY_S 86400

struct unit {
	const char *name;
	uint64_t factor;
};

/* Smallest first, for value_print_*(). */
static const struct unit durations[] = {
	{ "ms", 1 },
	{ "s", 1000 },
	{ "m", 60 * 1000 },
	{ "h", 60 * 60 * 1000 },
	{ "d", 24 * 60 * 60 * 1000 },
	{ NULL, 0 },
};

static const struct unit sizes[] = {
	{ "KiB", UINT64_C(1) << 10 },
	{ "MiB", UINT64_C(1) << 20 },
	{ "GiB", UINT64_C(1) << 30 },
	{ NULL, 0 },
};

const char *value_shown(const char *text, char shown[static SHOWN_LEN])
{
	size_t len = strlen(text);

	if (len < SHOWN_LEN) {
		memcpy(shown, text, len + 1);
		return shown;
	}
	len = utf8_valid_len(bytes_of(text, SHOWN_LEN - sizeof("...")));
	memcpy(shown, text, len);
	memcpy(shown + len, "...", sizeof("..."));
	return shown;
}

/* Digits from the start; *end is what follows them. */
static int digits_read(const char *text, uint64_t *out, const char **end)
{
	uint64_t value = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
			return ERR_LIMIT;
	}
	if (at == text)
		return ERR_FORMAT;
	*out = value;
	*end = at;
	return 0;
}

int value_number(const char *text, uint64_t *out)
{
	uint64_t value;
	const char *end;
	int err = digits_read(text, &value, &end);
	if (err != 0)
		return err;
	if (*end != '\0')
		return ERR_FORMAT;
	*out = value;
	return 0;
}

static int quantity_read(const char *text, const struct unit *units, uint64_t *out)
{
	uint64_t value;
	const char *end;
	int err = digits_read(text, &value, &end);
	if (err != 0)
		return err;
	if (*end == '\0' && value == 0) {
		*out = 0;
		return 0;
	}
	while (*end == ' ')
		end++;
	for (const struct unit *unit = units; unit->name; unit++) {
		if (strcmp(end, unit->name) != 0)
			continue;
		if (__builtin_mul_overflow(value, unit->factor, &value))
			return ERR_LIMIT;
		*out = value;
		return 0;
	}
	return ERR_FORMAT;
}

int value_duration(const char *text, uint64_t *out_ms)
{
	return quantity_read(text, durations, out_ms);
}

int value_size(const char *text, uint64_t *out_octets)
{
	return quantity_read(text, sizes, out_octets);
}

/* Exactly count digits, at most max; *text moves behind them. */
static bool part_read(const char **text, unsigned count, int max, int *out)
{
	int value = 0;

	for (; count > 0; count--, (*text)++) {
		if (!isdigit((unsigned char)**text))
			return false;
		value = value * 10 + (**text - '0');
	}
	*out = value;
	return value <= max;
}

static bool letter_skip(const char **text, const char *letters)
{
	if (**text == '\0' || !strchr(letters, **text))
		return false;
	(*text)++;
	return true;
}

/* Since 1970-01-01, in the calendar of ISO 8601: 400 years are 146,097 days. */
static int64_t days_before(int year, int month)
{
	static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
	const int past = month > 2 ? year : year - 1; /* the last one whose leap day is over */
	const int leap_days = past / 4 - past / 100 + past / 400;

	return (int64_t)365 * (year - 1970) + leap_days - 477 + before[month - 1];
}

/* Midnight at the beginning of a day that there is. */
static bool date_read(const char **text, int64_t *out_s)
{
	int year, month, day;

	if (!part_read(text, 4, 9999, &year) || !letter_skip(text, "-") ||
		!part_read(text, 2, 12, &month) || !letter_skip(text, "-") ||
		!part_read(text, 2, 31, &day) || year < 1970 || month < 1 || day < 1)
		return false;
	const int64_t first = days_before(year, month);
	const int64_t next = month < 12 ? days_before(year, month + 1) : days_before(year + 1, 1);
	*out_s = (first + day - 1) * DAY_S;
	return first + day <= next;
}

/* "18:00:00Z" as seconds to add to the day. */
static bool clock_read(const char **text, int64_t *out_s)
{
	int hour, minute, second = 0, zone_hour = 0, zone_minute = 0;

	if (!part_read(text, 2, 23, &hour) || !letter_skip(text, ":") ||
		!part_read(text, 2, 59, &minute))
		return false;
	if (letter_skip(text, ":") && !part_read(text, 2, 59, &second))
		return false;
	const bool east = **text == '+';
	if (!letter_skip(text, "Zz") &&
		(!letter_skip(text, "+-") || !part_read(text, 2, 23, &zone_hour) ||
			!letter_skip(text, ":") || !part_read(text, 2, 59, &zone_minute)))
		return false;
	const int zone = (zone_hour * 60 + zone_minute) * 60;
	*out_s = (hour * 60 + minute) * 60 + second - (east ? zone : -zone);
	return true;
}

int value_time(const char *text, int64_t *out_s)
{
	int64_t day_s, clock_s = DAY_S;

	if (!date_read(&text, &day_s))
		return ERR_FORMAT;
	if (*text != '\0' && (!letter_skip(&text, "Tt ") || !clock_read(&text, &clock_s)))
		return ERR_FORMAT;
	if (*text != '\0')
		return ERR_FORMAT;
	*out_s = day_s + clock_s;
	return 0;
}

static const char *quantity_print(
	uint64_t value, const struct unit *units, char text[static QUANTITY_LEN])
{
	const struct unit *best = NULL;

	for (const struct unit *unit = units; unit->name; unit++) {
		if (value >= unit->factor && value % unit->factor == 0)
			best = unit;
	}
	snprintf(text, QUANTITY_LEN, "%llu%s",
		(unsigned long long)(best ? value / best->factor : value), best ? best->name : "");
	return text;
}

const char *value_print_duration(uint64_t ms, char text[static QUANTITY_LEN])
{
	return quantity_print(ms, durations, text);
}

const char *value_print_size(uint64_t octets, char text[static QUANTITY_LEN])
{
	return quantity_print(octets, sizes, text);
}

static bool is_ascii(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text >= 0x80)
			return false;
	}
	return true;
}

int value_ascii_name(struct arena *arena, const char *text, const char **out)
{
	char *ascii = NULL;

	/* libidn2 looks only at what needs it: _dmarc and escapes are names of their own right. */
	if (is_ascii(text)) {
		*out = arena_copy(arena, text, strlen(text) + 1);
		return *out ? 0 : ERR_NOMEM;
	}
	int err = idn2_to_ascii_8z(text, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (err == IDN2_MALLOC)
		return ERR_NOMEM;
	if (err != IDN2_OK)
		return ERR_FORMAT;
	const char *copy = arena_copy(arena, ascii, strlen(ascii) + 1);
	idn2_free(ascii);
	if (!copy)
		return ERR_NOMEM;
	*out = copy;
	return 0;
}

int value_ascii_url(struct arena *arena, const char *url, const char **out)
{
	const char *host = strstr(url, "://");
	char *typed, *joined;
	const char *ascii;

	if (is_ascii(url) || !host) {
		*out = arena_copy(arena, url, strlen(url) + 1);
		return *out ? 0 : ERR_NOMEM;
	}
	host += strlen("://");
	const size_t before = (size_t)(host - url), len = strcspn(host, ":/?#[");
	typed = arena_alloc(arena, len + 1);
	if (!typed)
		return ERR_NOMEM;
	memcpy(typed, host, len);
	int err = value_ascii_name(arena, typed, &ascii);
	if (err != 0)
		return err;
	const size_t ascii_len = strlen(ascii), rest = strlen(host + len) + 1;
	joined = arena_alloc(arena, before + ascii_len + rest);
	if (!joined)
		return ERR_NOMEM;
	memcpy(joined, url, before);
	memcpy(joined + before, ascii, ascii_len);
	memcpy(joined + before + ascii_len, host + len, rest);
	*out = joined;
	return 0;
}

static int folded(char letter)
{
	return letter == '_' ? '-' : tolower((unsigned char)letter);
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Insertions, deletions and replacements from a to b (Levenshtein); both within NEAR_LEN_MAX. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[NEAR_LEN_MAX + 1];
	const size_t len = strlen(b);

	for (unsigned i = 0; i <= len; i++)
		row[i] = i;
	for (unsigned i = 1; *a; a++, i++) {
		unsigned diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= len; j++) {
			unsigned replaced = diagonal + (folded(*a) != folded(b[j - 1]));
			diagonal = row[j];
			row[j] = least(replaced, least(row[j], row[j - 1]) + 1);
		}
	}
	return row[len];
}

void nearest_offer(struct nearest *nearest, const char *typed, const char *word)
{
	const size_t len = strlen(typed);

	if (len > NEAR_LEN_MAX || strlen(word) > NEAR_LEN_MAX)
		return;
	unsigned letters = distance(typed, word);
	if (letters > NEAR_DISTANCE_MAX || letters > (len + 2) / 3)
		return;
	if (nearest->word && nearest->distance <= letters)
		return;
	*nearest = (struct nearest){ .word = word, .distance = letters };
}

const char *config_idn_library_version(void)
{
	return idn2_check_version(NULL);
}
