/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "world.h"

#define ARENA_LIMIT (16u << 20)
#define WANTS_MAX   64

#define IN_ZONE(prefix) (snprintf(name, sizeof(name), prefix "%s.example", zones[i]), name)

void world_usual(struct world *world)
{
	world_init(world);
	world_zone(world, ".", 8, WORLD_NSEC);
	world_zone(world, "example", 13, WORLD_NSEC3);
	world_zone(world, "n1.example", 15, WORLD_NSEC);
	world_zone(world, "n3.example", 10, WORLD_NSEC3);
	world_zone(world, "oo.example", 14, WORLD_OPTOUT);
	world_zone(world, "un.example", 0, WORLD_NSEC);
	world_zone(world, "kid.oo.example", 0, WORLD_NSEC);
	world_zone(world, "deep.kid.oo.example", 16, WORLD_NSEC);
	world_anchor(world, ".");
	static const char *const zones[] = { "n1", "n3", "oo", "un", "kid.oo", "deep.kid.oo" };
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		char name[64];
		world_add_a(world, IN_ZONE("www."));
		world_add_a(world, IN_ZONE("*.wild."));
		world_add(world, IN_ZONE("real.wild."), TYPE_A, bytes_of("\300\0\2\2", 4));
		world_add_a(world, IN_ZONE("below.ent."));
		world_add_name(world, IN_ZONE("tosigned."), TYPE_CNAME, "www.n3.example");
		world_add_name(world, IN_ZONE("tounsigned."), TYPE_CNAME, "www.un.example");
		world_add_name(world, IN_ZONE("tonothing."), TYPE_CNAME, "nope.n1.example");
		world_add_name(world, IN_ZONE("*.star."), TYPE_CNAME, "www.n1.example");
		world_add_name(world, IN_ZONE("sub."), TYPE_DNAME, "n3.example");
		world_add_name(world, IN_ZONE("loop."), TYPE_CNAME, name);
	}
}

/* Wants that are out. */
struct outbox {
	struct validator_want wants[WANTS_MAX];
	size_t count;
};

/* Octets that fill a block of an arena, so that what comes next takes a new one. */
#define ARENA_BLOCK_LEN 4064

static void guard(const struct world *world, struct arena *arena, bool inside)
{
	if (!world->guard)
		return;
	if (inside)
		(void)arena_alloc(arena, ARENA_BLOCK_LEN); /* only to be in the way */
	world->guard(inside);
}

static int supply(struct world *world, struct validator *validator, struct arena *arena,
	const struct validator_want *want)
{
	struct world_reply *reply = malloc(sizeof(*reply));
	struct message *message = arena_alloc(arena, sizeof(*message));

	if (!message || !reply) {
		free(reply);
		return ERR_NOMEM;
	}
	if (world->answer)
		*reply = *world->answer(want->name, want->type);
	else
		world_answer(world, want->name, want->type, reply);
	if (world->tamper)
		world->tamper(reply, world->with);
	world_message(reply, arena, message);
	const bool lost = reply->rcode == UINT16_MAX; /* a tamperer's way to say: no answer */
	if (!message->records && reply->count > 0) {
		free(reply);
		return ERR_NOMEM;
	}
	free(reply);
	guard(world, arena, true);
	validator_supply(validator, want, lost ? NULL : message);
	guard(world, arena, false);
	return 0;
}

static int step_until_done(struct world *world, struct validator *validator, struct arena *arena,
	struct world_trial *out)
{
	struct outbox box = { 0 };
	const size_t max = world->wants_max > 0 ? world->wants_max : WANTS_MAX;
	size_t count;
	int err;

	for (;;) {
		struct validator_want *wants = box.wants + box.count;
		size_t room = WANTS_MAX - box.count;
		guard(world, arena, true);
		enum validator_step step =
			validator_step(validator, wants, max < room ? max : room, &count, &err);
		guard(world, arena, false);
		if (step == VALIDATOR_DONE)
			return err;
		if (step == VALIDATOR_PAUSES) {
			assert(world->turn_max > 0 && out->budget.turn_cost >= world->turn_max);
			budget_begin_turn(&out->budget, world->turn_max);
			out->pauses++;
			continue;
		}
		box.count += count;
		assert(box.count > 0); /* else it waits for nothing */
		out->rounds += count > 0;
		size_t take = world->one_by_one ? 1 : box.count;
		for (; take > 0 && !err; take--) {
			out->queries++;
			err = supply(world, validator, arena, &box.wants[--box.count]);
		}
		if (err)
			return err;
	}
}

