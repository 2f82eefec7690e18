/* SPDX-License-Identifier: MIT */
#include "upstream/reach.h"

#include <assert.h>

static void reach_move(struct reach *reach, enum reach_state to)
{
	static const bool legal[][3] = {
		[REACH_REST] = { [REACH_PAUSE] = true, [REACH_TRYING] = true },
		[REACH_PAUSE] = { [REACH_REST] = true, [REACH_TRYING] = true },
		[REACH_TRYING] = { [REACH_REST] = true },
	};
	assert(legal[reach->state][to]);
	reach->state = to;
}

/* The next address that can be tried at all; or, when none is left or under way, the end. */
static void reach_next(struct reach *reach)
{
	while (reach->tried < reach->count) {
		size_t address = reach->tried++;
		if (address < reach->ring)
			address = (reach->first + address) % reach->ring;
		if (!reach->events->open(reach->owner, address))
			continue;
		reach->under_way++;
		reach->tried_ms = loop_now_ms(reach->loop);
		loop_start_timer(reach->loop, &reach->timer,
			reach->tried < reach->count ? REACH_STAGGER_MS : REACH_AGAIN_MS);
		return;
	}
	if (reach->under_way > 0) {
		loop_start_timer(reach->loop, &reach->timer, REACH_AGAIN_MS);
		return;
	}
	reach_stop(reach);
	reach->events->failed(reach->owner);
}

static void reach_try(struct reach *reach)
{
	reach_move(reach, REACH_TRYING);
	reach->began_ms = loop_now_ms(reach->loop);
	reach_next(reach);
}

static void reach_fire(void *owner)
{
	struct reach *reach = owner;

	if (reach->state == REACH_PAUSE) {
		reach_try(reach);
		return;
	}
	if (reach->tried == reach->count)
		reach->events->again(reach->owner, (reach->first + reach->again++) % reach->count);
	reach_next(reach);
}

void reach_init(
	struct reach *reach, struct loop *loop, const struct reach_events *events, void *owner)
{
	*reach = (struct reach){
		.loop = loop,
		.events = events,
		.owner = owner,
		.state = REACH_REST,
	};
	timer_init(&reach->timer, reach_fire, reach);
}

void reach_begin(struct reach *reach, size_t count, size_t first, uint64_t not_before_ms)
{
	const uint64_t now_ms = loop_now_ms(reach->loop);

	assert(reach->state == REACH_REST && count > 0 && first < count);
	reach->first = first;
	reach->ring = reach->count = count;
	reach->tried = 0;
	reach->under_way = 0;
	reach->again = 0;
	if (now_ms >= not_before_ms) {
		reach_try(reach);
		return;
	}
	reach_move(reach, REACH_PAUSE);
	loop_start_timer(reach->loop, &reach->timer, not_before_ms - now_ms);
}

void reach_extend(struct reach *reach, size_t count)
{
	const uint64_t now_ms = loop_now_ms(reach->loop);

	assert(reach->state != REACH_REST && count >= reach->count);
	const bool waits = reach->state == REACH_TRYING && reach->tried == reach->count;
	reach->count = count;
	if (!waits || reach->tried == count)
		return;
	/* The last one tried has no more of a head start than if they had been there before. */
	const uint64_t due_ms = reach->tried_ms + REACH_STAGGER_MS;
	loop_start_timer(reach->loop, &reach->timer, due_ms > now_ms ? due_ms - now_ms : 0);
}

void reach_attempt_failed(struct reach *reach)
{
	assert(reach->state == REACH_TRYING && reach->under_way > 0);
	reach->under_way--;
	reach_next(reach);
}

void reach_stop(struct reach *reach)
{
	loop_stop_timer(reach->loop, &reach->timer);
	if (reach->state != REACH_REST)
		reach_move(reach, REACH_REST);
}
