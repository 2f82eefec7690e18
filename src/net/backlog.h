/* SPDX-License-Identifier: MIT */
/* Octets that a socket did not take yet, in order. Empty, it holds no memory. */
#pragma once

#include "base/bytes.h"
#include "base/err.h"

struct backlog {
	uint8_t *octets;   /* what waits is len octets from start on */
	size_t start, len; /* octets */
	size_t cap;	   /* octets allocated */
};

void backlog_init(struct backlog *backlog);
void backlog_done(struct backlog *backlog);

/* Makes room for len more octets, max in all: appending them cannot fail then. ERR_LIMIT,
 * ERR_NOMEM. */
MUST_USE int backlog_reserve(struct backlog *backlog, size_t len, size_t max);

/* Copies data to the end; the room must have been made. */
void backlog_append(struct backlog *backlog, struct bytes data);

/* All that waits; good until the next call. */
struct bytes backlog_waiting(const struct backlog *backlog);

/* Sends as much as the non-blocking socket takes. ERR_SYSTEM with errno. */
MUST_USE int backlog_flush(struct backlog *backlog, int fd);

/* The first len octets are on their way. */
void backlog_sent(struct backlog *backlog, size_t len);
