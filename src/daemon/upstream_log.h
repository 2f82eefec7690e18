/* SPDX-License-Identifier: MIT */
/* What becomes of upstreams, as the log has it. One that comes and goes must not fill it: after
 * some changes within a minute the rest of that minute's are told in one line. Of one worker. */
#pragma once

#include "upstream/group.h"

/* Milliseconds that what is held back is summed up over. */
#define UPSTREAM_LOG_WINDOW_MS 60000

/* Changes of one upstream that are told each by itself in such a time: it goes down and comes back
 * twice. While that time follows upon one of which something was held back it is one change. */
#define UPSTREAM_LOG_AT_ONCE 4

struct upstream_log;

struct upstream_log *upstream_log_new(struct loop *loop); /* NULL: out of memory */

/* Without what is held back. NULL is accepted. */
void upstream_log_free(struct upstream_log *log);

/* Tells it now, or sums it up; without memory it is told now. */
void upstream_log_change(struct upstream_log *log, const struct endpoint *endpoint,
	enum upstream_event event, const char *why);
