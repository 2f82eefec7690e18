/* SPDX-License-Identifier: MIT */
#include "net/tickets.h"

#include <pthread.h>
#include <stdlib.h>

#include "net/tickets_inside.h"

struct tickets *tickets_new(void)
{
	struct tickets *tickets = calloc(1, sizeof(*tickets));
	if (!tickets)
		return NULL;
	if (pthread_mutex_init(&tickets->lock, NULL) != 0) {
		free(tickets);
		return NULL;
	}
	list_init(&tickets->shelves);
	return tickets;
}

void ticket_done(struct ticket *ticket)
{
	if (ticket->octets)
		explicit_bzero(ticket->octets, ticket->len);
	free(ticket->octets);
	*ticket = (struct ticket){ 0 };
}

struct shelf *shelf_at(struct list *link)
{
	return CONTAINER_OF(link, struct shelf, link);
}

/* The oldest of a shelf. */
static void shelf_drop(struct tickets *tickets, struct shelf *shelf)
{
	tickets->len -= shelf->items[0].len;
	ticket_done(&shelf->items[0]);
	shelf->count--;
	memmove(&shelf->items[0], &shelf->items[1], shelf->count * sizeof(shelf->items[0]));
}

static void shelf_free(struct tickets *tickets, struct shelf *shelf)
{
	while (shelf->count > 0)
		shelf_drop(tickets, shelf);
	list_unlink(&shelf->link);
	tickets->shelf_count--;
	free(shelf);
}

void tickets_free(struct tickets *tickets)
{
	if (!tickets)
		return;
	while (!list_empty(&tickets->shelves))
		shelf_free(tickets, shelf_at(tickets->shelves.next));
	pthread_mutex_destroy(&tickets->lock);
	free(tickets);
}

static struct shelf *find(struct tickets *tickets, const uint8_t key[static TICKETS_KEY_LEN])
{
	for (struct list *link = tickets->shelves.next; link != &tickets->shelves;
		link = link->next) {
		if (memcmp(shelf_at(link)->key, key, TICKETS_KEY_LEN) == 0)
			return shelf_at(link);
	}
	return NULL;
}

/* The shelf of that key, a new one if there is none; in front of the others from now on. */
static struct shelf *reach_for(struct tickets *tickets, const uint8_t key[static TICKETS_KEY_LEN])
{
	struct shelf *shelf = find(tickets, key);

	if (!shelf) {
		if (tickets->shelf_count == TICKETS_KEYS)
			shelf_free(tickets, shelf_at(tickets->shelves.prev));
		shelf = calloc(1, sizeof(*shelf));
		if (!shelf)
			return NULL;
		list_init(&shelf->link);
		memcpy(shelf->key, key, TICKETS_KEY_LEN);
		tickets->shelf_count++;
	}
	list_unlink(&shelf->link);
	list_push_front(&tickets->shelves, &shelf->link);
	return shelf;
}

/* An end too far ahead is not of our making: the clock was wrong, or has been set back. */
bool ticket_usable(const struct ticket *ticket, int64_t now_s)
{
	return now_s < ticket->until_s && ticket->until_s - now_s <= TICKET_LIFE_S;
}

static void put(struct tickets *tickets, const uint8_t key[static TICKETS_KEY_LEN],
	const struct ticket *ticket)
{
	uint8_t *octets = malloc(ticket->len);
	struct shelf *shelf = octets ? reach_for(tickets, key) : NULL;
	if (!shelf) {
		free(octets);
		return;
	}
	if (shelf->count == TICKETS_EACH)
		shelf_drop(tickets, shelf);
	memcpy(octets, ticket->octets, ticket->len);
	shelf->items[shelf->count] = *ticket;
	shelf->items[shelf->count++].octets = octets;
	tickets->len += ticket->len;
	while (tickets->len > TICKETS_LEN_MAX) {
		struct shelf *last = shelf_at(tickets->shelves.prev);
		if (last->count > 0)
			shelf_drop(tickets, last);
		if (last->count == 0)
			shelf_free(tickets, last);
	}
}

void tickets_put(struct tickets *tickets, const uint8_t key[static TICKETS_KEY_LEN],
	const struct ticket *ticket, int64_t now_s)
{
	if (ticket->len == 0 || ticket->len > TICKET_LEN_MAX || !ticket_usable(ticket, now_s))
		return;
	pthread_mutex_lock(&tickets->lock);
	put(tickets, key, ticket);
	pthread_mutex_unlock(&tickets->lock);
}

bool tickets_take(struct tickets *tickets, const uint8_t key[static TICKETS_KEY_LEN], int64_t now_s,
	struct ticket *out)
{
	bool found = false;

	pthread_mutex_lock(&tickets->lock);
	struct shelf *shelf = find(tickets, key);
	while (shelf && shelf->count > 0 && !found) {
		struct ticket *newest = &shelf->items[--shelf->count];
		tickets->len -= newest->len;
		found = ticket_usable(newest, now_s);
		if (found)
			*out = *newest;
		else
			ticket_done(newest);
	}
	if (shelf && shelf->count == 0)
		shelf_free(tickets, shelf);
	pthread_mutex_unlock(&tickets->lock);
	return found;
}

void tickets_drop(struct tickets *tickets, const uint8_t key[static TICKETS_KEY_LEN])
{
	pthread_mutex_lock(&tickets->lock);
	struct shelf *shelf = find(tickets, key);
	if (shelf)
		shelf_free(tickets, shelf);
	pthread_mutex_unlock(&tickets->lock);
}

size_t tickets_count(struct tickets *tickets)
{
	size_t count = 0;

	pthread_mutex_lock(&tickets->lock);
	for (struct list *link = tickets->shelves.next; link != &tickets->shelves;
		link = link->next)
		count += shelf_at(link)->count;
	pthread_mutex_unlock(&tickets->lock);
	return count;
}
