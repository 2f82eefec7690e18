/* SPDX-License-Identifier: MIT */
#include "net/timer.h"

#include <assert.h>
#include <stddef.h>

/* A pairing heap: each timer is due no later than its children, which form a list by next. prev
 * is the left sibling, the parent for the first child, and the root itself for a root. */

void timer_init(struct timer *timer, void (*fire)(void *owner), void *owner)
{
	*timer = (struct timer){ .fire = fire, .owner = owner };
}

bool timer_running(const struct timer *timer)
{
	return timer->prev != NULL;
}

void timers_init(struct timers *timers)
{
	*timers = (struct timers){ 0 };
}

/* Two heaps into one; either may be NULL. The roots' siblings are forgotten. */
static struct timer *meld(struct timer *a, struct timer *b)
{
	if (!a || !b)
		return a ? a : b;
	if (b->due_ms < a->due_ms) {
		struct timer *earlier = b;
		b = a;
		a = earlier;
	}
	b->next = a->child;
	if (b->next)
		b->next->prev = b;
	b->prev = a;
	a->child = b;
	a->next = NULL;
	return a;
}

/* A list of siblings into one heap: pairs from left to right, then the pairs from right to left.
 * No recursion: the list may be as long as there are timers. */
static struct timer *meld_siblings(struct timer *first)
{
	struct timer *pairs = NULL, *all = NULL;

	while (first) {
		struct timer *a = first, *b = a->next;
		first = b ? b->next : NULL;
		a->next = NULL;
		if (b)
			b->next = NULL;
		a = meld(a, b);
		a->next = pairs;
		pairs = a;
	}
	while (pairs) {
		struct timer *pair = pairs;
		pairs = pair->next;
		pair->next = NULL;
		all = meld(all, pair);
	}
	if (all)
		all->prev = all;
	return all;
}

static void insert(struct timer **root, struct timer *timer)
{
	timer->child = timer->next = NULL;
	*root = meld(*root, timer);
	(*root)->prev = *root;
}

void timers_start(struct timers *timers, struct timer *timer, uint64_t due_ms)
{
	timers_stop(timers, timer);
	timer->due_ms = due_ms;
	insert(timers->running ? &timers->anew : &timers->first, timer);
}

void timers_stop(struct timers *timers, struct timer *timer)
{
	if (!timer_running(timer))
		return;
	struct timer *children = meld_siblings(timer->child);
	struct timer **root = timer == timers->first ? &timers->first : &timers->anew;
	if (timer->prev == timer) {
		assert(*root == timer);
		*root = children;
	} else {
		/* The children are due no sooner than their old grandparent: they may take the
		 * place of the timer among its siblings without touching the root. */
		struct timer *put = children ? children : timer->next;
		if (children) {
			children->next = timer->next;
			if (children->next)
				children->next->prev = children;
		}
		if (put)
			put->prev = timer->prev;
		if (timer->prev->child == timer)
			timer->prev->child = put;
		else
			timer->prev->next = put;
	}
	timer->child = timer->next = timer->prev = NULL;
}

bool timers_next(const struct timers *timers, uint64_t *due_ms)
{
	const struct timer *first = timers->first, *anew = timers->anew;
	if (!first || (anew && anew->due_ms < first->due_ms))
		first = anew;
	if (!first)
		return false;
	*due_ms = first->due_ms;
	return true;
}

void timers_run(struct timers *timers, uint64_t now_ms)
{
	assert(!timers->running);
	timers->running = true;
	while (timers->first && timers->first->due_ms <= now_ms) {
		struct timer *timer = timers->first;
		timers_stop(timers, timer);
		timer->fire(timer->owner);
	}
	timers->running = false;
	timers->first = meld(timers->first, timers->anew);
	timers->anew = NULL;
	if (timers->first)
		timers->first->prev = timers->first;
}
