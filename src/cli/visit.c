/* SPDX-License-Identifier: MIT */
#include "cli/visit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "upstream/doh.h"
#include "upstream/dot.h"

/* Connections of one visit, the first and that of resumption among them: a server may close each
 * after one answer. */
#define OPENS_MAX 24

/* Questions in a row without an answer after which nothing is expected any more. */
#define SILENT_MAX 2

/* Octets of memory for one response: what 64 KiB of small records need. */
#define RESPONSE_MEMORY_MAX (4 * 1024 * 1024)

/* Letters of a name that does not exist: 26 to the power of 15 of them. */
#define ABSENT_LEN 16

/*  KEYS → SOA → DENIAL → DS → ABSENT → ROUNDS → RESUMPTION → OVER
 * Each but the last two is a question, or several; without a name to ask for, DS is passed over. */
enum step {
	STEP_KEYS,
	STEP_SOA,
	STEP_DENIAL,
	STEP_DS,
	STEP_ABSENT,
	STEP_ROUNDS,
	STEP_RESUMPTION,
	STEP_OVER,
};

/* With what the names that do not exist begin, in turn, until the proof of one names a child of the
 * root with a DS. */
static const char first_letters[] = "chnt";

struct visit {
	struct visit_options options;
	struct endpoint *endpoint; /* that one address alone, with tickets of its own */
	struct tickets *tickets;
	enum step step;
	struct connection *connection; /* NULL: none */
	struct tls *look;	       /* at who was refused; NULL: none */
	unsigned opens, denials, silent;
	bool repeated; /* the question at hand was sent a second time */
	bool closed;   /* the connection is of no more use */
	struct task task;
	struct timer wait, deadline;
	uint64_t began_us;

	bool asking; /* exchange is under way */
	struct exchange exchange;
	struct upstream_query query;
	struct arena arena;
	struct name_space name, child_name;
	struct name child; /* len 0: none known */
};

static void visit_proceed(struct visit *visit)
{
	loop_post(visit->options.loop, &visit->task);
}

static void visit_end(struct visit *visit)
{
	visit->step = STEP_OVER;
	visit_proceed(visit);
}

static void visit_note_why(struct visit *visit, const char *why)
{
	snprintf(visit->options.facts->why, sizeof(visit->options.facts->why), "%s", why);
}

static void visit_step_on(struct visit *visit)
{
	struct facts *facts = visit->options.facts;

	visit->repeated = false;
	if (visit->step == STEP_DENIAL && visit->child.len == 0 && facts->denial == MARK_YES &&
		visit->denials < sizeof(first_letters) - 1)
		return;
	if (visit->step == STEP_ROUNDS && facts->round_count < FACTS_ROUNDS && visit->silent == 0)
		return;
	visit->step++;
	if (visit->step == STEP_DS && visit->child.len == 0)
		visit->step++;
}

/* The question at hand gets no answer; the next one does perhaps. */
static void visit_give_up(struct visit *visit, const char *why)
{
	visit->asking = false;
	loop_stop_timer(visit->options.loop, &visit->wait);
	visit_note_why(visit, why);
	if (++visit->silent >= SILENT_MAX)
		visit->step = STEP_OVER;
	else
		visit_step_on(visit);
	visit_proceed(visit);
}

static void visit_judge(struct visit *visit, const struct message *response)
{
	struct facts *facts = visit->options.facts;

	facts_note_edns(facts, response, visit->endpoint->kind == TRANSPORT_DOT);
	switch (visit->step) {
	case STEP_KEYS:
	case STEP_SOA: facts_note_signed(facts, response); break;
	case STEP_DENIAL:
		(void)facts_note_denial(facts, response, &visit->child_name, &visit->child);
		break;
	case STEP_DS: facts_note_ds(facts, response); break;
	case STEP_ABSENT: facts_note_absent(facts, response); break;
	case STEP_ROUNDS: facts_add_round(facts, clock_mono_us() - visit->began_us); break;
	case STEP_RESUMPTION:
	case STEP_OVER: break;
	}
}

