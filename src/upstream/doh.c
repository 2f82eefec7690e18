/* SPDX-License-Identifier: MIT */
#include "upstream/doh.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "net/tls.h"
#include "upstream/doh_inside.h"
#include "upstream/doh_request.h"

/* A constant as a sentence has it. */
#define TEXT_OF(number) #number
#define TEXT(number)	TEXT_OF(number)

static int doh_send(struct connection *connection, struct exchange *exchange);

static struct doh *doh_of(struct connection *connection)
{
	return CONTAINER_OF(connection, struct doh, base);
}

static bool doh_closed(const struct doh *doh)
{
	return doh->base.state == CONNECTION_CLOSED;
}

/* Since when is there silence while something is awaited? */
static uint64_t doh_silent_since_ms(const struct doh *doh)
{
	return doh->base.heard_ms > doh->base.quiet_since_ms ? doh->base.heard_ms
							     : doh->base.quiet_since_ms;
}

/* Until when queries wait for a server that takes none; UINT64_MAX: it does, or nobody waits. */
static uint64_t doh_shut_end_ms(const struct doh *doh)
{
	const uint64_t since_ms =
		doh->shut_ms > doh->base.quiet_since_ms ? doh->shut_ms : doh->base.quiet_since_ms;

	return doh->shut_ms == 0 || doh->base.in_flight == 0 ? UINT64_MAX : since_ms + DOH_SHUT_MS;
}

/* When the timer has to look again. */
static uint64_t doh_due_ms(const struct doh *doh)
{
	const struct doh_stream *forsaken = doh_oldest_forsaken(doh);
	uint64_t due_ms;

	if (doh->base.state == CONNECTION_OPENING)
		return doh->opened_ms + DOH_OPEN_MS;
	if (doh->pinged_ms != 0)
		due_ms = doh->pinged_ms + DOH_PING_MS;
	else if (doh->base.in_flight > 0)
		due_ms = doh_silent_since_ms(doh) + DOH_SILENCE_MS;
	else
		due_ms = connection_idle_end_ms(&doh->base);
	if (forsaken && forsaken->forsaken_ms + DOH_FORSAKEN_MS < due_ms)
		due_ms = forsaken->forsaken_ms + DOH_FORSAKEN_MS;
	if (doh_shut_end_ms(doh) < due_ms)
		due_ms = doh_shut_end_ms(doh);
	return due_ms;
}

/* Starts the timer if it would fire too late; too early is harmless and costs nothing now. */
static void doh_watch(struct doh *doh)
{
	const uint64_t now_ms = loop_now_ms(doh->base.loop);
	const uint64_t due_ms = doh->record.stuck ? now_ms + DOH_STUCK_MS : doh_due_ms(doh);

	if (!timer_running(&doh->timer) || due_ms < doh->timer.due_ms)
		loop_start_timer(
			doh->base.loop, &doh->timer, due_ms > now_ms ? due_ms - now_ms : 0);
}

/* The answer to one query, or why there is none. */
static void doh_answer(struct doh *doh, struct doh_stream *stream)
{
	struct exchange *exchange = stream->exchange;
	struct exchange_result result = { .why = "" };
	struct message message;

	if (doh_judge(doh, &stream->h2, &result)) {
		result.err = exchange_read(
			exchange, http_response_body(&stream->h2.response), &message, &result.why);
		if (result.err == ERR_PROTOCOL) {
			connection_end(&doh->base, result.err, result.why);
			return;
		}
		doh->base.answers++;
	}
	if (result.err == 0) {
		http_response_shorten(&stream->h2.response, &message);
		result.message = &message;
	}
	list_unlink(&exchange->link);
	exchange->connection = NULL;
	/* The owner may ask, cancel or drop this connection within the call; message lies in the
	 * stream's body, which stays until after it. */
	doh_leave_stream(doh, stream);
	doh->base.events->answered(doh->base.owner, &doh->base, exchange, &result);
	doh_drop_stream(doh, stream);
}

