/* SPDX-License-Identifier: MIT */
/* A client's end of an HTTP/2 connection (RFC 9113): octets in, octets out, no socket and no clock.
 * The door to nghttp2. A peer can make it neither wait, nor grow past a bound, nor repeat. */
#pragma once

#include "base/err.h"
#include "base/list.h"
#include "upstream/http_response.h"

/* Fields of a request at most. */
#define H2_FIELDS_MAX 8

/* Octets of response bodies that are not whole, over all streams; then the peer is not allowed to
 * send more until one is whole or given up (RFC 9113 section 5.2). */
#define H2_WINDOW_LEN (1024 * 1024)

/* Octets of a response's header section, counted as RFC 9113 section 6.5.2 has it; beyond it the
 * stream is reset. Servers send some hundreds. */
#define H2_HEADERS_LEN_MAX 16384

/* Frames, and octets, between two responses that come to an end; beyond it the peer only keeps us
 * busy. The window bounds what all bodies may have before one of them is whole. */
#define H2_FRAMES_MAX 16384
#define H2_OCTETS_MAX (8 * H2_WINDOW_LEN)

/* Acknowledgements of PING and SETTINGS that wait for the peer to read. */
#define H2_ACKS_MAX 100

/* Octets of one output at most: the header section of a request, which its caller bounds. */
#define H2_OUTPUT_LEN 3072

#define H2_WHY_LEN 256

enum h2_end {
	H2_END_COMPLETE,    /* the response is whole */
	H2_END_RESET,	    /* the peer gave the stream up, see code */
	H2_END_UNPROCESSED, /* the peer's GOAWAY says that it never looked at it */
	H2_END_TOO_LONG,    /* body or header section beyond its bound; we reset it */
	H2_END_BROKEN,	    /* it breaks the rules of HTTP; we reset it */
	H2_END_NOMEM,
};

/* A request and what came back. Embedded in what asks, and there until it is forgotten. */
struct h2_stream {
	struct list link;    /* of those under way, or of those at their end */
	struct bytes unsent; /* of the request's body, the owner's */
	int32_t id;
	bool over, trailing; /* trailing: header sections that follow the response's say nothing */
	enum h2_end end;     /* once it is over */
	uint32_t code;	     /* of H2_END_RESET (RFC 9113 section 7) */
	size_t headers_len;
	size_t held; /* octets of the connection's window that the body takes */
	struct http_response response;
};

struct h2_field {
	const char *name; /* in lower case */
	struct bytes value;
};

/* What octets in can bring about besides ends of streams. */
struct h2_state {
	bool settled;	       /* the peer's first SETTINGS came */
	unsigned streams_max;  /* that the peer takes at once; UINT32_MAX: it does not say */
	bool leaving;	       /* a GOAWAY came: no more requests */
	uint32_t leaving_code; /* its (RFC 9113 section 7) */
	uint64_t progress;     /* streams that are over so far */
};

struct h2;

/* NULL: out of memory. The preface waits to be put out. */
struct h2 *h2_new(void);

/* Streams that are not forgotten stay their owners', and are none of any connection's. */
void h2_free(struct h2 *h2);

/* Asks; body stays the caller's until the stream is over. Over at once it never is. ERR_LIMIT: the
 * peer takes no more requests on this connection; ERR_NOMEM. */
MUST_USE int h2_request(struct h2 *h2, struct h2_stream *stream, const struct h2_field *fields,
	size_t count, struct bytes body);

/* Nobody wants that stream any more: it is reset if it is not over. Frees what it holds, but not
 * itself. */
void h2_forget(struct h2 *h2, struct h2_stream *stream);

/* Asks for a sign of life: any octets are one, the acknowledgement is on its way at the latest. */
MUST_USE int h2_ping(struct h2 *h2);

/* Octets came. ERR_PROTOCOL, ERR_NOMEM: the connection is of no use; h2_why() says why. What ended
 * before that has ended. */
MUST_USE int h2_receive(struct h2 *h2, struct bytes data);

/* May h2_output() have something? */
bool h2_pending(const struct h2 *h2);

/* The next octets to be sent, a frame or a few, at most H2_OUTPUT_LEN; len 0: none for now. Good
 * until the next call of anything here. Streams may be over by it. ERR_NOMEM, ERR_LIMIT. */
MUST_USE int h2_output(struct h2 *h2, struct bytes *out);

/* The next stream that is over, in the order in which they ended; it is to be forgotten. NULL:
 * none. */
struct h2_stream *h2_ended(struct h2 *h2);

const struct h2_state *h2_state(struct h2 *h2);

/* Nothing can come or go any more, but for what ended. */
bool h2_over(const struct h2 *h2);

/* What the peer did wrong, a sentence for a person; "" when it did nothing. */
const char *h2_why(const struct h2 *h2);

/* What such a code means (RFC 9113 section 7). */
const char *h2_code_text(uint32_t code);
bool h2_code_is_refusal(uint32_t code); /* REFUSED_STREAM: it never looked at it */
bool h2_code_is_calm(uint32_t code);	/* ENHANCE_YOUR_CALM: it is asked too much */
bool h2_code_is_old(uint32_t code);	/* HTTP_1_1_REQUIRED */

/* For the version command. */
const char *h2_library_version(void);
