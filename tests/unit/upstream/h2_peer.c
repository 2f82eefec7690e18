/* SPDX-License-Identifier: MIT */
#include "h2_peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define HEAD_LEN 9
#define MAGIC	 "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

void h2_peer_init(struct h2_peer *peer)
{
	memset(peer, 0, sizeof(*peer));
	assert_int_equal(nghttp2_hd_inflate_new(&peer->inflater), 0);
}

void h2_peer_done(struct h2_peer *peer)
{
	nghttp2_hd_inflate_del(peer->inflater);
	peer->inflater = NULL;
}

static struct peer_request *request_of(struct h2_peer *peer, int32_t id)
{
	for (size_t i = 0; i < peer->count; i++) {
		if (peer->requests[i].id == id)
			return &peer->requests[i];
	}
	assert_true(peer->count < PEER_REQUESTS_MAX);
	struct peer_request *request = &peer->requests[peer->count++];
	*request = (struct peer_request){ .id = id };
	return request;
}

static void read_headers(struct h2_peer *peer, struct peer_request *request, struct bytes block)
{
	nghttp2_nv line;
	int flags = 0;

	request->headers_len = block.len;
	request->headers_record = peer->records;
	while (!(flags & NGHTTP2_HD_INFLATE_FINAL)) {
		ssize_t taken = nghttp2_hd_inflate_hd2(
			peer->inflater, &line, &flags, block.at, block.len, 1);
		assert_true(taken >= 0);
		block = bytes_of(block.at + taken, block.len - (size_t)taken);
		if (!(flags & NGHTTP2_HD_INFLATE_EMIT))
			continue;
		size_t len = strlen(request->fields);
		snprintf(request->fields + len, sizeof(request->fields) - len, "%.*s: %.*s\n",
			(int)line.namelen, (const char *)line.name, (int)line.valuelen,
			(const char *)line.value);
	}
	assert_int_equal(nghttp2_hd_inflate_end_headers(peer->inflater), 0);
}

static void read_settings(struct h2_peer *peer, uint8_t flags, struct bytes payload)
{
	if (flags & NGHTTP2_FLAG_ACK) {
		peer->settings_acks++;
		return;
	}
	peer->settings++;
	for (size_t at = 0; at + 6 <= payload.len; at += 6) {
		uint16_t identifier = u16_load(payload.at + at);
		assert_true(identifier < 16);
		peer->settings_values[identifier] = u32_load(payload.at + at + 2);
	}
}

static void read_frame(struct h2_peer *peer, const uint8_t *head, struct bytes payload)
{
	const uint8_t type = head[3], flags = head[4];
	const int32_t id = (int32_t)(u32_load(head + 5) & 0x7fffffff);
	struct peer_request *request;

	switch (type) {
	case NGHTTP2_HEADERS:
		assert_true(flags & NGHTTP2_FLAG_END_HEADERS);
		request = request_of(peer, id);
		request->ended = flags & NGHTTP2_FLAG_END_STREAM;
		read_headers(peer, request, payload);
		break;
	case NGHTTP2_DATA:
		request = request_of(peer, id);
		assert_true(request->body_len + payload.len <= sizeof(request->body));
		memcpy(request->body + request->body_len, payload.at, payload.len);
		request->body_len += payload.len;
		request->body_record = peer->records;
		request->ended = flags & NGHTTP2_FLAG_END_STREAM;
		break;
	case NGHTTP2_RST_STREAM:
		request = request_of(peer, id);
		request->reset = true;
		request->reset_code = u32_load(payload.at);
		break;
	case NGHTTP2_SETTINGS: read_settings(peer, flags, payload); break;
	case NGHTTP2_PING:
		*(flags & NGHTTP2_FLAG_ACK ? &peer->ping_acks : &peer->pings) += 1;
		memcpy(peer->ping, payload.at, sizeof(peer->ping));
		break;
	case NGHTTP2_GOAWAY:
		peer->goaways++;
		peer->goaway_code = u32_load(payload.at + 4);
		break;
	case NGHTTP2_WINDOW_UPDATE:
		*(id == 0 ? &peer->window : &peer->stream_windows) += u32_load(payload.at);
		break;
	default: fail_msg("a client sends no frame of type %d", type);
	}
}

