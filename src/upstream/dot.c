/* SPDX-License-Identifier: MIT */
#include "upstream/dot.h"

#include <assert.h>
#include <stdlib.h>

#include "base/log.h"
#include "net/framing.h"
#include "net/tls.h"
#include "upstream/inflight.h"

/* Octets of the first send buffer, and the largest that is kept when it is empty. */
#define OUT_FIRST 512
#define OUT_KEEP  4096

/* A constant as a sentence has it. */
#define TEXT_OF(number) #number
#define TEXT(number)	TEXT_OF(number)

struct dot {
	struct connection base;
	struct tls *tls;
	struct framing framing;
	struct inflight inflight;
	struct hash_key key; /* of the marks in it, drawn with the first, */
	bool keyed;	     /* which was */
	bool probing;	     /* a query of our own is under way, for a sign of life */
	size_t early_room;   /* octets that may go with the handshake; 0 but within early() */

	/* Queries of this turn, each with its length; whole messages only. */
	uint8_t *out;
	size_t out_len, out_cap;
	struct task flush;
	bool stuck; /* net/tls.h did not take them, they wait for the peer to read */

	/* One timer for all deadlines, late rather than moved with every octet. */
	struct timer timer;
	uint64_t opened_ms; /* when the connect began */
	uint64_t begun_ms;  /* when the message that framing is inside of began */
	bool inside;
};

static struct dot *dot_of(struct connection *connection)
{
	return CONTAINER_OF(connection, struct dot, base);
}

static bool dot_closed(const struct dot *dot)
{
	return dot->base.state == CONNECTION_CLOSED;
}

/* When the timer has to look again. */
static uint64_t dot_due_ms(const struct dot *dot)
{
	const struct connection *base = &dot->base;
	uint64_t due_ms;

	if (base->state == CONNECTION_OPENING)
		return dot->opened_ms + DOT_OPEN_MS;
	if (base->in_flight > 0)
		due_ms = base->quiet_since_ms + DOT_SILENCE_MS;
	else
		due_ms = connection_idle_end_ms(base);
	if (dot->inside && dot->begun_ms + DOT_MESSAGE_MS < due_ms)
		due_ms = dot->begun_ms + DOT_MESSAGE_MS;
	return due_ms;
}

/* Starts the timer if it would fire too late; too early is harmless and costs nothing now. */
static void dot_watch(struct dot *dot)
{
	uint64_t now_ms = loop_now_ms(dot->base.loop);
	uint64_t due_ms = dot->stuck ? now_ms + DOT_STUCK_MS : dot_due_ms(dot);

	if (!timer_running(&dot->timer) || due_ms < dot->timer.due_ms)
		loop_start_timer(
			dot->base.loop, &dot->timer, due_ms > now_ms ? due_ms - now_ms : 0);
}

/* On the loop's stack: all that was asked in this turn, a record for each message, as some servers
 * (dnsdist 1.7) look at no more than the first in a record. net/tls.h sends them together. */
static void dot_flush(struct dot *dot)
{
	size_t from = 0;
	int err = 0;

	if (dot_closed(dot))
		return;
	while (from < dot->out_len) {
		const size_t len = FRAMING_LENGTH_LEN + (size_t)u16_load(dot->out + from);
		err = tls_send(dot->tls, bytes_of(dot->out + from, len));
		if (err != 0)
			break;
		from += len;
	}
	dot->out_len -= from;
	if (dot->out_len > 0 && from > 0)
		memmove(dot->out, dot->out + from, dot->out_len);
	dot->stuck = err == ERR_LIMIT;
	if (err != 0 && err != ERR_LIMIT) {
		const char *why = tls_failure(dot->tls);
		connection_end(&dot->base, err,
			why[0] != '\0' ? why : "the connection broke while a query was sent");
		return;
	}
	if (dot->out_len == 0 && dot->out_cap > OUT_KEEP) {
		free(dot->out);
		dot->out = NULL;
		dot->out_cap = 0;
	}
	dot_watch(dot);
}

