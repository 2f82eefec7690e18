/* SPDX-License-Identifier: MIT */
/* How queries come to an upstream: what each protocol (dot.c, doh.c) fills in. */
#pragma once

#include "upstream/connection.h"

struct transport {
	/* Starts to connect. NULL: out of memory or descriptors. */
	struct connection *(*open)(const struct connection_options *options);
	/* Only when READY, or within early(). Calls no event. ERR_LIMIT, ERR_NOMEM: nothing was
	 * sent. */
	int (*send)(struct connection *connection, struct exchange *exchange);
	/* Nobody waits for that exchange of this connection any more. */
	void (*cancel)(struct connection *connection, struct exchange *exchange);
	/* Asks for a sign of life, unless one is awaited already, and the server owes it whatever
	 * it has been asked. Calls no event. */
	void (*probe)(struct connection *connection);
	void (*free)(struct connection *connection);
};
