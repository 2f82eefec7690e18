/* SPDX-License-Identifier: MIT */
/* One file in the state directory, which nobody else may read. Whatever is wrong with it the daemon
 * goes on without, and says so once, as of the directory. Of one thread. */
#pragma once

#include "base/keep.h"
#include "daemon/state_dir.h"

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

/* It is there no longer, or never was; else tells why not, and what comes of it. */
void state_file_remove(const struct state_file *file, const char *otherwise);
