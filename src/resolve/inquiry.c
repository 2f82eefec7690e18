/* SPDX-License-Identifier: MIT */
#include "resolve/inquiry.h"

#include <stdlib.h>

#include "wire/reader.h"
#include "wire/type.h"

/* Octets that the making of one answer may take besides the responses: RRsets grouped, signatures
 * read, the way down from the anchor. */
#define ARENA_MAX (2 * 1024 * 1024)

/* Second opinions in one second. */
#define OPINIONS_MAX 16

/* Octets for what is found out about zones meanwhile: of one question. */
#define OPINION_KEYCACHE_OCTETS (128 * 1024)

/*  fetch the response ──► validate it ──► done
 *     │  ▲                     └── bogus: once more, from another upstream
 *     │  └─────────────────────────┘
 *     └── it is a failure, or need not be validated ──► done */

static void finish(struct inquiry *inquiry, int err)
{
	inquiry->err = err;
	inquiry->done(inquiry->owner);
}

static void judged(void *owner);

/* The question first, then what is foreseen, so that it is the last to wait. */
MUST_USE static int ask(struct inquiry *inquiry, const struct validation_plan *plan)
{
	const struct question question = cache_key_question(&inquiry->key);
	struct fetch_plan fetch = {
		.group = plan->group,
		.avoid = plan->avoid,
		.signatures = inquiry->signatures,
		.deadline_ms = plan->deadline_ms,
	};

	if (inquiry->validates) {
		validation_init(&inquiry->validation, inquiry->fetches, plan, &inquiry->arena);
		inquiry->validation.done = judged;
		inquiry->validation.owner = inquiry;
	}
	cache_key_init(&fetch.key, cache_hash_key(inquiry->fetches->cache), &question,
		inquiry->key.checking_disabled || inquiry->validates);
	int err = fetch_begin(inquiry->fetches, &fetch, &inquiry->response);
	if (err == 0 && inquiry->validates)
		validation_foresee(&inquiry->validation, &question);
	return err;
}

static void refuse(struct inquiry *inquiry, const struct validator_result *result)
{
	char text[REASON_TEXT_LEN];

	free(inquiry->refusal.why);
	inquiry->refusal = (struct refusal){
		.given = true,
		.final = result->verdict == VERDICT_BOGUS,
		.ede = reason_ede(result->reason.code),
		.ttl_s = result->ttl_s,
		.why = strdup(reason_print(&result->reason, text)),
	};
}

static bool opinions_spend(struct opinions *opinions, uint32_t now_s)
{
	if (opinions->second != now_s)
		*opinions = (struct opinions){
			.second = now_s, .doubted = opinions->doubted, .owner = opinions->owner
		};
	return opinions->sought++ < OPINIONS_MAX;
}

/* Who was asked for what does not hold, to prove the answer. NULL: it is the answer that does not,
 * or it was found out before. */
static struct endpoint *source_of(const struct inquiry *inquiry, const struct reason *reason)
{
	const struct fetch_result *source =
		validation_source(&inquiry->validation, reason->name, reason->type);
	return source ? source->endpoint : NULL;
}

static struct endpoint *teller_of(const struct inquiry *inquiry, const struct reason *reason)
{
	struct endpoint *source = source_of(inquiry, reason);
	return source ? source : fetch_result(&inquiry->response)->endpoint;
}

/* A DS or keys that the root's servers or a top-level domain's give: in whether their signatures
 * hold nobody has a hand who owns no more than a name below. 0: it is another's data. */
static uint64_t domain_of(const struct inquiry *inquiry, const struct reason *reason)
{
	const unsigned labels = reason->name.octets ? name_label_count(reason->name) : 0;
	const bool own = (reason->type == TYPE_DNSKEY && labels <= 1) ||
			 (reason->type == TYPE_DS && labels >= 1 && labels <= 2);

	if (!own || reason_is_spent(reason->code) || !source_of(inquiry, reason))
		return 0;
	return 1 | name_hash(cache_hash_key(inquiry->fetches->cache),
			   name_last_labels(reason->name, labels > 0));
}

/* Can what another upstream says make a difference? Not where the way itself is too long. */
static bool is_doubtful(const struct inquiry *inquiry, const struct validator_result *result)
{
	const struct endpoint *teller = teller_of(inquiry, &result->reason);

	return result->verdict == VERDICT_BOGUS && !inquiry->first &&
	       (!reason_is_spent(result->reason.code) ||
		       budget_failed_out(&inquiry->validation.budget)) &&
	       teller && group_has_other(inquiry->validation.plan.group, teller) &&
	       opinions_spend(inquiry->opinions, loop_now_s(inquiry->fetches->loop));
}

/* All anew, without the upstream whose data do not hold and without what was learnt of zones.
 * False: out of memory, and the first verdict stands. */
static bool seek_opinion(struct inquiry *inquiry, const struct reason *reason)
{
	struct validation_plan plan = inquiry->validation.plan;

	inquiry->keycache =
		keycache_new(OPINION_KEYCACHE_OCTETS, *cache_hash_key(inquiry->fetches->cache));
	if (!inquiry->keycache)
		return false;
	inquiry->first = endpoint_hold(teller_of(inquiry, reason));
	inquiry->domain = domain_of(inquiry, reason);
	inquiry->first_keycache = keycache_hold(plan.keycache);
	plan.keycache = inquiry->keycache;
	plan.avoid = inquiry->first;
	anchors_hold(plan.anchors);
	group_hold(plan.group);
	validation_end(&inquiry->validation);
	fetch_leave(&inquiry->response);
	arena_done(&inquiry->arena);
	int err = ask(inquiry, &plan);
	anchors_free(plan.anchors);
	group_release(plan.group);
	if (err)
		finish(inquiry, err);
	return true;
}