static void on_answered(void *owner, struct connection *connection, struct exchange *exchange,
	const struct exchange_result *result)
{
	struct visit *visit = owner;
	(void)connection;
	(void)exchange;
	if (result->err != 0) {
		visit_give_up(visit, result->why);
		return;
	}
	visit->asking = false;
	visit->silent = 0;
	visit->options.facts->answered++;
	loop_stop_timer(visit->options.loop, &visit->wait);
	visit_judge(visit, result->message);
	visit_step_on(visit);
	visit_proceed(visit);
}

/* The server may close whenever it likes: what it did not answer then is asked once more. */
static void visit_lose(struct visit *visit, const char *why, struct list *unanswered)
{
	if (list_empty(unanswered))
		return;
	list_unlink(&visit->exchange.link);
	visit->exchange.connection = NULL;
	if (visit->repeated) {
		visit_give_up(visit, why);
		return;
	}
	visit->repeated = true;
	visit->asking = false;
	visit->options.facts->asked--;
	visit_proceed(visit);
}

static void on_returned(void *owner, struct connection *connection, int err, const char *why,
	struct list *unanswered)
{
	struct visit *visit = owner;
	(void)connection;
	(void)err;
	visit->closed = true;
	visit_lose(visit, why, unanswered);
}

static void on_late(void *owner, struct connection *connection, uint64_t sent_ms, bool answer)
{
	(void)owner;
	(void)connection;
	(void)sent_ms;
	(void)answer;
}

static void on_room(void *owner, struct connection *connection)
{
	(void)owner;
	(void)connection;
}

static void visit_report(struct visit *visit, const struct tls *tls)
{
	visit->options.facts->seen = tls_report(tls, &visit->options.facts->tls);
}

static void on_ready(void *owner, struct connection *connection, int days_left)
{
	struct visit *visit = owner;
	struct facts *facts = visit->options.facts;
	struct tls_report report;
	(void)days_left;
	if (visit->step == STEP_RESUMPTION) {
		if (tls_report(connection->tls, &report))
			facts->resumed = report.resumed ? MARK_YES : MARK_NO;
		if (facts->resumed == MARK_YES)
			facts->early = report.early ? MARK_YES : MARK_NO;
		visit->step = STEP_OVER;
	} else if (!facts->reached) {
		facts->reached = true;
		facts->opened_us = clock_mono_us() - visit->began_us;
		visit_report(visit, connection->tls);
		snprintf(facts->remark, sizeof(facts->remark), "%s",
			connection->remark ? connection->remark : "");
	}
	visit_proceed(visit);
}

static void look_ready(void *owner)
{
	struct visit *visit = owner;

	visit_report(visit, visit->look);
	visit_end(visit);
}

static void look_received(void *owner, struct bytes data)
{
	(void)owner;
	(void)data;
}

static void look_failed(void *owner, int err)
{
	(void)err;
	visit_end(owner);
}

/* Says who is there without saying anything to them: no question, no certificate, no ticket. */
static void visit_look(struct visit *visit)
{
	static const struct tls_events events = {
		.ready = look_ready,
		.received = look_received,
		.failed = look_failed,
	};
	const struct endpoint *endpoint = visit->endpoint;
	struct tls_peer peer =
		endpoint_peer(endpoint, endpoint->kind == TRANSPORT_DOT ? "dot" : "h2");

	peer.profile = TLS_OPPORTUNISTIC;
	peer.credential = NULL;
	peer.tickets = NULL;
	visit->look =
		tls_connect(visit->options.loop, &peer, &endpoint->addresses[0], &events, visit);
	if (visit->look)
		loop_start_timer(visit->options.loop, &visit->wait, VISIT_WAIT_MS);
	else
		visit_end(visit);
}

