/* SPDX-License-Identifier: MIT */
#include "serve/tcp_client.h"

#include <stdlib.h>
#include <unistd.h>

#include "net/framing.h"
#include "net/stream.h"

/* Octets of replies that may wait for a client that does not read; two of the largest. */
#define QUEUE_MAX (128 * 1024)

/* Questions of one connection that may wait before it is read from again, so that one client
 * cannot fill the in-flight table alone. */
#define WAITING_MAX 100

struct tcp_client {
	struct list link; /* in the server's list */
	struct serving *serving;
	const struct tcp_client_events *events;
	void *owner;
	struct address peer;
	struct stream *stream;
	struct framing framing;
	struct timer idle;
	struct list waiting; /* of struct tcp_question */
	size_t waiting_count;
	bool finished; /* no question will come any more */
	bool broken;   /* a reply could not be sent: to be closed */
};

struct tcp_question {
	struct list link;
	struct tcp_client *client;
	struct query *query;
	struct asked asked; /* views wire */
	uint8_t wire[];
};

static void question_free(struct tcp_question *question)
{
	list_unlink(&question->link);
	question->client->waiting_count--;
	free(question);
}

void tcp_client_close(struct tcp_client *client)
{
	const struct tcp_client_events *events = client->events;
	void *owner = client->owner;

	while (!list_empty(&client->waiting)) {
		struct tcp_question *question =
			CONTAINER_OF(client->waiting.next, struct tcp_question, link);
		query_cancel(question->query);
		question_free(question);
	}
	list_unlink(&client->link);
	loop_stop_timer(client->serving->loop, &client->idle);
	stream_close(client->stream);
	framing_done(&client->framing);
	free(client);
	events->closed(owner);
}

bool tcp_client_busy(const struct tcp_client *client)
{
	return client->waiting_count > 0 || stream_queued(client->stream) > 0;
}

/* After each step: is there a reason to stay? May free the client. */
static void settle(struct tcp_client *client)
{
	if (client->broken || (client->finished && !tcp_client_busy(client))) {
		tcp_client_close(client);
		return;
	}
	stream_read_pause(client->stream, client->finished || client->waiting_count >= WAITING_MAX);
}

static void reply_send(struct tcp_client *client, const struct reply *reply)
{
	uint8_t length[FRAMING_LENGTH_LEN];

	u16_store(length, (uint16_t)reply->len);
	if (stream_send(client->stream, bytes_of(length, sizeof(length)),
		    bytes_of(reply->octets, reply->len)) != 0)
		client->broken = true;
	else if (stream_queued(client->stream) == 0)
		client->events->active(client->owner, client);
}

static void question_done(void *owner, const struct answer *answer)
{
	struct tcp_question *question = owner;
	struct tcp_client *client = question->client;
	uint8_t octets[MESSAGE_LEN_MAX];
	const struct reply reply = {
		.octets = octets,
		.len = answer_write(answer, &question->asked, octets),
	};

	question_free(question);
	reply_send(client, &reply);
	settle(client);
}

/* False: no memory, or too much in flight. */
static bool question_start(struct tcp_client *client, struct bytes wire, const struct asked *asked)
{
	/* One read may bring more questions than may wait. */
	if (client->waiting_count >= 2 * WAITING_MAX)
		return false;
	const size_t kept = asked_kept_len(asked);
	struct tcp_question *question = malloc(sizeof(*question) + kept);
	if (!question)
		return false;
	question->client = client;
	question->asked = *asked;
	memcpy(question->wire, wire.at, kept);
	asked_rebase(&question->asked, wire.at, question->wire);
	list_init(&question->link);
	list_push_back(&client->waiting, &question->link);
	client->waiting_count++;
	question->query = query_start(
		client->serving->resolver, &question->asked.head, question_done, question);
	if (!question->query) {
		question_free(question);
		return false;
	}
	client->events->active(client->owner, client);
	return true;
}

/* Told once that it may not ask, a stranger is shown the door. */
static void refuse(struct tcp_client *client, struct bytes wire, struct reply *reply)
{
	struct serve_counts *counts = client->serving->counts;

	request_refuse(client->serving, wire, reply);
	count_add(reply->len > 0 ? &counts->refused : &counts->dropped, 1);
	client->finished = true;
	if (reply->len > 0)
		reply_send(client, reply);
}

static void take_message(struct tcp_client *client, struct bytes wire)
{
	struct serve_counts *counts = client->serving->counts;
	uint8_t octets[MESSAGE_LEN_MAX];
	struct reply reply = { .octets = octets };
	struct asked asked;

	if (!client_allowed(&client->serving->options.clients, &client->peer)) {
		refuse(client, wire, &reply);
		return;
	}
	switch (request_read(client->serving, wire, true, &asked, &reply)) {
	case REQUEST_DROPPED: count_add(&counts->dropped, 1); return;
	case REQUEST_REPLIED: break;
	case REQUEST_WAITS:
		if (question_start(client, wire, &asked)) {
			count_add(&counts->tcp_queries, 1);
			return;
		}
		request_shed(client->serving, &asked, &reply);
		break;
	}
	count_add(&counts->tcp_queries, 1);
	reply_send(client, &reply);
}

static void received(void *owner, struct bytes data)
{
	struct tcp_client *client = owner;
	struct bytes wire;
	int got;

	framing_feed(&client->framing, data);
	while ((got = framing_next(&client->framing, &wire)) == 1 && !client->broken &&
		!client->finished)
		take_message(client, wire);
	if (got < 0)
		client->broken = true;
	settle(client);
}

static void half_closed(void *owner)
{
	struct tcp_client *client = owner;
	client->finished = true;
	settle(client);
}

static void drained(void *owner)
{
	settle(owner);
}

static void failed(void *owner, int err)
{
	(void)err; /* the client went away, or does not read: either way it is over */
	tcp_client_close(owner);
}

static void idle_fired(void *owner)
{
	struct tcp_client *client = owner;
	/* While it waits for us it is not idle; the reply starts the time anew. A client that does
	 * not take its replies gets no more time. */
	if (client->waiting_count == 0)
		tcp_client_close(client);
}

static const struct stream_events stream_events = {
	.received = received,
	.half_closed = half_closed,
	.drained = drained,
	.failed = failed,
};

struct tcp_client *tcp_client_open(struct serving *serving, int fd, const struct address *peer,
	const struct tcp_client_events *events, void *owner)
{
	struct tcp_client *client = calloc(1, sizeof(*client));
	if (!client) {
		close(fd);
		return NULL;
	}
	client->stream = stream_open(serving->loop, fd, QUEUE_MAX, &stream_events, client);
	if (!client->stream) {
		free(client);
		return NULL;
	}
	client->serving = serving;
	client->events = events;
	client->owner = owner;
	client->peer = *peer;
	list_init(&client->link);
	list_init(&client->waiting);
	framing_init(&client->framing);
	timer_init(&client->idle, idle_fired, client);
	return client;
}

void tcp_client_drain(struct tcp_client *client)
{
	client->finished = true;
	settle(client);
}

void tcp_client_set_idle(struct tcp_client *client, uint32_t idle_ms)
{
	loop_start_timer(client->serving->loop, &client->idle, idle_ms);
}

const struct address *tcp_client_peer(const struct tcp_client *client)
{
	return &client->peer;
}

struct list *tcp_client_link(struct tcp_client *client)
{
	return &client->link;
}

struct tcp_client *tcp_client_of(struct list *link)
{
	return CONTAINER_OF(link, struct tcp_client, link);
}
