/* SPDX-License-Identifier: MIT */
/* Borrowed octets: a view that owns nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *at;
	size_t len; /* octets */
};

static inline struct bytes bytes_of(const void *at, size_t len)
{
	return (struct bytes){ .at = at, .len = len };
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* For interfaces of others that only read what they take as not const. */
static inline void *unconst(const void *at)
{
	return (void *)(uintptr_t)at;
}

/* Network byte order, unaligned. */
static inline uint16_t u16_load(const uint8_t at[static 2])
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t u32_load(const uint8_t at[static 4])
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline void u16_store(uint8_t at[static 2], uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline void u32_store(uint8_t at[static 4], uint32_t value)
{
	u16_store(at, (uint16_t)(value >> 16));
	u16_store(at + 2, (uint16_t)value);
}
