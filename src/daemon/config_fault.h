/* SPDX-License-Identifier: MIT */
/* What is wrong with a configuration file: collected while it is read, told in order of lines. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/list.h"

struct faults {
	const char *file; /* how the texts call the file; borrowed */
	struct arena *arena;
	struct list list; /* of struct fault, by line */
	size_t count;
	bool out_of_memory; /* the list may lack some */
};

void faults_init(struct faults *faults, const char *file, struct arena *arena);

/* "what is wrong; what would be right". line from 1; 0: the file as a whole. Control characters in
 * the text are replaced: much of it was typed by somebody else. */
PRINTF(3, 4) void faults_add(struct faults *faults, unsigned line, const char *format, ...);

/* An allocation failed: whatever was read is of no use. */
void faults_add_nomem(struct faults *faults);

/* Was anything wrong? */
bool faults_any(const struct faults *faults);

/* One a line: "file:line: text". */
void faults_print(const struct faults *faults, FILE *out);
