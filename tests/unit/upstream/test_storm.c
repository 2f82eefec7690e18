/* SPDX-License-Identifier: MIT */
/* Whatever upstreams and clients do in whatever order: every ask ends once and in time, and
 * nothing is left over. Seeds are fixed, so that a failure repeats. */
#include "world.h"

#include "upstream/pool.h"

#define CLIENTS 40
#define STEPS	1500
#define SEEDS	60

static struct world world;
static struct client clients[CLIENTS];
static uint64_t asked_ms[CLIENTS];

/* Every other client that is told of its end cancels or asks on behalf of another one. */
static void interfere(struct client *client)
{
	struct client *other = client->other;

	if (other->ask) {
		ask_cancel(other->ask);
		other->ask = NULL;
	} else if (fake_tls_count() < FAKE_TLS_MAX - 20) {
		other->done = 0;
		asked_ms[other - clients] = loop_now_ms(world.loop);
		client_ask_only(other, "other.example");
	}
}

static void client_acts(struct rand *rand)
{
	struct client *client = &clients[rand_below(rand, CLIENTS)];

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
	client->other = &clients[rand_below(rand, CLIENTS)];
	if (client->other == client)
		client->then = NULL;
	asked_ms[client - clients] = loop_now_ms(world.loop);
	client_ask_only(client, "www.example");
}

static void answer_some(struct rand *rand, struct tls *tls)
{
	static uint8_t wire[4096];
	struct reply reply = { 0 };
	size_t count = fake_tls_messages(tls);

	if (count == 0)
		return;
	switch (rand_below(rand, 12)) {
	case 0: reply.rcode = RCODE_SERVFAIL; break;
	case 1: reply.truncated = true; break;
	case 2: reply.keepalive = (int)rand_below(rand, 30) + 1; break;
	case 3: reply.id_off = (uint16_t)rand_below(rand, 2); break;
	case 4: reply.name = rand_below(rand, 4) == 0 ? "wrong.example" : NULL; break;
	default: break;
	}
	/* An ID that was answered before is a violation; mostly the newest is answered. */
	size_t i = rand_below(rand, 8) == 0 ? rand_below(rand, (uint32_t)count) : count - 1;
	size_t len = reply_write(fake_tls_message(tls, i), &reply, wire, sizeof(wire));
	size_t cut = rand_below(rand, 20) == 0 ? len / 2 : len;
	fake_tls_feed(tls, bytes_of(wire, cut));
}

static void peer_acts(struct rand *rand)
{
	if (fake_tls_count() == 0)
		return;
	size_t recent = fake_tls_count() < 10 ? fake_tls_count() : 10;
	struct tls *tls = fake_tls_at(fake_tls_count() - 1 - rand_below(rand, (uint32_t)recent));
	if (fake_tls_closed(tls) || (rand_below(rand, 3) == 0 && peer_member(tls) == 1))
		return; /* the first one is often silent */
	if (rand_below(rand, 30) == 0)
		fake_tls_fail(tls, ERR_CLOSED, "it hung up");
	else if (!fake_tls_is_ready(tls) && rand_below(rand, 3) == 0)
		fake_tls_fail(tls, ERR_UNREACHABLE, "refused");
	else if (!fake_tls_is_ready(tls))
		fake_tls_ready(tls);
	else
		answer_some(rand, tls);
	/* A real one reports nothing more after a failure, and is closed in this turn. */
	fake_loop_settle(world.loop);
}

static void check(void)
{
	for (size_t i = 0; i < CLIENTS; i++) {
		assert_true(clients[i].done <= 1);
		assert_true(clients[i].done == 0 || !clients[i].ask);
		if (clients[i].ask)
			assert_true(loop_now_ms(world.loop) - asked_ms[i] < 5000);
	}
}

static void storm(uint64_t seed)
{
	struct rand rand;

	rand_init_seeded(&rand, seed);
	world_init(&world, 3, 1 + seed % 2);
	for (size_t i = 0; i < CLIENTS; i++)
		client_init(&clients[i], &world);
	for (unsigned step = 0; step < STEPS && fake_tls_count() < FAKE_TLS_MAX - 20; step++) {
		switch (rand_below(&rand, 4)) {
		case 0: client_acts(&rand); break;
		case 1: fake_loop_settle(world.loop); break;
		case 2: peer_acts(&rand); break;
		default: fake_loop_advance(world.loop, rand_below(&rand, 60)); break;
		}
		check();
	}
	for (size_t i = 0; i < CLIENTS; i++)
		clients[i].then = NULL;
	fake_loop_advance(world.loop, 5000);
	for (size_t i = 0; i < CLIENTS; i++)
		assert_null(clients[i].ask);
	assert_int_equal(world.upstreams->asks, 0);
	/* Every change was told, and only changes: up and down alternate for each upstream. */
	assert_in_range(world.downs - world.ups, 0, 3);
	for (size_t i = 0; i < CLIENTS; i++)
		client_done(&clients[i]);
	world_done(&world);
}

static void test_storm(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		storm(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_storm) };
	return cmocka_run_group_tests_name("storm", tests, NULL, NULL);
}
