/* SPDX-License-Identifier: MIT */
/* Whoever can make us ask for names that take for ever must not cost others their upstream: for a
 * minute there is one such name a second, and a question of somebody else's every five. */
#include "world.h"

#include <string.h>

#include "upstream/group_inside.h"
#include "upstream/pool.h"

#define SECONDS 60
#define EVERY	5  /* seconds between the questions of somebody else's */
#define STEP_MS 10 /* the servers look so often */
#define RTT_MS	20

/* What a server got and has not answered yet. */
struct pending {
	struct tls *tls;
	uint8_t query[UPSTREAM_QUERY_LEN_MAX];
	size_t len;
	uint64_t due_ms;
};

static struct world world;
static struct client slow[SECONDS], other[SECONDS / EVERY], first;
static struct pending pending[4 * SECONDS];
static size_t pending_count;
static size_t read_of[FAKE_TLS_MAX]; /* messages of each connection that were read */
static uint64_t answered_ms[SECONDS / EVERY];
static uint64_t slow_takes_ms;
static bool living; /* the servers answer at all */
static unsigned down_steps;

static bool is_slow(struct bytes query)
{
	struct message_head head;

	assert_int_equal(message_head_read(query, &head), 0);
	return head.question.name.octets[0] == 4; /* "slow" */
}

static void server_reads(size_t connection)
{
	struct tls *tls = fake_tls_at(connection);

	for (; read_of[connection] < fake_tls_messages(tls); read_of[connection]++) {
		const struct bytes query = fake_tls_message(tls, read_of[connection]);
		struct pending *one = &pending[pending_count++];
		assert_true(pending_count < 4 * SECONDS);
		assert_true(query.len <= sizeof(one->query));
		memcpy(one->query, query.at, query.len);
		one->len = query.len;
		one->tls = tls;
		one->due_ms = loop_now_ms(world.loop) + (is_slow(query) ? slow_takes_ms : RTT_MS);
	}
}

static void server_answers(struct pending *one)
{
	uint8_t wire[1024];

	if (!fake_tls_closed(one->tls) && living) {
		const size_t len = reply_write(
			bytes_of(one->query, one->len), &(struct reply){ 0 }, wire, sizeof(wire));
		fake_tls_feed(one->tls, bytes_of(wire, len));
		fake_loop_settle(world.loop);
	}
	*one = pending[--pending_count];
}

static void step(void)
{
	fake_loop_advance(world.loop, STEP_MS);
	for (size_t i = 0; i < fake_tls_count(); i++) {
		if (fake_tls_closed(fake_tls_at(i)))
			continue;
		if (!fake_tls_is_ready(fake_tls_at(i)))
			peer_ready(&world, fake_tls_at(i));
		server_reads(i);
	}
	for (size_t i = pending_count; i-- > 0;) {
		if (pending[i].due_ms <= loop_now_ms(world.loop))
			server_answers(&pending[i]);
	}
	down_steps += group_is_down(world.group);
	for (size_t i = 0; i < SECONDS / EVERY; i++) {
		if (other[i].done && answered_ms[i] == 0)
			answered_ms[i] = loop_now_ms(world.loop);
	}
}

static void begin(size_t members, enum strategy strategy, uint64_t takes_ms)
{
	world_init(&world, members, 1);
	world.group->strategy = strategy;
	slow_takes_ms = takes_ms;
	living = true;
	pending_count = 0;
	down_steps = 0;
	memset(read_of, 0, sizeof(read_of));
	memset(answered_ms, 0, sizeof(answered_ms));
	client_init(&first, &world);
	for (size_t i = 0; i < SECONDS; i++)
		client_init(&slow[i], &world);
	for (size_t i = 0; i < SECONDS / EVERY; i++)
		client_init(&other[i], &world);
	client_ask(&first, "www.example");
	for (unsigned ms = 0; ms < 100; ms += STEP_MS)
		step();
	assert_int_equal(first.done, 1);
}

static void end(void)
{
	client_done(&first);
	for (size_t i = 0; i < SECONDS; i++)
		client_done(&slow[i]);
	for (size_t i = 0; i < SECONDS / EVERY; i++)
		client_done(&other[i]);
	world_done(&world);
}

static void minute(void)
{
	char name[32];

	for (size_t second = 0; second < SECONDS; second++) {
		snprintf(name, sizeof(name), "slow.n%zu.example", second);
		client_ask(&slow[second], name);
		for (unsigned ms = 0; ms < 1000; ms += STEP_MS) {
			if (ms == 500 && second % EVERY == EVERY - 1)
				client_ask(&other[second / EVERY], "www.example");
			step();
		}
	}
}

/* By the clock of the minute. */
static uint64_t waited_ms(uint64_t began_ms, size_t i)
{
	return answered_ms[i] - (began_ms + (i * EVERY + EVERY - 1) * 1000 + 500);
}

static void attack(size_t members, enum strategy strategy, uint64_t takes_ms)
{
	begin(members, strategy, takes_ms);
	const uint64_t began_ms = loop_now_ms(world.loop);
	minute();
	for (size_t i = 0; i < SECONDS / EVERY; i++) {
		assert_int_equal(other[i].done, 1);
		assert_int_equal(other[i].err, 0);
		assert_in_range(waited_ms(began_ms, i), 1, 2 * RTT_MS);
	}
	assert_int_equal(down_steps, 0);
	assert_int_equal(world.downs, 0);
	assert_true(fake_tls_count() <= members);
	end();
}

/* With 3 s the slow ones are answered, with 8 s nobody waits for that any more, and with 100 s it
 * never happens. */
static void test_one_upstream(void **state)
{
	(void)state;
	attack(1, STRATEGY_ORDERED, 3000);
	attack(1, STRATEGY_ORDERED, 8000);
	attack(1, STRATEGY_FASTEST, 8000);
	attack(1, STRATEGY_ORDERED, 100000);
}

static void test_two_upstreams(void **state)
{
	(void)state;
	attack(2, STRATEGY_ORDERED, 3000);
	attack(2, STRATEGY_ORDERED, 8000);
	attack(2, STRATEGY_FASTEST, 8000);
	attack(2, STRATEGY_FASTEST, 100000);
}

/* Where nothing is answered at all it is another matter, whatever the names. */
static void test_silence_is_told_from_it(void **state)
{
	(void)state;
	begin(1, STRATEGY_ORDERED, 8000);
	living = false;
	minute();
	assert_int_equal(world.downs, 1);
	assert_true(down_steps > (SECONDS - 10) * 1000 / STEP_MS);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_upstream),
		cmocka_unit_test(test_two_upstreams),
		cmocka_unit_test(test_silence_is_told_from_it),
	};
	return cmocka_run_group_tests_name("slow names", tests, NULL, NULL);
}
