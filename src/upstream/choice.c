/* SPDX-License-Identifier: MIT */
#include "upstream/choice.h"

static struct connection *connection_at(struct list *link)
{
	return CONTAINER_OF(link, struct connection, link);
}

static bool is_good(const struct connection *connection)
{
	return connection->state == CONNECTION_READY && !connection->doubted;
}

bool choice_any_good(const struct list *connections)
{
	for (struct list *link = connections->next; link != connections; link = link->next) {
		if (is_good(connection_at(link)))
			return true;
	}
	return false;
}

bool choice_stale(const struct connection *connection, uint64_t now_ms)
{
	return is_good(connection) && connection->in_flight == 0 &&
	       now_ms >= connection_idle_end_ms(connection);
}

bool choice_busy(const struct connection *connection)
{
	return connection->in_flight >= CHOICE_BUSY || !choice_has_room(connection);
}

bool choice_has_room(const struct connection *connection)
{
	return connection->in_flight < connection->capacity;
}

static bool better(const struct connection *one, const struct connection *other)
{
	if (!other || choice_has_room(one) != choice_has_room(other))
		return !other || choice_has_room(one);
	return one->in_flight < other->in_flight;
}

struct connection *choice_best(struct list *connections)
{
	struct connection *best = NULL;

	for (struct list *link = connections->next; link != connections; link = link->next) {
		struct connection *connection = connection_at(link);
		if (!is_good(connection))
			continue;
		if (!choice_busy(connection))
			return connection;
		if (better(connection, best))
			best = connection;
	}
	return best;
}

struct connection *choice_worst(struct list *connections)
{
	struct connection *worst = NULL;

	for (struct list *link = connections->next; link != connections; link = link->next) {
		struct connection *connection = connection_at(link);
		if (connection->state != CONNECTION_READY || !connection->doubted)
			return NULL;
		if (!worst || connection->quiet_since_ms < worst->quiet_since_ms)
			worst = connection;
	}
	return worst;
}

size_t choice_load(const struct list *connections)
{
	size_t load = 0;
	for (struct list *link = connections->next; link != connections; link = link->next)
		load += connection_at(link)->in_flight;
	return load;
}
