/* SPDX-License-Identifier: MIT */
#include "wire/writer.h"

#include <assert.h>

struct writer writer_into(uint8_t *base, size_t cap)
{
	return (struct writer){ .base = base, .cap = cap };
}

/* Room for len octets at the end, NULL and failed if there is none. A failed writer takes nothing
 * more, however short: a message with a hole in it must not come about. */
static uint8_t *room(struct writer *w, size_t len)
{
	if (w->failed || len > w->cap - w->len) {
		w->failed = true;
		return NULL;
	}
	w->len += len;
	return w->base + w->len - len;
}

void writer_u8(struct writer *w, uint8_t value)
{
	uint8_t *at = room(w, 1);
	if (at)
		*at = value;
}

void writer_u16(struct writer *w, uint16_t value)
{
	uint8_t *at = room(w, 2);
	if (at)
		u16_store(at, value);
}

void writer_u32(struct writer *w, uint32_t value)
{
	uint8_t *at = room(w, 4);
	if (at)
		u32_store(at, value);
}

void writer_bytes(struct writer *w, struct bytes data)
{
	if (data.len == 0)
		return;
	uint8_t *at = room(w, data.len);
	if (at)
		memcpy(at, data.at, data.len);
}

void writer_patch_u16(struct writer *w, size_t at, uint16_t value)
{
	assert(at + 2 <= w->len);
	u16_store(w->base + at, value);
}

void writer_rewind(struct writer *w, size_t len)
{
	assert(len <= w->len);
	w->len = len;
	w->failed = false;
}
