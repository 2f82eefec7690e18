/* SPDX-License-Identifier: MIT */
#include "upstream/ask.h"

#include <stdlib.h>

#include "upstream/pool.h"
#include "upstream/upstreams.h"

/* Upstreams asked at the same time at most; then the one asked first is given up for the next. */
#define ASK_ATTEMPTS_MAX 4

/* Times that one upstream is asked the same: the second time because its connection broke. */
#define ASK_TIMES_MAX 2

#define NO_MEMBER SIZE_MAX

/* Octets kept of an Extended DNS Error: option code, length, INFO-CODE and a sentence (RFC 8914
 * section 2). */
#define EDE_TEXT_KEPT	160
#define EDE_OPTION_KEPT (6 + EDE_TEXT_KEPT)

struct attempt {
	struct exchange exchange;
	struct ask *ask;
	size_t member; /* of the group */
	uint64_t began_ms;
};

/* A response with an rcode that another upstream may not have: of it just the rcode and the first
 * octets of its Extended DNS Error, as a whole one would take the memory that an answer needs. */
struct remembered {
	const struct pool *of; /* NULL: none */
	uint16_t rcode;
	uint8_t options[EDE_OPTION_KEPT];
	size_t options_len;
};

struct ask {
	struct group *group; /* held */
	struct upstream_query query;
	struct arena *arena;
	uint64_t deadline_ms;
	void (*done)(void *owner, const struct ask_result *result);
	void *owner;

	struct timer timer; /* the end of patience, or the deadline */
	struct task fail;   /* when nothing could even be sent: not on group_ask()'s stack */

	/* The last failure: what is told when nobody does better. */
	int err;
	const char *why;
	const struct pool *failed;

	struct remembered remembered;

	struct attempt attempts[ASK_ATTEMPTS_MAX];
	uint8_t times[]; /* that each member was asked */
};

static uint64_t ask_now_ms(const struct ask *ask)
{
	return loop_now_ms(ask->group->upstreams->options.loop);
}

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