static void on_ended(void *owner, struct connection *connection, int err, const char *why,
	struct list *unanswered)
{
	struct visit *visit = owner;

	visit->closed = true;
	if (!connection->opened) {
		visit_note_why(visit, why);
		if (!visit->options.facts->reached && err == ERR_TLS)
			visit_look(visit);
		else
			visit_end(visit);
		return;
	}
	visit_lose(visit, why, unanswered);
}

static const struct connection_events visit_events = {
	.ready = on_ready,
	.answered = on_answered,
	.late = on_late,
	.room = on_room,
	.alive = on_room,
	.returned = on_returned,
	.ended = on_ended,
};

static void visit_cancel(struct visit *visit)
{
	if (visit->asking && visit->exchange.connection)
		visit->connection->transport->cancel(visit->connection, &visit->exchange);
	visit->asking = false;
}

static void visit_hang_up(struct visit *visit)
{
	if (visit->connection) {
		visit_cancel(visit);
		visit->connection->transport->free(visit->connection);
	}
	visit->connection = NULL;
	visit->closed = false;
}

static void visit_open(struct visit *visit)
{
	const struct connection_options options = {
		.loop = visit->options.loop,
		.rand = visit->options.rand,
		.endpoint = visit->endpoint,
		.events = &visit_events,
		.owner = visit,
	};
	const struct transport *transport =
		visit->endpoint->kind == TRANSPORT_DOT ? &dot_transport : &doh_transport;

	if (++visit->opens > OPENS_MAX) {
		visit_note_why(visit, "it closes its connections before it answers");
		visit_end(visit);
		return;
	}
	visit->began_us = clock_mono_us();
	visit->connection = transport->open(&options);
	if (!visit->connection) {
		visit_note_why(visit, "out of memory or descriptors here");
		visit_end(visit);
	}
}

/* A child of the root that nobody has registered. */
static struct name absent_name(struct visit *visit, char first)
{
	visit->name.octets[0] = ABSENT_LEN;
	visit->name.octets[1] = (uint8_t)first;
	for (unsigned i = 1; i < ABSENT_LEN; i++)
		visit->name.octets[1 + i] = (uint8_t)('a' + rand_below(visit->options.rand, 26));
	visit->name.octets[1 + ABSENT_LEN] = 0;
	return (struct name){ .octets = visit->name.octets, .len = ABSENT_LEN + 2 };
}

static void visit_compose(struct visit *visit)
{
	struct question *question = &visit->query.question;

	visit->query = (struct upstream_query){ .question = { name_root(), TYPE_SOA, CLASS_IN } };
	visit->query.dnssec_ok = visit->query.checking_disabled = visit->step <= STEP_DS;
	switch (visit->step) {
	case STEP_KEYS: question->type = TYPE_DNSKEY; break;
	case STEP_DENIAL:
		question->name = absent_name(visit, first_letters[visit->denials++]);
		question->type = TYPE_A;
		break;
	case STEP_DS:
		question->name = visit->child;
		question->type = TYPE_DS;
		break;
	case STEP_ABSENT:
		question->name = absent_name(visit, first_letters[0]);
		question->type = TYPE_A;
		break;
	case STEP_SOA:
	case STEP_ROUNDS:
	case STEP_RESUMPTION:
	case STEP_OVER: break;
	}
}

static void visit_ask(struct visit *visit)
{
	if (!visit->repeated)
		visit_compose(visit);
	arena_done(&visit->arena);
	arena_init(&visit->arena, RESPONSE_MEMORY_MAX);
	visit->exchange = (struct exchange){ .query = &visit->query, .arena = &visit->arena };
	list_init(&visit->exchange.link);
	visit->options.facts->asked++;
	visit->asking = true;
	visit->began_us = clock_mono_us();
	if (visit->connection->transport->send(visit->connection, &visit->exchange) != 0)
		visit_give_up(visit, "out of memory here, or the server takes no queries");
	else
		loop_start_timer(visit->options.loop, &visit->wait, VISIT_WAIT_MS);
}

