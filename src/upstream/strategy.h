/* SPDX-License-Identifier: MIT */
/* Which upstream of a group comes first for a name. Looks at the pools and changes nothing. */
#pragma once

#include "upstream/group.h"

/* Members of a group at most, a bit each. */
#define STRATEGY_MEMBERS_MAX 64

/* No member. */
#define STRATEGY_NOBODY SIZE_MAX

/* Of these members of the group, a bit each, the one to ask first; STRATEGY_NOBODY of none.
 * ORDERED, PARALLEL: as they are written. FASTEST: who answers soonest, a handshake that is yet to
 * be made included; between two that are about as fast, as they are written. SPREAD: each of them
 * for its share of the names, by the part that somebody registered, so that the loss of one moves
 * no other's names. */
size_t strategy_choose(const struct group *group, uint64_t members, struct name name);

/* The part of a name that somebody registered, about: a label more than its top-level domain has,
 * or two where a country's second level is one for registries as well (co.uk, com.au, ac.jp). */
struct name strategy_registrable(struct name name);
