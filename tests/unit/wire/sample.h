/* SPDX-License-Identifier: MIT */
/* Names, octets and texts for the tests of this room; include it behind cmocka.h. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/name.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

/* Octets of a string literal, without the zero at its end. */
#define OCTETS(literal) bytes_of(literal, sizeof(literal) - 1)

/* Lies in space. */
static inline struct name name_of(const char *text, struct name_space *space)
{
	struct name name;
	assert_int_equal(name_parse(text, space, &name), 0);
	return name;
}

static inline void assert_name(struct name name, const char *text)
{
	char printed[NAME_TEXT_LEN];
	assert_string_equal(name_print(name, printed), text);
}

/* A FILE whose text stays here. */
struct sheet {
	FILE *file;
	char *text;
	size_t len;
};

static inline FILE *sheet_open(struct sheet *sheet)
{
	sheet->file = open_memstream(&sheet->text, &sheet->len);
	assert_non_null(sheet->file);
	return sheet->file;
}

/* Compares all that was written and throws it away. */
static inline void assert_sheet(struct sheet *sheet, const char *text)
{
	assert_int_equal(fclose(sheet->file), 0);
	assert_string_equal(sheet->text, text);
	free(sheet->text);
}

/* "0a 0B0c" as octets, into at; returns how many. */
static inline size_t unhex(const char *text, uint8_t *at, size_t cap)
{
	size_t len = 0;
	unsigned value;
	int digits;
	while (sscanf(text, " %2x%n", &value, &digits) == 1) {
		assert_true(len < cap);
		at[len++] = (uint8_t)value;
		text += digits;
	}
	return len;
}
