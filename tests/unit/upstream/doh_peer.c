/* SPDX-License-Identifier: MIT */
#include "doh_peer.h"

#include <string.h>

#define PEERS_MAX 24

static struct h2_peer peers[PEERS_MAX];
static size_t peers_begun, records_seen[PEERS_MAX];

void doh_peers_init(void)
{
	peers_begun = 0;
	memset(records_seen, 0, sizeof(records_seen));
}

void doh_peers_done(void)
{
	for (size_t i = 0; i < peers_begun; i++)
		h2_peer_done(&peers[i]);
	peers_begun = 0;
}

struct h2_peer *doh_peer(size_t i)
{
	struct tls *tls = fake_tls_at(i);

	assert_true(i < PEERS_MAX);
	while (peers_begun <= i)
		h2_peer_init(&peers[peers_begun++]);
	/* What was sent is gone when it is closed. */
	while (records_seen[i] < fake_tls_records(tls))
		h2_peer_read(&peers[i], fake_tls_record(tls, records_seen[i]++));
	return &peers[i];
}

struct frames *frames_new(void)
{
	static struct frames frames;
	frames.len = 0;
	return &frames;
}

void doh_peer_feed(struct world *world, size_t i, const struct frames *frames)
{
	(void)doh_peer(i); /* before it may be closed */
	fake_tls_feed(fake_tls_at(i), frames_bytes(frames));
	fake_loop_settle(world->loop);
}

void doh_peer_ready(struct world *world, size_t i, uint32_t streams_max)
{
	struct frames *frames = frames_new();

	peer_ready(world, fake_tls_at(i));
	frames_add_settings(
		frames, streams_max > 0 ? NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS : 0, streams_max);
	doh_peer_feed(world, i, frames);
}

void doh_add_reply(struct frames *frames, size_t i, size_t request, const char *headers,
	const struct reply *reply)
{
	static uint8_t wire[70000];
	const struct h2_peer *peer = doh_peer(i);

	assert_true(request < peer->count);
	const struct peer_request *asked = &peer->requests[request];
	const size_t len =
		reply_write(bytes_of(asked->body, asked->body_len), reply, wire, sizeof(wire));
	frames_add_headers(frames, asked->id, 0, headers);
	struct bytes body = bytes_of(wire + 2, len - 2);
	while (body.len > 16384) {
		frames_add_data(frames, asked->id, false, bytes_of(body.at, 16384));
		body = bytes_of(body.at + 16384, body.len - 16384);
	}
	frames_add_data(frames, asked->id, true, body);
}

void doh_peer_reply(struct world *world, size_t i, size_t request, const char *headers)
{
	struct frames *frames = frames_new();

	doh_add_reply(frames, i, request, headers, &(struct reply){ 0 });
	doh_peer_feed(world, i, frames);
}

void doh_peer_answer(struct world *world, size_t i, size_t request)
{
	doh_peer_reply(world, i, request, GOOD_HEADERS);
}

void doh_peer_worked(struct world *world, struct client *client)
{
	client_ask(client, "first.example");
	doh_peer_ready(world, 0, 100);
	doh_peer_answer(world, 0, 0);
	ASSERT_ANSWERED(client, "u1");
	client->done = 0;
}
