/* SPDX-License-Identifier: MIT */
/* What is true in a story: a signed DNS in memory, which upstreams answer from, and the anchors and
 * the cryptography that its answers are validated with. */
#pragma once

#include "net/loop.h"
#include "replay/line.h"
#include "unit/dnssec/world.h"

struct truth {
	struct loop *loop;
	struct world world;
	bool told; /* there is a world; else nothing is validated */
};

void truth_init(struct truth *truth, struct loop *loop);
void truth_done(struct truth *truth);

/* Runs a line about the world, its zones and records, and what is known and trusted here. False: it
 * is about something else. begun: what is said before anything else comes too late. */
bool truth_run(struct truth *truth, struct line *line, bool begun);

/* The zone of exactly that name; there must be one. */
struct world_zone *truth_zone(struct truth *truth, struct line *line);

/* A key of that algorithm and number. */
const struct signer_key *truth_key(const struct line *line, uint8_t algorithm, uint32_t number);

/* Records as in written.h; they live as long as the world. */
void truth_records(
	struct truth *truth, const struct line *line, const char *records, struct message *out);

/* The honest answer. */
void truth_answer(struct truth *truth, const struct line *line, const struct question *question,
	struct world_reply *out);
