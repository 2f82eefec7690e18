/* SPDX-License-Identifier: MIT */
/* What a trace is shown as, of replies whose records were edited: nothing but printable text, and
 * an end to it. The octets choose a question, and then four for each edit what is done to which
 * record of which reply. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/drawing.h"
#include "cli/trace_json.h"
#include "cli/tree.h"
#include "world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define WORLD_FULL_LEN (16u << 20) /* octets: then it is built anew */

static const struct {
	const char *name;
	uint16_t type;
} questions[] = {
	{ "www.n1.example", TYPE_A },
	{ "nope.n1.example", TYPE_A },
	{ "a.nope.n3.example", TYPE_A },
	{ "x.wild.n1.example", TYPE_A },
	{ "x.wild.n3.example", TYPE_AAAA },
	{ "tounsigned.n1.example", TYPE_A },
	{ "www.sub.n3.example", TYPE_A },
	{ "loop.n1.example", TYPE_A },
	{ "www.kid.oo.example", TYPE_A },
	{ "n1.example", TYPE_DS },
	{ "ent.n3.example", TYPE_A },
	{ "nope", TYPE_A },
};

static struct world world;

/* What one run does. */
struct run {
	const uint8_t *edits;
	size_t edit_count;
	unsigned replies; /* handed out so far */
};

static void edit(struct world_reply *reply, const uint8_t *how)
{
	struct record *record = &reply->records[how[1] % reply->count];
	uint8_t *rdata = arena_copy(&world.arena, record->rdata.at, record->rdata.len + 1);

	assert(rdata);
	switch (how[2] % 6) {
	case 0: /* an octet changes */
		if (record->rdata.len > 0)
			rdata[how[3] % record->rdata.len] ^= how[2];
		record->rdata.at = rdata;
		break;
	case 1: /* the end is gone; a signature needs the type that it covers */
		if (record->rdata.len > how[3] && how[3] >= 2)
			record->rdata.len = how[3];
		break;
	case 2: record->type = how[3]; break;
	case 3: record->owner = reply->records[how[3] % reply->count].owner; break;
	case 4: *record = reply->records[--reply->count]; break;
	case 5: reply->rcode = how[3] % 8; break;
	}
}

static void tamper(struct world_reply *reply, struct run *run)
{
	const unsigned number = run->replies++;

	for (size_t i = 0; i < run->edit_count && reply->count > 0; i++) {
		if (run->edits[4 * i] % 16 == number % 16)
			edit(reply, run->edits + 4 * i);
	}
	/* What a message would not have been read with. */
	size_t kept = 0;
	for (size_t i = 0; i < reply->count; i++) {
		if (reply->records[i].type != TYPE_RRSIG || reply->records[i].rdata.len >= 2)
			reply->records[kept++] = reply->records[i];
	}
	reply->count = kept;
}

static int fetch(
	void *with, const struct question *question, struct arena *arena, struct message *out)
{
	static struct world_reply reply;

	world_answer(&world, question->name, question->type, &reply);
	tamper(&reply, with);
	world_message(&reply, arena, out);
	return reply.count == 0 || out->records ? 0 : ERR_NOMEM;
}

static void show(const struct inspection *inspection)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert(out);
	int err = tree_print(inspection, false, out);
	if (!err)
		err = drawing_print(inspection, out);
	trace_json_print(inspection, out);
	if (fclose(out) != 0 || err)
		abort();
	for (size_t i = 0; i < len; i++)
		assert(text[i] == '\n' || (text[i] >= 0x20 && text[i] < 0x7f));
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len < 1)
		return 0;
	if (world.anchors && world.arena.total > WORLD_FULL_LEN) {
		world_done(&world);
		world.anchors = NULL;
	}
	if (!world.anchors)
		world_usual(&world);
	struct run run = { .edits = data + 1, .edit_count = (len - 1) / 4 };
	const size_t which = data[0] % (sizeof(questions) / sizeof(questions[0]));
	struct inspection inspection = {
		.question = { world_name(&world, questions[which].name), questions[which].type,
			CLASS_IN },
		.anchors = world.anchors,
		.crypto = &world.crypto,
		.wall_s = world.wall_s,
		.fetch = fetch,
		.with = &run,
	};
	if (inspection_run(&inspection) == 0)
		show(&inspection);
	inspection_done(&inspection);
	return 0;
}