static void visit_finish(struct visit *visit)
{
	loop_stop_timer(visit->options.loop, &visit->wait);
	loop_stop_timer(visit->options.loop, &visit->deadline);
	visit_hang_up(visit);
	tls_close(visit->look);
	visit->look = NULL;
	visit->options.done(visit->options.owner);
}

/* All that is done is done here, with no event of a connection's on the stack. */
static void visit_run(void *owner)
{
	struct visit *visit = owner;

	if (visit->step == STEP_OVER) {
		visit_finish(visit);
		return;
	}
	if (visit->look || visit->asking)
		return;
	/* The connection that asked: the tickets that it brought are there now. */
	if (visit->step == STEP_RESUMPTION && visit->connection &&
		visit->connection->state != CONNECTION_OPENING)
		visit->closed = true;
	if (visit->closed || (visit->connection && visit->connection->state == CONNECTION_DRAINING))
		visit_hang_up(visit);
	if (!visit->connection)
		visit_open(visit);
	else if (visit->connection->state == CONNECTION_READY)
		visit_ask(visit);
}

static void visit_wait_over(void *owner)
{
	struct visit *visit = owner;

	if (visit->look) {
		visit_end(visit);
		return;
	}
	visit_cancel(visit);
	visit_give_up(visit, "it did not answer in time");
}

static void visit_too_long(void *owner)
{
	struct visit *visit = owner;

	visit_note_why(visit, "it answers too slowly to be asked everything");
	visit_end(visit);
}

/* The upstream as if it had this address only: what another address gives is not to be taken for
 * what this one gives. */
static int visit_make_endpoint(struct visit *visit)
{
	const struct endpoint *from = visit->options.endpoint;
	char where[ADDRESS_TEXT_LEN], why[ENDPOINT_WHY_LEN];
	const char *const address = address_write(&from->addresses[visit->options.address], where);
	const struct endpoint_options options = {
		.url = from->url,
		.name = from->name,
		.addresses = &address,
		.address_count = 1,
		.ca_file = from->ca_file,
		.min_version = from->min_version,
		.method = from->method,
		.profile = from->profile,
		.pins = from->pins,
		.client_cert = from->client_cert,
		.client_key = from->client_key,
	};

	visit->tickets = tickets_new();
	if (!visit->tickets || endpoint_new(&options, &visit->endpoint, why) != 0)
		return ERR_NOMEM;
	const struct endpoint_trusts trusts = {
		.trust = from->trust,
		.credential = from->credential,
		.tickets = visit->tickets,
	};
	return endpoint_trust(visit->endpoint, &trusts);
}

struct visit *visit_new(const struct visit_options *options)
{
	struct visit *visit = calloc(1, sizeof(*visit));
	if (!visit)
		return NULL;
	visit->options = *options;
	arena_init(&visit->arena, RESPONSE_MEMORY_MAX);
	task_init(&visit->task, visit_run, visit);
	timer_init(&visit->wait, visit_wait_over, visit);
	timer_init(&visit->deadline, visit_too_long, visit);
	if (visit_make_endpoint(visit) != 0) {
		visit_free(visit);
		return NULL;
	}
	loop_start_timer(options->loop, &visit->deadline, VISIT_MS);
	visit_proceed(visit);
	return visit;
}

void visit_free(struct visit *visit)
{
	if (!visit)
		return;
	visit_hang_up(visit);
	tls_close(visit->look);
	task_cancel(&visit->task);
	loop_stop_timer(visit->options.loop, &visit->wait);
	loop_stop_timer(visit->options.loop, &visit->deadline);
	arena_done(&visit->arena);
	endpoint_release(visit->endpoint);
	tickets_free(visit->tickets);
	free(visit);
}
