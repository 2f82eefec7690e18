/* SPDX-License-Identifier: MIT */
/* A counter with one writer thread and any number of readers; sums are made on reading. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

struct count {
	_Atomic uint64_t value;
};

static inline void count_add(struct count *count, uint64_t by)
{
	/* One writer: a plain load and store, no locked instruction on the way of a query. */
	uint64_t value = atomic_load_explicit(&count->value, memory_order_relaxed);
	atomic_store_explicit(&count->value, value + by, memory_order_relaxed);
}

static inline uint64_t count_read(const struct count *count)
{
	return atomic_load_explicit(&count->value, memory_order_relaxed);
}
