/* SPDX-License-Identifier: MIT */
#include "upstream/ask_inside.h"

#include <stdlib.h>

#include "upstream/connection.h"
#include "upstream/pool.h"
#include "upstream/strategy.h"
#include "upstream/vigil.h"

/* Milliseconds between looks at those that are overdue, when nobody else can be asked. */
#define ASK_LOOK_MS 500

/* The same when somebody can be asked as soon as there is credit for it. */
#define ASK_CREDIT_MS 50

/* In an outage that has lasted for less, a question is not failed before its time: links come back,
 * and servers start again. After that a person is better served by an early word. */
#define ASK_HOLD_MS 10000

/* Milliseconds between tries meanwhile. */
#define ASK_HOLD_PAUSE_MS 100

/* Milliseconds after which the pace of an upstream that is not asked is worth a question. */
#define ASK_NEWS_MS 60000

/*  asks ──an answer──→ done
 *   │ ▲
 *   │ └─ overdue, or no answer: another upstream, or the same anew
 *   ├──── nobody is left, in a young outage: all of them again after a pause
 *   └──── nobody is left, or the deadline: done, with the first setback if there was one */

/* Takes everything back and frees the ask; result's content is not the ask's. */
static void ask_end(struct ask *ask)
{
	struct group *group = ask->group;
	struct loop *loop = group->upstreams->options.loop;

	for (size_t i = 0; i < ASK_ATTEMPTS_MAX; i++) {
		if (ask->attempts[i].exchange.pool)
			pool_cancel(&ask->attempts[i].exchange);
	}
	loop_stop_timer(loop, &ask->timer);
	task_cancel(&ask->fail);
	group->upstreams->asks--;
	free(ask);
	group_release(group);
}

/* The one completion. The group is held over it, so that result may point into its pools. */
static void ask_finish(struct ask *ask, const struct ask_result *result)
{
	struct group *group = ask->group;
	void (*done)(void *owner, const struct ask_result *result) = ask->done;
	void *owner = ask->owner;

	group_hold(group);
	ask_end(ask);
	done(owner, result);
	group_release(group);
}

/* Nobody gave a good answer: the setback, or else why not. */
static void ask_fail(struct ask *ask, int err, const char *why)
{
	const struct setback setback = ask->setback;
	const struct message message = setback_message(&setback, &ask->query.question);
	struct ask_result result = { .err = err, .why = why };

	if (ask->failed)
		result.endpoint = ask->failed->endpoint;
	if (setback.of) {
		result.err = 0;
		result.message = &message;
		result.endpoint = setback.of->endpoint;
		result.why = "its response is an error, and no other has an answer";
	}
	ask_finish(ask, &result);
}

/* What the owner is told of an attempt's failure: it does not care how a connection broke. */
static int ask_error(int err)
{
	switch (err) {
	case ERR_NOMEM:
	case ERR_LIMIT:
	case ERR_TIMEOUT: return err;
	case ERR_FORMAT: return ERR_PROTOCOL;
	}
	return ERR_UNREACHABLE;
}

static void ask_note(struct ask *ask, const struct pool *pool, int err, const char *why)
{
	ask->err = ask_error(err);
	ask->why = why;
	ask->failed = pool;
}

static void ask_bar(struct ask *ask, size_t member)
{
	ask->barred |= UINT64_C(1) << member;
	ask->times[member] = ASK_TIMES_MAX;
}

/* A free place, or that of the attempt that has waited longest of those without much hope. */
static struct attempt *ask_place(struct ask *ask)
{
	struct attempt *place = &ask->attempts[0];

	for (size_t i = 0; i < ASK_ATTEMPTS_MAX; i++) {
		struct attempt *attempt = &ask->attempts[i];
		if (!attempt->exchange.pool)
			return attempt;
		const bool hopeful = exchange_hopeful(&attempt->exchange);
		if (hopeful == exchange_hopeful(&place->exchange)
				? attempt->began_ms < place->began_ms
				: !hopeful)
			place = attempt;
	}
	pool_cancel(&place->exchange);
	return place;
}

static void ask_answered(
	void *owner, struct exchange *exchange, const struct exchange_result *result);

