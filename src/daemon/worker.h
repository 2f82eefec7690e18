/* SPDX-License-Identifier: MIT */
/* One loop on a thread of its own with all that belongs to it: listeners, resolver, upstream
 * pools. What workers share is in src/README.md, "Who owns what". */
#pragma once

#include "daemon/anchor_keeper.h"
#include "daemon/snapshot.h"
#include "daemon/sockets.h"
#include "upstream/memory.h"

struct worker_counts {
	struct serve_counts serve;
	struct resolve_counts resolve;
	struct upstream_counts upstream;
};

struct worker;

/* All of it must outlive the worker. */
struct worker_setup {
	unsigned index;
	const struct sockets *sockets;
	struct cache *cache;
	struct memory *memory; /* of upstreams */
	struct crypto *crypto; /* not looked at while snapshots have no anchors */
	/* The root's keys; NULL but for one worker, whose thread then keeps them. */
	struct anchor_keeper *keeper;
	/* Others are trusted from now on. On the worker's thread; the hold is the callee's. */
	void (*rolled)(void *owner, struct anchors *anchors_take);
	void *owner;
};

/* Builds everything; the thread starts with worker_start(). NULL: out of memory or descriptors. */
struct worker *worker_new(const struct worker_setup *setup, struct snapshot *snapshot);
MUST_USE int worker_start(struct worker *worker); /* ERR_SYSTEM */

/* Any thread: from soon on the worker uses that snapshot (it takes its own hold). */
void worker_reload(struct worker *worker, struct snapshot *snapshot);

/* What a worker is told beside its configuration. */
enum worker_news { WORKER_NETWORK_CHANGED, WORKER_RESUMED, WORKER_CLOCK_SET };
#define WORKER_NEWS 3

/* Any thread: acted upon soon; the same news twice before that is told once. */
void worker_tell(struct worker *worker, enum worker_news news);

/* Any thread: no new questions; those under way are answered, for a second and a half at most. */
void worker_drain(struct worker *worker);

/* Waits for a started thread's end; its counters stay as they are then. */
void worker_join(struct worker *worker);

/* Joins and frees. NULL is accepted. */
void worker_free(struct worker *worker);

const struct worker_counts *worker_counts(const struct worker *worker);
