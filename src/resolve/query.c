/* SPDX-License-Identifier: MIT */
#include "resolve/query.h"

#include <stdlib.h>

#include "dnssec/sentinel.h"
#include "resolve/failure.h"
#include "resolve/resolver_state.h"
#include "resolve/stale.h"

/* A question, and how it is found. */
struct search {
	struct resolver *resolver;
	const struct message_head *head;
	struct decision decision;
	struct cache_key key;
	uint32_t now_s; /* monotonic */
};

struct query {
	struct resolver *resolver;
	const struct message_head *head;
	struct passenger passenger;
	struct timer patience; /* runs if there is an expired answer to be told */
	void (*done)(void *owner, const struct answer *answer);
	void *owner;
	uint64_t started_ms;
};

static uint32_t now_s(const struct resolver *resolver)
{
	return loop_now_s(resolver->setup.loop);
}

static void report(const struct resolver *resolver, const struct message_head *head,
	const struct answer *answer, struct query_report done)
{
	if (!resolver->setup.finished)
		return;
	done.question = &head->question;
	done.rcode = answer->entry ? entry_rcode(answer->entry) : answer->rcode;
	resolver->setup.finished(resolver->setup.owner, &done);
}

static const struct answer out_of_resources = {
	.rcode = RCODE_SERVFAIL,
	.ede = { .present = true, .code = EDE_OTHER, .text = "out of resources" },
};

static const struct answer overloaded = {
	.rcode = RCODE_SERVFAIL,
	.ede = { .present = true,
		.code = EDE_OTHER,
		.text = "overloaded: too many questions are waiting for an upstream" },
};

/* An entry of our own making, or the rcode alone where records cannot be had. */
static void answer_local(const struct resolver *resolver, const struct message_head *head,
	const struct decision *decision, struct answer *out)
{
	struct entry *entry = NULL;

	*out = (struct answer){
		.rcode = decision->rcode,
		.authoritative = decision->authoritative,
		.ede = decision->ede,
		.now_s = now_s(resolver),
	};
	if (decision->rrset_count == 0)
		return;
	struct entry_source source = {
		.question = head->question,
		.rcode = decision->rcode,
		.rrsets = decision->rrsets,
		.rrset_count = decision->rrset_count,
		.ttl_s = decision->rrsets[0].ttl_s,
		.now_s = out->now_s,
		.ede = decision->ede,
	};
	if (entry_new(&source, &entry) != 0) {
		*out = out_of_resources;
		return;
	}
	out->entry = entry;
}

static const struct answer not_recursive = {
	.rcode = RCODE_REFUSED,
	.ede = { .present = true,
		.code = EDE_PROHIBITED,
		.text = "recursion is not desired (RD=0), and the cache is not for reading" },
};

/* Octets for one answer made of proofs. */
#define SYNTHESIS_ARENA_MAX (64 * 1024)

/* Is the zone one that may prove it? None is above the name's closest anchor. */
static bool may_deny(
	const struct anchors *anchors, const struct question *question, struct name zone)
{
	struct name name = question->name;

	if (question->type == TYPE_DS && !name_is_root(name)) /* it is the parent's */
		name = name_parent(name);
	const struct anchor *anchor = anchors_closest(anchors, name);
	return anchor && zone.len >= anchor->name.len;
}

/* What is proven not to exist needs no asking: an entry made of the proof. NULL: it must be asked
 * for.                                                               RFC 8198 */
static struct entry *synthesize(const struct search *search)
{
	struct resolver *resolver = search->resolver;
	const struct question *question = &search->head->question;
	const struct anchors *anchors = resolver->routing.anchors;
	struct denial_answer denial;
	struct entry *entry = NULL;
	struct budget budget;
	struct arena arena;

	if (!anchors || search->head->header.cd || search->decision.verb == POLICY_ROUTE ||
		denial_cache_count(resolver->denials) == 0 ||
		anchors_negative(
			anchors, question->name, loop_wall_s(resolver->setup.loop), NULL) ||
		sentinel_fails(anchors, question))
		return NULL;
	budget_init(&budget);
	arena_init(&arena, SYNTHESIS_ARENA_MAX);
	const struct denial_request request = {
		.question = question,
		.crypto = resolver->setup.crypto,
		.budget = &budget,
		.arena = &arena,
		.now_s = search->now_s,
	};
	if (denial_cache_answer(resolver->denials, &request, &denial) &&
		may_deny(anchors, question, denial.zone)) {
		const struct entry_source source = {
			.question = *question,
			.rcode = denial.rcode,
			.rrsets = denial.rrsets,
			.rrset_count = denial.count,
			.ttl_s = denial.ttl_s,
			.now_s = search->now_s,
			.secure = true,
			.ede = { .present = true,
				.code = EDE_SYNTHESIZED,
				.text = "a proof in the cache denies it" },
		};
		if (entry_new(&source, &entry) == 0)
			cache_put(resolver->setup.cache, &search->key, entry);
	}
	arena_done(&arena);
	return entry;
}