/* It takes no streams, and has been waited for long enough. That is told even if nobody waits any
 * more: else the next query would have to wait for the same. */
static void doh_turn_away(struct doh *doh)
{
	doh_return(doh, true, DOH_SHUT_WHY);
	if (!doh_closed(doh))
		connection_end(&doh->base, ERR_TIMEOUT, DOH_SHUT_WHY);
}

/* It fears that somebody repeats what came early, and wants to be asked again (RFC 8470 section
 * 5.2). */
static void doh_ask_again(struct doh *doh, struct doh_stream *stream)
{
	struct exchange *exchange = stream->exchange;
	struct list unanswered;

	list_unlink(&exchange->link);
	doh_leave_stream(doh, stream);
	doh_drop_stream(doh, stream);
	if (doh_send(&doh->base, exchange) == 0)
		return;
	list_init(&unanswered);
	list_push_back(&unanswered, &exchange->link);
	doh->base.events->returned(doh->base.owner, &doh->base, ERR_CLOSED,
		"it answered status 425 (Too Early), and cannot be asked again", &unanswered);
}

/* A stream is over. Afterwards this connection may be closed, though never freed. */
static void doh_finish(struct doh *doh, struct doh_stream *stream)
{
	struct exchange_result unheard = { 0 };

	if (stream->exchange && stream->h2.end == H2_END_UNPROCESSED)
		doh_pass_over(doh);
	if (stream->exchange && stream->early && doh->base.state == CONNECTION_READY &&
		stream->h2.end == H2_END_COMPLETE && stream->h2.response.status == 425) {
		doh_ask_again(doh, stream);
		return;
	}
	if (stream->exchange) {
		doh_answer(doh, stream);
		return;
	}
	const bool alive = doh_judge(doh, &stream->h2, &unheard);
	const struct bytes body = http_response_body(&stream->h2.response);
	const struct bytes query = bytes_of(stream->query, stream->len);
	if (alive && !exchange_is_reply(body, query, &unheard.why)) {
		connection_end(&doh->base, ERR_PROTOCOL, unheard.why);
		return;
	}
	const bool answer = alive && exchange_is_answer(body);
	const uint64_t sent_ms = stream->sent_ms;
	doh_drop_stream(doh, stream);
	if (alive)
		doh->base.events->late(doh->base.owner, &doh->base, sent_ms, answer);
}

/* All streams that are over. */
static void doh_finish_all(struct doh *doh)
{
	struct h2_stream *ended;

	while (!doh_closed(doh) && (ended = h2_ended(doh->h2)) != NULL)
		doh_finish(doh, CONTAINER_OF(ended, struct doh_stream, h2));
}

/* Ends the connection if it is of no more use: err is that of receiving, if it is one. */
static void doh_end_if_over(struct doh *doh, int err)
{
	const char *why = h2_why(doh->h2);

	if (err != 0) {
		connection_end(
			&doh->base, err, doh_reason(doh, why[0] != '\0' ? why : err_text(err)));
	} else if (doh->base.state == CONNECTION_DRAINING && list_empty(&doh->base.sent)) {
		(void)doh_record_send(&doh->record, doh->tls); /* a courtesy */
		connection_end(&doh->base, ERR_CLOSED, "it asked us to close");
	} else if (h2_over(doh->h2)) {
		(void)doh_record_send(
			&doh->record, doh->tls); /* tells the peer what is wrong; a courtesy */
		connection_end(&doh->base, ERR_PROTOCOL,
			why[0] != '\0' ? why
				       : "expected HTTP/2, but got something else; the server "
					 "does not speak it, or is broken");
	}
}

