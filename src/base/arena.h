/* SPDX-License-Identifier: MIT */
/* Memory of one query's life: taken piece by piece, given back all at once. */
#pragma once

#include <stddef.h>

#include "base/err.h"

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first */
	size_t used;		    /* octets handed out from the newest block */
	size_t total;		    /* octets held, all blocks */
	size_t limit;		    /* octets at most; beyond it allocations fail */
};

/* limit in octets: what a hostile message may make one query hold; memory comes in blocks of 4 KiB,
 * so less than that is nothing. Nothing is allocated yet. */
void arena_init(struct arena *arena, size_t limit);

/* Gives everything back; the arena may be used again. */
void arena_done(struct arena *arena);

/* A point to go back to: what was handed out after it is given back, what was before stays. */
struct arena_mark {
	struct arena_block *block;
	size_t used;
};

struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

/* Aligned for any type, zeroed. NULL when out of memory or past the limit. len 0 is allowed. */
void *arena_alloc(struct arena *arena, size_t len);

/* A copy of len octets. NULL as above. */
void *arena_copy(struct arena *arena, const void *from, size_t len);

/* An array of count zeroed items, overflow checked. NULL as above. */
void *arena_array(struct arena *arena, size_t count, size_t item_len);