static void search_begin(
	struct search *search, struct resolver *resolver, const struct message_head *head)
{
	search->resolver = resolver;
	search->head = head;
	search->now_s = now_s(resolver);
	cache_key_init(&search->key, cache_hash_key(resolver->setup.cache), &head->question,
		head->header.cd);
}

static struct group *group_of(const struct search *search)
{
	const struct routing *routing = &search->resolver->routing;

	return search->decision.verb == POLICY_ROUTE ? routing->route_groups[search->decision.route]
						     : routing->default_group;
}

/* A flight for that question; passenger NULL: for the cache alone. */
static int launch(const struct search *search, struct passenger *passenger)
{
	struct resolver *resolver = search->resolver;
	const struct resolver_setup *setup = &resolver->setup;
	struct group *group = group_of(search);
	const struct flight_plan plan = {
		.inquiry = {
			.key = search->key,
			.validation = {
				.crypto = setup->crypto,
				.anchors = resolver->routing.anchors,
				.keycache = resolver->keycache,
				.group = group,
				.turns = &resolver->flights.turns,
				.deadline_ms = loop_now_ms(setup->loop) +
					       resolve_asking_ms(&setup->options),
			},
		},
		.ttl = setup->options.ttl,
		.earlier_failures = failures_before(setup->cache, &search->key, search->now_s),
		.denials = group == resolver->routing.default_group ? resolver->denials : NULL,
		.serve_stale_s = setup->options.serve_stale_s,
	};

	return flight_start(&resolver->flights, &plan, passenger);
}

/* May it be asked anew for the cache's sake? Half of the places are for those who wait. */
static bool may_refresh(const struct search *search)
{
	const struct flights *flights = &search->resolver->flights;

	return flights_count(flights) < (search->resolver->setup.options.in_flight_max + 1) / 2 &&
	       !flight_is_under_way(flights, &search->key);
}

/* What is made of a proof lasts as long as the proof. */
static bool is_synthesized(const struct entry *entry)
{
	const struct ede ede = entry_ede(entry);
	return ede.present && ede.code == EDE_SYNTHESIZED;
}

/* Somebody uses entry, and it expires soon. */
static void prefetch(const struct search *search, struct entry *entry)
{
	const struct resolver_setup *setup = &search->resolver->setup;

	if (setup->options.prefetch && !is_synthesized(entry) && may_refresh(search) &&
		entry_claim_refresh(entry) && launch(search, NULL) == 0)
		count_add(&setup->counts->prefetches, 1);
}

/* Why an expired answer is told without waiting for a fresh one; NULL: it is not. failure is what
 * is remembered of the last attempt, NULL for none. */
static const char *why_at_once(const struct search *search, const struct entry *failure)
{
	if (failure)
		return entry_failure_final(failure) ? NULL : "asking anew failed a moment ago";
	if (!group_is_down(group_of(search)))
		return NULL;
	/* Whether they still are is found out meanwhile. */
	if (may_refresh(search))
		(void)launch(search, NULL);
	return "no upstream can be reached";
}

/* What is told where the cache has nothing fresh, of what is known otherwise: out->entry stays NULL
 * if it must be asked for. expired is held by the caller; NULL: there is none. */
static void answer_without_fresh(
	const struct search *search, struct entry *expired, struct answer *out)
{
	const struct resolver_setup *setup = &search->resolver->setup;

	out->entry = synthesize(search);
	if (out->entry)
		return;
	out->entry = failure_find(setup->cache, &search->key, search->now_s);
	if (!expired || !stale_usable(expired, setup->options.serve_stale_s, search->now_s))
		return;
	out->stale = why_at_once(search, out->entry);
	if (!out->stale)
		return;
	entry_release(out->entry);
	out->entry = entry_hold(expired);
	count_add(&setup->counts->stale, 1);
}

bool resolver_answer_now(
	struct resolver *resolver, const struct message_head *head, struct answer *out)
{
	struct search search;

	policy_decide(resolver->routing.policy, &head->question, &search.decision);
	if (search.decision.verb == POLICY_ANSWER) {
		answer_local(resolver, head, &search.decision, out);
		report(resolver, head, out, (struct query_report){ .source = "local", .why = "" });
		return true;
	}
	if (!head->header.rd) {
		*out = not_recursive;
		report(resolver, head, out,
			(struct query_report){ .source = "local", .why = not_recursive.ede.text });
		return true;
	}
	search_begin(&search, resolver, head);
	struct entry *entry = cache_get(resolver->setup.cache, &search.key);
	const enum freshness freshness =
		entry ? entry_freshness(entry, search.now_s) : FRESHNESS_EXPIRED;
	*out = (struct answer){ .entry = entry, .from_cache = true, .now_s = search.now_s };
	if (freshness == FRESHNESS_EXPIRED) {
		answer_without_fresh(&search, entry, out);
		entry_release(entry);
	} else if (freshness == FRESHNESS_LATE) {
		prefetch(&search, entry);
	}
	if (!out->entry)
		return false;
	count_add(&resolver->setup.counts->hits, 1);
	report(resolver, head, out,
		(struct query_report){ .source = "cache", .why = out->stale ? out->stale : "" });
	return true;
}

