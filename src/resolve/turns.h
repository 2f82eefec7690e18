/* SPDX-License-Identifier: MIT */
/* Whose turn it is to check signatures: between two looks for what has come, a worker spends only
 * so much on them, however many names are being validated, so that who has his answer in the cache
 * need not wait. Who comes too late waits in a queue, and goes to its end with what is left. */
#pragma once

#include "net/loop.h"

struct turns {
	struct loop *loop;
	struct list waiting;
	struct task next;
	unsigned spent; /* by crypto_cost(), since the loop last looked */
};

/* One that waits; embedded in what it serves. */
struct turn {
	struct list link;
	void (*take)(void *owner); /* once for each turn_wait(); may free the turn */
	void *owner;
};

void turns_init(struct turns *turns, struct loop *loop);

/* All that waited have been taken or cancelled. */
void turns_done(struct turns *turns);

/* What may be spent at once; the last check may go beyond it. 0: wait. */
unsigned turns_left(const struct turns *turns);

/* Spent until the loop has looked for what came. */
void turns_spend(struct turns *turns, unsigned cost);

void turn_init(struct turn *turn, void (*take)(void *owner), void *owner);
void turn_wait(struct turn *turn, struct turns *turns);
bool turn_waiting(const struct turn *turn);
void turn_cancel(struct turn *turn); /* harmless when it does not wait */
