/* SPDX-License-Identifier: MIT */
/* Upstreams that are known by name alone, and the test as the servers that tell where they are. */
#pragma once

#include "support/fake_bootstrap.h"
#include "world.h"

#define NAMED_CLIENTS 3

extern struct world world;
extern struct client clients[NAMED_CLIENTS];

/* Before and after each test; with one upstream, or two. */
int named_setup(void **state);
int named_setup_two(void **state);
int named_teardown(void **state);

/* What a look-up under way is told; settles. */
void v4(const char *addresses, uint32_t ttl_s);
void v6(const char *addresses, uint32_t ttl_s);
void no_v6(void);
void fails(int err, const char *why); /* both families */

void settle(void);

/* In an outage that is old already: what comes to nothing is told at once. */
void ask(size_t i);

/* The last connection answers the only query that it has. */
void assert_served(size_t i);

void assert_goes_to(const struct tls *tls, const char *text);

/* Found at 192.0.2.1 for that long, and asked once. */
void found(uint32_t ttl_s);

/* Ends the last connection. */
void hang_up(void);

/* As long as there is one to refuse. */
void refuse_all(void);
