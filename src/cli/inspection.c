/* SPDX-License-Identifier: MIT */
#include "cli/inspection.h"

#include <assert.h>

#include "base/rand.h"

/* Zones of one question; a hundred bytes each and their keys. */
#define KEYCACHE_BYTES (1u << 20)

#define WANTS_MAX 16

/* One thing that the validator wants. No response is an answer, too. */
static int supply(
	struct inspection *in, struct validator *validator, const struct validator_want *want)
{
	const struct question question = {
		.name = want->name, .type = want->type, .class = CLASS_IN
	};
	struct message *message = arena_alloc(&in->arena, sizeof(*message));

	if (!message)
		return ERR_NOMEM;
	int err = in->fetch(in->with, &question, &in->arena, message);
	if (err == ERR_NOMEM)
		return err;
	in->queries++;
	validator_supply(validator, want, err ? NULL : message);
	return 0;
}

static int step_until_done(struct inspection *in, struct validator *validator)
{
	struct validator_want wants[WANTS_MAX];
	size_t count;
	int err;

	while (validator_step(validator, wants, WANTS_MAX, &count, &err) == VALIDATOR_WANTS) {
		assert(count > 0); /* all that was named is supplied */
		for (size_t i = 0; i < count; i++) {
			err = supply(in, validator, &wants[i]);
			if (err)
				return err;
		}
	}
	return err;
}

int inspection_run(struct inspection *in)
{
	struct budget budget;
	struct rand rand;

	arena_init(&in->arena, INSPECTION_MEMORY_MAX);
	trace_init(&in->trace);
	rand_init(&rand);
	const struct hash_key key = rand_hash_key(&rand);
	in->keycache = keycache_new(KEYCACHE_BYTES, key);
	if (!in->keycache)
		return ERR_NOMEM;
	int err = in->fetch(in->with, &in->question, &in->arena, &in->message);
	if (err)
		return err;
	in->queries = 1;
	budget_init(&budget);
	const struct validator_context context = { .crypto = in->crypto,
		.anchors = in->anchors,
		.keycache = in->keycache,
		.wall_s = in->wall_s,
		.clock_unset = in->clock_unset,
		.trace = &in->trace };
	struct validator *validator = validator_start(&context, &in->message, &budget, &in->arena);
	if (!validator)
		return ERR_NOMEM;
	err = step_until_done(in, validator);
	if (!err)
		in->result = *validator_result(validator);
	return err;
}

void inspection_done(struct inspection *in)
{
	keycache_free(in->keycache);
	in->keycache = NULL;
	trace_done(&in->trace);
	arena_done(&in->arena);
}
