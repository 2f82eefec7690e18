/* SPDX-License-Identifier: MIT */
#include "doh_pair.h"

struct world world;
struct client clients[PAIR_CLIENTS];

int pair_setup(void **state)
{
	(void)state;
	world_init_https(&world, 2, 1, DOH_METHOD_POST);
	doh_peers_init();
	for (size_t i = 0; i < PAIR_CLIENTS; i++)
		client_init(&clients[i], &world);
	return 0;
}

int pair_teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < PAIR_CLIENTS; i++)
		client_done(&clients[i]);
	world_done(&world);
	doh_peers_done();
	return 0;
}

void pair_both_worked(void)
{
	doh_peer_worked(&world, &clients[0]);
	client_ask(&clients[0], "second.example");
	struct frames *frames = frames_new();
	frames_add_reset(frames, doh_peer(0)->requests[1].id, NGHTTP2_REFUSED_STREAM);
	doh_peer_feed(&world, 0, frames);
	doh_peer_ready(&world, 1, 100);
	assert_int_equal(peer_member(fake_tls_at(1)), 2);
	doh_peer_answer(&world, 1, 0);
	ASSERT_ANSWERED(&clients[0], "u2");
	clients[0].done = 0;
}

struct frames *pair_asked(int32_t *id)
{
	client_ask(&clients[0], "www.example");
	const struct h2_peer *peer = doh_peer(0);
	*id = peer->requests[peer->count - 1].id;
	return frames_new();
}

void pair_second_answers(void)
{
	const size_t at = fake_tls_count() - 1;

	assert_int_equal(clients[0].done, 0);
	if (!fake_tls_is_ready(fake_tls_at(at)))
		doh_peer_ready(&world, at, 100);
	assert_int_equal(peer_member(fake_tls_at(at)), 2);
	doh_peer_answer(&world, at, doh_peer(at)->count - 1);
	ASSERT_ANSWERED(&clients[0], "u2");
	clients[0].done = 0;
}