/* NULL: it failed at once, which is noted. */
static struct attempt *ask_send(struct ask *ask, size_t member)
{
	struct attempt *attempt = ask_place(ask);
	struct pool *pool = ask->group->pools[member];

	ask->times[member]++;
	*attempt = (struct attempt){
		.exchange = {
			.query = &ask->query,
			.arena = ask->arena,
			.done = ask_answered,
			.owner = attempt,
		},
		.ask = ask,
		.member = member,
		.began_ms = ask_now_ms(ask),
	};
	int err = pool_send(pool, &attempt->exchange);
	if (err != 0) {
		ask_note(ask, pool, err, err_text(err));
		return NULL;
	}
	attempt->patience_ms = exchange_patience_ms(&attempt->exchange);
	return attempt;
}

/* The timer fires when the member asked last has had its time, and at the deadline. */
static void ask_wait(struct ask *ask, uint64_t patience_ms)
{
	const uint64_t now_ms = ask_now_ms(ask);
	uint64_t left_ms = ask->deadline_ms > now_ms ? ask->deadline_ms - now_ms : 0;

	loop_start_timer(ask->group->upstreams->options.loop, &ask->timer,
		patience_ms < left_ms ? patience_ms : left_ms);
}

/* Asks the next upstream. One that is not up and due is asked too, but nobody waits for it: the
 * next one is asked in the same breath, as are all of those that are asked at once. False: there
 * was none. */
static bool ask_attempt(struct ask *ask)
{
	unsigned started = 0;

	while (started < ASK_ATTEMPTS_MAX) {
		size_t member =
			started > 0 ? ask_choose_of(ask, ask_usable(ask, 0)) : ask_choose(ask);
		if (member == STRATEGY_NOBODY)
			break;
		struct pool *pool = ask->group->pools[member];
		const bool up = ask_is_up(ask, member);
		if (!up && !vigil_try(pool))
			continue;
		const struct attempt *attempt = ask_send(ask, member);
		if (!attempt)
			continue;
		started++;
		ask_wait(ask, attempt->patience_ms);
		if (up && ask->group->strategy != STRATEGY_PARALLEL)
			break;
	}
	return started > 0;
}

static bool spend(struct group *group, unsigned left)
{
	if (group->credit < GROUP_CREDIT_PRICE + left)
		return false;
	group->credit -= GROUP_CREDIT_PRICE;
	return true;
}

/* Who is fastest is known of those alone that are asked now and then. Half of what may be spent is
 * left for answers that are late. */
static void ask_for_news(struct ask *ask)
{
	const uint64_t now_ms = ask_now_ms(ask);
	struct group *group = ask->group;

	if (group->strategy != STRATEGY_FASTEST)
		return;
	for (uint64_t left = ask_usable(ask, 0); left != 0; left &= left - 1) {
		const size_t member = (size_t)__builtin_ctzll(left);
		const struct standing *standing = &group->pools[member]->standing;
		const bool old = !pace_measured(&standing->pace) ||
				 now_ms - standing->good_ms >= ASK_NEWS_MS;
		if (old && ask_is_up(ask, member) && spend(group, GROUP_CREDIT_MAX / 2))
			(void)ask_send(ask, member);
	}
}

/* Is there one whose failure may pass by itself? Who is not who it should be stays so. */
static bool ask_may_pass(const struct ask *ask)
{
	if (ask->setback.of || (ask->err != ERR_UNREACHABLE && ask->err != ERR_TIMEOUT))
		return false;
	for (size_t i = 0; i < ask->group->count; i++) {
		if (!(ask->barred >> i & 1) && ask->group->pools[i]->standing.why_err != ERR_TLS)
			return true;
	}
	return false;
}

/* In a young outage everybody is asked again: it may be over before the question is. */
static bool ask_hold(struct ask *ask)
{
	const struct upstreams *upstreams = ask->group->upstreams;

	if (!upstreams->outage || !ask_may_pass(ask) ||
		ask_now_ms(ask) - upstreams->outage_ms >= ASK_HOLD_MS)
		return false;
	for (size_t i = 0; i < ask->group->count; i++) {
		if (!(ask->barred >> i & 1))
			ask->times[i] = 0;
	}
	ask_wait(ask, ASK_HOLD_PAUSE_MS);
	return true;
}

