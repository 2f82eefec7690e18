/* SPDX-License-Identifier: MIT */
/* Small files that a person names: read whole, and never waited for. */
#pragma once

#include <stddef.h>

#include "base/err.h"

/* All of a regular file of at most len_max octets, for free(); a NUL that is not counted follows.
 * ERR_SYSTEM with errno; ERR_FORMAT when it is a device, a pipe or a directory, which could keep us
 * waiting or have no end; ERR_LIMIT when it is longer; ERR_NOMEM. */
MUST_USE int file_read(const char *path, size_t len_max, char **text, size_t *len);

/* The same of one that is open, from where it stands; it stays open. */
MUST_USE int file_read_fd(int fd, size_t len_max, char **text, size_t *len);
