/* SPDX-License-Identifier: MIT */
#include "storm.h"

struct world world;
struct client clients[STORM_CLIENTS];

static uint64_t asked_ms[STORM_CLIENTS];
static size_t connections_max;

/* Every other client that is told of its end cancels or asks on behalf of another one. */
static void interfere(struct client *client)
{
	struct client *other = client->other;

	if (other->ask) {
		ask_cancel(other->ask);
		other->ask = NULL;
	} else if (fake_tls_count() < connections_max) {
		other->done = 0;
		asked_ms[other - clients] = loop_now_ms(world.loop);
		client_ask_only(other, "other.example");
	}
}

static void client_acts(struct rand *rand)
{
	struct client *client = &clients[rand_below(rand, STORM_CLIENTS)];

	if (client->ask) {
		if (rand_below(rand, 4) == 0) {
			ask_cancel(client->ask);
			client->ask = NULL;
		}
		return;
	}
	arena_done(&client->arena);
	client->done = 0;
	client->then = rand_below(rand, 4) == 0 ? interfere : NULL;
	client->other = &clients[rand_below(rand, STORM_CLIENTS)];
	if (client->other == client)
		client->then = NULL;
	asked_ms[client - clients] = loop_now_ms(world.loop);
	client_ask_only(client, "www.example");
}

static void check(void)
{
	for (size_t i = 0; i < STORM_CLIENTS; i++) {
		assert_true(clients[i].done <= 1);
		assert_true(clients[i].done == 0 || !clients[i].ask);
		if (clients[i].ask)
			assert_true(loop_now_ms(world.loop) - asked_ms[i] < 5000);
	}
}

static void rage(const struct storm *storm, uint64_t seed)
{
	struct rand rand;

	rand_init_seeded(&rand, seed);
	for (unsigned step = 0; step < storm->steps && fake_tls_count() < connections_max; step++) {
		switch (rand_below(&rand, 4)) {
		case 0: client_acts(&rand); break;
		case 1: fake_loop_settle(world.loop); break;
		case 2: storm->peer_acts(&rand); break;
		default: fake_loop_advance(world.loop, rand_below(&rand, 60)); break;
		}
		check();
	}
}

void storm_run(const struct storm *storm, uint64_t seed)
{
	connections_max = storm->connections_max;
	storm->begin(seed);
	for (size_t i = 0; i < STORM_CLIENTS; i++)
		client_init(&clients[i], &world);
	rage(storm, seed);
	for (size_t i = 0; i < STORM_CLIENTS; i++)
		clients[i].then = NULL;
	fake_loop_advance(world.loop, 5000);
	for (size_t i = 0; i < STORM_CLIENTS; i++)
		assert_null(clients[i].ask);
	assert_int_equal(world.upstreams->asks, 0);
	/* Every change was told, and only changes: up and down alternate for each upstream. */
	assert_in_range(world.downs - world.ups, 0, 3);
	for (size_t i = 0; i < STORM_CLIENTS; i++)
		client_done(&clients[i]);
	world_done(&world);
	if (storm->end)
		storm->end();
}