static void dot_run_flush(void *owner)
{
	dot_flush(owner);
}

static void dot_expire(void *owner)
{
	struct dot *dot = owner;
	const struct connection *base = &dot->base;
	uint64_t now_ms = loop_now_ms(base->loop);

	if (dot_closed(dot))
		return;
	if (dot->stuck && now_ms < dot_due_ms(dot)) {
		dot_flush(dot);
		return;
	}
	if (now_ms < dot_due_ms(dot)) {
		dot_watch(dot);
		return;
	}
	if (base->state == CONNECTION_OPENING)
		connection_end(&dot->base, ERR_TIMEOUT,
			"expected a TLS session within " TEXT(
				DOT_OPEN_S) " s, but the server did not answer; it is "
					    "down, or a firewall drops what goes to its port");
	else if (dot->inside && now_ms >= dot->begun_ms + DOT_MESSAGE_MS)
		connection_end(&dot->base, ERR_TIMEOUT,
			"it began a response and did not finish it within " TEXT(
				DOT_MESSAGE_S) " s");
	else if (base->in_flight > 0)
		connection_end(&dot->base, ERR_TIMEOUT,
			"it did not answer for " TEXT(
				DOT_SILENCE_S) " s on a connection that was open");
	else
		connection_end(&dot->base, ERR_CLOSED, "idle");
}

/* RFC 7828 section 3.4: TIMEOUT in units of 100 ms; 0 asks us to close as soon as we can. */
static void dot_obey_keepalive(struct dot *dot, const struct edns *edns)
{
	struct bytes option;

	if (!edns->present || !edns_option(edns, EDNS_OPTION_TCP_KEEPALIVE, &option) ||
		option.len != 2)
		return;
	uint64_t limit_ms = (uint64_t)u16_load(option.at) * 100;
	if (limit_ms == 0 && dot->base.state == CONNECTION_READY)
		connection_move(&dot->base, CONNECTION_DRAINING);
	dot->base.idle_limit_ms =
		limit_ms < CONNECTION_IDLE_CAP_MS ? limit_ms : CONNECTION_IDLE_CAP_MS;
}

static void dot_release_id(struct dot *dot, uint16_t id)
{
	inflight_remove(&dot->inflight, id);
	dot->base.in_flight--;
}

static void dot_answer(struct dot *dot, struct exchange *exchange, struct bytes wire)
{
	struct message message;
	struct exchange_result result = { .why = "" };

	result.err = exchange_read(exchange, wire, &message, &result.why);
	if (result.err == ERR_PROTOCOL) {
		connection_end(&dot->base, result.err, result.why);
		return;
	}
	dot_release_id(dot, exchange->id);
	list_unlink(&exchange->link);
	exchange->connection = NULL;
	dot->base.answers++;
	if (result.err == 0) {
		result.message = &message;
		dot_obey_keepalive(dot, &message.head.edns);
	}
	/* The owner may ask, cancel or drop this connection within the call. */
	dot->base.events->answered(dot->base.owner, &dot->base, exchange, &result);
}

/* By which a server is asked for a sign of life: what every resolver knows, so that it says nothing
 * about any name. */
static struct question probe_question(void)
{
	return (struct question){ .name = name_root(), .type = TYPE_NS, .class = CLASS_IN };
}

/* A response that no exchange waits for: to a query that was cancelled, or to a probe. */
static void dot_take_unasked(struct dot *dot, const struct inflight_slot *slot, struct bytes wire)
{
	const struct question probe = probe_question();
	const uint64_t sent_ms = slot->sent_ms;
	const uint64_t mark =
		sent_ms == INFLIGHT_PROBE ? exchange_mark(&dot->key, &probe) : slot->mark;
	const char *why = "";

	if (!exchange_is_marked(wire, &dot->key, mark, &why)) {
		connection_end(&dot->base, ERR_PROTOCOL, why);
		return;
	}
	dot_release_id(dot, slot->id);
	if (sent_ms == INFLIGHT_PROBE) {
		dot->probing = false;
		dot->base.events->alive(dot->base.owner, &dot->base);
		return;
	}
	dot->base.cancelled--;
	dot->base.events->late(dot->base.owner, &dot->base, sent_ms, exchange_is_answer(wire));
}

