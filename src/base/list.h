/* SPDX-License-Identifier: MIT */
/* Intrusive doubly linked list. A link that is in no list points at itself, so unlinking twice,
 * or unlinking what was never linked but initialised, is harmless. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next;
	struct list *prev;
};

#define CONTAINER_OF(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

static inline void list_init(struct list *link)
{
	link->next = link->prev = link;
}

static inline bool list_empty(const struct list *list)
{
	return list->next == list;
}

static inline void list_unlink(struct list *link)
{
	link->next->prev = link->prev;
	link->prev->next = link->next;
	list_init(link);
}

/* link must be initialised and in no list. */
static inline void list_push_front(struct list *list, struct list *link)
{
	link->next = list->next;
	link->prev = list;
	list->next->prev = link;
	list->next = link;
}

static inline void list_push_back(struct list *list, struct list *link)
{
	list_push_front(list->prev, link);
}

/* NULL when empty. */
static inline struct list *list_pop_front(struct list *list)
{
	if (list_empty(list))
		return NULL;
	struct list *first = list->next;
	list_unlink(first);
	return first;
}

/* All of from goes to the end of onto; from is empty afterwards. */
static inline void list_move_all(struct list *onto, struct list *from)
{
	if (list_empty(from))
		return;
	from->next->prev = onto->prev;
	onto->prev->next = from->next;
	from->prev->next = onto;
	onto->prev = from->prev;
	list_init(from);
}
