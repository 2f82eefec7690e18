/* SPDX-License-Identifier: MIT */
#include "upstream/pool_inside.h"

#include <assert.h>
#include <stdlib.h>

#include "upstream/choice.h"
#include "upstream/recall.h"

static struct connection *connection_at(struct list *link)
{
	return CONTAINER_OF(link, struct connection, link);
}

void pool_fail_exchange(struct pool *pool, struct exchange *exchange, int err, const char *why)
{
	const struct exchange_result result = { .err = err, .why = why };

	count_add(&pool->upstreams->options.counts->failures, 1);
	exchange->pool = NULL;
	exchange->connection = NULL;
	exchange->done(exchange->owner, exchange, &result);
}

void pool_wait(struct pool *pool, struct exchange *exchange)
{
	exchange->connection = NULL;
	pool->warming = false;
	exchange->overdue = exchange->silent = false;
	list_push_back(&pool->waiting, &exchange->link);
	pool->waiting_count++;
}

struct exchange *pool_waiting_pop(struct pool *pool)
{
	struct list *link = list_pop_front(&pool->waiting);
	if (!link)
		return NULL;
	pool->waiting_count--;
	return CONTAINER_OF(link, struct exchange, link);
}

void pool_bury(struct pool *pool, struct connection *connection)
{
	list_unlink(&connection->link);
	pool->connection_count--;
	upstreams_bury(pool->upstreams, connection);
}

/* Closes one that carries nothing that anybody waits for. */
static void pool_drop(struct pool *pool, struct connection *connection)
{
	assert(list_empty(&connection->sent));
	connection_move(connection, CONNECTION_CLOSED);
	pool_bury(pool, connection);
}

void pool_wait_again(struct pool *pool, struct list *exchanges)
{
	struct list *link;

	while ((link = list_pop_front(exchanges)) != NULL)
		pool_wait(pool, CONTAINER_OF(link, struct exchange, link));
}

void pool_retire(struct pool *pool, struct connection *connection)
{
	pool_wait_again(pool, &connection->sent);
	pool_drop(pool, connection);
}

/* The connection for the next query. Those about to be closed by the server are closed here. */
static struct connection *pool_pick(struct pool *pool)
{
	const uint64_t now_ms = pool_now_ms(pool);

	for (struct list *link = pool->connections.next, *next; link != &pool->connections;
		link = next) {
		next = link->next;
		if (choice_stale(connection_at(link), now_ms))
			pool_drop(pool, connection_at(link));
	}
	return choice_best(&pool->connections);
}

int pool_hand_over(struct pool *pool, struct connection *connection, struct exchange *exchange)
{
	int err = connection->transport->send(connection, exchange);
	if (err == 0)
		count_add(&pool->upstreams->options.counts->queries, 1);
	return err;
}

/* When every connection is silent and no more may be opened, the one silent for longest goes; the
 * one that is to take its place waits for its turn. */
static void pool_make_room(struct pool *pool)
{
	struct connection *worst = choice_worst(&pool->connections);
	uint64_t turn_ms = pool->turn_ms;

	if (!worst || pool->connection_count < POOL_CONNECTIONS_MAX)
		return;
	if (turn_ms < pool_now_ms(pool))
		turn_ms = pool_now_ms(pool);
	if (pool->reach_not_before_ms < turn_ms)
		pool->reach_not_before_ms = turn_ms;
	pool->turn_ms = turn_ms + POOL_GROW_PAUSE_MS;
	connection_end(worst, ERR_TIMEOUT, "it does not answer on any of its connections");
}

/* There is no way to it. Harmless while another connection works; else all that waits goes on to
 * the next upstream. */
static void pool_give_up(struct pool *pool)
{
	const uint64_t now_ms = pool_now_ms(pool);
	const bool for_nobody = pool->warming;
	struct list failed, *link;

	pool->warming = false;
	if (choice_any_good(&pool->connections)) {
		pool->grow_not_before_ms = now_ms + POOL_GROW_PAUSE_MS;
		return;
	}
	if (pool->standing.why_err == 0)
		standing_note(&pool->standing, ERR_UNREACHABLE, site_why(&pool->site));
	pool->reach_not_before_ms = now_ms + HEALTH_BACKOFF_MIN_MS;
	if (for_nobody)
		return;
	pool_hold(pool);
	standing_failed(&pool->standing);
	/* Not those that begin to wait meanwhile: they get a round of their own. */
	list_init(&failed);
	list_move_all(&failed, &pool->waiting);
	while ((link = list_pop_front(&failed)) != NULL) {
		pool->waiting_count--;
		pool_fail_exchange(pool, CONTAINER_OF(link, struct exchange, link),
			pool->standing.why_err, pool->standing.why);
	}
	pool_release(pool);
}

