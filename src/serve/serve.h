/* SPDX-License-Identifier: MIT */
/* What the listeners of one worker are set to, and what they count. */
#pragma once

#include "base/count.h"
#include "serve/client.h"

struct serve_options {
	struct client_options clients;
	uint16_t udp_size;	/* octets of a UDP reply at most, 512 to 4096 */
	uint32_t tcp_clients;	/* connections at once */
	uint32_t tcp_idle_ms;	/* a quiet connection is closed after it, sooner near tcp_clients */
	uint32_t in_flight_max; /* questions of one UDP socket that wait for an answer */
};

struct serve_counts {
	struct count udp_queries;
	struct count tcp_queries;
	struct count tcp_connections;
	struct count dropped; /* not answered: malformed beyond a header, responses, not allowed */
	struct count refused; /* not allowed, answered REFUSED */
};