/* The server's settings may have changed. */
static void doh_measure_room(struct doh *doh)
{
	const unsigned before = doh->base.capacity, most = h2_state(doh->h2)->streams_max;

	if (!h2_state(doh->h2)->settled)
		return;
	if (most == 0) { /* what is asked waits in h2 */
		if (doh->shut_ms == 0)
			doh->shut_ms = loop_now_ms(doh->base.loop);
		return;
	}
	doh->shut_ms = 0;
	doh->base.capacity = most < DOH_STREAMS_MAX ? most : DOH_STREAMS_MAX;
	if (doh->base.capacity > before && doh->base.state == CONNECTION_READY)
		doh->base.events->room(doh->base.owner, &doh->base);
}

/* An idle connection holds no buffer. */
static void doh_tidy(struct doh *doh)
{
	if (doh->base.in_flight > 0 || doh->record.len > 0)
		return;
	doh_record_done(&doh->record);
}

/* What the peer's octets have changed. err is that of receiving them. */
static void doh_settle(struct doh *doh, int err)
{
	if (err == 0 && h2_state(doh->h2)->leaving && doh->base.state == CONNECTION_READY)
		connection_move(&doh->base, CONNECTION_DRAINING);
	if (err == 0)
		err = doh_record_fill(&doh->record, doh->h2);
	doh_measure_room(doh);
	doh_finish_all(doh);
	if (!doh_closed(doh))
		doh_end_if_over(doh, err);
	if (doh_closed(doh))
		return;
	if (doh->record.len > 0)
		loop_post(doh->base.loop, &doh->flush);
	doh_tidy(doh);
	doh_watch(doh);
}

/* On the loop's stack: all that was asked in this turn. net/tls.h sends it together. */
static void doh_flush(void *owner)
{
	struct doh *doh = owner;
	int err = 0;

	if (doh_closed(doh) || doh->base.state == CONNECTION_OPENING)
		return;
	do {
		err = doh_record_send(&doh->record, doh->tls);
		if (err == 0)
			err = doh_record_fill(&doh->record, doh->h2);
	} while (err == 0 && doh->record.len > 0);
	if (err != 0 && err != ERR_LIMIT) {
		connection_end(&doh->base, err,
			doh_reason(doh, "the connection broke while a query was sent"));
		return;
	}
	doh_finish_all(doh);
	if (!doh_closed(doh))
		doh_end_if_over(doh, 0);
	if (!doh_closed(doh))
		doh_watch(doh);
}

/* Asks for a sign of life, unless one is awaited already. */
static void doh_ping(struct doh *doh)
{
	if (doh->pinged_ms != 0 || h2_ping(doh->h2) != 0)
		return;
	doh->pinged_ms = loop_now_ms(doh->base.loop);
	loop_post(doh->base.loop, &doh->flush);
	doh_watch(doh);
}

static void doh_reset_forsaken(struct doh *doh)
{
	doh_drop_stream(doh, doh_oldest_forsaken(doh));
	loop_post(doh->base.loop, &doh->flush);
}

/* Those that were waited for long enough. */
static void doh_expire_forsaken(struct doh *doh)
{
	const uint64_t now_ms = loop_now_ms(doh->base.loop);
	const struct doh_stream *stream;
	bool any = false;

	while ((stream = doh_oldest_forsaken(doh)) != NULL &&
		now_ms >= stream->forsaken_ms + DOH_FORSAKEN_MS) {
		doh_reset_forsaken(doh);
		any = true;
	}
	if (any && doh->base.state == CONNECTION_READY)
		doh->base.events->room(doh->base.owner, &doh->base);
}

