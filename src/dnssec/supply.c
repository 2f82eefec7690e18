/* SPDX-License-Identifier: MIT */
#include "dnssec/supply.h"

struct supply *supplies_find(const struct supplies *supplies, struct name name, uint16_t type)
{
	struct supply *supply = supplies->first;

	while (supply && (supply->want.type != type || !name_equal(supply->want.name, name)))
		supply = supply->next;
	return supply;
}

static struct supply *supply_add(struct supplies *supplies, struct name name, uint16_t type)
{
	struct supply *supply = arena_alloc(supplies->arena, sizeof(*supply));

	if (!supply || name_copy(supplies->arena, name, &supply->want.name) != 0)
		return NULL;
	supply->want.type = type;
	supply->next = supplies->first;
	supplies->first = supply;
	return supply;
}

int supplies_ask(struct supplies *supplies, struct name name, uint16_t type, struct budget *budget,
	struct supply **out)
{
	struct supply *supply = supplies_find(supplies, name, type);

	if (!supply) {
		int err = budget_spend_query(budget);
		if (err)
			return err;
		supply = supply_add(supplies, name, type);
		if (!supply)
			return ERR_NOMEM;
	}
	*out = supply;
	return 0;
}

int supplies_fill(
	struct supplies *supplies, const struct validator_want *want, const struct message *message)
{
	struct supply *supply = supplies_find(supplies, want->name, want->type);

	/* Foreseen, and so there before it is asked for. */
	if (!supply)
		supply = supply_add(supplies, want->name, want->type);
	if (!supply)
		return ERR_NOMEM;
	if (supply->state == SUPPLY_HAD || supply->state == SUPPLY_FAILED)
		return 0;
	supply->state = SUPPLY_FAILED;
	if (!message || (message->rcode != RCODE_NOERROR && message->rcode != RCODE_NXDOMAIN))
		return 0;
	int err = reply_open(&supply->reply, message, supplies->arena);
	if (!err)
		supply->state = SUPPLY_HAD;
	return err == ERR_NOMEM ? err : 0;
}

size_t supplies_tell(struct supplies *supplies, struct validator_want *wants, size_t wants_max)
{
	size_t count = 0;

	for (struct supply *s = supplies->first; s && count < wants_max; s = s->next) {
		if (s->state != SUPPLY_ASKED)
			continue;
		s->state = SUPPLY_TOLD;
		wants[count++] = s->want;
	}
	return count;
}