/* An attempt came to nothing: another one, unless an answer is to be expected anyway. */
static void ask_go_on(struct ask *ask)
{
	if (ask_in_time(ask) || ask_attempt(ask) || ask_waits(ask) || ask_hold(ask) ||
		ask_under_way(ask))
		return;
	ask_fail(ask, ask->err, ask->why);
}

/* Keeps the first response of an rcode that is no answer, should nobody have a better one. True: it
 * is the last word. */
static bool ask_set_back(
	struct ask *ask, const struct attempt *attempt, const struct message *message)
{
	const bool is_final = setback_is_final(message, ask->query.checking_disabled);

	ask_bar(ask, attempt->member);
	if (!ask->setback.of || is_final)
		setback_keep(&ask->setback, ask->group->pools[attempt->member], message);
	return is_final;
}

static bool in_time(const struct exchange *exchange, uint64_t now_ms)
{
	return now_ms - exchange->sent_ms < STANDING_PATIENCE_MAX_MS;
}

/* That exchange brought an answer: who should have had it, too? A name may be slow for all. */
static void ask_compare(struct ask *ask, const struct exchange *answered)
{
	static const struct hash_key any;
	const uint64_t now_ms = ask_now_ms(ask);
	const uint32_t domain =
		(uint32_t)name_hash(&any, strategy_registrable(ask->query.question.name));

	if (ask->setback.of)
		standing_outdone(&ask->setback.of->standing, domain, STANDING_REFUSES);
	if (!in_time(answered, now_ms))
		return;
	for (size_t i = 0; i < ASK_ATTEMPTS_MAX; i++) {
		const struct exchange *exchange = &ask->attempts[i].exchange;
		if (exchange->pool && exchange->connection && exchange_hopeful(exchange) &&
			!in_time(exchange, now_ms))
			standing_outdone(&exchange->pool->standing, domain, STANDING_LATE);
	}
}

static void ask_answered(
	void *owner, struct exchange *exchange, const struct exchange_result *result)
{
	struct attempt *attempt = owner;
	struct ask *ask = attempt->ask;
	const struct pool *pool = ask->group->pools[attempt->member];

	if (result->err != 0) {
		/* It was asked twice, or would say the same again: a question that kills its server
		 * is not sent for ever. */
		const bool twice =
			exchange->resends > 0 ||
			(exchange->sent_ms > 0 && ask->times[attempt->member] >= ASK_TIMES_MAX);
		ask_note(ask, pool, result->err, result->why);
		if (twice || result->err == ERR_FORMAT)
			ask_bar(ask, attempt->member);
	} else if (rcode_is_answer(result->message->rcode)) {
		ask_compare(ask, exchange);
		const struct ask_result answer = {
			.message = result->message,
			.endpoint = pool->endpoint,
			.why = "",
		};
		ask_finish(ask, &answer);
		return;
	} else {
		const bool is_final = ask_set_back(ask, attempt, result->message);
		/* The next upstream's answer may need the room. */
		arena_rewind(ask->arena, exchange->before);
		if (is_final) {
			ask_fail(ask, 0, "");
			return;
		}
	}
	ask_go_on(ask);
}

static void ask_run_out(struct ask *ask)
{
	if (!ask->failed) {
		for (size_t i = 0; i < ASK_ATTEMPTS_MAX; i++) {
			if (ask->attempts[i].exchange.pool)
				ask->failed = ask->attempts[i].exchange.pool;
		}
	}
	ask_fail(ask, ask_under_way(ask) ? ERR_TIMEOUT : ask->err, ask->why);
}

/* It is likelier that the name is slow than that the connection is silent. What came since the
 * question may have been the last before a packet that was lost; but where no other answer is due,
 * nothing need come. */
static bool attempt_awaits_slow_name(const struct attempt *attempt, uint64_t now_ms)
{
	const struct connection *connection = attempt->exchange.connection;

	return exchange_heard(&attempt->exchange) &&
	       (connection->in_flight == 1 || now_ms - connection->heard_ms < attempt->patience_ms);
}

/* May another upstream be asked though the others may still answer? Silence is no matter of credit,
 * nor is what is longer than anybody should wait. */
