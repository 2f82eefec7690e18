/* SPDX-License-Identifier: MIT */
/* How one upstream departs from the truth: what it does to its replies to one question. */
#pragma once

#include "replay/truth.h"
#include "wire/type.h"

#define LIES_MAX 16

struct lie {
	struct name_space space;
	struct question about;
	char text[1024]; /* of line */
	struct line line;
	bool told; /* once at least */
};

struct lies {
	struct lie lie[LIES_MAX];
	size_t count;
};

/* "NAME TYPE VERB ... [then VERB ...]", in the order in which they are told. */
void lies_add(struct lies *lies, struct line *line);

/* Does to the reply what there is about its question. Each verb must find something to do. */
void lies_tell(struct lies *lies, struct truth *truth, struct world_reply *reply);

/* From now on none; each must have been told. */
void lies_end(struct lies *lies);
