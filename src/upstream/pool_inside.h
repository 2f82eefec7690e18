/* SPDX-License-Identifier: MIT */
/* The inside of pool.h, shared by pool.c, which brings queries and connections together, and
 * pool_events.c, which hears of what becomes of them. */
#pragma once

#include "upstream/pool.h"
#include "upstream/upstreams.h"

/* Of each of a pool's connections. */
extern const struct connection_events pool_connection_events;

static inline uint64_t pool_now_ms(const struct pool *pool)
{
	return loop_now_ms(pool->upstreams->options.loop);
}

/* Lets an exchange wait for a connection, behind the others. */
void pool_wait(struct pool *pool, struct exchange *exchange);

/* All of those that a connection gives back. */
void pool_wait_again(struct pool *pool, struct list *exchanges);

/* The one that has waited for longest; NULL: none waits. */
struct exchange *pool_waiting_pop(struct pool *pool);

/* Sends what waits, on the loop's stack. */
void pool_post(struct pool *pool);

/* As transport.h has it of send(), counted. */
MUST_USE int pool_hand_over(
	struct pool *pool, struct connection *connection, struct exchange *exchange);

/* Gives an exchange back to its owner without an answer; the pool must be held. */
void pool_fail_exchange(struct pool *pool, struct exchange *exchange, int err, const char *why);

/* Unlinks a connection that is CLOSED; it is freed when nobody is within it. */
void pool_bury(struct pool *pool, struct connection *connection);

/* Attempts, or just those beside the round, that another one makes needless. */
void pool_drop_attempts(struct pool *pool, bool spares);