/* It is told, and over. The answer's entry is the caller's. */
static void finish(struct query *query, const struct answer *answer, struct query_report how)
{
	struct loop *loop = query->resolver->setup.loop;

	how.took_ms = (uint32_t)(loop_now_ms(loop) - query->started_ms);
	report(query->resolver, query->head, answer, how);
	loop_stop_timer(loop, &query->patience);
	flight_leave(&query->passenger);
	query->done(query->owner, answer);
	free(query);
}

/* What the cache has, fresh or expired, in place of what was asked for; why is for the expired. Its
 * entry is then the caller's. False: it has nothing that may be told. */
static bool recall(struct resolver *resolver, const struct message_head *head, const char *why,
	struct answer *out)
{
	const struct resolver_setup *setup = &resolver->setup;
	struct search search;

	search_begin(&search, resolver, head);
	struct entry *entry =
		stale_find(setup->cache, &search.key, setup->options.serve_stale_s, search.now_s);
	if (!entry)
		return false;
	*out = (struct answer){ .entry = entry, .from_cache = true, .now_s = search.now_s };
	if (entry_freshness(entry, search.now_s) == FRESHNESS_EXPIRED) {
		out->stale = why;
		count_add(&setup->counts->stale, 1);
	}
	return true;
}

/* False: the cache has nothing that may be told. */
static bool finish_from_cache(struct query *query, const char *why)
{
	struct answer answer;

	if (!recall(query->resolver, query->head, why, &answer))
		return false;
	finish(query, &answer,
		(struct query_report){ .source = "cache", .why = answer.stale ? why : "" });
	answer_done(&answer);
	return true;
}

void resolver_answer_shed(
	struct resolver *resolver, const struct message_head *head, struct answer *out)
{
	static const char why[] = "too much is under way to ask anew";

	count_add(&resolver->setup.counts->shed, 1);
	if (!recall(resolver, head, why, out))
		*out = overloaded;
	report(resolver, head, out,
		(struct query_report){ .source = out->entry ? "cache" : "local",
			.why = !out->entry  ? overloaded.ede.text
			       : out->stale ? why
					    : "" });
}

static void waited_long(void *owner)
{
	/* If it was evicted meanwhile there is nothing but to go on waiting. */
	(void)finish_from_cache(owner, "no upstream answered within 1.8 s");
}

static void landed(void *owner, const struct landing *landing)
{
	struct query *query = owner;
	struct resolver *resolver = query->resolver;
	const struct entry *entry = landing->entry;
	const bool failed = !entry || entry_failure_count(entry) > 0;
	struct answer answer = out_of_resources;

	if (failed && !(entry && entry_failure_final(entry)) &&
		finish_from_cache(query, "asking anew failed"))
		return;
	if (failed)
		count_add(&resolver->setup.counts->failures, 1);
	answer.entry = landing->entry;
	answer.now_s = now_s(resolver);
	finish(query, &answer,
		(struct query_report){ .source = landing->source, .why = landing->why });
}

static int board(struct query *query)
{
	struct resolver *resolver = query->resolver;
	const struct resolver_setup *setup = &resolver->setup;
	struct search search;

	search_begin(&search, resolver, query->head);
	if (flight_board(&resolver->flights, &search.key, &query->passenger)) {
		count_add(&setup->counts->coalesced, 1);
	} else if (flights_count(&resolver->flights) >= setup->options.in_flight_max) {
		return ERR_LIMIT;
	} else {
		policy_decide(resolver->routing.policy, &query->head->question, &search.decision);
		int err = launch(&search, &query->passenger);
		if (err)
			return err;
	}
	struct entry *expired =
		stale_find(setup->cache, &search.key, setup->options.serve_stale_s, search.now_s);
	if (expired)
		loop_start_timer(setup->loop, &query->patience, STALE_AFTER_MS);
	entry_release(expired);
	return 0;
}

struct query *query_start(struct resolver *resolver, const struct message_head *head,
	void (*done)(void *owner, const struct answer *answer), void *owner)
{
	struct query *query = calloc(1, sizeof(*query));
	if (!query)
		return NULL;
	query->resolver = resolver;
	query->head = head;
	query->passenger.landed = landed;
	query->passenger.owner = query;
	list_init(&query->passenger.link);
	timer_init(&query->patience, waited_long, query);
	query->done = done;
	query->owner = owner;
	query->started_ms = loop_now_ms(resolver->setup.loop);
	if (board(query) != 0) {
		free(query);
		return NULL;
	}
	count_add(&resolver->setup.counts->misses, 1);
	return query;
}

void query_cancel(struct query *query)
{
	if (!query)
		return;
	loop_stop_timer(query->resolver->setup.loop, &query->patience);
	flight_leave(&query->passenger);
	free(query);
}
