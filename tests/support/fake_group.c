/* SPDX-License-Identifier: MIT */
#include "support/fake_group.h"

#include <assert.h>
#include <stdlib.h>

struct group {
	struct endpoint *endpoint;
	struct endpoint *second; /* NULL: there is none */
	struct list asks;	 /* the longest waiting first */
	size_t asked;
	bool refuses;
	bool down;
	bool unfit, second_unfit;
	unsigned holders;
};

struct ask {
	struct list link;
	struct group *group;
	struct ask_options options;
	struct arena *arena;
	void (*done)(void *owner, const struct ask_result *result);
	void *owner;
};

struct group *fake_group_new(const char *name)
{
	struct group *group = calloc(1, sizeof(*group));
	const struct endpoint_options options = { .url = "tls://192.0.2.53", .name = name };
	char why[ENDPOINT_WHY_LEN];

	if (!group || endpoint_new(&options, &group->endpoint, why) != 0) {
		free(group);
		return NULL;
	}
	group->holders = 1;
	list_init(&group->asks);
	return group;
}

void fake_group_refuse(struct group *group, bool refuse)
{
	group->refuses = refuse;
}

static void free_if_unused(struct group *group)
{
	if (group->holders > 0 || !list_empty(&group->asks))
		return;
	endpoint_release(group->endpoint);
	endpoint_release(group->second);
	free(group);
}

bool fake_group_add(struct group *group, const char *name)
{
	const struct endpoint_options options = { .url = "tls://192.0.2.54", .name = name };
	char why[ENDPOINT_WHY_LEN];

	return endpoint_new(&options, &group->second, why) == 0;
}

bool group_has(const struct group *group, const struct endpoint *endpoint)
{
	return endpoint == group->endpoint || (group->second && endpoint == group->second);
}

bool group_has_other(const struct group *group, const struct endpoint *endpoint)
{
	return group->second || endpoint != group->endpoint;
}

void group_judge(struct group *group, const struct endpoint *endpoint, bool unfit)
{
	*(endpoint == group->second ? &group->second_unfit : &group->unfit) = unfit;
}

bool fake_group_is_unfit(const struct group *group, bool second)
{
	return second ? group->second_unfit : group->unfit;
}

struct endpoint *fake_group_endpoint(const struct group *group, bool second)
{
	return second ? group->second : group->endpoint;
}

void fake_group_set_down(struct group *group, bool down)
{
	group->down = down;
}

bool group_is_down(const struct group *group)
{
	return group->down;
}

static struct endpoint *asked_of(const struct ask *ask)
{
	const struct group *group = ask->group;
	if (ask->options.only)
		return ask->options.only == group->second ? group->second : group->endpoint;
	return ask->options.avoid == group->endpoint ? group->second : group->endpoint;
}

struct group *group_hold(struct group *group)
{
	group->holders++;
	return group;
}

void group_release(struct group *group)
{
	if (!group)
		return;
	assert(group->holders > 0);
	group->holders--;
	free_if_unused(group);
}

struct ask *group_ask(struct group *group, const struct ask_options *options, struct arena *arena,
	void (*done)(void *owner, const struct ask_result *result), void *owner)
{
	struct ask *ask = group->refuses ? NULL : calloc(1, sizeof(*ask));
	if (!ask)
		return NULL;
	*ask = (struct ask){ .options = *options, .arena = arena, .done = done, .owner = owner };
	ask->group = group;
	list_init(&ask->link);
	list_push_back(&group->asks, &ask->link);
	group->asked++;
	return ask;
}

void ask_cancel(struct ask *ask)
{
	list_unlink(&ask->link);
	free_if_unused(ask->group);
	free(ask);
}

size_t fake_group_asked(const struct group *group)
{
	return group->asked;
}

size_t fake_group_waiting(const struct group *group)
{
	size_t count = 0;
	for (const struct list *link = group->asks.next; link != &group->asks; link = link->next)
		count++;
	return count;
}

const struct ask_options *fake_group_first(const struct group *group)
{
	assert(!list_empty(&group->asks));
	return &CONTAINER_OF(group->asks.next, struct ask, link)->options;
}

static void end_first(struct group *group, const struct ask_result *result)
{
	struct ask *ask = CONTAINER_OF(list_pop_front(&group->asks), struct ask, link);
	group_hold(group); /* whoever is told may be the last who held it */
	ask->done(ask->owner, result);
	free(ask);
	group_release(group);
}

void fake_group_answer(struct group *group, struct bytes wire)
{
	struct message message;

	assert(!list_empty(&group->asks));
	struct ask *ask = CONTAINER_OF(group->asks.next, struct ask, link);
	struct ask_result result = { .endpoint = asked_of(ask), .why = "" };
	const uint8_t *kept = arena_copy(ask->arena, wire.at, wire.len);
	result.err =
		kept ? message_read(bytes_of(kept, wire.len), ask->arena, &message) : ERR_NOMEM;
	assert(result.err == 0 || result.err == ERR_NOMEM);
	if (result.err == 0)
		result.message = &message;
	else
		result.why = "out of memory";
	if (result.err == 0 && message.rcode != RCODE_NOERROR && message.rcode != RCODE_NXDOMAIN)
		result.why = "it says that it failed";
	end_first(group, &result);
}

void fake_group_fail(struct group *group, int err, const char *why)
{
	assert(!list_empty(&group->asks));
	const struct ask *ask = CONTAINER_OF(group->asks.next, struct ask, link);
	const struct ask_result result = { .err = err, .endpoint = asked_of(ask), .why = why };
	end_first(group, &result);
}
