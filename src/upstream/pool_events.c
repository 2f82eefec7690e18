/* SPDX-License-Identifier: MIT */
#include "upstream/choice.h"
#include "upstream/pool_inside.h"
#include "upstream/recall.h"

/* What waits goes with the handshake. */
static void pool_on_early(void *owner, struct connection *connection)
{
	struct pool *pool = owner;
	struct exchange *exchange;

	while (choice_has_room(connection) && (exchange = pool_waiting_pop(pool)) != NULL) {
		if (pool_hand_over(pool, connection, exchange) == 0)
			continue;
		list_push_front(&pool->waiting, &exchange->link);
		pool->waiting_count++;
		break;
	}
}

static void pool_on_ready(void *owner, struct connection *connection, int days_left)
{
	struct pool *pool = owner;
	const struct upstreams_options *options = &pool->upstreams->options;
	char what[EXPIRY_WHAT_LEN];

	count_add(&options->counts->connections, 1);
	pool->warming = false;
	reach_stop(&pool->reach);
	pool_drop_attempts(pool, false);
	site_right(&pool->site, connection_address(connection));
	recall_keep(pool);
	pool->warned_resources = false;
	pool->reach_not_before_ms = 0;
	pool->grow_not_before_ms = 0;
	standing_clear(&pool->standing);
	connection->rtt_ms = pace_rtt_ms(&pool->standing.pace);
	standing_reached(&pool->standing);
	pool_post(pool);
	if (expiry_news(&pool->expiry, pool_now_ms(pool), days_left, what))
		options->warned(options->owner, pool->endpoint, what);
	site_remark(&pool->site, connection_address(connection), connection->remark);
}

/* The answer to what was sent at that time came. Of one that was silent, or down, nothing that was
 * known of its pace need be so any more, nor is what waited all the time a measure of it. */
static void pool_came_good(
	struct pool *pool, struct connection *connection, uint64_t sent_ms, bool answer)
{
	const bool back = pool->standing.health.state != HEALTH_UP;
	const uint64_t rtt_ms = pool_now_ms(pool) - sent_ms;

	idle_outlived(&pool->idle, connection->idled_ms);
	connection->idled_ms = 0;
	standing_good(&pool->standing, answer && rtt_ms < STANDING_PATIENCE_MAX_MS);
	if (back)
		pool->standing.pace = (struct pace){ 0 };
	if (back && rtt_ms >= STANDING_DOUBT_MIN_MS)
		return;
	pace_measure(&pool->standing.pace, rtt_ms);
	site_measure(&pool->site, connection_address(connection), rtt_ms);
	connection->rtt_ms = pace_rtt_ms(&pool->standing.pace);
}

static void pool_on_answered(void *owner, struct connection *connection, struct exchange *exchange,
	const struct exchange_result *result)
{
	struct pool *pool = owner;
	struct upstream_counts *counts = pool->upstreams->options.counts;

	if (result->err == 0) {
		count_add(&counts->responses, 1);
		pool_came_good(pool, connection, exchange->sent_ms,
			rcode_is_answer(result->message->rcode));
		pool->capacity = connection->capacity;
		warmth_add(&pool->warmth);
	} else {
		count_add(&counts->failures, 1);
	}
	struct exchange_result told = *result;
	if (result->fault != FAULT_NONE) {
		standing_blame(&pool->standing, result);
		told.why = pool->standing.why; /* the connection may be gone before it is read */
	}
	if (!list_empty(&pool->waiting))
		pool_post(pool);
	exchange->pool = NULL;
	/* The pool may be gone after it. */
	exchange->done(exchange->owner, exchange, &told);
}

static void pool_on_room(void *owner, struct connection *connection)
{
	struct pool *pool = owner;

	(void)connection; /* its events all have the same form */
	if (!list_empty(&pool->waiting))
		pool_post(pool);
}

static void pool_on_late(void *owner, struct connection *connection, uint64_t sent_ms, bool answer)
{
	pool_came_good(owner, connection, sent_ms, answer);
	pool_on_room(owner, connection);
}

static void pool_on_alive(void *owner, struct connection *connection)
{
	struct pool *pool = owner;

	standing_alive(&pool->standing);
	pool_on_room(owner, connection);
}

/* What a connection never will answer. */
static void pool_move_on(
	struct pool *pool, const struct connection *from, int err, struct list *unanswered)
{
	struct list *link;

	while ((link = list_pop_front(unanswered)) != NULL) {
		struct exchange *exchange = CONTAINER_OF(link, struct exchange, link);
		if (exchange_may_move(exchange, from)) {
			exchange->resends++;
			count_add(&pool->upstreams->options.counts->failures, 1);
			pool_wait(pool, exchange);
		} else {
			pool_fail_exchange(pool, exchange, err, pool->standing.why);
		}
	}
}

static void pool_on_returned(void *owner, struct connection *connection, int err, const char *why,
	struct list *unanswered)
{
	struct pool *pool = owner;

	pool_hold(pool);
	standing_note_anew(&pool->standing, err, why);
	if (connection->answers == 0)
		standing_failed(&pool->standing);
	pool_move_on(pool, connection, err, unanswered);
	if (!list_empty(&pool->waiting))
		pool_post(pool);
	pool_release(pool);
}

/* It ended, and nobody waits: keeps one ready for the next question, if there will be one soon. */
static void pool_keep_warm(
	struct pool *pool, const struct connection *connection, int err, uint64_t idled_ms)
{
	const bool ours =
		err == ERR_CLOSED && pool_now_ms(pool) >= connection_idle_end_ms(connection);

	if (warmth_in_use(connection->answers, idled_ms))
		pool_reach(pool);
	else if (ours && warmth_spend(&pool->warmth, idled_ms))
		pool_warm(pool);
}

static void pool_on_ended(void *owner, struct connection *connection, int err, const char *why,
	struct list *unanswered)
{
	struct pool *pool = owner;
	const uint64_t idled_ms =
		connection->idled_ms > 0 ? connection->idled_ms : connection_idle_ms(connection);
	const bool idle =
		connection->answers > 0 && err == ERR_CLOSED &&
		pool_now_ms(pool) < connection_idle_end_ms(connection) &&
		(list_empty(unanswered) ||
			pool_now_ms(pool) - connection->quiet_since_ms <= POOL_CROSSED_MS);

	pool_bury(pool, connection);
	if (!connection->opened)
		pool_wait_again(pool, unanswered);
	if (!connection->opened && connection->spare)
		return;
	if (!connection->opened) {
		standing_note(&pool->standing, err, why);
		site_failed(&pool->site, connection_address(connection));
		if (err == ERR_TLS)
			site_wrong(&pool->site, connection_address(connection), why);
		reach_attempt_failed(&pool->reach);
		return;
	}
	if (idle)
		idle_closed(&pool->idle, idled_ms);
	recall_keep(pool);
	if (list_empty(unanswered)) { /* an idle close is never a failure */
		if (!list_empty(&pool->waiting))
			pool_post(pool);
		else
			pool_keep_warm(pool, connection, err, idled_ms);
		return;
	}
	pool_on_returned(owner, connection, err, why, unanswered);
}

const struct connection_events pool_connection_events = {
	.early = pool_on_early,
	.ready = pool_on_ready,
	.answered = pool_on_answered,
	.late = pool_on_late,
	.room = pool_on_room,
	.alive = pool_on_alive,
	.returned = pool_on_returned,
	.ended = pool_on_ended,
};
