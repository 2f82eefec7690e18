/* SPDX-License-Identifier: MIT */
#include "resolve/query.h"

#include <stdlib.h>

#include "resolve/failure.h"
#include "resolve/resolver_state.h"

struct query {
	struct resolver *resolver;
	const struct message_head *head;
	struct passenger passenger;
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
static struct entry *synthesize(struct resolver *resolver, const struct message_head *head,
	const struct decision *decision, const struct cache_key *key)
{
	const struct anchors *anchors = resolver->routing.anchors;
	struct denial_answer denial;
	struct entry *entry = NULL;
	struct budget budget;
	struct arena arena;

	if (!anchors || head->header.cd || decision->verb == POLICY_ROUTE ||
		denial_cache_count(resolver->denials) == 0 ||
		anchors_negative(
			anchors, head->question.name, loop_wall_s(resolver->setup.loop), NULL))
		return NULL;
	budget_init(&budget);
	arena_init(&arena, SYNTHESIS_ARENA_MAX);
	const struct denial_request request = {
		.question = &head->question,
		.crypto = resolver->setup.crypto,
		.budget = &budget,
		.arena = &arena,
		.now_s = now_s(resolver),
	};
	if (denial_cache_answer(resolver->denials, &request, &denial) &&
		may_deny(anchors, &head->question, denial.zone)) {
		const struct entry_source source = {
			.question = head->question,
			.rcode = denial.rcode,
			.rrsets = denial.rrsets,
			.rrset_count = denial.count,
			.ttl_s = denial.ttl_s,
			.now_s = request.now_s,
			.secure = true,
			.ede = { .present = true, .code = EDE_SYNTHESIZED },
		};
		if (entry_new(&source, &entry) == 0)
			cache_put(resolver->setup.cache, key, entry);
	}
	arena_done(&arena);
	return entry;
}

bool resolver_answer_now(
	struct resolver *resolver, const struct message_head *head, struct answer *out)
{
	struct decision decision;
	struct cache_key key;

	policy_decide(resolver->routing.policy, &head->question, &decision);
	if (decision.verb == POLICY_ANSWER) {
		answer_local(resolver, head, &decision, out);
		report(resolver, head, out, (struct query_report){ .source = "local", .why = "" });
		return true;
	}
	if (!head->header.rd) {
		*out = not_recursive;
		report(resolver, head, out,
			(struct query_report){ .source = "local", .why = not_recursive.ede.text });
		return true;
	}
	cache_key_init(
		&key, cache_hash_key(resolver->setup.cache), &head->question, head->header.cd);
	struct entry *entry = cache_get(resolver->setup.cache, &key);
	const uint32_t at_s = now_s(resolver);
	if (entry && entry_ttl_left_s(entry, at_s) == 0) {
		entry_release(entry);
		entry = NULL;
	}
	if (!entry)
		entry = synthesize(resolver, head, &decision, &key);
	if (!entry)
		return false;
	count_add(&resolver->setup.counts->hits, 1);
	*out = (struct answer){ .entry = entry, .from_cache = true, .now_s = at_s };
	report(resolver, head, out, (struct query_report){ .source = "cache", .why = "" });
	return true;
}

static void landed(void *owner, const struct landing *landing)
{
	struct query *query = owner;
	struct resolver *resolver = query->resolver;
	struct answer answer = out_of_resources;

	answer.entry = landing->entry;
	answer.now_s = now_s(resolver);

	if (!landing->entry || entry_rcode(landing->entry) == RCODE_SERVFAIL)
		count_add(&resolver->setup.counts->failures, 1);
	report(resolver, query->head, &answer,
		(struct query_report){
			.source = landing->source,
			.why = landing->why,
			.took_ms =
				(uint32_t)(loop_now_ms(resolver->setup.loop) - query->started_ms),
		});
	query->done(query->owner, &answer);
	free(query);
}

/* By whom the question is answered, and by whose keys. */
static struct validation_plan plan_validation(
	const struct resolver *resolver, const struct query *query)
{
	const struct routing *routing = &resolver->routing;
	struct decision decision;

	policy_decide(routing->policy, &query->head->question, &decision);
	return (struct validation_plan){
		.crypto = resolver->setup.crypto,
		.anchors = routing->anchors,
		.keycache = resolver->keycache,
		.group = decision.verb == POLICY_ROUTE ? routing->route_groups[decision.route]
						       : routing->default_group,
		.deadline_ms = query->started_ms + resolver->setup.options.query_time_ms,
	};
}

static int board(struct resolver *resolver, struct query *query)
{
	struct flight_plan plan = { .ttl = resolver->setup.options.ttl };
	struct cache_key *key = &plan.inquiry.key;

	cache_key_init(key, cache_hash_key(resolver->setup.cache), &query->head->question,
		query->head->header.cd);
	if (flight_board(&resolver->flights, key, &query->passenger)) {
		count_add(&resolver->setup.counts->coalesced, 1);
		return 0;
	}
	if (flights_count(&resolver->flights) >= resolver->setup.options.in_flight_max) {
		count_add(&resolver->setup.counts->shed, 1);
		return ERR_LIMIT;
	}
	plan.inquiry.validation = plan_validation(resolver, query);
	if (plan.inquiry.validation.group == resolver->routing.default_group)
		plan.denials = resolver->denials;
	plan.earlier_failures = failures_before(resolver->setup.cache, key, now_s(resolver));
	return flight_start(&resolver->flights, &plan, &query->passenger);
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
	query->done = done;
	query->owner = owner;
	query->started_ms = loop_now_ms(resolver->setup.loop);
	if (board(resolver, query) != 0) {
		report(resolver, head, &out_of_resources,
			(struct query_report){ .source = "local", .why = "too much in flight" });
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
	flight_leave(&query->passenger);
	free(query);
}
