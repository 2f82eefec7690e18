/* SPDX-License-Identifier: MIT */
/* One line of a scenario, word by word. What is wrong with it, or with what it expects, ends the
 * story. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define LINE_WORDS_MAX 32

struct line {
	const char *path; /* of the scenario */
	unsigned number;
	char *text; /* cut into words */
	size_t count, at;
	char *word[LINE_WORDS_MAX];
};

/* Cuts text, which stays the caller's, at its blanks; "..." is one word, # begins a comment. */
void line_init(struct line *line, const char *path, unsigned number, char *text);

/* The next word; there must be one. */
const char *line_next(struct line *line);

/* Takes the next word if it is that one. */
bool line_take(struct line *line, const char *word);
bool line_at_end(const struct line *line);

/* Nothing may be left. */
void line_end(const struct line *line);

uint32_t line_number(struct line *line);

/* "400ms", "5s", "2m", "1h", "3d" in milliseconds. */
uint64_t line_duration_ms(struct line *line);

/* The same with + or - in front, in seconds. */
int64_t line_shift_s(struct line *line);

/* The words from the next one on, to be run later: text is the caller's, and the copy views it. */
void line_keep(struct line *line, char *text, size_t text_len, struct line *out);

/* Ends the program; the story is not as it was told. */
__attribute__((noreturn))
PRINTF(2, 3) void line_fail(const struct line *line, const char *format, ...);
