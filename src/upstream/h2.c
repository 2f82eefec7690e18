/* SPDX-License-Identifier: MIT */
#include "upstream/h2.h"

#include <assert.h>
#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>

/* One octet more than the longest body: whoever sends it is cut off, and not waited for. */
#define STREAM_WINDOW_LEN (HTTP_BODY_LEN_MAX + 1)

/* What RFC 9113 section 6.5.2 adds to name and value of a field. */
#define FIELD_OVERHEAD 32

struct h2 {
	nghttp2_session *session;
	struct list under_way, ended; /* streams by their link */
	struct h2_state state;
	unsigned frames; /* these two since a response came to its end */
	size_t octets;
	bool greeted; /* the peer's first octets have been looked at */
	char why[H2_WHY_LEN];
};

static struct h2_stream *stream_at(struct list *link)
{
	return CONTAINER_OF(link, struct h2_stream, link);
}

/* The last cause is the one that ends the connection; those before it ended streams. */
static void explain(struct h2 *h2, const char *why)
{
	snprintf(h2->why, sizeof(h2->why), "%s", why);
}

static void explain_breach(struct h2 *h2, int cause)
{
	snprintf(h2->why, sizeof(h2->why),
		"expected HTTP/2 as RFC 9113 has it, but it broke the protocol (%s); the server is "
		"broken, or something on the way is",
		nghttp2_strerror(cause));
}

static void explain_flood(struct h2 *h2)
{
	explain(h2, "it sends frames without end and finishes no response; the server is broken or "
		    "means harm");
}

/* Its owner hears of it when it asks for what has ended: not within a call of nghttp2's. */
static void stream_end(struct h2 *h2, struct h2_stream *stream, enum h2_end end)
{
	if (stream->over)
		return;
	stream->over = true;
	stream->end = end;
	list_unlink(&stream->link);
	list_push_back(&h2->ended, &stream->link);
	h2->state.progress++;
	if (end == H2_END_COMPLETE) {
		h2->frames = 0;
		h2->octets = 0;
	}
}

/* We give a stream up; the peer is told. */
static int stream_cut(struct h2 *h2, struct h2_stream *stream, enum h2_end end)
{
	stream_end(h2, stream, end);
	const int failed = nghttp2_submit_rst_stream(
		h2->session, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_CANCEL);
	if (failed != NGHTTP2_ERR_NOMEM)
		return 0;
	explain(h2, err_text(ERR_NOMEM));
	return NGHTTP2_ERR_CALLBACK_FAILURE;
}

static struct h2_stream *stream_of(nghttp2_session *session, int32_t id)
{
	struct h2_stream *stream = nghttp2_session_get_stream_user_data(session, id);
	return stream && !stream->over ? stream : NULL;
}

