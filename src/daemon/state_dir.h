/* SPDX-License-Identifier: MIT */
/* The directory of what outlives the process. Whatever is wrong with it the daemon goes on without,
 * and says so once, not each time: it says more when that has changed. Of one thread. */
#pragma once

#include <stdbool.h>

#include "base/err.h"

struct state_dir {
	char *path;  /* "": nothing is kept */
	bool usable; /* as it was last told */
};

/* Tells if it cannot be used. ERR_NOMEM. */
MUST_USE int state_dir_init(struct state_dir *dir, const char *path);
void state_dir_done(struct state_dir *dir);

/* Looks again, and tells when that has changed. */
bool state_dir_usable(struct state_dir *dir);
