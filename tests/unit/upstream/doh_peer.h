/* SPDX-License-Identifier: MIT */
/* The servers of a world whose upstreams are asked over HTTPS: each TLS connection has an HTTP/2
 * peer at its other end. Connections are known by their number, from 0. */
#pragma once

#include "h2_peer.h"
#include "world.h"

#define GOOD_HEADERS ":status: 200\ncontent-type: application/dns-message\n"

/* Forgets all; of each world anew. */
void doh_peers_init(void);
void doh_peers_done(void);

/* What came on that connection so far. */
struct h2_peer *doh_peer(size_t i);

/* TLS stands, and the server's preface comes: with MAX_CONCURRENT_STREAMS, or without if it is 0.
 */
void doh_peer_ready(struct world *world, size_t i, uint32_t streams_max);

/* What the server sends; settles. */
void doh_peer_feed(struct world *world, size_t i, const struct frames *frames);

/* An empty set of frames to be filled; the same each time. */
struct frames *frames_new(void);

/* Adds the response to that request of the connection: headers, then reply as the body. */
void doh_add_reply(struct frames *frames, size_t i, size_t request, const char *headers,
	const struct reply *reply);

/* The server answers it, well or with such headers, and all settles. */
void doh_peer_answer(struct world *world, size_t i, size_t request);
void doh_peer_reply(struct world *world, size_t i, size_t request, const char *headers);

/* A connection, the first, on which that client was answered; its reply is request 0. */
void doh_peer_worked(struct world *world, struct client *client);
