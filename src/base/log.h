/* SPDX-License-Identifier: MIT */
/* What a person reads while it runs: one line an event, on stderr.
 * Where journald reads (JOURNAL_STREAM names stderr) a line starts with its priority as <N>,
 * sd-daemon(3). Floors below daemon do not log above debug; whoever decides logs, once per change
 * of state. */
#pragma once

#include "base/err.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Lines above that level are dropped from now on, in every thread. The start level is info. */
void log_set_level(enum log_level level);

/* Octets outside printable ASCII in the text are shown as \DDD: names come from the network. */
PRINTF(1, 2) void log_error(const char *format, ...);
PRINTF(1, 2) void log_warning(const char *format, ...);
PRINTF(1, 2) void log_info(const char *format, ...);
PRINTF(1, 2) void log_debug(const char *format, ...);
