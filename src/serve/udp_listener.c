/* SPDX-License-Identifier: MIT */
#include "serve/udp_listener.h"

#include <stdlib.h>

/* Batches taken in one turn of the loop before timers and upstreams get theirs. */
#define BATCHES_A_TURN 4

struct udp_listener {
	struct serving *serving;
	int fd;
	struct watch *watch;
	struct udp_batch *batch;
	struct list waiting; /* of struct udp_question */
	size_t waiting_count;
};

/* A client's question that the cache had no answer to. */
struct udp_question {
	struct list link;
	struct udp_listener *listener;
	struct query *query;
	struct udp_path path;
	struct asked asked; /* views wire */
	uint8_t wire[];
};

static void question_free(struct udp_question *question)
{
	list_unlink(&question->link);
	question->listener->waiting_count--;
	free(question);
}

static void question_done(void *owner, const struct answer *answer)
{
	struct udp_question *question = owner;
	uint8_t reply[UDP_SEND_LEN];
	size_t len = answer_write(answer, &question->asked, reply);

	/* A reply that the socket does not take is lost as any datagram may be. */
	(void)udp_send(question->listener->fd, &question->path, bytes_of(reply, len));
	question_free(question);
}

/* False: no memory, or enough waits already. */
static bool question_start(struct udp_listener *listener, struct bytes wire,
	const struct asked *asked, const struct udp_path *path)
{
	if (listener->waiting_count >= listener->serving->options.in_flight_max)
		return false;
	const size_t kept = asked_kept_len(asked);
	struct udp_question *question = malloc(sizeof(*question) + kept);
	if (!question)
		return false;
	question->listener = listener;
	question->path = *path;
	question->asked = *asked;
	memcpy(question->wire, wire.at, kept);
	asked_rebase(&question->asked, wire.at, question->wire);
	list_init(&question->link);
	list_push_back(&listener->waiting, &question->link);
	listener->waiting_count++;
	question->query = query_start(
		listener->serving->resolver, &question->asked.head, question_done, question);
	if (!question->query) {
		question_free(question);
		return false;
	}
	return true;
}

static void take_datagram(struct udp_listener *listener, unsigned i)
{
	struct udp_batch *batch = listener->batch;
	struct serve_counts *counts = listener->serving->counts;
	struct bytes wire = udp_datagram(batch, i);
	const struct udp_path *path = udp_datagram_path(batch, i);
	struct asked asked;

	if (!client_allowed(&listener->serving->options.clients, &path->peer)) {
		count_add(&counts->dropped, 1);
		return;
	}
	struct reply reply = { .octets = udp_reply_room(batch) };
	switch (request_read(listener->serving, wire, false, &asked, &reply)) {
	case REQUEST_DROPPED: count_add(&counts->dropped, 1); return;
	case REQUEST_REPLIED: break;
	case REQUEST_WAITS:
		if (question_start(listener, wire, &asked, path)) {
			count_add(&counts->udp_queries, 1);
			return;
		}
		request_shed(listener->serving, &asked, &reply);
		break;
	}
	count_add(&counts->udp_queries, 1);
	udp_reply_commit(batch, i, reply.len);
}

static void readable(void *owner, int events)
{
	struct udp_listener *listener = owner;
	(void)events;

	for (unsigned turn = 0; turn < BATCHES_A_TURN; turn++) {
		unsigned count = udp_receive(listener->batch, listener->fd);
		for (unsigned i = 0; i < count; i++)
			take_datagram(listener, i);
		(void)udp_send_batch(listener->batch, listener->fd);
		if (count < UDP_BATCH)
			return;
	}
}

struct udp_listener *udp_listener_new(struct serving *serving, int fd, struct udp_batch *batch)
{
	struct udp_listener *listener = calloc(1, sizeof(*listener));
	if (!listener)
		return NULL;
	listener->serving = serving;
	listener->fd = fd;
	listener->batch = batch;
	list_init(&listener->waiting);
	listener->watch = watch_new(serving->loop, fd, readable, listener);
	if (!listener->watch) {
		free(listener);
		return NULL;
	}
	watch_set(listener->watch, WATCH_READ);
	return listener;
}

void udp_listener_drain(struct udp_listener *listener)
{
	watch_set(listener->watch, 0);
}

size_t udp_listener_waiting(const struct udp_listener *listener)
{
	return listener->waiting_count;
}

void udp_listener_free(struct udp_listener *listener)
{
	if (!listener)
		return;
	while (!list_empty(&listener->waiting)) {
		struct udp_question *question =
			CONTAINER_OF(listener->waiting.next, struct udp_question, link);
		query_cancel(question->query);
		question_free(question);
	}
	watch_free(listener->watch);
	free(listener);
}
