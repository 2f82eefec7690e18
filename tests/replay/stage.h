/* SPDX-License-Identifier: MIT */
/* What a scenario plays on: the real resolve, policy, cache and upstream rooms over a fake loop
 * and fake TLS. */
#pragma once

#include "replay/caller.h"
#include "replay/peer.h"
#include "resolve/resolver.h"

#define STAGE_PEERS_MAX	  8
#define STAGE_CALLERS_MAX 16

struct stage {
	struct loop *loop;
	struct truth truth;
	struct rand rand;
	struct upstream_counts upstream_counts;
	struct upstreams *upstreams;
	struct policy *policy;
	struct cache *cache;
	struct resolve_counts counts;
	struct resolver *resolver;
	uint32_t in_flight_max;
	uint32_t serve_stale_s;
	bool examines; /* upstreams, whether they are fit for signed names */

	struct peer peers[STAGE_PEERS_MAX];
	const char *domains[STAGE_PEERS_MAX]; /* that the peer alone serves; NULL: all others */
	size_t peer_count;
	char text[4096]; /* of domains */
	size_t text_len;
	struct caller callers[STAGE_CALLERS_MAX];
};

void stage_init(struct stage *stage);

/* Runs one line and lets all settle that follows from it. */
void stage_run(struct stage *stage, struct line *line);

/* The story is over: nothing may be left unsaid, open or running. line is its last. */
void stage_done(struct stage *stage, const struct line *line);
