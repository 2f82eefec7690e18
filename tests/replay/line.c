/* SPDX-License-Identifier: MIT */
#include "replay/line.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void line_fail(const struct line *line, const char *format, ...)
{
	va_list args;
	char text[65536], *rest = text, *one;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	printf("not ok 1 - %s:%u\n", line->path, line->number);
	while ((one = strsep(&rest, "\n")))
		printf("# %s\n", one);
	fflush(stdout);
	/* What is held at this moment is no leak. */
	_exit(1);
}

void line_init(struct line *line, const char *path, unsigned number, char *text)
{
	char *at = text;

	*line = (struct line){ .path = path, .number = number, .text = text };
	for (;;) {
		at += strspn(at, " \t\n");
		if (*at == '\0' || *at == '#')
			return;
		if (line->count == LINE_WORDS_MAX)
			line_fail(line, "too many words");
		bool quoted = *at == '"';
		at += quoted;
		line->word[line->count++] = at;
		at += strcspn(at, quoted ? "\"\n" : " \t\n");
		if (quoted && *at != '"')
			line_fail(line, "the closing \" is missing");
		if (*at != '\0')
			*at++ = '\0';
	}
}

bool line_at_end(const struct line *line)
{
	return line->at == line->count;
}

const char *line_next(struct line *line)
{
	if (line_at_end(line))
		line_fail(line, "a word is missing at the end");
	return line->word[line->at++];
}

bool line_take(struct line *line, const char *word)
{
	if (line_at_end(line) || strcmp(line->word[line->at], word) != 0)
		return false;
	line->at++;
	return true;
}

void line_end(const struct line *line)
{
	if (!line_at_end(line))
		line_fail(line, "what is \"%s\"?", line->word[line->at]);
}

static uint64_t number_of(const struct line *line, const char *word, char **end)
{
	if (*word < '0' || *word > '9')
		line_fail(line, "expected a number, not \"%s\"", word);
	return strtoull(word, end, 10);
}

uint32_t line_number(struct line *line)
{
	char *end;
	const char *word = line_next(line);
	uint64_t value = number_of(line, word, &end);

	if (*end != '\0' || value > UINT32_MAX)
		line_fail(line, "expected a number, not \"%s\"", word);
	return (uint32_t)value;
}

static uint64_t duration_ms_of(const struct line *line, const char *word)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
		{ "d", 86400000 } };
	char *end;
	uint64_t value = number_of(line, word, &end);

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit) == 0)
			return value * units[i].ms;
	}
	line_fail(line, "expected a time such as 400ms or 5s, not \"%s\"", word);
}

uint64_t line_duration_ms(struct line *line)
{
	return duration_ms_of(line, line_next(line));
}

int64_t line_shift_s(struct line *line)
{
	const char *word = line_next(line);

	if (word[0] != '+' && word[0] != '-')
		line_fail(line, "expected a time such as +1d or -5s, not \"%s\"", word);
	int64_t shift_s = (int64_t)(duration_ms_of(line, word + 1) / 1000);
	return word[0] == '+' ? shift_s : -shift_s;
}

void line_keep(struct line *line, char *text, size_t text_len, struct line *out)
{
	size_t used = 0;

	*out = (struct line){ .path = line->path, .number = line->number, .text = text };
	while (!line_at_end(line)) {
		const char *word = line_next(line);
		const size_t len = strlen(word) + 1;
		if (len > text_len - used)
			line_fail(line, "the line is too long to be kept");
		out->word[out->count++] = memcpy(text + used, word, len);
		used += len;
	}
}
