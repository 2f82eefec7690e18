/* SPDX-License-Identifier: MIT */
/* A small file of our own that outlives the process, in a directory that is ours. It is believed
 * only if nobody but this user, or root, can have written it; a power cut leaves the old one or the
 * new one. */
#pragma once

#include "base/bytes.h"
#include "base/err.h"

/* Room for why something could not be done. */
#define KEEP_WHY_LEN 256

/* Octets of a name: it is written with ".new" behind it, and set aside with ".bad". */
#define KEEP_NAME_MAX 64

struct keep {
	const char *dir;
	const char *name;
	bool secret; /* nobody else may read it either */
};

/* All of it, for free(); a NUL that is not counted follows. ERR_NOT_FOUND: there is none; else why
 * says what is wrong. ERR_FORMAT: no regular file, or it or its directory is not ours alone;
 * ERR_LIMIT: it is longer than len_max octets; ERR_SYSTEM; ERR_NOMEM. */
MUST_USE int keep_read(const struct keep *keep, size_t len_max, char **octets, size_t *len,
	char why[static KEEP_WHY_LEN]);

/* In place of the old one; blocks until it is on the disk. With why: ERR_NOT_FOUND for a directory
 * that is not there, ERR_FORMAT for one that others can write to, ERR_SYSTEM. */
MUST_USE int keep_write(
	const struct keep *keep, struct bytes octets, char why[static KEEP_WHY_LEN]);

/* What is too much to be in memory at once: next gives piece after piece, each borrowed until the
 * one after it; the last is empty. An error of next ends it. */
struct keep_source {
	int (*next)(void *owner, struct bytes *piece);
	void *owner;
};

/* Of octets that are in memory; what they are in is used up. */
struct keep_source keep_source_of(struct bytes *octets);

/* The same, in pieces. Also the errors of next. */
MUST_USE int keep_write_from(
	const struct keep *keep, struct keep_source source, char why[static KEEP_WHY_LEN]);

/* Would a file in it be believed? With why: ERR_NOT_FOUND, ERR_SYSTEM, or ERR_FORMAT when others
 * can write to it. */
MUST_USE int keep_check_directory(const char *dir, char why[static KEEP_WHY_LEN]);

/* And what a crash has left of one that was being written. With why: ERR_NOT_FOUND if there was
 * none, ERR_FORMAT for a directory that others can write to, ERR_SYSTEM. */
MUST_USE int keep_remove(const struct keep *keep, char why[static KEEP_WHY_LEN]);

/* To NAME.bad, over an older one, for a person to look at. Errors as above. */
MUST_USE int keep_set_aside(const struct keep *keep, char why[static KEEP_WHY_LEN]);
