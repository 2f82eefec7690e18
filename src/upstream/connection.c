/* SPDX-License-Identifier: MIT */
#include "upstream/connection.h"

#include <assert.h>

#include "upstream/doh.h"
#include "upstream/dot.h"
#include "upstream/transport.h"

static const struct transport *transport_of(enum transport_kind kind)
{
	switch (kind) {
	case TRANSPORT_DOT: return &dot_transport;
	case TRANSPORT_DOH: return &doh_transport;
	}
	assert(false);
	return NULL;
}

struct connection *connection_open(const struct connection_options *options)
{
	return transport_of(options->endpoint->kind)->open(options);
}

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
		.idle_limit_ms = options->idle_limit_ms > 0 &&
						 options->idle_limit_ms < CONNECTION_IDLE_CAP_MS
					 ? options->idle_limit_ms
					 : CONNECTION_IDLE_CAP_MS,
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
	if (to != CONNECTION_READY)
		return;
	connection->opened = true;
	connection->quiet_since_ms = loop_now_ms(connection->loop);
	connection->heard_ms = connection->quiet_since_ms;
	if (connection->asked_ms != 0) /* early, and not to be heard of before */
		connection->asked_ms = connection->quiet_since_ms;
}

void connection_sent(struct connection *connection, struct exchange *exchange)
{
	const uint64_t now_ms = loop_now_ms(connection->loop);

	if (connection->in_flight++ == 0) {
		connection->idled_ms = now_ms - connection->quiet_since_ms;
		connection->quiet_since_ms = now_ms;
	}
	if (connection->asked_ms == 0)
		connection->asked_ms = now_ms;
	exchange->connection = connection;
	exchange->sent_ms = now_ms;
	list_push_back(&connection->sent, &exchange->link);
}

void connection_heard(struct connection *connection)
{
	connection->heard_ms = loop_now_ms(connection->loop);
	connection->asked_ms = 0;
	connection->probed_ms = 0;
	connection->doubted = false;
}

uint64_t connection_look_ms(
	const struct connection *connection, const struct silence_limits *limits)
{
	if (connection->state != CONNECTION_READY || connection->doubted ||
		connection->asked_ms == 0)
		return UINT64_MAX;
	if (connection->probed_ms == 0)
		return connection->asked_ms + limits->probe_ms;
	const uint64_t silent_ms = connection->asked_ms + limits->doubt_ms;
	const uint64_t dead_ms = connection->probed_ms + limits->doubt_ms - limits->probe_ms;
	return silent_ms > dead_ms ? silent_ms : dead_ms;
}

bool connection_look(struct connection *connection, const struct silence_limits *limits)
{
	const uint64_t now_ms = loop_now_ms(connection->loop);

	if (now_ms < connection_look_ms(connection, limits))
		return false;
	if (connection->probed_ms == 0) {
		connection->probed_ms = now_ms;
		connection->transport->probe(connection);
		return false;
	}
	connection->doubted = true;
	return true;
}

uint64_t connection_idle_ms(const struct connection *connection)
{
	return connection->in_flight > 0
		       ? 0
		       : loop_now_ms(connection->loop) - connection->quiet_since_ms;
}

void connection_end(struct connection *connection, int err, const char *why)
{
	struct list unanswered;

	list_init(&unanswered);
	list_move_all(&unanswered, &connection->sent);
	connection_move(connection, CONNECTION_CLOSED);
	connection->events->ended(connection->owner, connection, err, why, &unanswered);
}

bool connection_stands(const struct connection *connection)
{
	return connection->opened && tls_way_stands(connection->tls);
}

uint64_t connection_idle_end_ms(const struct connection *connection)
{
	const uint64_t limit_ms = connection->idle_limit_ms;
	uint64_t margin_ms =
		limit_ms / 4 < CONNECTION_IDLE_MARGIN_MS ? limit_ms / 4 : CONNECTION_IDLE_MARGIN_MS;

	margin_ms += 2 * connection->rtt_ms;
	return connection->quiet_since_ms +
	       (margin_ms < limit_ms / 2 ? limit_ms - margin_ms : limit_ms / 2);
}
