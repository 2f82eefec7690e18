/* SPDX-License-Identifier: MIT */
/* TCP that we accept: a listener, and connections with a bounded send queue. */
#pragma once

#include "base/address.h"
#include "base/bytes.h"
#include "net/loop.h"

struct stream;
struct stream_listener;

/* Called on the loop's stack; owner is what stream_open() was given. */
struct stream_events {
	/* Octets came, borrowed for the call; may close the stream. */
	void (*received)(void *owner, struct bytes data);
	/* The peer will send no more; it may still read (RFC 7766 section 6.2.4). */
	void (*half_closed)(void *owner);
	/* The send queue ran empty after it had not been. */
	void (*drained)(void *owner);
	/* Broken or its queue too long: nothing is called after it; the owner calls stream_close().
	 */
	void (*failed)(void *owner, int err);
};

/* A listening, non-blocking socket; SO_REUSEADDR, SO_REUSEPORT when shared, IPv6-only for IPv6.
 * ERR_SYSTEM with errno. */
MUST_USE int stream_bind(const struct address *address, bool shared, int *fd);

/* accepted() gets each new descriptor (non-blocking, close-on-exec, TCP_NODELAY), which it then
 * owns, with the peer's address. When descriptors run out, accepting rests for a moment instead
 * of spinning. NULL: out of memory. fd stays the caller's. */
struct stream_listener *stream_listener_new(struct loop *loop, int fd,
	void (*accepted)(void *owner, int fd, const struct address *peer), void *owner);
void stream_listener_free(struct stream_listener *listener);

/* Takes fd (closed even on failure). queue_max: octets that may wait to be sent. NULL: out of
 * memory. */
struct stream *stream_open(struct loop *loop, int fd, size_t queue_max,
	const struct stream_events *events, void *owner);

/* Sends now what the socket takes and queues the rest. ERR_LIMIT when the queue would pass its
 * bound, ERR_CLOSED, ERR_NOMEM, ERR_SYSTEM: the stream is of no use then, close it. Never calls
 * an event. */
MUST_USE int stream_send(struct stream *stream, struct bytes head, struct bytes body);

/* Octets that wait to be sent. */
size_t stream_queued(const struct stream *stream);

/* Stops or resumes reading: a peer that sends faster than it is answered is made to wait. */
void stream_read_pause(struct stream *stream, bool paused);

/* Closes and frees at once, what is queued is lost; no event after it. NULL is accepted. */
void stream_close(struct stream *stream);