/* Every frame, those of no consequence and continuations too. */
static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *head, void *owner)
{
	struct h2 *h2 = owner;
	(void)session; /* only counted */
	(void)head;

	if (h2->frames++ < H2_FRAMES_MAX)
		return 0;
	explain_flood(h2);
	return NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
	size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags, void *owner)
{
	struct h2 *h2 = owner;
	struct h2_stream *stream = stream_of(session, frame->hd.stream_id);
	(void)flags; /* who may index it does not matter here */

	if (!stream)
		return 0;
	stream->headers_len += name_len + value_len + FIELD_OVERHEAD;
	if (stream->headers_len > H2_HEADERS_LEN_MAX)
		return stream_cut(h2, stream, H2_END_TOO_LONG);
	if (!stream->trailing)
		http_response_field(
			&stream->response, bytes_of(name, name_len), bytes_of(value, value_len));
	return 0;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *owner)
{
	struct h2_stream *stream = stream_of(session, frame->hd.stream_id);
	(void)owner; /* the stream is enough */

	if (stream && http_response_interim(&stream->response))
		http_response_init(&stream->response);
	else if (stream)
		stream->trailing = stream->response.status != 0;
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
	size_t len, void *owner)
{
	struct h2 *h2 = owner;
	struct h2_stream *stream = stream_of(session, id);
	(void)flags; /* the end is seen with the frame */

	if (!stream)
		return nghttp2_session_consume_connection(session, len) == NGHTTP2_ERR_NOMEM
			       ? NGHTTP2_ERR_CALLBACK_FAILURE
			       : 0;
	stream->held += len;
	int err = http_response_add(&stream->response, bytes_of(data, len));
	if (err != 0)
		return stream_cut(h2, stream, err == ERR_NOMEM ? H2_END_NOMEM : H2_END_TOO_LONG);
	return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *owner)
{
	struct h2 *h2 = owner;
	struct h2_stream *stream = NULL;

	if (frame->hd.stream_id != 0)
		stream = stream_of(session, frame->hd.stream_id);
	if (frame->hd.type == NGHTTP2_SETTINGS) {
		h2->state.settled = true;
	} else if (frame->hd.type == NGHTTP2_GOAWAY) {
		h2->state.leaving = true;
		h2->state.leaving_code = frame->goaway.error_code;
	} else if (frame->hd.type == NGHTTP2_RST_STREAM && stream) {
		stream->code = frame->rst_stream.error_code;
		stream_end(h2, stream, H2_END_RESET);
	} else if ((frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
		   stream) {
		if (!(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
			return 0;
		/* Answered before it has read all of the request: the rest is of no use. */
		if (stream->unsent.len > 0)
			return stream_cut(h2, stream, H2_END_COMPLETE);
		stream_end(h2, stream, H2_END_COMPLETE);
	}
	return 0;
}

/* Neither whole nor reset by the peer: a GOAWAY passed it over, or nghttp2 found it to be wrong. */
static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *owner)
{
	struct h2 *h2 = owner;
	struct h2_stream *stream = stream_of(session, id);

	if (stream)
		stream_end(h2, stream,
			h2->state.leaving && code == NGHTTP2_REFUSED_STREAM ? H2_END_UNPROCESSED
									    : H2_END_BROKEN);
	return 0;
}

/* A request that waited for room, and now may not go. */
static int on_not_sent(nghttp2_session *session, const nghttp2_frame *frame, int cause, void *owner)
{
	struct h2 *h2 = owner;
	(void)session; /* it does not know the stream */
	(void)cause;

	for (struct list *link = h2->under_way.next; link != &h2->under_way; link = link->next) {
		if (frame->hd.type != NGHTTP2_HEADERS || stream_at(link)->id != frame->hd.stream_id)
			continue;
		stream_end(h2, stream_at(link), H2_END_UNPROCESSED);
		break;
	}
	return 0;
}

static int on_invalid_frame(
	nghttp2_session *session, const nghttp2_frame *frame, int cause, void *owner)
{
	(void)session; /* the cause says it */
	(void)frame;
	explain_breach(owner, cause);
	return 0;
}

/* What nghttp2 says to the peer when it ends the connection, with words of its own. Before the
 * peer's SETTINGS it may be no HTTP/2 at all. */
static int on_sent(nghttp2_session *session, const nghttp2_frame *frame, void *owner)
{
	struct h2 *h2 = owner;
	(void)session; /* the frame says it */

	if (frame->hd.type != NGHTTP2_GOAWAY || frame->goaway.error_code == NGHTTP2_NO_ERROR ||
		!h2->state.settled || h2->why[0] != '\0')
		return 0;
	snprintf(h2->why, sizeof(h2->why),
		"expected HTTP/2 as RFC 9113 has it, but it broke the protocol (%s%s%.*s); the "
		"server is broken, or something on the way is",
		nghttp2_http2_strerror(frame->goaway.error_code),
		frame->goaway.opaque_data_len > 0 ? ", " : "", (int)frame->goaway.opaque_data_len,
		(const char *)frame->goaway.opaque_data);
	return 0;
}

static int callbacks_new(nghttp2_session_callbacks **out)
{
	nghttp2_session_callbacks *callbacks;

	if (nghttp2_session_callbacks_new(&callbacks) != 0)
		return ERR_NOMEM;
	nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, on_begin_frame);
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
	nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_sent);
	nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, on_not_sent);
	nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, on_invalid_frame);
	*out = callbacks;
	return 0;
}

