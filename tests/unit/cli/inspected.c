/* SPDX-License-Identifier: MIT */
#include "inspected.h"

#include <stdlib.h>

struct inspected inspected;

int set_up(void **state)
{
	(void)state;
	world_usual(&inspected.world);
	return 0;
}

int tear_down(void **state)
{
	(void)state;
	world_done(&inspected.world);
	return 0;
}

/* The world signs with its own names; the message must not outlive a reply on the heap. */
static int fetch(
	void *with, const struct question *question, struct arena *arena, struct message *out)
{
	struct world *world = with;
	struct world_reply *reply = malloc(sizeof(*reply));

	if (!reply)
		return ERR_NOMEM;
	world_answer(world, question->name, question->type, reply);
	if (world->tamper)
		world->tamper(reply, world->with);
	const bool lost = reply->rcode == UINT16_MAX;
	world_message(reply, arena, out);
	free(reply);
	return lost ? ERR_TIMEOUT : 0;
}

void inspected_prepare(struct name name, uint16_t type)
{
	inspected.inspection = (struct inspection){
		.question = { name, type, CLASS_IN },
		.anchors = inspected.world.anchors,
		.crypto = &inspected.world.crypto,
		.wall_s = inspected.world.wall_s,
		.fetch = fetch,
		.with = &inspected.world,
	};
}

void inspected_run_name(struct name name, uint16_t type)
{
	inspected_prepare(name, type);
	if (inspection_run(&inspected.inspection) != 0)
		abort();
}

void inspected_run(const char *name, uint16_t type)
{
	inspected_run_name(world_name(&inspected.world, name), type);
}

void inspected_done(void)
{
	inspection_done(&inspected.inspection);
}

void inspected_print(int (*print)(const struct inspection *inspection, FILE *out))
{
	FILE *out = fmemopen(inspected.text, sizeof(inspected.text), "w");

	if (!out || print(&inspected.inspection, out) != 0 || fclose(out) != 0)
		abort();
	inspected.text[sizeof(inspected.text) - 1] = '\0';
}