static bool ask_may_hedge(struct ask *ask, uint64_t waited_ms)
{
	if (waited_ms >= STANDING_PATIENCE_MAX_MS)
		return true;
	for (size_t i = 0; i < ASK_ATTEMPTS_MAX; i++) {
		const struct attempt *attempt = &ask->attempts[i];
		if (attempt->exchange.pool && attempt_awaits_slow_name(attempt, ask_now_ms(ask)))
			return spend(ask->group, 0);
	}
	return true;
}

/* When the next one of those asked is to be looked at for being silent, or somebody may be tried
 * again; after wait_ms at most. */
static uint64_t ask_look_ms(const struct ask *ask, uint64_t wait_ms)
{
	const uint64_t now_ms = ask_now_ms(ask);

	for (size_t i = 0; i < ASK_ATTEMPTS_MAX; i++) {
		const struct exchange *exchange = &ask->attempts[i].exchange;
		if (!exchange->pool)
			continue;
		const uint64_t look_ms = vigil_look_ms(exchange);
		if (look_ms > now_ms && look_ms - now_ms < wait_ms)
			wait_ms = look_ms - now_ms;
	}
	for (size_t i = 0; i < ask->group->count; i++) {
		const uint64_t due_ms = ask->group->pools[i]->standing.health.retry_at_ms;
		if (ask->times[i] < ASK_TIMES_MAX && due_ms > now_ms && due_ms - now_ms < wait_ms)
			wait_ms = due_ms - now_ms;
	}
	return wait_ms;
}

static void ask_expire(void *owner)
{
	struct ask *ask = owner;
	const uint64_t now_ms = ask_now_ms(ask);
	uint64_t waited_ms = 0;

	if (now_ms >= ask->deadline_ms) {
		ask_run_out(ask);
		return;
	}
	for (size_t i = 0; i < ASK_ATTEMPTS_MAX; i++) {
		struct attempt *attempt = &ask->attempts[i];
		if (!attempt->exchange.pool || now_ms < attempt->began_ms + attempt->patience_ms)
			continue;
		vigil_overdue(&attempt->exchange);
		if (now_ms - attempt->began_ms > waited_ms)
			waited_ms = now_ms - attempt->began_ms;
	}
	const bool other = ask_choose(ask) != STRATEGY_NOBODY;
	if (other && ask_may_hedge(ask, waited_ms) && ask_attempt(ask))
		return;
	if (!ask_waits(ask) && ask_hold(ask))
		return;
	if (ask_under_way(ask))
		ask_wait(ask, ask_look_ms(ask, other ? ASK_CREDIT_MS : ASK_LOOK_MS));
	else
		ask_fail(ask, ask->err, ask->why);
}

static void ask_fail_posted(void *owner)
{
	ask_go_on(owner);
}

struct ask *group_ask(struct group *group, const struct ask_options *options, struct arena *arena,
	void (*done)(void *owner, const struct ask_result *result), void *owner)
{
	struct loop *loop = group->upstreams->options.loop;
	struct ask *ask = calloc(1, sizeof(*ask) + group->count);
	if (!ask)
		return NULL;
	group->upstreams->asks++;
	ask->group = group_hold(group);
	ask->query = (struct upstream_query){
		.question = options->question,
		.checking_disabled = options->checking_disabled,
		.dnssec_ok = options->dnssec_ok,
	};
	ask->arena = arena;
	ask->signatures = options->signatures;
	ask->deadline_ms = options->deadline_ms;
	ask->done = done;
	ask->owner = owner;
	ask->err = ERR_UNREACHABLE;
	ask->why = group->count > 0 ? "no upstream answered in the time that a query has"
				    : "there is no upstream to ask";
	for (size_t i = 0; i < group->count; i++) {
		const struct endpoint *endpoint = group->pools[i]->endpoint;
		if ((options->avoid && endpoint_equal(endpoint, options->avoid)) ||
			(options->only && !endpoint_equal(endpoint, options->only)))
			ask_bar(ask, i);
	}
	timer_init(&ask->timer, ask_expire, ask);
	task_init(&ask->fail, ask_fail_posted, ask);
	if (group->credit < GROUP_CREDIT_MAX)
		group->credit++;
	if (ask_attempt(ask))
		ask_for_news(ask);
	else
		loop_post(loop, &ask->fail);
	return ask;
}

void ask_cancel(struct ask *ask)
{
	ask_end(ask);
}