static void doh_expire(void *owner)
{
	struct doh *doh = owner;
	const struct connection *base = &doh->base;
	const uint64_t now_ms = loop_now_ms(base->loop);

	if (doh_closed(doh))
		return;
	if (base->state == CONNECTION_OPENING && now_ms >= doh_due_ms(doh)) {
		connection_end(&doh->base, ERR_TIMEOUT,
			"expected a TLS session within " TEXT(
				DOH_OPEN_S) " s, but the server did not answer; it is "
					    "down, or a firewall drops what goes to its port");
		return;
	}
	if (now_ms >= doh_shut_end_ms(doh)) {
		doh_turn_away(doh);
		return;
	}
	doh_expire_forsaken(doh);
	if (doh->pinged_ms != 0 && now_ms >= doh->pinged_ms + DOH_PING_MS) {
		connection_end(&doh->base, ERR_TIMEOUT,
			"it did not answer for " TEXT(
				DOH_PING_S) " s on a connection that was open, not even a PING");
		return;
	}
	if (base->in_flight == 0 && now_ms >= connection_idle_end_ms(base)) {
		connection_end(&doh->base, ERR_CLOSED, "idle");
		return;
	}
	if (base->in_flight > 0 && now_ms >= doh_silent_since_ms(doh) + DOH_SILENCE_MS)
		doh_ping(doh);
	if (doh->record.stuck)
		doh_flush(doh);
	else
		doh_watch(doh);
}

static void doh_early(void *owner, size_t room)
{
	struct doh *doh = owner;

	if (doh_closed(doh) || !doh->base.events->early)
		return;
	doh->early_room = room;
	doh->base.events->early(doh->base.owner, &doh->base);
	doh->early_room = 0;
	if (doh_closed(doh))
		return;
	const int err = doh_record_send(&doh->record, doh->tls);
	if (err != 0)
		connection_end(&doh->base, err, err_text(err));
}

static void doh_ready(void *owner)
{
	struct doh *doh = owner;
	const struct endpoint *endpoint = doh->base.endpoint;
	char where[ADDRESS_TEXT_LEN];

	if (doh_closed(doh))
		return;
	connection_move(&doh->base, CONNECTION_READY);
	log_debug("upstream %s: connected to %s, %s, HTTP/2", endpoint->name,
		address_write(&endpoint->addresses[doh->base.address], where),
		tls_description(doh->tls));
	doh_watch(doh);
	doh->base.remark = tls_remark(doh->tls);
	doh->base.tls = doh->tls;
	doh->base.events->ready(doh->base.owner, &doh->base, tls_days_left(doh->tls));
	/* After the queries that waited, so that the preface goes with them. */
	loop_post(doh->base.loop, &doh->flush);
}

static void doh_received(void *owner, struct bytes data)
{
	struct doh *doh = owner;
	const bool pinged = doh->pinged_ms != 0;

	if (doh_closed(doh))
		return;
	connection_heard(&doh->base);
	doh->pinged_ms = 0;
	const int err = h2_receive(doh->h2, data);
	if (h2_state(doh->h2)->progress != doh->progress) {
		/* A server can be alive and answer nothing. */
		doh->progress = h2_state(doh->h2)->progress;
		doh->base.quiet_since_ms = doh->base.heard_ms;
	}
	doh_settle(doh, err);
	if (pinged && !doh_closed(doh))
		doh->base.events->alive(doh->base.owner, &doh->base);
}

static void doh_failed(void *owner, int err)
{
	struct doh *doh = owner;

	if (doh_closed(doh))
		return;
	const char *why = tls_failure(doh->tls);
	connection_end(&doh->base, err,
		doh_reason(doh,
			why[0] != '\0' ? why : "it closed the connection before it had answered"));
}

static const struct tls_events doh_tls_events = {
	.early = doh_early,
	.ready = doh_ready,
	.received = doh_received,
	.failed = doh_failed,
};

static void doh_free(struct connection *connection)
{
	struct doh *doh = doh_of(connection);

	tls_close(doh->tls);
	task_cancel(&doh->flush);
	loop_stop_timer(connection->loop, &doh->timer);
	while (!list_empty(&doh->streams))
		doh_free_stream(doh, CONTAINER_OF(doh->streams.next, struct doh_stream, link));
	h2_free(doh->h2);
	connection_done(connection);
	doh_record_done(&doh->record);
	free(doh);
}

