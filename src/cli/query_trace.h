/* SPDX-License-Identifier: MIT */
/* "stubborn query --trace": asks the running resolver for an answer and all that proves it, and
 * shows how the validator judges it. */
#pragma once

#include "base/address.h"
#include "wire/message.h"

#define QUERY_TRACE_ANCHORS_MAX 16

struct query_trace {
	struct question question;
	struct address server;
	bool tcp, json;
	const char *svg; /* a file to draw to; NULL: none */

	/* Files, or records as text; none: those of the configuration. */
	const char *anchors[QUERY_TRACE_ANCHORS_MAX];
	size_t anchor_count;
	const char *config_file; /* NULL: that which the daemon reads, if it can be read */
};

/* Shows it. Returns the exit code. */
int query_trace_run(const struct query_trace *trace);
