/* SPDX-License-Identifier: MIT */
#include "named.h"

struct world world;
struct client clients[NAMED_CLIENTS];

static int setup_members(size_t members)
{
	fake_bootstrap_reset();
	world_init(&world, members, 0);
	for (size_t i = 0; i < NAMED_CLIENTS; i++)
		client_init(&clients[i], &world);
	return 0;
}

int named_setup(void **state)
{
	(void)state;
	return setup_members(1);
}

int named_setup_two(void **state)
{
	(void)state;
	return setup_members(2);
}

int named_teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < NAMED_CLIENTS; i++)
		client_done(&clients[i]);
	world_done(&world);
	assert_int_equal(fake_bootstrap_open_count(), 0);
	return 0;
}

void settle(void)
{
	fake_loop_settle(world.loop);
}

void v4(const char *addresses, uint32_t ttl_s)
{
	fake_bootstrap_found(BOOTSTRAP_V4, addresses, ttl_s);
	settle();
}

void v6(const char *addresses, uint32_t ttl_s)
{
	fake_bootstrap_found(BOOTSTRAP_V6, addresses, ttl_s);
	settle();
}

void no_v6(void)
{
	fake_bootstrap_failed(BOOTSTRAP_V6, ERR_NOT_FOUND, "that name has no address");
	settle();
}

void fails(int err, const char *why)
{
	fake_bootstrap_failed(BOOTSTRAP_V6, err, why);
	fake_bootstrap_failed(BOOTSTRAP_V4, err, why);
	settle();
}

void assert_goes_to(const struct tls *tls, const char *text)
{
	char written[ADDRESS_TEXT_LEN];
	assert_string_equal(address_write(fake_tls_address(tls), written), text);
}

void ask(size_t i)
{
	world_old_outage(&world);
	clients[i].done = 0;
	client_ask(&clients[i], "www.example");
}

void assert_served(size_t i)
{
	if (!fake_tls_is_ready(peer_last()))
		peer_ready(&world, peer_last());
	peer_answer(&world, peer_last(), peer_asked(peer_last()) - 1);
	ASSERT_ANSWERED(&clients[i], "u1");
}

void found(uint32_t ttl_s)
{
	ask(0);
	no_v6();
	v4("192.0.2.1", ttl_s);
	assert_served(0);
}

void hang_up(void)
{
	peer_fail(&world, peer_last(), ERR_CLOSED, "");
}

void refuse_all(void)
{
	while (!fake_tls_closed(peer_last()))
		peer_fail(&world, peer_last(), ERR_UNREACHABLE, "refused");
}
