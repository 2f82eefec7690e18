/* SPDX-License-Identifier: MIT */
#include "resolve/turns.h"

/* By crypto_cost(): eight checks of P-256, some 1 ms; the last check may go beyond it, by half as
 * much at most. A cold name takes fewer; a hostile one may cost 18 ms in all. */
#define TURN_COST 32

unsigned turns_left(const struct turns *turns)
{
	return turns->spent < TURN_COST ? TURN_COST - turns->spent : 0;
}

static void take_next(void *owner)
{
	struct turns *turns = owner;
	struct list *link;

	turns->spent = 0;
	while (turns_left(turns) > 0 && (link = list_pop_front(&turns->waiting))) {
		struct turn *turn = CONTAINER_OF(link, struct turn, link);
		turn->take(turn->owner);
	}
	if (!list_empty(&turns->waiting))
		loop_post(turns->loop, &turns->next);
}

void turns_init(struct turns *turns, struct loop *loop)
{
	*turns = (struct turns){ .loop = loop };
	list_init(&turns->waiting);
	task_init(&turns->next, take_next, turns);
}

void turns_done(struct turns *turns)
{
	task_cancel(&turns->next);
}

void turns_spend(struct turns *turns, unsigned cost)
{
	turns->spent += cost;
	if (cost > 0)
		loop_post(turns->loop, &turns->next);
}

void turn_init(struct turn *turn, void (*take)(void *owner), void *owner)
{
	*turn = (struct turn){ .take = take, .owner = owner };
	list_init(&turn->link);
}

void turn_wait(struct turn *turn, struct turns *turns)
{
	if (!turn_waiting(turn))
		list_push_back(&turns->waiting, &turn->link);
	loop_post(turns->loop, &turns->next);
}

bool turn_waiting(const struct turn *turn)
{
	return !list_empty(&turn->link);
}

void turn_cancel(struct turn *turn)
{
	list_unlink(&turn->link);
}
