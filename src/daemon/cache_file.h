/* SPDX-License-Identifier: MIT */
/* The cache over a restart: the file "cache" in the state directory, mode 0600. It is read before
 * anything is answered, and written when the daemon stops, and meanwhile every quarter of an hour,
 * on the main thread, which has nothing else to do. */
#pragma once

#include "daemon/snapshot.h"
#include "daemon/state_file.h"
#include "net/loop.h"

struct cache_file;

/* Puts what was kept into the cache, if it still counts for that snapshot, or removes the file if
 * nothing is to be kept. All of it must outlive the result but the snapshot. NULL: out of memory.
 */
struct cache_file *cache_file_new(struct loop *loop, struct state_dir *dir, struct cache *cache,
	const struct snapshot *snapshot);

/* Without saving. NULL is accepted. */
void cache_file_free(struct cache_file *file);

/* From now on the cache's answers are those of that snapshot. If they would not be taken for such
 * after a crash they are saved soon: when all workers have forgotten what does not count any more.
 * And what was not read because the clock was not set is then, if it is now. */
void cache_file_follow(struct cache_file *file, const struct snapshot *snapshot);

/* If it is to be kept. */
void cache_file_save(struct cache_file *file);
