/* SPDX-License-Identifier: MIT */
/* One loop on a thread of its own with all that belongs to it: listeners, resolver, upstream
 * pools. Between workers only the cache, the snapshot and the counters are shared. */
#pragma once

#include "daemon/snapshot.h"
#include "daemon/sockets.h"

struct worker_counts {
	struct serve_counts serve;
	struct resolve_counts resolve;
	struct upstream_counts upstream;
};

struct worker;

/* Builds everything; the thread starts with worker_start(). sockets, cache and crypto must outlive
 * it; crypto is not looked at while snapshots have no anchors. NULL: out of memory or descriptors.
 */
struct worker *worker_new(unsigned index, const struct sockets *sockets, struct cache *cache,
	const struct crypto *crypto, struct snapshot *snapshot);
MUST_USE int worker_start(struct worker *worker); /* ERR_SYSTEM */

/* Any thread: from soon on the worker uses that snapshot (it takes its own hold). */
void worker_reload(struct worker *worker, struct snapshot *snapshot);

/* Any thread: no new questions; those under way are answered, for a second and a half at most. */
void worker_drain(struct worker *worker);

/* Waits for a started thread's end, then frees. NULL is accepted. */
void worker_free(struct worker *worker);

const struct worker_counts *worker_counts(const struct worker *worker);
