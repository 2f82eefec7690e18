/* SPDX-License-Identifier: MIT */
#include "base/allocation.h"

#include <malloc.h>

#include "base/bytes.h"

size_t allocation_cost(const void *at)
{
	/* glibc and musl alike: a word in front of what the caller sees. The call reads only, its
	 * parameter just lacks the const. */
	return at ? malloc_usable_size(unconst(at)) + sizeof(size_t) : 0;
}
