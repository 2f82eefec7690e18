/* SPDX-License-Identifier: MIT */
#include "net/stream.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "net/backlog.h"
#include "net/socket.h"

/* Octets of one read: some dozens of queries. It lies on the stack while a stream is read, so
 * that a connection that is idle holds none. */
#define READ_LEN 16384

/* Reads of one stream, or connections accepted, a turn: then it is the others' turn. */
#define READS_A_TURN   4
#define ACCEPTS_A_TURN 32

/* Connections that the kernel holds until we accept them; cut to net.core.somaxconn. */
#define BACKLOG 1024

/* How long accepting rests when descriptors or memory ran out: something must be closed first. */
#define REST_MS 100

struct stream_listener {
	struct loop *loop;
	struct watch *watch;
	struct timer rest;
	int fd;
	void (*accepted)(void *owner, int fd, const struct address *peer);
	void *owner;
	bool busy, freed; /* its call is under way, and accepted() has freed it: not yet, then */
};

struct stream {
	struct watch *watch;
	int fd;
	bool paused;	  /* by the owner */
	bool half_closed; /* the peer sends no more */
	bool broken;	  /* failed() was called or stream_send() said so */
	const struct stream_events *events;
	void *owner;
	bool busy, closed; /* its call is under way, and an event has closed it: freed later */

	struct backlog queue;
	size_t queue_max; /* octets */
};

int stream_bind(const struct address *address, bool shared, int *fd)
{
	int made;

	if (socket_bind(address, SOCK_STREAM, shared, &made) != 0)
		return ERR_SYSTEM;
	if (listen(made, BACKLOG) != 0)
		return socket_discard(made);
	*fd = made;
	return 0;
}

static void rested(void *owner)
{
	struct stream_listener *listener = owner;
	watch_set(listener->watch, WATCH_READ);
}

static void rest(struct stream_listener *listener)
{
	watch_set(listener->watch, 0);
	loop_start_timer(listener->loop, &listener->rest, REST_MS);
}

/* What accept4(2) says of the one connection that it took from the queue; the next may be fine. */
static bool only_that_connection(int cause)
{
	switch (cause) {
	case EINTR:
	case ECONNABORTED:
	case EPROTO:
	case EPERM:
	case ENETDOWN:
	case ENOPROTOOPT:
	case EHOSTDOWN:
	case ENONET:
	case EHOSTUNREACH:
	case EOPNOTSUPP:
	case ENETUNREACH: return true;
	}
	return false;
}

static void listener_ready(void *owner, int events)
{
	struct stream_listener *listener = owner;
	(void)events;

	listener->busy = true;
	for (int i = 0; i < ACCEPTS_A_TURN && !listener->freed; i++) {
		struct address peer = { 0 };
		socklen_t len = sizeof(peer);
		int fd = accept4(listener->fd, &peer.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			listener->accepted(listener->owner, fd, &peer);
		} else if (errno == EAGAIN) {
			break;
		} else if (!only_that_connection(errno)) {
			/* EMFILE, ENFILE, ENOBUFS, ENOMEM: the connection stays in the kernel's
			 * queue and would wake us at once again. */
			rest(listener);
			break;
		}
	}
	listener->busy = false;
	if (listener->freed)
		free(listener);
}

struct stream_listener *stream_listener_new(struct loop *loop, int fd,
	void (*accepted)(void *owner, int fd, const struct address *peer), void *owner)
{
	struct stream_listener *listener = calloc(1, sizeof(*listener));
	if (!listener)
		return NULL;
	listener->watch = watch_new(loop, fd, listener_ready, listener);
	if (!listener->watch) {
		free(listener);
		return NULL;
	}
	/* Accepted sockets inherit it, which saves a system call each. */
	(void)socket_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	listener->loop = loop;
	listener->fd = fd;
	listener->accepted = accepted;
	listener->owner = owner;
	timer_init(&listener->rest, rested, listener);
	watch_set(listener->watch, WATCH_READ);
	return listener;
}

void stream_listener_free(struct stream_listener *listener)
{
	if (!listener)
		return;
	loop_stop_timer(listener->loop, &listener->rest);
	watch_free(listener->watch);
	listener->freed = true;
	if (!listener->busy)
		free(listener);
}

static void set_watch(struct stream *stream)
{
	int events = 0;
	if (!stream->broken && !stream->paused && !stream->half_closed)
		events |= WATCH_READ;
	if (!stream->broken && stream->queue.len > 0)
		events |= WATCH_WRITE;
	watch_set(stream->watch, events);
}