void h2_peer_read(struct h2_peer *peer, struct bytes record)
{
	size_t at = 0;

	peer->records++;
	assert_true(peer->in_len + record.len <= sizeof(peer->in));
	memcpy(peer->in + peer->in_len, record.at, record.len);
	peer->in_len += record.len;
	if (!peer->greeted) {
		assert_memory_equal(peer->in, MAGIC, strlen(MAGIC));
		peer->greeted = true;
		at = strlen(MAGIC);
	}
	while (peer->in_len - at >= HEAD_LEN) {
		size_t len = u32_load(peer->in + at) >> 8;
		if (peer->in_len - at < HEAD_LEN + len)
			break;
		read_frame(peer, peer->in + at, bytes_of(peer->in + at + HEAD_LEN, len));
		at += HEAD_LEN + len;
	}
	peer->in_len -= at;
	memmove(peer->in, peer->in + at, peer->in_len);
}

struct bytes frames_bytes(const struct frames *frames)
{
	return bytes_of(frames->at, frames->len);
}

void frames_add(
	struct frames *frames, uint8_t type, uint8_t flags, int32_t id, struct bytes payload)
{
	uint8_t *at = frames->at + frames->len;

	assert_true(frames->len + HEAD_LEN + payload.len <= sizeof(frames->at));
	u32_store(at, (uint32_t)payload.len << 8 | type);
	at[4] = flags;
	u32_store(at + 5, (uint32_t)id);
	if (payload.len > 0)
		memcpy(at + HEAD_LEN, payload.at, payload.len);
	frames->len += HEAD_LEN + payload.len;
}

void frames_add_settings(struct frames *frames, uint16_t identifier, uint32_t value)
{
	uint8_t entry[6];

	u16_store(entry, identifier);
	u32_store(entry + 2, value);
	frames_add(frames, NGHTTP2_SETTINGS, 0, 0,
		bytes_of(entry, identifier != 0 ? sizeof(entry) : 0));
}

/* RFC 7541 section 5.1, with a prefix of 7 bits; the first bit says "not packed". */
static size_t length_write(size_t len, uint8_t *out)
{
	size_t at = 0;

	if (len < 127) {
		out[0] = (uint8_t)len;
		return 1;
	}
	out[at++] = 127;
	for (len -= 127; len >= 128; len /= 128)
		out[at++] = (uint8_t)(len % 128 + 128);
	out[at++] = (uint8_t)len;
	return at;
}

size_t block_write(const char *lines, uint8_t *out, size_t cap)
{
	size_t at = 0;

	while (*lines) {
		const char *colon = strchr(lines + 1, ':'), *end = strchr(lines, '\n');
		assert_true(colon && end);
		const size_t name_len = (size_t)(colon - lines);
		const size_t value_len = (size_t)(end - colon) - 2;
		assert_true(at + name_len + value_len + 12 <= cap);
		out[at++] = 0; /* a literal that is not indexed, RFC 7541 section 6.2.2 */
		at += length_write(name_len, out + at);
		memcpy(out + at, lines, name_len);
		at += name_len;
		at += length_write(value_len, out + at);
		memcpy(out + at, colon + 2, value_len);
		at += value_len;
		lines = end + 1;
	}
	return at;
}

void frames_add_headers(struct frames *frames, int32_t id, uint8_t flags, const char *lines)
{
	static uint8_t block[40000];
	const size_t len = block_write(lines, block, sizeof(block));

	frames_add(frames, NGHTTP2_HEADERS, flags | NGHTTP2_FLAG_END_HEADERS, id,
		bytes_of(block, len));
}

void frames_add_data(struct frames *frames, int32_t id, bool end, struct bytes data)
{
	frames_add(frames, NGHTTP2_DATA, end ? NGHTTP2_FLAG_END_STREAM : 0, id, data);
}

void frames_add_reset(struct frames *frames, int32_t id, uint32_t code)
{
	uint8_t payload[4];

	u32_store(payload, code);
	frames_add(frames, NGHTTP2_RST_STREAM, 0, id, bytes_of(payload, sizeof(payload)));
}

void frames_add_goaway(struct frames *frames, int32_t last, uint32_t code)
{
	uint8_t payload[8];

	u32_store(payload, (uint32_t)last);
	u32_store(payload + 4, code);
	frames_add(frames, NGHTTP2_GOAWAY, 0, 0, bytes_of(payload, sizeof(payload)));
}

void frames_add_window(struct frames *frames, int32_t id, uint32_t octets)
{
	uint8_t payload[4];

	u32_store(payload, octets);
	frames_add(frames, NGHTTP2_WINDOW_UPDATE, 0, id, bytes_of(payload, sizeof(payload)));
}