static void forget_bogus_above(struct inquiry *inquiry, struct name name)
{
	for (;; name = name_parent(name)) {
		if (keycache_state(inquiry->first_keycache, name,
			    inquiry->validation.context.now_s) == ZONE_BOGUS)
			keycache_forget(inquiry->first_keycache, name);
		if (name_is_root(name))
			break;
	}
}

/* The second opinion holds: what the first upstream made us believe of zones is not kept, neither
 * where the second one says otherwise nor where the way down ended sooner with it. */
static void accept_second(struct inquiry *inquiry, enum verdict verdict)
{
	const struct message *message = fetch_result(&inquiry->response)->message;
	unsigned aliases = 0;

	forget_bogus_above(inquiry, message->head.question.name);
	for (size_t i = 0; i < message->count && aliases < BUDGET_HOPS; i++) {
		const struct record *record = &message->records[i];
		struct reader r = reader_over(record->rdata);
		if (record->type != TYPE_CNAME || record->section != SECTION_ANSWER)
			continue;
		const struct name target = name_read_plain(&r);
		if (reader_finished(&r))
			forget_bogus_above(inquiry, target);
		aliases++;
	}
	keycache_adopt(
		inquiry->first_keycache, inquiry->keycache, inquiry->validation.context.now_s);
	fitness_doubt(inquiry->fitness, inquiry->first);
	if (verdict == VERDICT_SECURE && inquiry->domain != 0)
		fitness_overruled(inquiry->fitness, inquiry->first, inquiry->domain);
	if (inquiry->opinions->doubted && inquiry->refusal.why)
		inquiry->opinions->doubted(
			inquiry->opinions->owner, inquiry->first, inquiry->refusal.why);
	inquiry->refusal.given = false;
}

static void judged(void *owner)
{
	struct inquiry *inquiry = owner;
	const struct validator_result *result = validation_result(&inquiry->validation);

	if (!result) {
		finish(inquiry, ERR_NOMEM);
		return;
	}
	if (result->verdict == VERDICT_BOGUS ||
		(result->verdict == VERDICT_INDETERMINATE && !inquiry->refusal.given)) {
		refuse(inquiry, result);
		if (is_doubtful(inquiry, result) && seek_opinion(inquiry, &result->reason))
			return;
	} else if (inquiry->first && result->verdict != VERDICT_INDETERMINATE) {
		accept_second(inquiry, result->verdict);
	}
	finish(inquiry, 0);
}

static void validate(struct inquiry *inquiry, const struct fetch_result *response)
{
	if (inquiry->signatures && response->endpoint)
		fitness_heard(inquiry->fitness, inquiry->validation.plan.group, response->endpoint,
			cache_key_question(&inquiry->key).name);
	if (validation_run(&inquiry->validation, response->message))
		judged(inquiry);
}

static void come(void *owner)
{
	struct inquiry *inquiry = owner;
	const struct fetch_result *response = fetch_result(&inquiry->response);

	if (response->err == ERR_NOMEM)
		finish(inquiry, ERR_NOMEM);
	else if (!inquiry->validates || !fetch_is_answer(response))
		finish(inquiry, 0);
	else
		validate(inquiry, response);
}

/* Is there anybody who must have signed it? */
static bool needs_signatures(const struct inquiry_plan *plan, struct loop *loop)
{
	const struct anchors *anchors = plan->validation.anchors;
	const struct name name = cache_key_question(&plan->key).name;

	return anchors_closest(anchors, name) &&
	       !anchors_negative(anchors, name, loop_wall_s(loop), NULL);
}

int inquiry_begin(struct inquiry *inquiry, const struct inquiry_plan *plan)
{
	inquiry->key = plan->key;
	inquiry->response = (struct fetch_waiter){ .come = come, .owner = inquiry };
	list_init(&inquiry->response.link);
	task_init(&inquiry->there, come, inquiry);
	arena_init(&inquiry->arena, ARENA_MAX);
	inquiry->validates = plan->validation.anchors && !plan->key.checking_disabled;
	inquiry->signatures = inquiry->validates && needs_signatures(plan, inquiry->fetches->loop);
	int err = ask(inquiry, &plan->validation);
	if (err == 0 && fetch_result(&inquiry->response))
		loop_post(inquiry->fetches->loop, &inquiry->there);
	return err;
}

const struct fetch_result *inquiry_response(const struct inquiry *inquiry)
{
	return fetch_result(&inquiry->response);
}

const struct validator_result *inquiry_verdict(const struct inquiry *inquiry)
{
	return inquiry->validates ? validation_result(&inquiry->validation) : NULL;
}

void inquiry_end(struct inquiry *inquiry)
{
	if (inquiry->validates)
		validation_end(&inquiry->validation);
	task_cancel(&inquiry->there);
	fetch_leave(&inquiry->response);
	arena_done(&inquiry->arena);
	endpoint_release(inquiry->first);
	keycache_free(inquiry->keycache);
	keycache_free(inquiry->first_keycache);
	free(inquiry->refusal.why);
}
