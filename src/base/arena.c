/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Octets of an ordinary block: an ordinary reply and its records fit in one. */
#define BLOCK_LEN 4096

struct arena_block {
	struct arena_block *next;
	size_t len; /* octets in data */
	alignas(max_align_t) uint8_t data[];
};

void arena_init(struct arena *arena, size_t limit)
{
	*arena = (struct arena){ .limit = limit };
}

void arena_done(struct arena *arena)
{
	while (arena->blocks) {
		struct arena_block *block = arena->blocks;
		arena->blocks = block->next;
		free(block);
	}
	arena_init(arena, arena->limit);
}

struct arena_mark arena_mark(const struct arena *arena)
{
	return (struct arena_mark){ .block = arena->blocks, .used = arena->used };
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
	while (arena->blocks != mark.block) {
		struct arena_block *block = arena->blocks;
		arena->blocks = block->next;
		arena->total -= block->len;
		free(block);
	}
	arena->used = mark.used;
}

static struct arena_block *grow(struct arena *arena, size_t len)
{
	size_t block_len = len > BLOCK_LEN - sizeof(struct arena_block)
				   ? len
				   : BLOCK_LEN - sizeof(struct arena_block);
	if (block_len > arena->limit || arena->total > arena->limit - block_len)
		return NULL;
	struct arena_block *block = malloc(sizeof(*block) + block_len);
	if (!block)
		return NULL;
	block->next = arena->blocks;
	block->len = block_len;
	arena->blocks = block;
	arena->used = 0;
	arena->total += block_len;
	return block;
}

void *arena_alloc(struct arena *arena, size_t len)
{
	const size_t align = alignof(max_align_t);

	if (len > SIZE_MAX / 2)
		return NULL;
	len = (len + align - 1) & ~(align - 1);
	if (!arena->blocks || len > arena->blocks->len - arena->used) {
		if (!grow(arena, len))
			return NULL;
	}
	void *at = arena->blocks->data + arena->used;
	arena->used += len;
	return memset(at, 0, len);
}

void *arena_copy(struct arena *arena, const void *from, size_t len)
{
	void *at = arena_alloc(arena, len);
	if (at && len > 0)
		memcpy(at, from, len);
	return at;
}

void *arena_array(struct arena *arena, size_t count, size_t item_len)
{
	size_t len;
	if (__builtin_mul_overflow(count, item_len, &len))
		return NULL;
	return arena_alloc(arena, len);
}
