/* SPDX-License-Identifier: MIT */
#include "upstream/recall.h"

#include <stdlib.h>

#include "upstream/memory.h"
#include "upstream/pool.h"
#include "upstream/upstreams.h"

/* Each address to its family. */
static void recall_known(struct site *site, const struct memory_item *item)
{
	for (size_t i = 0; i < item->place_count; i++) {
		const struct address *address = &item->places[i].address;
		struct site_family *family =
			&site->search->known[address->any.sa_family == AF_INET6 ? BOOTSTRAP_V6
										: BOOTSTRAP_V4];
		if (family->count < BOOTSTRAP_ADDRESSES_MAX)
			family->addresses[family->count++] = *address;
	}
}

/* Where a host was that is to be looked up, as if that had been just now: until its TTL ends it
 * need not be. */
static void recall_site(struct pool *pool, const struct memory_item *item)
{
	struct loop *loop = pool->upstreams->options.loop;
	struct address addresses[ENDPOINT_ADDRESSES_MAX];
	struct site *site = &pool->site;
	const int64_t left_s = item->fresh_until_s - loop_wall_s(loop);

	for (size_t i = 0; i < item->place_count; i++)
		addresses[i] = item->places[i].address;
	site->places = calloc(item->place_count, sizeof(*site->places));
	site->endpoint = endpoint_located(site->named, addresses, item->place_count);
	if (!site->places || !site->endpoint) { /* then it is looked up */
		free(site->places);
		endpoint_release(site->endpoint);
		site->places = NULL;
		site->endpoint = NULL;
		return;
	}
	recall_known(site, item);
	site->search->fresh_until_s = loop_now_s(loop);
	if (left_s > 0)
		site->search->fresh_until_s +=
			left_s < SITE_TTL_MAX_S ? (uint32_t)left_s : SITE_TTL_MAX_S;
	site->search->refresh_s = site->search->fresh_until_s;
	site->search->told = true;
}

void recall_pool(struct pool *pool)
{
	struct memory *memory = pool->upstreams->options.memory;
	struct site *site = &pool->site;
	struct memory_item item;

	if (!memory || !memory_recall(memory, pool->endpoint->url, &item))
		return;
	pool->standing.pace = item.pace;
	if (item.idle_limit_ms >= IDLE_SHORTEST_MS)
		pool->idle.limit_ms = item.idle_limit_ms;
	if (site->search && item.fresh_until_s != 0 && item.place_count > 0)
		recall_site(pool, &item);
	for (size_t i = 0; site->endpoint && i < item.place_count; i++) {
		const size_t at = endpoint_find(site->endpoint, &item.places[i].address);
		if (at == site->endpoint->address_count)
			continue;
		site->places[at].pace = item.places[i].pace;
		site->places[at].proven = true;
	}
}

void recall_keep(const struct pool *pool)
{
	struct loop *loop = pool->upstreams->options.loop;
	struct memory *memory = pool->upstreams->options.memory;
	const struct site *site = &pool->site;
	struct memory_item item = {
		.pace = pool->standing.pace,
		.idle_limit_ms = pool->idle.limit_ms,
	};

	if (!memory || !site->endpoint)
		return;
	if (site->search) {
		const int32_t left_s = (int32_t)(site->search->fresh_until_s - loop_now_s(loop));
		item.fresh_until_s = loop_wall_s(loop) + left_s;
	}
	for (size_t i = 0; i < site->endpoint->address_count; i++) {
		/* Whoever sits on the way of a look-up in clear could lead us astray for good. */
		if (site->search && !site->places[i].proven)
			continue;
		item.places[item.place_count++] = (struct memory_place){
			.address = site->endpoint->addresses[i],
			.pace = site->places[i].pace,
		};
	}
	if (item.place_count > 0)
		memory_keep(memory, pool->endpoint->url, &item);
}