static int session_new(struct h2 *h2)
{
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *option;

	if (callbacks_new(&callbacks) != 0)
		return ERR_NOMEM;
	if (nghttp2_option_new(&option) != 0) {
		nghttp2_session_callbacks_del(callbacks);
		return ERR_NOMEM;
	}
	/* What bodies hold is given back when they are read, which bounds them all together. */
	nghttp2_option_set_no_auto_window_update(option, 1);
	nghttp2_option_set_max_outbound_ack(option, H2_ACKS_MAX);
	nghttp2_option_set_max_reserved_remote_streams(option, 0);
	/* Closed streams are of use for priorities alone, which nobody has here. */
	nghttp2_option_set_no_closed_streams(option, 1);
	const int failed = nghttp2_session_client_new2(&h2->session, callbacks, h2, option);
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(callbacks);
	return failed ? ERR_NOMEM : 0;
}

/* Our half of the preface (RFC 9113 section 3.4). */
static int session_greet(struct h2 *h2)
{
	static const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_ENABLE_PUSH, 0 },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW_LEN },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, H2_HEADERS_LEN_MAX },
	};
	int failed = nghttp2_submit_settings(
		h2->session, NGHTTP2_FLAG_NONE, settings, sizeof(settings) / sizeof(settings[0]));
	if (!failed)
		failed = nghttp2_session_set_local_window_size(
			h2->session, NGHTTP2_FLAG_NONE, 0, H2_WINDOW_LEN);
	return failed ? ERR_NOMEM : 0;
}

struct h2 *h2_new(void)
{
	struct h2 *h2 = calloc(1, sizeof(*h2));
	if (!h2)
		return NULL;
	list_init(&h2->under_way);
	list_init(&h2->ended);
	if (session_new(h2) != 0 || session_greet(h2) != 0) {
		h2_free(h2);
		return NULL;
	}
	return h2;
}

void h2_free(struct h2 *h2)
{
	if (!h2)
		return;
	nghttp2_session_del(h2->session);
	assert(list_empty(&h2->under_way) && list_empty(&h2->ended));
	free(h2);
}

/* How nghttp2 takes a request's body. */
static ssize_t read_body(nghttp2_session *session, int32_t id, uint8_t *out, size_t cap,
	uint32_t *flags, nghttp2_data_source *source, void *owner)
{
	struct h2_stream *stream = source->ptr;
	const size_t len = stream->unsent.len < cap ? stream->unsent.len : cap;
	(void)session; /* the stream is enough */
	(void)id;
	(void)owner;

	memcpy(out, stream->unsent.at, len);
	stream->unsent = bytes_of(stream->unsent.at + len, stream->unsent.len - len);
	if (stream->unsent.len == 0)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)len;
}

int h2_request(struct h2 *h2, struct h2_stream *stream, const struct h2_field *fields, size_t count,
	struct bytes body)
{
	nghttp2_nv lines[H2_FIELDS_MAX];
	const nghttp2_data_provider provider = {
		.source = { .ptr = stream },
		.read_callback = read_body,
	};

	assert(count <= H2_FIELDS_MAX);
	for (size_t i = 0; i < count; i++)
		lines[i] = (nghttp2_nv){
			.name = unconst(fields[i].name),
			.namelen = strlen(fields[i].name),
			.value = unconst(fields[i].value.at),
			.valuelen = fields[i].value.len,
		};
	*stream = (struct h2_stream){ .unsent = body };
	http_response_init(&stream->response);
	list_init(&stream->link);
	if (!nghttp2_session_check_request_allowed(h2->session))
		return ERR_LIMIT;
	const int32_t id = nghttp2_submit_request(
		h2->session, NULL, lines, count, body.len > 0 ? &provider : NULL, stream);
	if (id < 0)
		return id == NGHTTP2_ERR_NOMEM ? ERR_NOMEM : ERR_LIMIT;
	stream->id = id;
	list_push_back(&h2->under_way, &stream->link);
	return 0;
}