static void pool_begin_round(struct pool *pool)
{
	int err = site_begin_round(&pool->site);

	if (err != 0) {
		standing_note(&pool->standing, err, err_text(err));
		pool_give_up(pool);
		return;
	}
	reach_begin(&pool->reach, pool->site.endpoint->address_count, site_first(&pool->site),
		pool->reach_not_before_ms);
}

void pool_reach(struct pool *pool)
{
	if (pool->reach.state != REACH_REST || pool->connection_count >= POOL_CONNECTIONS_MAX)
		return;
	standing_clear(&pool->standing);
	switch (site_seek(&pool->site)) {
	case SITE_WAY_KNOWN: pool_begin_round(pool); break;
	case SITE_WAY_AWAITED: break;
	case SITE_WAY_UNKNOWN: pool_give_up(pool); break;
	}
}

void pool_warm(struct pool *pool)
{
	if (pool->connection_count > 0 || pool->reach.state != REACH_REST)
		return;
	pool->warming = true;
	pool_reach(pool);
}

/* Is even the best connection, the one given, busy, and is it time to try to add one? */
static bool pool_wants_more(const struct pool *pool, const struct connection *best)
{
	return best && choice_busy(best) && pool_now_ms(pool) >= pool->grow_not_before_ms;
}

/* On the loop's stack: sends what waits, and sees to it that there is a connection for the rest. */
static void pool_dispatch(void *owner)
{
	struct pool *pool = owner;
	struct connection *connection;

	pool_hold(pool);
	while ((connection = pool_pick(pool)) != NULL && choice_has_room(connection)) {
		struct exchange *exchange = pool_waiting_pop(pool);
		if (!exchange)
			break;
		int err = pool_hand_over(pool, connection, exchange);
		if (err != 0)
			pool_fail_exchange(pool, exchange, err, err_text(err));
	}
	if (!list_empty(&pool->waiting))
		pool_make_room(pool);
	if (!list_empty(&pool->waiting) || pool_wants_more(pool, connection))
		pool_reach(pool);
	pool_release(pool);
}

void pool_post(struct pool *pool)
{
	loop_post(pool->upstreams->options.loop, &pool->dispatch);
}

int pool_send(struct pool *pool, struct exchange *exchange)
{
	if (pool->waiting_count + choice_load(&pool->connections) >= POOL_LOAD_MAX)
		return ERR_LIMIT;
	struct connection *connection = pool_pick(pool);
	list_init(&exchange->link);
	exchange->resends = 0;
	exchange->overdue = exchange->silent = false;
	if (connection && choice_has_room(connection)) {
		int err = pool_hand_over(pool, connection, exchange);
		if (err != 0)
			return err;
		site_use(&pool->site);
		if (choice_busy(connection) && pool->reach.state == REACH_REST)
			pool_post(pool);
	} else {
		pool_wait(pool, exchange);
		pool_post(pool);
	}
	exchange->pool = pool;
	return 0;
}

void pool_cancel(struct exchange *exchange)
{
	struct pool *pool = exchange->pool;

	assert(pool);
	exchange->pool = NULL;
	if (exchange->connection) {
		struct connection *connection = exchange->connection;
		if (!exchange->overdue && connection->sent.next == connection->sent.prev)
			connection->asked_ms = 0; /* nobody waited long enough to tell */
		connection->transport->cancel(connection, exchange);
		if (!list_empty(&pool->waiting)) /* there may be room now */
			pool_post(pool);
		return;
	}
	list_unlink(&exchange->link);
	pool->waiting_count--;
}

bool pool_busy(const struct pool *pool)
{
	return pool->waiting_count > 0 || choice_load(&pool->connections) > 0;
}

void pool_drop_attempts(struct pool *pool, bool spares)
{
	for (struct list *link = pool->connections.next, *next; link != &pool->connections;
		link = next) {
		struct connection *attempt = connection_at(link);
		next = link->next;
		if (attempt->opened || (spares && !attempt->spare))
			continue;
		site_failed(&pool->site, connection_address(attempt));
		pool_retire(pool, attempt); /* what went early goes elsewhere */
	}
}

