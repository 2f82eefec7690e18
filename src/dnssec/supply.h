/* SPDX-License-Identifier: MIT */
/* The DS and DNSKEY responses that a validation has asked for, and those that have come. */
#pragma once

#include "dnssec/reply.h"

/* One more thing needed before the verdict: DS or DNSKEY of a name. */
struct validator_want {
	struct name name; /* stays until the validation ends */
	uint16_t type;
};

enum supply_state {
	SUPPLY_ASKED,  /* not told yet */
	SUPPLY_TOLD,   /* its want has been handed out */
	SUPPLY_HAD,    /* reply is set */
	SUPPLY_FAILED, /* none could be had */
};

struct supply {
	struct supply *next;
	struct validator_want want;
	enum supply_state state;
	struct reply reply;
};

struct supplies {
	struct supply *first;
	struct arena *arena;
};

/* NULL: not asked for. */
struct supply *supplies_find(const struct supplies *supplies, struct name name, uint16_t type);

/* One that is asked for from now on. ERR_LIMIT when the budget is spent, ERR_NOMEM. One that is
 * there already costs nothing. */
MUST_USE int supplies_ask(struct supplies *supplies, struct name name, uint16_t type,
	struct budget *budget, struct supply **out);

/* message NULL, malformed or telling of a failure: none could be had. A second response to the same
 * question is ignored. ERR_NOMEM. */
MUST_USE int supplies_fill(struct supplies *supplies, const struct validator_want *want,
	const struct message *message);

/* Those not told yet, wants_max at most. Returns how many. */
size_t supplies_tell(struct supplies *supplies, struct validator_want *wants, size_t wants_max);
