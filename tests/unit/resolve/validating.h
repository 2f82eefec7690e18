/* SPDX-License-Identifier: MIT */
/* The whole way of a question through a resolver that validates, upstreams played by a signed
 * world. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/dnssec/world.h"
#include "unit/resolve/resolving.h"

extern struct world world; /* world_usual() */
extern struct resolving r;
extern struct asker a, b;

/* Before and after each test. */
int validating_setup(void **state);
int validating_teardown(void **state);

#define VALIDATING_TEST(name)                                                                      \
	cmocka_unit_test_setup_teardown(name, validating_setup, validating_teardown)

/* With DO, and room for the whole answer. */
enum asker_state ask(struct asker *asker, const char *name, const char *type);

/* The upstream's answer to the query that has waited longest, the second with all that comes of
 * it. */
void answer_unsettled(void);
void answer_one(void);

/* Answers what is under way until nothing is; returns the round trips that it took. */
unsigned answer_all(void);

/* Of its one reply. */
struct header header_of(const struct asker *asker);

/* It is an answer that is secure, or SERVFAIL with that Extended DNS Error. */
void assert_secure(const struct asker *asker);
void assert_bogus(const struct asker *asker, int ede);

/* A world.tamper: addresses are not what was signed. */
void spoil(struct world_reply *reply, void *with);

/* A world.tamper: the same of an upstream that is not asked for a second opinion. */
void spoil_first(struct world_reply *reply, void *with);
