/* SPDX-License-Identifier: MIT */
/* What all groups of one worker share: the pools, the counters, whether there is an outage, and the
 * connections that are over and wait until nothing on the stack knows them any more. */
#pragma once

#include "upstream/connection.h"
#include "upstream/group.h"

struct pool;

struct upstreams {
	struct upstreams_options options;
	struct bootstrap_servers bootstrap;
	struct list pools;
	struct list graveyard;
	struct task bury;
	size_t asks;	    /* under way in all groups */
	bool outage;	    /* all that were asked of late fail */
	uint64_t outage_ms; /* since when */
};

/* Something failed, or a sign of life came: is it an outage, ours most likely, in which all that
 * are asked fail? When one ends nobody is held to what failed in it. */
bool upstreams_look(struct upstreams *upstreams);

/* The pool of an equal endpoint, which then adopts this one, or a new pool; held for the caller.
 * NULL: out of memory. */
struct pool *upstreams_pool(struct upstreams *upstreams, struct endpoint *endpoint);

/* Takes a CLOSED connection, unlinked, to be freed from the loop's stack. */
void upstreams_bury(struct upstreams *upstreams, struct connection *connection);
