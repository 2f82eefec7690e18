/* SPDX-License-Identifier: MIT */
/* Whatever upstreams and clients do in whatever order: every ask ends once and in time, and
 * nothing is left over. Seeds are fixed, so that a failure repeats. */
#include "storm.h"

#define SEEDS 200

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

static void begin(uint64_t seed)
{
	world_init(&world, 3, 1 + seed % 2);
}

static const struct storm storm = {
	.steps = 1500,
	.connections_max = FAKE_TLS_MAX - 20,
	.begin = begin,
	.peer_acts = peer_acts,
};

static void test_storm(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		storm_run(&storm, seed);
}

static void test_on_a_machine_that_changes(void **state)
{
	struct storm unsteady = storm;
	(void)state;
	unsteady.unsteady = true;
	unsteady.connections_max = FAKE_TLS_MAX - 100; /* those left by a reload connect, too */
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		storm_run(&unsteady, seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_storm),
		cmocka_unit_test(test_on_a_machine_that_changes),
	};
	return cmocka_run_group_tests_name("storm", tests, NULL, NULL);
}
