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

enum request_outcome {
	REQUEST_DROPPED, /* no reply is due */
	REQUEST_REPLIED, /* the reply is written */
	REQUEST_WAITS,	 /* asked is set; start a query */
};

/* Reads one message. reply has room for UDP_SEND_LEN octets over UDP, MESSAGE_LEN_MAX over TCP.
 * *asked views into wire.                          RFC 1035 section 4, RFC 6891 section 6.1.3 */
enum request_outcome request_read(struct serving *serving, struct bytes wire, bool tcp,
	struct asked *asked, uint8_t *reply, size_t *reply_len);

/* The reply to a client that may not ask (PROTOCOL L14); 0 when not even a header came. */
size_t request_refuse(const struct serving *serving, struct bytes wire, uint8_t *reply);

/* SERVFAIL for what could not be started (PROTOCOL L16). */
size_t request_shed(const struct asked *asked, uint8_t *reply);
