/* SPDX-License-Identifier: MIT */
/* Which upstream hears of a name is for the user to say. */
#include "world.h"

#include "upstream/group_inside.h"
#include "upstream/pool.h"
#include "upstream/strategy.h"

static struct world world;
static struct client client;

static int setup(void **state)
{
	(void)state;
	world_init(&world, 4, 1);
	client_init(&client, &world);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	client_done(&client);
	world_done(&world);
	return 0;
}

static struct name named(const char *text)
{
	static struct name_space space;
	struct name name;
	assert_int_equal(name_parse(text, &space, &name), 0);
	return name;
}

static void paced(size_t member, uint64_t rtt_ms)
{
	struct pace *pace = &world.group->pools[member]->standing.pace;
	*pace = (struct pace){ 0 };
	pace_measure(pace, rtt_ms);
}

static void test_as_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++)
		paced(i, 100 - 10 * i);
	for (unsigned strategy = STRATEGY_ORDERED; strategy <= STRATEGY_PARALLEL; strategy += 2) {
		world.group->strategy = (enum strategy)strategy;
		assert_int_equal(strategy_choose(world.group, 0xf, named("www.example")), 0);
		assert_int_equal(strategy_choose(world.group, 0xa, named("www.example")), 1);
		assert_int_equal(
			strategy_choose(world.group, 0, named("www.example")), STRATEGY_NOBODY);
	}
}

static void test_fastest(void **state)
{
	(void)state;
	world.group->strategy = STRATEGY_FASTEST;
	/* Nothing is known: as written. */
	assert_int_equal(strategy_choose(world.group, 0xf, named("www.example")), 0);
	paced(2, 50);
	assert_int_equal(strategy_choose(world.group, 0xf, named("www.example")), 2);
	paced(0, 90);
	paced(1, 80);
	paced(3, 20);
	assert_int_equal(strategy_choose(world.group, 0xf, named("www.example")), 3);
	assert_int_equal(strategy_choose(world.group, 0x7, named("www.example")), 2);
	/* Nearly as fast is as fast: names do not go to and fro. */
	paced(1, 22);
	assert_int_equal(strategy_choose(world.group, 0xf, named("www.example")), 1);
	assert_int_equal(strategy_choose(world.group, 0, named("www.example")), STRATEGY_NOBODY);
}

/* An open connection to one that is a little slower is faster than a handshake. */
static void test_a_handshake_takes_its_time(void **state)
{
	(void)state;
	world.group->strategy = STRATEGY_ORDERED;
	client_ask(&client, "www.example");
	peer_ready(&world, fake_tls_at(0));
	peer_answer(&world, fake_tls_at(0), 0);
	world.group->strategy = STRATEGY_FASTEST;
	paced(0, 50);
	paced(1, 20);
	assert_int_equal(strategy_choose(world.group, 0x3, named("www.example")), 0);
	paced(1, 5);
	assert_int_equal(strategy_choose(world.group, 0x3, named("www.example")), 1);
}

/* Each has its share; what is below one registered name stays together; and who is lost takes only
 * its own names along. */
static void test_spread(void **state)
{
	unsigned shares[4] = { 0 };
	char text[64];
	(void)state;
	world.group->strategy = STRATEGY_SPREAD;
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "name%u.example", i);
		const size_t whose = strategy_choose(world.group, 0xf, named(text));
		assert_in_range(whose, 0, 3);
		shares[whose]++;
		const size_t heir = strategy_choose(world.group, 0x7, named(text));
		assert_true(heir == whose || whose == 3);
		snprintf(text, sizeof(text), "WWW.sub.NAME%u.Example", i);
		assert_int_equal(strategy_choose(world.group, 0xf, named(text)), whose);
	}
	for (size_t i = 0; i < 4; i++)
		assert_in_range(shares[i], 200, 300);
}

static void test_registrable(void **state)
{
	static const char *const cases[][2] = {
		{ ".", "." },
		{ "com", "com." },
		{ "example.com", "example.com." },
		{ "a.b.example.com", "example.com." },
		{ "www.shop.co.uk", "shop.co.uk." },
		{ "shop.co.uk", "shop.co.uk." },
		{ "co.uk", "co.uk." },
		{ "a.b.uni.ac.jp", "uni.ac.jp." },
		{ "www.uni-x.de", "uni-x.de." },
	};
	char text[NAME_TEXT_LEN];
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(
			name_print(strategy_registrable(named(cases[i][0])), text), cases[i][1]);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_as_written),
		T(test_fastest),
		T(test_a_handshake_takes_its_time),
		T(test_spread),
		T(test_registrable),
	};
	return cmocka_run_group_tests_name("strategy", tests, NULL, NULL);
}
