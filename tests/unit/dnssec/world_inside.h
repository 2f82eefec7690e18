/* SPDX-License-Identifier: MIT */
/* What the files of the world share. */
#pragma once

#include "world.h"

/* Does zone have records at or below name? */
bool world_exists(const struct world_zone *zone, struct name name);

/* One RRset and its signature under the name as, unless it is in the reply already. */
void world_put_signed(struct world *world, struct world_reply *reply, struct world_zone *zone,
	struct rrset *rrset, struct name as);

/* The NSEC or NSEC3 that matches or covers name. */
void world_deny(
	struct world *world, struct world_reply *reply, struct world_zone *zone, struct name name);

/* The owner's NSEC, asked for by type, under the name as. False: it has none. */
bool world_put_nsec(struct world *world, struct world_reply *reply, struct world_zone *zone,
	struct name owner, struct name as);
