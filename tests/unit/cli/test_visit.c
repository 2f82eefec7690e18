/* SPDX-License-Identifier: MIT */
/* A visit ends, whoever is there or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <unistd.h>

#include "cli/visit.h"

struct world {
	struct loop *loop;
	struct rand rand;
	struct endpoint *endpoint;
	struct facts facts;
	int fd;
	unsigned done;
};

/* A port of loopback that is ours and refuses, or accepts and says nothing. */
static struct world *world_new(bool listening)
{
	struct world *world = calloc(1, sizeof(*world));
	struct address address;
	socklen_t len = sizeof(address.v4);
	char where[ADDRESS_TEXT_LEN], why[ENDPOINT_WHY_LEN];
	const char *const text = where;
	struct trust *trust;

	assert_non_null(world);
	assert_int_equal(address_parse("127.0.0.1", 0, &address), 0);
	world->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(world->fd, &address.any, len), 0);
	assert_int_equal(getsockname(world->fd, &address.any, &len), 0);
	if (listening)
		assert_int_equal(listen(world->fd, 1), 0);
	const struct endpoint_options options = {
		.url = "tls://dns.example",
		.addresses = &text,
		.address_count = 1,
		.ca_file = TRUST_NONE,
	};
	address_write(&address, where);
	assert_int_equal(endpoint_new(&options, &world->endpoint, why), 0);
	const struct trust_options trusted = { .ca_file = TRUST_NONE };
	assert_int_equal(trust_new(&trusted, &trust, why), 0);
	assert_int_equal(
		endpoint_trust(world->endpoint, &(struct endpoint_trusts){ .trust = trust }), 0);
	trust_release(trust);
	rand_init(&world->rand);
	world->loop = loop_new();
	assert_non_null(world->loop);
	return world;
}

static void world_free(struct world *world)
{
	endpoint_release(world->endpoint);
	loop_free(world->loop);
	close(world->fd);
	free(world);
}

static void on_done(void *owner)
{
	struct world *world = owner;

	world->done++;
	loop_stop(world->loop);
}

static struct visit *visit_to(struct world *world)
{
	const struct visit_options options = {
		.loop = world->loop,
		.rand = &world->rand,
		.endpoint = world->endpoint,
		.facts = &world->facts,
		.done = on_done,
		.owner = world,
	};
	struct visit *visit = visit_new(&options);
	assert_non_null(visit);
	return visit;
}

static void test_nobody_there(void **state)
{
	struct world *world = world_new(false);
	struct visit *visit = visit_to(world);
	(void)state;
	loop_run(world->loop);
	assert_int_equal(world->done, 1);
	assert_false(world->facts.reached);
	assert_false(world->facts.seen);
	assert_string_not_equal(world->facts.why, "");
	assert_int_equal(world->facts.asked, 0);
	visit_free(visit);
	world_free(world);
}

static void stop(void *owner)
{
	loop_stop(owner);
}

/* Given up while it connects, and before it has begun: nothing is called, nothing left behind. */
static void test_freed_early(void **state)
{
	struct world *world = world_new(true);
	struct visit *visit = visit_to(world);
	struct timer timer;
	(void)state;
	timer_init(&timer, stop, world->loop);
	loop_start_timer(world->loop, &timer, 1);
	loop_run(world->loop);
	visit_free(visit);
	visit_free(visit_to(world));
	visit_free(NULL);
	loop_start_timer(world->loop, &timer, 1);
	loop_run(world->loop);
	assert_int_equal(world->done, 0);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_freed_early),
	};
	return cmocka_run_group_tests_name("visit", tests, NULL, NULL);
}