static struct connection *pool_open(struct pool *pool, size_t address)
{
	const struct connection_options options = {
		.loop = pool->upstreams->options.loop,
		.rand = pool->upstreams->options.rand,
		.endpoint = pool->site.endpoint,
		.address = address,
		.capacity = pool->capacity,
		.idle_limit_ms = pool->idle.limit_ms,
		.events = &pool_connection_events,
		.owner = pool,
	};
	struct connection *connection = connection_open(&options);

	if (!connection) {
		standing_note(&pool->standing, ERR_NOMEM,
			"there is no memory or descriptor for a connection");
		if (!pool->warned_resources)
			pool->upstreams->options.warned(
				pool->upstreams->options.owner, pool->endpoint, pool->standing.why);
		pool->warned_resources = true;
		return NULL;
	}
	list_push_back(&pool->connections, &connection->link);
	pool->connection_count++;
	return connection;
}

static bool pool_try(void *owner, size_t address)
{
	return pool_open(owner, address) != NULL;
}

/* Beside those that wait for an answer from the network: it may have come back since they began,
 * and the kernel's own pauses are long. */
static void pool_try_again(void *owner, size_t address)
{
	struct pool *pool = owner;

	pool_drop_attempts(pool, true);
	if (list_empty(&pool->waiting) || pool->connection_count >= POOL_CONNECTIONS_MAX)
		return;
	struct connection *connection = pool_open(pool, address);
	if (connection)
		connection->spare = true;
}

/* No address answered. If that is not our fault, it may have moved, and who waits goes on waiting
 * while that is looked up. */
static void pool_on_unreachable(void *owner)
{
	struct pool *pool = owner;

	if (pool->warming || pool->standing.why_err == ERR_NOMEM ||
		choice_any_good(&pool->connections) || !site_doubt(&pool->site))
		pool_give_up(pool);
}

static void pool_on_found(void *owner)
{
	struct pool *pool = owner;

	if (pool->reach.state != REACH_REST)
		reach_extend(&pool->reach, site_extend_round(&pool->site));
	else if (!list_empty(&pool->waiting))
		pool_post(pool);
	else if (pool->warming)
		pool_warm(pool);
}

static void pool_on_settled(void *owner, bool useful)
{
	struct pool *pool = owner;

	recall_keep(pool);
	if (useful)
		pool_on_found(pool);
	else if (pool->reach.state == REACH_REST && !list_empty(&pool->waiting))
		pool_give_up(pool);
}

static const struct site_events pool_site_events = {
	.found = pool_on_found,
	.settled = pool_on_settled,
};

static const struct reach_events pool_reach_events = {
	.open = pool_try,
	.again = pool_try_again,
	.failed = pool_on_unreachable,
};

struct pool *pool_new(struct upstreams *upstreams, struct endpoint *endpoint)
{
	struct pool *pool = calloc(1, sizeof(*pool));
	if (!pool)
		return NULL;
	list_init(&pool->link);
	list_init(&pool->connections);
	list_init(&pool->waiting);
	pool->upstreams = upstreams;
	pool->holders = 1;
	pool->endpoint = endpoint_hold(endpoint);
	standing_init(&pool->standing, upstreams, pool->endpoint);
	reach_init(&pool->reach, upstreams->options.loop, &pool_reach_events, pool);
	task_init(&pool->dispatch, pool_dispatch, pool);
	if (site_init(&pool->site, upstreams, endpoint, &pool_site_events, pool) != 0) {
		pool_release(pool);
		return NULL;
	}
	recall_pool(pool);
	return pool;
}

struct pool *pool_hold(struct pool *pool)
{
	pool->holders++;
	return pool;
}

static void pool_free(struct pool *pool)
{
	assert(list_empty(&pool->waiting));
	recall_keep(pool);
	while (!list_empty(&pool->connections))
		pool_drop(pool, connection_at(pool->connections.next));
	reach_stop(&pool->reach);
	site_done(&pool->site);
	task_cancel(&pool->dispatch);
	list_unlink(&pool->link);
	endpoint_release(pool->endpoint);
	free(pool);
}

void pool_release(struct pool *pool)
{
	if (pool && pool->holders-- == 1)
		pool_free(pool);
}

void pool_adopt(struct pool *pool, struct endpoint *endpoint)
{
	struct endpoint *old = pool->endpoint;
	pool->endpoint = endpoint_hold(endpoint);
	pool->standing.endpoint = pool->endpoint;
	endpoint_release(old);
	site_adopt(&pool->site, endpoint);
}