static void dot_take_message(struct dot *dot, struct bytes wire)
{
	if (wire.len < HEADER_LEN) {
		connection_end(&dot->base, ERR_PROTOCOL,
			"it sent a message too short to be a response; the server is broken");
		return;
	}
	const struct inflight_slot *slot = inflight_find(&dot->inflight, u16_load(wire.at));
	if (!slot) {
		connection_end(&dot->base, ERR_PROTOCOL,
			"it sent a response with an ID that no query had; the server is broken");
		return;
	}
	if (slot->exchange)
		dot_answer(dot, slot->exchange, wire);
	else
		dot_take_unasked(dot, slot, wire);
	if (dot->base.state == CONNECTION_DRAINING && list_empty(&dot->base.sent))
		connection_end(&dot->base, ERR_CLOSED, "it asked us to close");
}

static void dot_early(void *owner, size_t room)
{
	struct dot *dot = owner;

	if (dot_closed(dot) || !dot->base.events->early)
		return;
	dot->early_room = room;
	dot->base.events->early(dot->base.owner, &dot->base);
	dot->early_room = 0;
	dot_flush(dot);
}

static void dot_ready(void *owner)
{
	struct dot *dot = owner;
	const struct endpoint *endpoint = dot->base.endpoint;
	char where[ADDRESS_TEXT_LEN];

	if (dot_closed(dot))
		return;
	connection_move(&dot->base, CONNECTION_READY);
	log_debug("upstream %s: connected to %s, %s", endpoint->name,
		address_write(&endpoint->addresses[dot->base.address], where),
		tls_description(dot->tls));
	dot_watch(dot);
	dot->base.remark = tls_remark(dot->tls);
	dot->base.tls = dot->tls;
	dot->base.events->ready(dot->base.owner, &dot->base, tls_days_left(dot->tls));
}

/* Message by message; after each one this connection may be closed, though never freed. */
static void dot_received(void *owner, struct bytes data)
{
	struct dot *dot = owner;
	struct bytes wire;
	bool finished_one = false;

	if (dot_closed(dot))
		return;
	connection_heard(&dot->base);
	dot->base.quiet_since_ms = dot->base.heard_ms;
	framing_feed(&dot->framing, data);
	for (;;) {
		int got = framing_next(&dot->framing, &wire);
		if (got == 0)
			break;
		if (got < 0) {
			connection_end(&dot->base, got, "out of memory");
			return;
		}
		finished_one = true;
		dot_take_message(dot, wire);
		if (dot_closed(dot))
			return;
	}
	bool inside = framing_inside(&dot->framing);
	if (inside && (finished_one || !dot->inside))
		dot->begun_ms = dot->base.quiet_since_ms;
	dot->inside = inside;
	if (dot->stuck)
		dot_flush(dot);
	else
		dot_watch(dot);
}

static void dot_failed(void *owner, int err)
{
	struct dot *dot = owner;

	if (dot_closed(dot))
		return;
	const char *why = tls_failure(dot->tls);
	connection_end(&dot->base, err,
		why[0] != '\0' ? why : "it closed the connection before it had answered");
}

static const struct tls_events dot_tls_events = {
	.early = dot_early,
	.ready = dot_ready,
	.received = dot_received,
	.failed = dot_failed,
};

static void dot_free(struct connection *connection)
{
	struct dot *dot = dot_of(connection);

	tls_close(dot->tls);
	task_cancel(&dot->flush);
	loop_stop_timer(connection->loop, &dot->timer);
	framing_done(&dot->framing);
	inflight_done(&dot->inflight);
	connection_done(connection);
	free(dot->out);
	free(dot);
}

