/* SPDX-License-Identifier: MIT */
/* Files of our own that outlive us: mode 0600, in a directory that is ours, whole or not there. */
#pragma once

#include "base/bytes.h"
#include "base/err.h"

/* All of dir/name, for free(); a NUL that is not counted follows. ERR_NOT_FOUND; ERR_FORMAT when it
 * is no regular file, or not ours alone: owned by us, nothing to read or write for others;
 * ERR_LIMIT when it is longer than len_max octets; ERR_SYSTEM with errno; ERR_NOMEM. */
MUST_USE int keep_read(
	const char *dir, const char *name, size_t len_max, char **octets, size_t *len);

/* In place of what was there: written, brought to the disk, then renamed. ERR_SYSTEM with errno. */
MUST_USE int keep_write(const char *dir, const char *name, struct bytes octets);

/* ERR_SYSTEM with errno. */
MUST_USE int keep_remove(const char *dir, const char *name);

/* To name.bad, over an older one. ERR_SYSTEM with errno. */
MUST_USE int keep_set_aside(const char *dir, const char *name);
