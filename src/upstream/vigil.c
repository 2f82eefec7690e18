/* SPDX-License-Identifier: MIT */
#include "upstream/vigil.h"

#include "upstream/choice.h"
#include "upstream/pool.h"
#include "upstream/upstreams.h"

static void look(struct pool *pool)
{
	const struct silence_limits limits = standing_silence_limits(&pool->standing);
	bool silent = false;

	for (struct list *link = pool->connections.next; link != &pool->connections;
		link = link->next) {
		struct connection *connection = CONTAINER_OF(link, struct connection, link);
		if (!connection_look(connection, &limits))
			continue;
		site_failed(&pool->site, connection_address(connection));
		silent = true;
	}
	if (silent && !choice_any_good(&pool->connections))
		standing_suspect(&pool->standing);
}

void vigil_overdue(struct exchange *exchange)
{
	struct standing *standing = &exchange->pool->standing;

	look(exchange->pool);
	if (!exchange->connection)
		return;
	if (!exchange->overdue)
		standing_unanswered(standing);
	exchange->overdue = true;
	if (exchange->connection->doubted && !exchange->silent) {
		exchange->silent = true;
		standing_missed(standing, ERR_TIMEOUT, STANDING_SILENT);
	}
}

uint64_t vigil_look_ms(const struct exchange *exchange)
{
	const struct silence_limits limits = standing_silence_limits(&exchange->pool->standing);

	return exchange->connection ? connection_look_ms(exchange->connection, &limits)
				    : UINT64_MAX;
}

bool vigil_try(struct pool *pool)
{
	return !vigil_usable(pool) ||
	       standing_try(&pool->standing, !choice_any_good(&pool->connections));
}

bool vigil_usable(struct pool *pool)
{
	const uint64_t now_ms = loop_now_ms(pool->upstreams->options.loop);
	uint64_t since_ms;

	look(pool);
	if (!health_due(&pool->standing.health, now_ms))
		return false;
	if (pool->reach.state == REACH_TRYING)
		since_ms = pool->reach.began_ms;
	else if (!site_awaited(&pool->site, &since_ms))
		return true;
	if (now_ms - since_ms < STANDING_PATIENCE_FIRST_MS)
		return true;
	return choice_any_good(&pool->connections);
}