/* The peer's end, however it came about, or ours. */
static int error_of(int cause)
{
	switch (cause) {
	case EPIPE:
	case ECONNRESET:
	case ECONNABORTED:
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case ENETUNREACH: return ERR_CLOSED;
	case ENOMEM: return ERR_NOMEM;
	}
	return ERR_SYSTEM;
}

/* The owner may have closed the stream after it. */
static void fail(struct stream *stream, int err)
{
	stream->broken = true;
	set_watch(stream);
	stream->events->failed(stream->owner, err);
}

/* The kernel takes more. */
static void flush(struct stream *stream)
{
	if (backlog_flush(&stream->queue, stream->fd) != 0) {
		fail(stream, error_of(errno));
		return;
	}
	set_watch(stream);
	if (stream->queue.len == 0)
		stream->events->drained(stream->owner);
}

/* One read; false when there is no more to read for now. */
static bool read_once(struct stream *stream)
{
	uint8_t octets[READ_LEN];
	ssize_t len = recv(stream->fd, octets, sizeof(octets), MSG_DONTWAIT);

	if (len > 0) {
		stream->events->received(stream->owner, bytes_of(octets, (size_t)len));
		return (size_t)len == sizeof(octets);
	}
	if (len == 0) {
		stream->half_closed = true;
		set_watch(stream);
		stream->events->half_closed(stream->owner);
		return false;
	}
	if (errno == EINTR)
		return true;
	if (errno != EAGAIN)
		fail(stream, error_of(errno));
	return false;
}

static void stream_ready(void *owner, int events)
{
	struct stream *stream = owner;
	bool more = true;

	stream->busy = true;
	if ((events & WATCH_WRITE) && stream->queue.len > 0)
		flush(stream);
	for (int i = 0; (events & WATCH_READ) && i < READS_A_TURN && more; i++) {
		if (stream->closed || stream->broken || stream->paused || stream->half_closed)
			break;
		more = read_once(stream);
	}
	stream->busy = false;
	if (stream->closed)
		free(stream);
}

struct stream *stream_open(struct loop *loop, int fd, size_t queue_max,
	const struct stream_events *events, void *owner)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	if (stream)
		stream->watch = watch_new(loop, fd, stream_ready, stream);
	if (!stream || !stream->watch) {
		free(stream);
		close(fd);
		return NULL;
	}
	stream->fd = fd;
	stream->queue_max = queue_max;
	stream->events = events;
	stream->owner = owner;
	set_watch(stream);
	return stream;
}

/* What the socket takes of both; 0 if it is full. */
static int send_now(int fd, struct bytes head, struct bytes body, size_t *out)
{
	struct iovec iov[2] = {
		{ unconst(head.at), head.len },
		{ unconst(body.at), body.len },
	};
	struct msghdr message = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t sent;

	do
		sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	if (sent < 0 && errno != EAGAIN)
		return error_of(errno);
	*out = sent > 0 ? (size_t)sent : 0;
	return 0;
}

static int send_or_queue(struct stream *stream, struct bytes head, struct bytes body)
{
	size_t sent = 0;

	if (stream->queue.len == 0) {
		int err = send_now(stream->fd, head, body, &sent);
		if (err != 0)
			return err;
	}
	if (sent == head.len + body.len)
		return 0;
	size_t of_head = sent < head.len ? sent : head.len;
	int err = backlog_reserve(&stream->queue, head.len + body.len - sent, stream->queue_max);
	if (err != 0)
		return err;
	backlog_append(&stream->queue, bytes_of(head.at + of_head, head.len - of_head));
	sent -= of_head;
	backlog_append(&stream->queue, bytes_of(body.at + sent, body.len - sent));
	set_watch(stream);
	return 0;
}

int stream_send(struct stream *stream, struct bytes head, struct bytes body)
{
	if (stream->broken)
		return ERR_CLOSED;
	if (head.len + body.len == 0)
		return 0;
	int err = send_or_queue(stream, head, body);
	if (err != 0) {
		stream->broken = true;
		set_watch(stream);
	}
	return err;
}

size_t stream_queued(const struct stream *stream)
{
	return stream->queue.len;
}

void stream_read_pause(struct stream *stream, bool paused)
{
	stream->paused = paused;
	set_watch(stream);
}

void stream_close(struct stream *stream)
{
	if (!stream)
		return;
	watch_free(stream->watch);
	close(stream->fd);
	backlog_done(&stream->queue);
	stream->closed = true;
	if (!stream->busy)
		free(stream);
}
