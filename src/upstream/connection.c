/* SPDX-License-Identifier: MIT */
#include "upstream/connection.h"

#include <assert.h>

void connection_init(struct connection *connection, const struct transport *transport,
	const struct connection_options *options)
{
	*connection = (struct connection){
		.transport = transport,
		.events = options->events,
		.owner = options->owner,
		.loop = options->loop,
		.rand = options->rand,
		.endpoint = endpoint_hold(options->endpoint),
		.address = options->address,
		.state = CONNECTION_OPENING,
		.quiet_since_ms = loop_now_ms(options->loop),
		.idle_limit_ms = CONNECTION_IDLE_CAP_MS,
	};
	list_init(&connection->link);
	list_init(&connection->sent);
}

void connection_done(struct connection *connection)
{
	assert(list_empty(&connection->sent));
	list_unlink(&connection->link);
	endpoint_release(connection->endpoint);
}

const struct address *connection_address(const struct connection *connection)
{
	return &connection->endpoint->addresses[connection->address];
}

static bool move_is_legal(enum connection_state from, enum connection_state to)
{
	switch (from) {
	case CONNECTION_OPENING: return to == CONNECTION_READY || to == CONNECTION_CLOSED;
	case CONNECTION_READY: return to == CONNECTION_DRAINING || to == CONNECTION_CLOSED;
	case CONNECTION_DRAINING: return to == CONNECTION_CLOSED;
	case CONNECTION_CLOSED: return false;
	}
	return false;
}

void connection_move(struct connection *connection, enum connection_state to)
{
	assert(move_is_legal(connection->state, to));
	connection->state = to;
	if (to == CONNECTION_READY)
		connection->opened = true;
}

void connection_end(struct connection *connection, int err, const char *why)
{
	struct list unanswered;

	list_init(&unanswered);
	list_move_all(&unanswered, &connection->sent);
	connection_move(connection, CONNECTION_CLOSED);
	connection->events->ended(connection->owner, connection, err, why, &unanswered);
}

uint64_t connection_idle_end_ms(const struct connection *connection)
{
	uint64_t limit_ms = connection->idle_limit_ms;
	uint64_t margin_ms =
		limit_ms / 4 < CONNECTION_IDLE_MARGIN_MS ? limit_ms / 4 : CONNECTION_IDLE_MARGIN_MS;
	margin_ms += 2 * connection->rtt_ms;
	return connection->quiet_since_ms + (margin_ms < limit_ms ? limit_ms - margin_ms : 0);
}
