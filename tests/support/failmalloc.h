/* SPDX-License-Identifier: MIT */
/* Out of memory on demand: malloc, calloc and realloc of everything linked statically are counted
 * and, from the chosen one on, fail. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The allocation after n more successes fails, that one alone. */
void failmalloc_arm(size_t n);

/* No more failures. True if one happened since it was armed. */
bool failmalloc_disarm(void);

/* What the test itself does in between neither counts nor fails. */
void failmalloc_pause(bool paused);

/* Allocations asked for since the program began: a path that must not allocate leaves it alone. */
size_t failmalloc_count(void);
