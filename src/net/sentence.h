/* SPDX-License-Identifier: MIT */
/* What went wrong, said to a person. Parts of it are often the peer's choice: only
 * plain ASCII gets through, so that no terminal or log is talked to. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

#define SENTENCE_TIME_LEN 32

/* Cut to len octets with the end. */
PRINTF(3, 0) void sentence_write(char *text, size_t len, const char *format, va_list list);

/* Octets of a peer's choice, where those that mean something are escaped already: what is not plain
 * ASCII becomes \HH, as RFC 4514 section 2.4 has it. False: cut to len octets with the end, in
 * front of what does not fit. */
bool sentence_escape(char *text, size_t len, struct bytes octets);

/* The same between quotes, with a backslash in front of quotes and backslashes; "..." behind them
 * says that it is cut to len octets, which are some. Returns text. */
const char *sentence_quote(char *text, size_t len, struct bytes octets);

/* What a person whose clock is not set should know. */
#define SENTENCE_CLOCK_LEN 320

/* What it says, what it cannot be, and what follows. False: it is set, and text is "". */
bool sentence_clock(char text[static SENTENCE_CLOCK_LEN]);

/* "2026-01-31 12:00 UTC". Returns text. */
const char *sentence_time(int64_t at_s, char text[static SENTENCE_TIME_LEN]);
