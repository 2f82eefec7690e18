/* SPDX-License-Identifier: MIT */
#include "upstream/inflight.h"

#include <assert.h>
#include <stdlib.h>

/* Slots of the first table: an ordinary home's queries at one moment. */
#define FIRST_SLOTS 16

void inflight_init(struct inflight *inflight)
{
	*inflight = (struct inflight){ 0 };
}

void inflight_done(struct inflight *inflight)
{
	free(inflight->slots);
	inflight_init(inflight);
}

/* The slot of that ID, or the free one where it would go. The table is never full. */
static unsigned slot_of(const struct inflight *inflight, uint16_t id)
{
	unsigned at = id & (inflight->cap - 1);
	while (inflight->slots[at].taken && inflight->slots[at].id != id)
		at = (at + 1) & (inflight->cap - 1);
	return at;
}

static int grow(struct inflight *inflight)
{
	struct inflight bigger = { .count = inflight->count };
	bigger.cap = inflight->cap == 0 ? FIRST_SLOTS : inflight->cap * 2;
	bigger.slots = calloc(bigger.cap, sizeof(*bigger.slots));
	if (!bigger.slots)
		return ERR_NOMEM;
	for (unsigned i = 0; i < inflight->cap; i++) {
		if (inflight->slots[i].taken)
			bigger.slots[slot_of(&bigger, inflight->slots[i].id)] = inflight->slots[i];
	}
	free(inflight->slots);
	*inflight = bigger;
	return 0;
}

int inflight_add(
	struct inflight *inflight, struct rand *rand, struct exchange *exchange, uint16_t *id)
{
	if (inflight->count >= INFLIGHT_MAX)
		return ERR_LIMIT;
	if (inflight->count >= inflight->cap / 2 && grow(inflight) != 0)
		return ERR_NOMEM;
	uint16_t fresh;
	unsigned at;
	do {
		fresh = rand_u16(rand);
		at = slot_of(inflight, fresh);
	} while (inflight->slots[at].taken);
	inflight->slots[at] = (struct inflight_slot){
		.exchange = exchange,
		.sent_ms = INFLIGHT_PROBE,
		.id = fresh,
		.taken = true,
	};
	inflight->count++;
	*id = fresh;
	return 0;
}

const struct inflight_slot *inflight_find(const struct inflight *inflight, uint16_t id)
{
	if (inflight->count == 0)
		return NULL;
	const struct inflight_slot *slot = &inflight->slots[slot_of(inflight, id)];
	return slot->taken ? slot : NULL;
}

void inflight_remove(struct inflight *inflight, uint16_t id)
{
	const unsigned mask = inflight->cap - 1;
	unsigned hole = slot_of(inflight, id);

	assert(inflight->slots[hole].taken);
	/* What follows in the same run moves up, so that no search ends at the hole. */
	for (unsigned at = (hole + 1) & mask; inflight->slots[at].taken; at = (at + 1) & mask) {
		unsigned home = inflight->slots[at].id & mask;
		if (((at - home) & mask) < ((at - hole) & mask))
			continue;
		inflight->slots[hole] = inflight->slots[at];
		hole = at;
	}
	inflight->slots[hole] = (struct inflight_slot){ 0 };
	inflight->count--;
}

void inflight_cancel(struct inflight *inflight, uint16_t id, uint64_t mark)
{
	struct inflight_slot *slot = &inflight->slots[slot_of(inflight, id)];
	assert(slot->taken);
	slot->sent_ms = slot->exchange->sent_ms;
	slot->mark = mark;
	slot->exchange = NULL;
}
