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

/* Some of the upstreams, and another strategy; the others are there for what they were asked. */
static void reload(struct rand *rand)
{
	struct endpoint *endpoints[MEMBERS_MAX];
	struct group *old = world.group;
	const size_t kept = rand_below(rand, (uint32_t)world.member_count);
	size_t count = 0;

	for (size_t i = 0; i < world.member_count; i++) {
		if (i == kept || rand_below(rand, 2) == 0)
			endpoints[count++] = world.endpoints[i];
	}
	world.group = group_new(world.upstreams, endpoints, count,
		(enum strategy)rand_below(rand, STRATEGY_PARALLEL + 1));
	assert_non_null(world.group);
	group_release(old);
}

static void machine_acts(struct rand *rand)
{
	switch (rand_below(rand, 5)) {
	case 0: reload(rand); return;
	case 1: fake_tls_refuse(rand_below(rand, 2) == 0); return;
	case 2: upstreams_network_changed(world.upstreams, NETWORK_RESUMED); return;
	default: break;
	}
	for (size_t i = 0; i < fake_tls_count(); i++) {
		if (!fake_tls_closed(fake_tls_at(i)) && rand_below(rand, 2) == 0)
			fake_tls_lead_astray(fake_tls_at(i));
	}
	upstreams_network_changed(world.upstreams, NETWORK_CHANGED);
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
		if (storm->unsteady && rand_below(&rand, 12) == 0)
			machine_acts(&rand);
		check();
	}
	fake_tls_refuse(false);
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
	/* Every change was told, and only changes: up and down alternate for each upstream, unless
	 * a reload took it away when it was down. */
	if (!storm->unsteady)
		assert_in_range(world.downs - world.ups, 0, 3);
	for (size_t i = 0; i < STORM_CLIENTS; i++)
		client_done(&clients[i]);
	world_done(&world);
	if (storm->end)
		storm->end();
}
