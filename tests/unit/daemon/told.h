/* SPDX-License-Identifier: MIT */
/* What is logged goes into a file, and is looked at line by line: for tests of what a person is
 * told. */
#pragma once

#include <stdbool.h>

bool told_begin(void); /* from the next line on */
void told_end(void);

const char *told_path(void);

/* As many lines since the last look. */
void assert_told_lines(int count);

/* These, whole, and no more. */
void assert_told_lines_are(const char *text);

/* One line, with that in it; NULL: none. */
void assert_told(const char *what);
