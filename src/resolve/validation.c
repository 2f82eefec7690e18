/* SPDX-License-Identifier: MIT */
#include "resolve/validation.h"

#include "resolve/failure.h"

/* Handed out at once; a validator that wants more says so again. */
#define WANTS_MAX 16

/* One thing that was fetched or is being fetched. */
struct need {
	struct list link;
	struct validation *validation;
	struct validator_want want;
	struct fetch_waiter waiter;
	bool supplied;
};

static void take_turn(void *owner);

void validation_init(struct validation *validation, struct fetches *fetches,
	const struct validation_plan *plan, struct arena *arena)
{
	*validation = (struct validation){
		.fetches = fetches,
		.plan = *plan,
		.context = {
			.crypto = plan->crypto,
			.anchors = anchors_hold(plan->anchors),
			.keycache = keycache_hold(plan->keycache),
			.wall_s = loop_wall_s(fetches->loop),
			.clock_unset = !loop_clock_is_set(fetches->loop),
			.now_s = loop_now_s(fetches->loop),
		},
		.arena = arena,
	};
	group_hold(plan->group);
	budget_init(&validation->budget);
	turn_init(&validation->turn, take_turn, validation);
	list_init(&validation->needs);
}

static struct cache_key key_of(const struct need *need)
{
	const struct question question = {
		.name = need->want.name, .type = need->want.type, .class = CLASS_IN
	};
	struct cache_key key;

	cache_key_init(&key, cache_hash_key(need->validation->fetches->cache), &question, true);
	return key;
}

/* Remembered, so that not each question below a zone that cannot be reached asks for the same. */
static void remember_failure(const struct need *need, const struct fetch_result *result)
{
	const struct fetches *fetches = need->validation->fetches;
	const struct cache_key key = key_of(need);
	const uint32_t now_s = loop_now_s(fetches->loop);
	const struct failure failure = {
		.key = &key,
		.result = result,
		.earlier = failures_before(fetches->cache, &key, now_s),
	};
	struct entry *entry;

	/* What one upstream could not say for a second opinion, the others can. */
	if (need->validation->plan.avoid || result->err == ERR_CANCELLED ||
		failure_entry(&failure, now_s, &entry) != 0)
		return;
	cache_put(fetches->cache, &key, entry);
	entry_release(entry);
}

/* Hands over what has come. False: nothing has. */
static bool supply(struct need *need)
{
	struct validator *validator = need->validation->validator;
	const struct fetch_result *result = fetch_result(&need->waiter);

	if (!validator || !result || need->supplied)
		return false;
	need->supplied = true;
	validator_supply(validator, &need->want, fetch_is_answer(result) ? result->message : NULL);
	return true;
}

static bool go_on(struct validation *validation);

static void come(void *owner)
{
	struct need *need = owner;
	struct validation *validation = need->validation;
	const struct fetch_result *result = fetch_result(&need->waiter);

	if (!fetch_is_answer(result))
		remember_failure(need, result);
	if (supply(need) && go_on(validation))
		validation->done(validation->owner);
}

static struct need *find(const struct validation *validation, const struct validator_want *want)
{
	struct list *link = validation->needs.next;

	for (; link != &validation->needs; link = link->next) {
		struct need *need = CONTAINER_OF(link, struct need, link);
		if (need->want.type == want->type && name_equal(need->want.name, want->name))
			return need;
	}
	return NULL;
}

/* NULL: out of memory. */
static struct need *need_begin(struct validation *validation, const struct validator_want *want)
{
	struct need *need = arena_alloc(validation->arena, sizeof(*need));

	if (!need)
		return NULL;
	*need = (struct need){
		.validation = validation,
		.want = *want,
		.waiter = { .come = come, .owner = need },
	};
	list_init(&need->link);
	list_init(&need->waiter.link);
	const struct fetch_plan plan = {
		.key = key_of(need),
		.group = validation->plan.group,
		.avoid = validation->plan.avoid,
		.signatures = true,
		.deadline_ms = validation->plan.deadline_ms,
	};
	if (fetch_begin(validation->fetches, &plan, &need->waiter) != 0)
		return NULL;
	list_push_back(&validation->needs, &need->link);
	return need;
}

void validation_foresee(struct validation *validation, const struct question *question)
{
	struct validator_want wants[WANTS_MAX];
	size_t count = validator_foresee(&validation->context, question, wants, WANTS_MAX);

	for (size_t i = 0; i < count; i++)
		(void)need_begin(validation, &wants[i]); /* asked for again once it is wanted */
}

/* True: something of it is there at once, if only that it cannot be had. */
static bool want_fetch(struct validation *validation, const struct validator_want *want)
{
	struct need *need = find(validation, want);

	if (!need)
		need = need_begin(validation, want);
	if (need)
		return supply(need);
	validator_supply(validation->validator, want, NULL);
	return true;
}

/* As far as what has come and what may be spent allow. True: there is a verdict. */
static bool step(struct validation *validation)
{
	for (;;) {
		struct validator_want wants[WANTS_MAX];
		size_t count;
		bool again = false;

		switch (validator_step(
			validation->validator, wants, WANTS_MAX, &count, &validation->err)) {
		case VALIDATOR_DONE: return true;
		case VALIDATOR_PAUSES:
			turn_wait(&validation->turn, validation->plan.turns);
			return false;
		case VALIDATOR_WANTS: break;
		}
		for (size_t i = 0; i < count; i++)
			again |= want_fetch(validation, &wants[i]);
		if (!again && count < WANTS_MAX)
			return false;
	}
}

/* step(), now if something is left to spend, else in its turn. True: there is a verdict. */
static bool go_on(struct validation *validation)
{
	struct turns *turns = validation->plan.turns;
	const unsigned left = turn_waiting(&validation->turn) ? 0 : turns_left(turns);

	if (left == 0) {
		turn_wait(&validation->turn, turns);
		return false;
	}
	budget_begin_turn(&validation->budget, left);
	const bool done = step(validation);
	turns_spend(turns, validation->budget.turn_cost);
	return done;
}

static void take_turn(void *owner)
{
	struct validation *validation = owner;

	if (go_on(validation))
		validation->done(validation->owner);
}

bool validation_run(struct validation *validation, const struct message *message)
{
	struct list *link;

	validation->validator = validator_start(
		&validation->context, message, &validation->budget, validation->arena);
	if (!validation->validator) {
		validation->err = ERR_NOMEM;
		return true;
	}
	for (link = validation->needs.next; link != &validation->needs; link = link->next)
		(void)supply(CONTAINER_OF(link, struct need, link));
	return go_on(validation);
}

const struct validator_result *validation_result(const struct validation *validation)
{
	return validation->err ? NULL : validator_result(validation->validator);
}

const struct fetch_result *validation_source(
	const struct validation *validation, struct name name, uint16_t type)
{
	const struct need *need = find(validation, &(struct validator_want){ name, type });
	return need ? fetch_result(&need->waiter) : NULL;
}

void validation_end(struct validation *validation)
{
	struct list *link;

	turn_cancel(&validation->turn);
	while ((link = list_pop_front(&validation->needs)))
		fetch_leave(&CONTAINER_OF(link, struct need, link)->waiter);
	keycache_free(validation->plan.keycache);
	anchors_free(validation->plan.anchors);
	group_release(validation->plan.group);
}
