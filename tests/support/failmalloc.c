/* SPDX-License-Identifier: MIT */
#include "support/failmalloc.h"

#include <stdlib.h>

void *__real_malloc(size_t len);
void *__real_calloc(size_t count, size_t len);
void *__real_realloc(void *at, size_t len);
void *__wrap_malloc(size_t len);
void *__wrap_calloc(size_t count, size_t len);
void *__wrap_realloc(void *at, size_t len);

static bool armed, happened, pausing;
static size_t left, counted;

void failmalloc_arm(size_t n)
{
	armed = true;
	happened = false;
	left = n;
}

bool failmalloc_disarm(void)
{
	armed = false;
	return happened;
}

void failmalloc_pause(bool paused)
{
	pausing = paused;
}

size_t failmalloc_count(void)
{
	return counted;
}

static bool fails(void)
{
	if (pausing)
		return false;
	counted++;
	if (!armed || left-- > 0)
		return false;
	armed = false;
	happened = true;
	return true;
}

void *__wrap_malloc(size_t len)
{
	return fails() ? NULL : __real_malloc(len);
}

void *__wrap_calloc(size_t count, size_t len)
{
	return fails() ? NULL : __real_calloc(count, len);
}

void *__wrap_realloc(void *at, size_t len)
{
	return fails() ? NULL : __real_realloc(at, len);
}