/* Nobody gave a good answer: the remembered one, or else why not. */
static void ask_fail(struct ask *ask, int err, const char *why)
{
	const struct remembered remembered = ask->remembered;
	struct message message = {
		.head = {
			.header = { .qr = true, .rcode = remembered.rcode & 0xf },
			.question = ask->query.question,
			.edns = {
				.present = remembered.options_len > 0,
				.options = bytes_of(remembered.options, remembered.options_len),
			},
		},
		.rcode = remembered.rcode,
	};
	struct ask_result result = { .err = err, .why = why };

	if (ask->failed)
		result.endpoint = ask->failed->endpoint;
	if (remembered.of) {
		result.err = 0;
		result.message = &message;
		result.endpoint = remembered.of->endpoint;
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

/* Is a member's answer still to be expected, so that asking it again would be in vain? */
static bool ask_awaits(const struct ask *ask, size_t member)
{
	for (size_t i = 0; i < ASK_ATTEMPTS_MAX; i++) {
		const struct exchange *exchange = &ask->attempts[i].exchange;
		if (exchange->pool && ask->attempts[i].member == member &&
			(!exchange->connection || exchange_hopeful(exchange)))
			return true;
	}
	return false;
}

static bool ask_hopeful(const struct ask *ask)
{
	for (size_t i = 0; i < ASK_ATTEMPTS_MAX; i++) {
		if (ask->attempts[i].exchange.pool && exchange_hopeful(&ask->attempts[i].exchange))
			return true;
	}
	return false;
}

static bool ask_under_way(const struct ask *ask)
{
	for (size_t i = 0; i < ASK_ATTEMPTS_MAX; i++) {
		if (ask->attempts[i].exchange.pool)
			return true;
	}
	return false;
}

/* The first member, in order, that was asked so many times and can serve. */
static size_t choose_usable(const struct ask *ask, unsigned times)
{
	for (size_t i = 0; i < ask->group->count; i++) {
		if (ask->times[i] == times && pool_usable(ask->group->pools[i]) &&
			!ask_awaits(ask, i))
			return i;
	}
	return NO_MEMBER;
}

/* All back off: the one that is due soonest, rather than failing. */
static size_t choose_soonest(const struct ask *ask)
{
	size_t best = NO_MEMBER;

	for (size_t i = 0; i < ask->group->count; i++) {
		if (ask->times[i] >= ASK_TIMES_MAX || ask_awaits(ask, i))
			continue;
		if (best == NO_MEMBER || ask->group->pools[i]->health.retry_at_ms <
						 ask->group->pools[best]->health.retry_at_ms)
			best = i;
	}
	return best;
}

static size_t ask_choose(const struct ask *ask)
{
	size_t member = NO_MEMBER;

	switch (ask->group->strategy) {
	case STRATEGY_ORDERED:
		for (unsigned times = 0; times < ASK_TIMES_MAX && member == NO_MEMBER; times++)
			member = choose_usable(ask, times);
		break;
	}
	if (member == NO_MEMBER && !ask_hopeful(ask))
		member = choose_soonest(ask);
	return member;
}

/* A free place, or that of the attempt that has waited longest. */
static struct attempt *ask_place(struct ask *ask)
{
	struct attempt *oldest = &ask->attempts[0];

	for (size_t i = 0; i < ASK_ATTEMPTS_MAX; i++) {
		if (!ask->attempts[i].exchange.pool)
			return &ask->attempts[i];
		if (ask->attempts[i].began_ms < oldest->began_ms)
			oldest = &ask->attempts[i];
	}
	pool_cancel(&oldest->exchange);
	return oldest;
}

static void ask_answered(
	void *owner, struct exchange *exchange, const struct exchange_result *result);

static int ask_send(struct ask *ask, size_t member, uint64_t *patience_ms)
{
	struct attempt *attempt = ask_place(ask);

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
	int err = pool_send(ask->group->pools[member], &attempt->exchange);
	if (err == 0)
		*patience_ms = exchange_patience_ms(&attempt->exchange);
	return err;
}

/* The timer fires when the member asked last has had its time, and at the deadline. */
static void ask_wait(struct ask *ask, uint64_t patience_ms)
{
	const uint64_t now_ms = ask_now_ms(ask);
	uint64_t left_ms = ask->deadline_ms > now_ms ? ask->deadline_ms - now_ms : 0;

	loop_start_timer(ask->group->upstreams->options.loop, &ask->timer,
		patience_ms < left_ms ? patience_ms : left_ms);
}

/* Asks the next upstream. One that is down and due is asked too, but nobody waits for it: the
 * next one is asked in the same breath. False: there was none. */
static bool ask_attempt(struct ask *ask)
{
	struct rand *rand = ask->group->upstreams->options.rand;
	bool started = false;

	for (;;) {
		size_t member = started ? choose_usable(ask, 0) : ask_choose(ask);
		if (member == NO_MEMBER)
			return started;
		struct pool *pool = ask->group->pools[member];
		bool trial = pool->health.state == HEALTH_DOWN;
		if (trial && pool_usable(pool))
			health_tried(&pool->health, ask_now_ms(ask), rand);
		uint64_t patience_ms;
		int err = ask_send(ask, member, &patience_ms);
		if (err != 0) {
			ask_note(ask, pool, err, err_text(err));
			continue;
		}
		started = true;
		ask_wait(ask, patience_ms);
		if (!trial)
			return true;
	}
}

/* An attempt came to nothing: another one, unless an answer is to be expected anyway. */
static void ask_go_on(struct ask *ask)
{
	if (ask_hopeful(ask) || ask_attempt(ask) || ask_under_way(ask))
		return;
	ask_fail(ask, ask->err, ask->why);
}

/* Keeps the first response of an rcode that is no answer, should nobody have a better one. */
static void ask_remember(
	struct ask *ask, const struct attempt *attempt, const struct message *message)
{
	struct remembered *remembered = &ask->remembered;
	struct bytes ede;

	ask->times[attempt->member] = ASK_TIMES_MAX;
	if (remembered->of)
		return;
	remembered->of = ask->group->pools[attempt->member];
	remembered->rcode = message->rcode;
	if (edns_option(&message->head.edns, EDNS_OPTION_EDE, &ede) && ede.len >= 2) {
		struct writer w = writer_into(remembered->options, EDE_OPTION_KEPT);
		const size_t len = ede.len < 2 + EDE_TEXT_KEPT ? ede.len : 2 + EDE_TEXT_KEPT;
		edns_add_option(&w, EDNS_OPTION_EDE, bytes_of(ede.at, len));
		remembered->options_len = w.len;
	}
}

static void ask_answered(
	void *owner, struct exchange *exchange, const struct exchange_result *result)
{
	struct attempt *attempt = owner;
	struct ask *ask = attempt->ask;
	const struct pool *pool = ask->group->pools[attempt->member];

	if (result->err != 0) {
		ask_note(ask, pool, result->err, result->why);
		/* The pool has asked it twice already, or it would say the same again. */
		if (exchange->resent || result->err == ERR_FORMAT)
			ask->times[attempt->member] = ASK_TIMES_MAX;
	} else if (rcode_is_answer(result->message->rcode)) {
		const struct ask_result answer = {
			.message = result->message,
			.endpoint = pool->endpoint,
			.why = "",
		};
		ask_finish(ask, &answer);
		return;
	} else {
		ask_remember(ask, attempt, result->message);
		/* The next upstream's answer may need the room. */
		arena_rewind(ask->arena, exchange->before);
	}
	ask_go_on(ask);
}

static void ask_expire(void *owner)
{
	struct ask *ask = owner;

	if (ask_now_ms(ask) >= ask->deadline_ms) {
		if (!ask->failed) {
			for (size_t i = 0; i < ASK_ATTEMPTS_MAX; i++) {
				if (ask->attempts[i].exchange.pool)
					ask->failed = ask->attempts[i].exchange.pool;
			}
		}
		ask_fail(ask, ERR_TIMEOUT, ask->why);
		return;
	}
	for (size_t i = 0; i < ASK_ATTEMPTS_MAX; i++) {
		if (ask->attempts[i].exchange.pool)
			pool_doubt(&ask->attempts[i].exchange);
	}
	if (!ask_attempt(ask))
		ask_wait(ask, HEALTH_PATIENCE_FIRST_MS);
}

static void ask_fail_posted(void *owner)
{
	struct ask *ask = owner;
	ask_fail(ask, ask->err, ask->why);
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
	ask->deadline_ms = options->deadline_ms;
	ask->done = done;
	ask->owner = owner;
	ask->err = ERR_UNREACHABLE;
	ask->why = group->count > 0 ? "no upstream answered in the time that a query has"
				    : "there is no upstream to ask";
	for (size_t i = 0; i < group->count; i++) {
		if (options->avoid && endpoint_equal(group->pools[i]->endpoint, options->avoid))
			ask->times[i] = ASK_TIMES_MAX;
	}
	timer_init(&ask->timer, ask_expire, ask);
	task_init(&ask->fail, ask_fail_posted, ask);
	if (!ask_attempt(ask))
		loop_post(loop, &ask->fail);
	return ask;
}

void ask_cancel(struct ask *ask)
{
	ask_end(ask);
}
