/* SPDX-License-Identifier: MIT */
/* Over HTTPS, too: whatever upstreams and clients do in whatever order, every ask ends once and in
 * time, and nothing is left over. Seeds are fixed, so that a failure repeats. */
#include "doh_peer.h"
#include "storm.h"
#include "support/failmalloc.h"

#define SEEDS 60

/* One response, good or not, or half of one. */
static void add_response(struct rand *rand, struct frames *frames, size_t i)
{
	static const char *const headers[] = { ":status: 404\n", ":status: 502\n",
		":status: 429\nretry-after: 1\n", ":status: 200\ncontent-type: text/html\n",
		GOOD_HEADERS "content-length: 7\n", GOOD_HEADERS "age: 20\n", ":status: 103\n" };
	const size_t count = doh_peer(i)->count;
	/* Mostly the newest; one that was answered before is the server's fault. */
	const size_t at = rand_below(rand, 6) == 0 ? rand_below(rand, (uint32_t)count) : count - 1;
	const char *lines = GOOD_HEADERS;
	struct reply reply = { 0 };

	if (!doh_peer(i)->requests[at].ended)
		return;
	if (rand_below(rand, 6) == 0)
		lines = headers[rand_below(rand, sizeof(headers) / sizeof(headers[0]))];
	if (rand_below(rand, 20) == 0)
		reply.name = "wrong.example";
	if (rand_below(rand, 12) == 0)
		reply.rcode = RCODE_SERVFAIL;
	if (rand_below(rand, 20) == 0)
		reply.filler = 250;
	const size_t before = frames->len;
	doh_add_reply(frames, i, at, lines, &reply);
	if (rand_below(rand, 20) == 0)
		frames->len = before + rand_below(rand, (uint32_t)(frames->len - before));
}

static void add_act(struct rand *rand, struct frames *frames, size_t i)
{
	const struct h2_peer *peer = doh_peer(i);
	const int32_t id =
		peer->count > 0 ? peer->requests[rand_below(rand, (uint32_t)peer->count)].id : 1;

	switch (rand_below(rand, 24)) {
	case 0: frames_add_goaway(frames, id, rand_below(rand, 14)); break;
	case 1: frames_add_reset(frames, id, rand_below(rand, 14)); break;
	case 2:
		frames_add_settings(
			frames, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, rand_below(rand, 20));
		break;
	case 3:
		frames_add_settings(
			frames, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, rand_below(rand, 300));
		break;
	case 4: frames_add_window(frames, 0, 1000); break;
	case 5:
		frames_add(frames, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, bytes_of(peer->ping, 8));
		break;
	default:
		if (peer->count > 0)
			add_response(rand, frames, i);
	}
}

static void peer_acts(struct rand *rand)
{
	if (fake_tls_count() == 0)
		return;
	const size_t recent = fake_tls_count() < 6 ? fake_tls_count() : 6;
	const size_t i = fake_tls_count() - 1 - rand_below(rand, (uint32_t)recent);
	struct tls *tls = fake_tls_at(i);
	if (fake_tls_closed(tls) || (rand_below(rand, 3) == 0 && peer_member(tls) == 1))
		return; /* the first one is often silent */
	if (rand_below(rand, 60) == 0) {
		fake_tls_fail(tls, ERR_CLOSED, "it hung up");
	} else if (!fake_tls_is_ready(tls)) {
		fake_tls_ready(tls);
		struct frames *frames = frames_new();
		frames_add_settings(frames, 0, 0);
		fake_tls_feed(tls, frames_bytes(frames));
	} else {
		struct frames *frames = frames_new();
		for (unsigned acts = 1 + rand_below(rand, 3); acts > 0; acts--)
			add_act(rand, frames, i);
		if (frames->len > 0)
			fake_tls_feed(tls, frames_bytes(frames));
	}
	/* A real one reports nothing more after a failure, and is closed in this turn. */
	fake_loop_settle(world.loop);
}

static void begin(uint64_t seed)
{
	world_init_https(&world, 3, 1 + seed % 2, DOH_METHOD_POST);
	doh_peers_init();
}

static const struct storm storm = {
	.steps = 800,
	.connections_max = 22,
	.begin = begin,
	.peer_acts = peer_acts,
	.end = doh_peers_done,
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
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		storm_run(&unsteady, seed);
}

/* A question from its beginning to its end, with the n-th allocation failing. */
static bool without_memory(size_t n)
{
	struct frames *frames = frames_new();

	world_init_https(&world, 2, 1, DOH_METHOD_POST);
	doh_peers_init();
	client_init(&clients[0], &world);
	failmalloc_arm(n);
	client_ask_only(&clients[0], "www.example");
	for (size_t i = 0; i < 10 && clients[0].ask; i++) {
		fake_loop_settle(world.loop);
		const size_t at = fake_tls_count();
		if (at == 0 || fake_tls_closed(fake_tls_at(at - 1))) {
			fake_loop_advance(world.loop, 100);
			continue;
		}
		if (!fake_tls_is_ready(fake_tls_at(at - 1)))
			peer_ready(&world, fake_tls_at(at - 1));
		if (fake_tls_closed(fake_tls_at(at - 1)) || doh_peer(at - 1)->count == 0)
			continue;
		frames->len = 0;
		frames_add_settings(frames, 0, 0);
		doh_add_reply(frames, at - 1, doh_peer(at - 1)->count - 1, GOOD_HEADERS,
			&(struct reply){ .filler = 4 });
		doh_peer_feed(&world, at - 1, frames);
	}
	const bool failed = failmalloc_disarm();
	if (!failed)
		ASSERT_ANSWERED(&clients[0], "u1");
	/* Answered, or told that it is not; never left alone. */
	fake_loop_advance(world.loop, 5000);
	assert_null(clients[0].ask);
	client_done(&clients[0]);
	world_done(&world);
	doh_peers_done();
	return failed;
}

static void test_no_memory(void **state)
{
	size_t n = 0;
	(void)state;
	while (without_memory(n))
		n++;
	assert_in_range(n, 8, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_storm),
		cmocka_unit_test(test_on_a_machine_that_changes),
		cmocka_unit_test(test_no_memory),
	};
	return cmocka_run_group_tests_name("doh storm", tests, NULL, NULL);
}