static int foresee(struct world *world, const struct validator_context *context,
	const struct question *question, struct validator *validator, struct arena *arena)
{
	struct validator_want wants[WANTS_MAX];
	size_t count = validator_foresee(context, question, wants, WANTS_MAX);
	int err = 0;

	for (size_t i = 0; i < count && !err; i++)
		err = supply(world, validator, arena, &wants[i]);
	return err;
}

void world_validate_reply(struct world *world, const struct world_reply *reply, struct arena *arena,
	struct world_trial *out)
{
	const struct validator_context context = { .crypto = &world->crypto,
		.anchors = world->anchors,
		.keycache = world->keycache,
		.wall_s = world->wall_s,
		.now_s = world->now_s,
		.trace = world->trace };
	struct message message;

	memset(out, 0, sizeof(*out));
	budget_init(&out->budget);
	budget_begin_turn(&out->budget, world->turn_max);
	out->rounds = 1;
	world_message(reply, arena, &message);
	guard(world, arena, true);
	struct validator *validator =
		message.records || reply->count == 0
			? validator_start(&context, &message, &out->budget, arena)
			: NULL;
	guard(world, arena, false);
	if (!validator) {
		out->err = ERR_NOMEM;
		return;
	}
	if (world->foresee)
		out->err = foresee(world, &context, &reply->question, validator, arena);
	if (!out->err)
		out->err = step_until_done(world, validator, arena, out);
	if (out->err)
		return;
	out->result = *validator_result(validator);
	(void)reason_print(&out->result.reason, out->text);
}

void world_validate(struct world *world, const char *name, uint16_t type, struct world_trial *out)
{
	struct world_reply *reply = malloc(sizeof(*reply));
	struct arena arena;

	assert(reply);
	arena_init(&arena, ARENA_LIMIT);
	world_answer(world, world_name(world, name), type, reply);
	if (world->tamper)
		world->tamper(reply, world->with);
	world_validate_reply(world, reply, &arena, out);
	/* The views of the result would outlive what they view. */
	out->result.reason.name = out->result.reason.zone = (struct name){ NULL, 0 };
	if (!out->err) {
		struct name zone;
		int err = name_copy(&world->arena, out->result.zone, &zone);
		assert(!err);
		(void)err;
		out->result.zone = zone;
	}
	arena_done(&arena);
	free(reply);
}

static size_t drop_if(
	struct world_reply *reply, bool (*that)(const struct record *, uint16_t), uint16_t type)
{
	size_t kept = 0, before = reply->count;
	for (size_t i = 0; i < before; i++) {
		if (!that(&reply->records[i], type))
			reply->records[kept++] = reply->records[i];
	}
	reply->count = kept;
	return before - kept;
}

static bool is_type(const struct record *record, uint16_t type)
{
	return record->type == type;
}

static bool signs_type(const struct record *record, uint16_t type)
{
	return record->type == TYPE_RRSIG && u16_load(record->rdata.at) == type;
}

size_t reply_drop(struct world_reply *reply, uint16_t type)
{
	return drop_if(reply, is_type, type);
}

size_t reply_drop_signatures(struct world_reply *reply, uint16_t covers)
{
	return drop_if(reply, signs_type, covers);
}

static size_t spoil_if(
	struct world_reply *reply, bool (*that)(const struct record *, uint16_t), uint16_t type)
{
	static uint8_t spoilt[64][SIGNER_RDATA_MAX];
	static unsigned next;
	size_t count = 0;

	for (size_t i = 0; i < reply->count; i++) {
		struct record *record = &reply->records[i];
		if (!that(record, type))
			continue;
		uint8_t *copy = spoilt[next++ % 64];
		memcpy(copy, record->rdata.at, record->rdata.len);
		copy[record->rdata.len - 1] ^= 1;
		record->rdata.at = copy;
		count++;
	}
	return count;
}

size_t reply_spoil(struct world_reply *reply, uint16_t type)
{
	return spoil_if(reply, is_type, type);
}

size_t reply_spoil_signatures(struct world_reply *reply, uint16_t covers)
{
	return spoil_if(reply, signs_type, covers);
}
