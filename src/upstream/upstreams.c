/* SPDX-License-Identifier: MIT */
#include "upstream/upstreams.h"

#include <assert.h>
#include <stdlib.h>

#include "upstream/choice.h"
#include "upstream/pool.h"
#include "upstream/transport.h"

/* Milliseconds: what all fail in for less is no outage, but the time in which the next one is
 * asked.
 */
#define OUTAGE_SHORT_MS 1000

static struct pool *pool_at(struct list *link)
{
	return CONTAINER_OF(link, struct pool, link);
}

static void bury_all(void *owner)
{
	struct upstreams *upstreams = owner;
	struct list *link;

	while ((link = list_pop_front(&upstreams->graveyard)) != NULL) {
		struct connection *connection = CONTAINER_OF(link, struct connection, link);
		connection->transport->free(connection);
	}
}

struct upstreams *upstreams_new(const struct upstreams_options *options)
{
	struct upstreams *upstreams = malloc(sizeof(*upstreams));
	if (!upstreams)
		return NULL;
	*upstreams = (struct upstreams){ .options = *options };
	list_init(&upstreams->pools);
	list_init(&upstreams->graveyard);
	task_init(&upstreams->bury, bury_all, upstreams);
	return upstreams;
}

void upstreams_set_bootstrap(struct upstreams *upstreams, const struct bootstrap_servers *servers)
{
	upstreams->bootstrap = *servers;
}

/* It is, unless somebody has answered since the last of those that fail began to, or was at least
 * reached, or is being asked. */
static bool is_outage(const struct upstreams *upstreams)
{
	uint64_t since_ms = 0;
	struct list *link;

	for (link = upstreams->pools.next; link != &upstreams->pools; link = link->next) {
		const struct standing *standing = &pool_at(link)->standing;
		if (standing->failing_ms > since_ms)
			since_ms = standing->failing_ms;
	}
	if (since_ms == 0)
		return false;
	for (link = upstreams->pools.next; link != &upstreams->pools; link = link->next) {
		const struct standing *standing = &pool_at(link)->standing;
		if (standing->good_ms >= since_ms || standing->reached_ms >= since_ms ||
			(standing->failing_ms == 0 && pool_busy(pool_at(link))))
			return false;
	}
	return true;
}

static void forgive_all(struct upstreams *upstreams)
{
	for (struct list *link = upstreams->pools.next; link != &upstreams->pools;
		link = link->next)
		health_forgive(
			&pool_at(link)->standing.health, loop_now_ms(upstreams->options.loop));
}

bool upstreams_look(struct upstreams *upstreams)
{
	const uint64_t now_ms = loop_now_ms(upstreams->options.loop);
	const bool outage = is_outage(upstreams);

	if (outage && !upstreams->outage)
		upstreams->outage_ms = now_ms;
	if (!outage && upstreams->outage && now_ms - upstreams->outage_ms >= OUTAGE_SHORT_MS)
		forgive_all(upstreams);
	upstreams->outage = outage;
	return outage;
}

/* What was connected, or waited for, is connected anew. */
static void change_network(struct pool *pool, enum network_change change, uint64_t now_ms)
{
	const bool used = pool->connection_count > 0;

	reach_stop(&pool->reach);
	for (struct list *link = pool->connections.next, *next; link != &pool->connections;
		link = next) {
		struct connection *connection = CONTAINER_OF(link, struct connection, link);
		next = link->next;
		if (change == NETWORK_RESUMED || !connection_stands(connection))
			pool_retire(pool, connection);
	}
	health_forgive(&pool->standing.health, now_ms);
	site_forgive(&pool->site);
	pool->reach_not_before_ms = 0;
	pool->grow_not_before_ms = 0;
	if (used ? !choice_any_good(&pool->connections) : !list_empty(&pool->waiting))
		pool_reach(pool);
}

void upstreams_network_changed(struct upstreams *upstreams, enum network_change change)
{
	struct list *link = upstreams->pools.next;

	while (link != &upstreams->pools) {
		/* What it cannot connect to is failed at once, and may have been its last holder.
		 */
		struct pool *pool = pool_hold(pool_at(link));
		change_network(pool, change, loop_now_ms(upstreams->options.loop));
		link = link->next;
		pool_release(pool);
	}
}

void upstreams_free(struct upstreams *upstreams)
{
	if (!upstreams)
		return;
	assert(upstreams->asks == 0 && list_empty(&upstreams->pools));
	task_cancel(&upstreams->bury);
	bury_all(upstreams);
	free(upstreams);
}

struct pool *upstreams_pool(struct upstreams *upstreams, struct endpoint *endpoint)
{
	struct list *link;

	for (link = upstreams->pools.next; link != &upstreams->pools; link = link->next) {
		struct pool *pool = pool_at(link);
		if (endpoint_equal(pool->endpoint, endpoint)) {
			pool_adopt(pool, endpoint);
			return pool_hold(pool);
		}
	}
	struct pool *pool = pool_new(upstreams, endpoint);
	if (pool)
		list_push_back(&upstreams->pools, &pool->link);
	return pool;
}

void upstreams_bury(struct upstreams *upstreams, struct connection *connection)
{
	list_push_back(&upstreams->graveyard, &connection->link);
	loop_post(upstreams->options.loop, &upstreams->bury);
}
