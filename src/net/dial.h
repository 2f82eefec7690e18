/* SPDX-License-Identifier: MIT */
/* A TCP connection that we begin. */
#pragma once

#include "base/address.h"

/* A non-blocking, close-on-exec socket for a connection to address: TCP_NODELAY,
 * TCP_USER_TIMEOUT. ERR_SYSTEM with errno. */
MUST_USE int dial_socket(const struct address *address, int *fd);

/* Begins to connect; the socket is writable when it is known how that ended. The errno of a
 * failure known at once, 0 while there is none. */
MUST_USE int dial_begin(int fd, const struct address *address);

/* How it ended: 0, or an errno. */
MUST_USE int dial_result(int fd);

/* Would a connection begun now to the same peer leave from the same address? Not when that address
 * is gone, there is no way any more, or a better one came up: then what is sent on this one most
 * likely comes to nothing. */
bool dial_way_stands(int fd);

/* The likely reason and remedy of such an errno. */
const char *dial_advice(int cause, const struct address *address);