static struct connection *dot_open(const struct connection_options *options)
{
	const struct endpoint *endpoint = options->endpoint;
	struct dot *dot = calloc(1, sizeof(*dot));
	if (!dot)
		return NULL;
	connection_init(&dot->base, &dot_transport, options);
	dot->base.capacity = INFLIGHT_MAX;
	framing_init(&dot->framing);
	inflight_init(&dot->inflight);
	task_init(&dot->flush, dot_run_flush, dot);
	timer_init(&dot->timer, dot_expire, dot);
	dot->opened_ms = loop_now_ms(options->loop);
	const struct tls_peer peer = endpoint_peer(endpoint, "dot");
	dot->tls = tls_connect(
		options->loop, &peer, &endpoint->addresses[options->address], &dot_tls_events, dot);
	if (!dot->tls) {
		dot_free(&dot->base);
		return NULL;
	}
	dot_watch(dot);
	return &dot->base;
}

/* Room for one more query at out's end. */
static int dot_reserve(struct dot *dot)
{
	if (dot->out_cap - dot->out_len >= FRAMING_LENGTH_LEN + UPSTREAM_QUERY_LEN_MAX)
		return 0;
	size_t cap = dot->out_cap == 0 ? OUT_FIRST : dot->out_cap * 2;
	uint8_t *out = realloc(dot->out, cap);
	if (!out)
		return ERR_NOMEM;
	dot->out = out;
	dot->out_cap = cap;
	return 0;
}

/* Writes a query to be sent, with an ID of that exchange; NULL: of a probe. */
static int dot_ask(struct dot *dot, struct upstream_query query, struct exchange *exchange)
{
	int err = dot_reserve(dot);
	if (err == 0)
		err = inflight_add(&dot->inflight, dot->base.rand, exchange, &query.id);
	if (err != 0)
		return err;
	query.keepalive = true;
	uint8_t *at = dot->out + dot->out_len;
	size_t len = upstream_query_write(&query, at + FRAMING_LENGTH_LEN);
	u16_store(at, (uint16_t)len);
	dot->out_len += FRAMING_LENGTH_LEN + len;
	if (exchange)
		exchange->id = query.id;
	loop_post(dot->base.loop, &dot->flush);
	return 0;
}

static int dot_send(struct connection *connection, struct exchange *exchange)
{
	struct dot *dot = dot_of(connection);

	assert(connection->state == CONNECTION_READY || dot->early_room > 0);
	if (connection->state == CONNECTION_OPENING &&
		dot->out_len + FRAMING_LENGTH_LEN + UPSTREAM_QUERY_LEN_MAX > dot->early_room)
		return ERR_LIMIT;
	int err = dot_ask(dot, *exchange->query, exchange);
	if (err == 0)
		connection_sent(connection, exchange);
	return err;
}

static void dot_cancel(struct connection *connection, struct exchange *exchange)
{
	struct dot *dot = dot_of(connection);

	if (!dot->keyed)
		dot->key = rand_hash_key(connection->rand);
	dot->keyed = true;
	inflight_cancel(
		&dot->inflight, exchange->id, exchange_mark(&dot->key, &exchange->query->question));
	connection->cancelled++;
	list_unlink(&exchange->link);
	exchange->connection = NULL;
	if (connection->state == CONNECTION_READY && connection->cancelled > DOT_CANCELLED_MAX)
		connection_move(connection, CONNECTION_DRAINING);
	if (connection->state == CONNECTION_DRAINING && list_empty(&connection->sent))
		connection_end(connection, ERR_CLOSED, "nobody waits for it any more");
}

/* Without an ID or memory for it there is no sign of life, which is as if there were no answer to
 * it. */
static void dot_probe(struct connection *connection)
{
	const struct upstream_query query = { .question = probe_question() };
	struct dot *dot = dot_of(connection);

	if (dot->probing || dot_ask(dot, query, NULL) != 0)
		return;
	dot->probing = true;
	connection->in_flight++;
}

const struct transport dot_transport = {
	.open = dot_open,
	.send = dot_send,
	.cancel = dot_cancel,
	.probe = dot_probe,
	.free = dot_free,
};
