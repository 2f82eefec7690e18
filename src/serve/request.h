/* SPDX-License-Identifier: MIT */
/* A client's octets → a question, or at once the reply; an answer → the reply's octets. The same
 * for UDP and TCP. */
#pragma once

#include "resolve/query.h"
#include "serve/serve.h"

/* What all listeners of a worker work with. */
struct serving {
	struct loop *loop;
	struct resolver *resolver;
	struct serve_options options;
	struct serve_counts *counts;
	uint32_t tcp_idle_ms; /* in force now, told to clients that ask (RFC 7828) */
};

/* A reply being written: octets has room for UDP_SEND_LEN over UDP, MESSAGE_LEN_MAX over TCP. */
struct reply {
	uint8_t *octets;
	size_t len; /* 0: none is due */
};

enum request_outcome {
	REQUEST_DROPPED, /* no reply is due */
	REQUEST_REPLIED, /* the reply is written */
	REQUEST_WAITS,	 /* asked is set; start a query */
};

/* Reads one message. *asked views into wire.      RFC 1035 section 4, RFC 6891 section 6.1.3 */
enum request_outcome request_read(const struct serving *serving, struct bytes wire, bool tcp,
	struct asked *asked, struct reply *reply);

/* REFUSED to a client that may not ask; no reply when not even a header came. */
void request_refuse(const struct serving *serving, struct bytes wire, struct reply *reply);

/* The reply to what could not be started. */
void request_shed(const struct serving *serving, const struct asked *asked, struct reply *reply);