static struct connection *doh_open(const struct connection_options *options)
{
	const struct endpoint *endpoint = options->endpoint;
	struct doh *doh = calloc(1, sizeof(*doh));
	if (!doh)
		return NULL;
	connection_init(&doh->base, &doh_transport, options);
	list_init(&doh->streams);
	list_init(&doh->forsaken);
	task_init(&doh->flush, doh_flush, doh);
	timer_init(&doh->timer, doh_expire, doh);
	doh->opened_ms = loop_now_ms(options->loop);
	struct tls_peer peer = endpoint_peer(endpoint, "h2");
	peer.alpn_required = true;
	doh->h2 = h2_new();
	if (doh->h2)
		doh->tls = tls_connect(options->loop, &peer, &endpoint->addresses[options->address],
			&doh_tls_events, doh);
	if (!doh->tls) {
		doh_free(&doh->base);
		return NULL;
	}
	doh->base.capacity = options->capacity > 0 ? options->capacity : DOH_STREAMS_FIRST;
	doh_watch(doh);
	return &doh->base;
}

static int doh_send(struct connection *connection, struct exchange *exchange)
{
	struct doh *doh = doh_of(connection);
	struct doh_request request;
	const bool early = connection->state == CONNECTION_OPENING;
	assert(connection->state == CONNECTION_READY || doh->early_room > 0);
	if (early && !doh_record_has_room(&doh->record, doh->early_room))
		return ERR_LIMIT;
	/* If it cannot be sent, it is sent or fails with the flush that is posted. */
	if (!doh_record_has_room(&doh->record, DOH_RECORD_LEN) &&
		doh_record_send(&doh->record, doh->tls) != 0)
		return ERR_LIMIT;
	doh_request_write(&request, connection->endpoint, exchange->query);
	struct doh_stream *stream = doh_new_stream(doh, &request, exchange);
	if (!stream)
		return ERR_NOMEM;
	int err = h2_request(doh->h2, &stream->h2, request.fields, request.count,
		bytes_of(stream->query, request.has_body ? stream->len : 0));
	if (err != 0) {
		list_unlink(&stream->link);
		free(stream);
		if (err == ERR_LIMIT) { /* its stream identifiers are used up */
			connection_move(connection, CONNECTION_DRAINING);
			loop_post(connection->loop, &doh->flush);
		}
		return err;
	}
	connection_sent(connection, exchange);
	exchange->carrier = stream;
	exchange->id = 0;
	stream->sent_ms = exchange->sent_ms;
	stream->early = early;
	if (exchange->sent_ms - connection->heard_ms >= DOH_SILENCE_MS)
		doh_ping(doh);
	/* At once, so that header section and body follow each other. Its failure is found by the
	 * flush, too. */
	(void)doh_record_fill(&doh->record, doh->h2);
	loop_post(connection->loop, &doh->flush);
	return 0;
}

static void doh_cancel(struct connection *connection, struct exchange *exchange)
{
	struct doh *doh = doh_of(connection);
	struct doh_stream *stream = exchange->carrier;
	const unsigned most = connection->capacity / 4;

	list_unlink(&exchange->link);
	exchange->connection = NULL;
	if (!stream->exchange) /* on its way back to its owner */
		return;
	doh_leave_stream(doh, stream);
	stream->forsaken_ms = loop_now_ms(connection->loop);
	list_push_back(&doh->forsaken, &stream->forsaken);
	if (connection->state == CONNECTION_DRAINING && list_empty(&connection->sent))
		connection_end(connection, ERR_CLOSED, "nobody waits for it any more");
	else if (connection->cancelled > (most < DOH_FORSAKEN_MAX ? most : DOH_FORSAKEN_MAX))
		doh_reset_forsaken(doh);
}

static void doh_probe(struct connection *connection)
{
	doh_ping(doh_of(connection));
}

const struct transport doh_transport = {
	.open = doh_open,
	.send = doh_send,
	.cancel = doh_cancel,
	.probe = doh_probe,
	.free = doh_free,
};
