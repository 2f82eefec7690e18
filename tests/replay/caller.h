/* SPDX-License-Identifier: MIT */
/* One client of a scenario, as serve/ would stand for it. */
#pragma once

#include "replay/line.h"
#include "resolve/query.h"

struct caller {
	struct resolver *resolver;
	uint16_t id;
	struct asked asked;
	struct name_space space;
	struct query *query; /* while it waits */
	bool asking;	     /* asked, and the story has not said what came of it */
	unsigned replies;    /* since it asked */
	size_t reply_len;
	uint8_t reply[MESSAGE_LEN_MAX];
};

void caller_init(struct caller *caller, struct resolver *resolver, uint16_t id);

/* What it waits for is forgotten. */
void caller_done(struct caller *caller);

/* "client NUMBER ...", line behind the number. */
void caller_run(struct caller *caller, struct line *line);
