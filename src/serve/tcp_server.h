/* SPDX-License-Identifier: MIT */
/* TCP clients (RFC 7766): many questions a connection, replies as they become ready, idle
 * connections closed, the oldest idle one first where there are too many. */
#pragma once

#include "net/stream.h"
#include "serve/request.h"

struct tcp_server;

struct tcp_server *tcp_server_new(struct serving *serving); /* NULL: out of memory */

/* Accepts from a listening socket, which stays the caller's. ERR_NOMEM. */
MUST_USE int tcp_server_listen(struct tcp_server *server, int fd);

/* No more connections and questions are taken; what waits is still answered. */
void tcp_server_drain(struct tcp_server *server);

/* Questions that wait for an answer, and replies for a slow reader. */
bool tcp_server_busy(const struct tcp_server *server);

/* Closes all connections at once. NULL is accepted. */
void tcp_server_free(struct tcp_server *server);