void h2_forget(struct h2 *h2, struct h2_stream *stream)
{
	/* Where memory is short here the peer gets to know later, or never. */
	(void)nghttp2_session_set_stream_user_data(h2->session, stream->id, NULL);
	if (!stream->over)
		(void)nghttp2_submit_rst_stream(
			h2->session, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_CANCEL);
	if (stream->held > 0)
		(void)nghttp2_session_consume_connection(h2->session, stream->held);
	list_unlink(&stream->link);
	http_response_done(&stream->response);
}

int h2_ping(struct h2 *h2)
{
	return nghttp2_submit_ping(h2->session, NGHTTP2_FLAG_NONE, NULL) == 0 ? 0 : ERR_NOMEM;
}

/* nghttp2 would only call it a frame too large. */
static bool speaks_http_1(struct bytes data)
{
	static const char start[] = "HTTP/1.";
	const size_t len = data.len < sizeof(start) - 1 ? data.len : sizeof(start) - 1;
	return len >= 4 && memcmp(data.at, start, len) == 0;
}

int h2_receive(struct h2 *h2, struct bytes data)
{
	if (!h2->greeted && speaks_http_1(data)) {
		explain(h2,
			"expected HTTP/2, which DNS over HTTPS needs, but it speaks HTTP/1.1 after "
			"it had agreed to HTTP/2; its operator has to switch HTTP/2 on");
		return ERR_PROTOCOL;
	}
	h2->greeted = true;
	h2->octets += data.len;
	if (h2->octets > H2_OCTETS_MAX) {
		explain_flood(h2);
		return ERR_PROTOCOL;
	}
	const ssize_t taken = nghttp2_session_mem_recv(h2->session, data.at, data.len);
	if (taken == NGHTTP2_ERR_NOMEM) {
		explain(h2, err_text(ERR_NOMEM));
		return ERR_NOMEM;
	}
	if (taken == NGHTTP2_ERR_FLOODED)
		explain(h2,
			"it asks for more acknowledgements than it reads; the server is broken or "
			"means harm");
	else if (taken < 0 && taken != NGHTTP2_ERR_CALLBACK_FAILURE) /* that has its own why */
		explain_breach(h2, (int)taken);
	return taken < 0 ? ERR_PROTOCOL : 0;
}

bool h2_pending(const struct h2 *h2)
{
	return nghttp2_session_want_write(h2->session);
}

int h2_output(struct h2 *h2, struct bytes *out)
{
	const uint8_t *at = NULL;
	const ssize_t len = nghttp2_session_mem_send(h2->session, &at);

	if (len == NGHTTP2_ERR_NOMEM)
		return ERR_NOMEM;
	if (len < 0 || len > H2_OUTPUT_LEN)
		return ERR_LIMIT;
	*out = bytes_of(at, (size_t)len);
	return 0;
}

struct h2_stream *h2_ended(struct h2 *h2)
{
	return list_empty(&h2->ended) ? NULL : stream_at(h2->ended.next);
}

const struct h2_state *h2_state(struct h2 *h2)
{
	h2->state.streams_max = nghttp2_session_get_remote_settings(
		h2->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
	return &h2->state;
}

bool h2_over(const struct h2 *h2)
{
	return !nghttp2_session_want_read(h2->session) && !nghttp2_session_want_write(h2->session);
}

const char *h2_why(const struct h2 *h2)
{
	return h2->why;
}

const char *h2_code_text(uint32_t code)
{
	return nghttp2_http2_strerror(code);
}

bool h2_code_is_refusal(uint32_t code)
{
	return code == NGHTTP2_REFUSED_STREAM;
}

bool h2_code_is_calm(uint32_t code)
{
	return code == NGHTTP2_ENHANCE_YOUR_CALM;
}

bool h2_code_is_old(uint32_t code)
{
	return code == NGHTTP2_HTTP_1_1_REQUIRED;
}

const char *h2_library_version(void)
{
	return nghttp2_version(0)->version_str;
}
