/* SPDX-License-Identifier: MIT */
#include "upstream/upstreams.h"

#include <assert.h>
#include <stdlib.h>

#include "upstream/pool.h"
#include "upstream/transport.h"

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
		struct pool *pool = CONTAINER_OF(link, struct pool, link);
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
