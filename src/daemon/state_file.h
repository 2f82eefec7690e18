/* SPDX-License-Identifier: MIT */
/* A small file that outlives the process, in the directory of state-dir. It is believed only if
 * nobody but this user, or root, can have written it; a power cut leaves the old one or the new
 * one.
 */
#pragma once

#include <stddef.h>

#include "base/err.h"

/* Room for why something could not be done. */
#define STATE_FILE_WHY_LEN 256

/* Not longer: it is written to a name with ".new" behind it, and set aside with ".damaged". */
#define STATE_FILE_NAME_MAX 64

/* All of it, for free(); a NUL that is not counted follows. ERR_NOT_FOUND: there is none.
 * ERR_NOMEM. Else why says what is wrong: ERR_FORMAT for one that others can write, is too long or
 * no file, ERR_SYSTEM. */
MUST_USE int state_file_read(const char *directory, const char *name, size_t len_max, char **text,
	char why[static STATE_FILE_WHY_LEN]);

/* In place of the old one. Blocks until it is on the disk. With why: ERR_NOT_FOUND for a directory
 * that is not there, ERR_FORMAT for one that others can write to, ERR_SYSTEM. */
MUST_USE int state_file_write(const char *directory, const char *name, const char *text, size_t len,
	char why[static STATE_FILE_WHY_LEN]);

/* Renames it to NAME.damaged, for a person to look at. */
void state_file_set_aside(const char *directory, const char *name);
