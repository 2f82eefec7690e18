/* SPDX-License-Identifier: MIT */
/* Fetches the root's keys when it is time, and shows them to their keeper (RFC 5011). Belongs to
 * one worker's thread, as the keeper does from then on. */
#pragma once

#include "daemon/anchor_keeper.h"
#include "net/loop.h"
#include "upstream/group.h"

struct anchor_refresh;

/* changed() is told what is trusted from now on; the hold is the callee's. NULL: out of memory. */
struct anchor_refresh *anchor_refresh_new(struct loop *loop, struct anchor_keeper *keeper,
	void (*changed)(void *owner, struct anchors *anchors_take), void *owner);
void anchor_refresh_free(struct anchor_refresh *refresh); /* NULL is accepted */

/* From now on of that group, which it holds; NULL: not at all, as nothing follows the root's keys.
 * At each reading of the configuration but the first the distribution's keys are read again, too.
 */
void anchor_refresh_configure(struct anchor_refresh *refresh, struct group *group);
