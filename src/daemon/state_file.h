/* SPDX-License-Identifier: MIT */
/* The directory of what outlives the process, and one file in it, which nobody else may read.
 * Whatever is wrong with them the daemon goes on without, and says so once, not each time: it says
 * more when that has changed. Of one thread. */
#pragma once

#include "base/keep.h"

struct state_dir {
	char *path;  /* "": nothing is kept */
	bool usable; /* as it was last told */
};

/* Tells if it cannot be used. ERR_NOMEM. */
MUST_USE int state_dir_init(struct state_dir *dir, const char *path);
void state_dir_done(struct state_dir *dir);

/* Looks again, and tells when that has changed. */
bool state_dir_usable(struct state_dir *dir);

/* How often what changes is saved: what a crash may cost. */
#define STATE_PERIOD_MS (UINT64_C(15) * 60 * 1000)

struct state_file {
	struct state_dir *dir;
	const char *name;
	const char *loss;	 /* what is worse without it: "the first answers take longer" */
	char told[KEEP_WHY_LEN]; /* why it cannot be written; "": it can */
};

/* Hands what it holds to read, whose ERR_FORMAT means that this is not ours: the file is set aside.
 * False: there is none, or it could not be used, which was told. */
bool state_file_load(struct state_file *file, size_t len_max,
	int (*read)(void *owner, struct bytes octets), void *owner);

/* False: the old one is still there, and why was told. */
bool state_file_save(struct state_file *file, struct keep_source source);

/* Is it gone, or was it never there? Else errno says why not. */
bool state_file_remove(const struct state_file *file);

/* What is there from before it was switched off is of no use to anybody; tells if it has to stay.
 */
void state_file_forget(const struct state_file *file);
