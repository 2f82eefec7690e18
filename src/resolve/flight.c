/* SPDX-License-Identifier: MIT */
#include "resolve/flight.h"

#include <stdlib.h>

#include "resolve/failure.h"
#include "resolve/scrub.h"

/* Octets that the making of one answer may take besides the responses: RRsets grouped, signatures
 * read, the way down from the anchor. */
#define FLIGHT_ARENA_MAX (2 * 1024 * 1024)

/*  fetch the response ──► validate it ──► land
 *           └── it is a failure, or validates nothing ──► land */
struct flight {
	struct map_node node;
	struct flights *flights;
	struct cache_key key;
	struct list passengers;
	struct fetch_waiter response;
	struct task there; /* for a response that was there at once */
	struct arena arena;
	struct ttl_options ttl;
	unsigned earlier_failures;
	bool validates;
	struct validation validation; /* if it validates */
};

void flights_init(struct flights *flights, struct loop *loop, struct cache *cache)
{
	*flights = (struct flights){ .loop = loop, .cache = cache };
	map_init(&flights->by_key);
	fetches_init(&flights->fetches, loop, cache);
}

/* It must be off the map. */
static void flight_free(struct flight *flight)
{
	if (flight->validates)
		validation_end(&flight->validation);
	task_cancel(&flight->there);
	fetch_leave(&flight->response);
	arena_done(&flight->arena);
	free(flight);
}

void flights_done(struct flights *flights)
{
	struct map_node *node;

	while ((node = map_any(&flights->by_key))) {
		map_remove(&flights->by_key, node);
		flight_free(CONTAINER_OF(node, struct flight, node));
	}
	map_done(&flights->by_key);
	fetches_done(&flights->fetches);
}

size_t flights_count(const struct flights *flights)
{
	return flights->by_key.count;
}

static uint32_t now_s(const struct flight *flight)
{
	return loop_now_s(flight->flights->loop);
}

MUST_USE static int entry_of_failure(
	const struct flight *flight, const struct fetch_result *result, struct entry **out)
{
	return failure_entry(&flight->key, result, flight->earlier_failures, now_s(flight), out);
}

/* Of a secure answer what no signature vouches for has no place in the authority section: it would
 * go out under AD. The answer section is the path, and that was validated hop by hop. */
static void drop_unvouched(const struct validation *validation, struct scrubbed *scrubbed)
{
	size_t kept = 0;

	for (size_t i = 0; i < scrubbed->count; i++) {
		struct rrset rrset = scrubbed->rrsets[i];
		if (rrset.type == TYPE_RRSIG)
			rrset.type = rrset.covers;
		if (rrset.section != SECTION_AUTHORITY ||
			validator_vouches(validation->validator, &rrset))
			scrubbed->rrsets[kept++] = scrubbed->rrsets[i];
	}
	scrubbed->count = kept;
}

/* result is NULL for a response that is not validated, else its verdict: secure or insecure. */
MUST_USE static int entry_of_message(struct flight *flight, const struct message *message,
	const struct validator_result *result, struct entry **out)
{
	struct scrubbed scrubbed;
	const struct ttl_options *ttl = &flight->ttl;
	char text[REASON_TEXT_LEN];
	int err = scrub(message, &flight->arena, &scrubbed);
	if (err)
		return err;
	const bool secure = result && result->verdict == VERDICT_SECURE;
	const bool positive = scrubbed.positive && message->rcode == RCODE_NOERROR;
	if (secure)
		drop_unvouched(&flight->validation, &scrubbed);
	struct entry_source source = {
		.question = cache_key_question(&flight->key),
		.checking_disabled = flight->key.checking_disabled,
		.rcode = message->rcode,
		.rrsets = scrubbed.rrsets,
		.rrset_count = scrubbed.count,
		.ttl_s = positive ? ttl_positive_s(ttl, scrubbed.rrsets, scrubbed.count)
				  : ttl_negative_s(ttl, scrubbed.rrsets, scrubbed.count),
		.now_s = now_s(flight),
		.secure = secure,
	};
	if (result && result->ttl_s < source.ttl_s)
		source.ttl_s = result->ttl_s;
	/* Unsigned is the ordinary case; worth a word is what is signed in vain. */
	if (result && reason_ede(result->reason.code) != EDE_OTHER)
		source.ede = (struct ede){ .present = true,
			.code = reason_ede(result->reason.code),
			.text = reason_print(&result->reason, text) };
	return entry_new(&source, out);
}

/* Bogus, or what it needs cannot be had. why is the reason in words. */
MUST_USE static int entry_of_refusal(const struct flight *flight,
	const struct validator_result *result, const char *why, struct entry **out)
{
	const struct entry_source source = {
		.question = cache_key_question(&flight->key),
		.rcode = RCODE_SERVFAIL,
		.ttl_s = result->ttl_s > 0 ? result->ttl_s : ttl_failure_s(1),
		.now_s = now_s(flight),
		.ede = { .present = true, .code = reason_ede(result->reason.code), .text = why },
		.failure_count = 1,
	};
	return entry_new(&source, out);
}

static bool refuses(const struct validator_result *result)
{
	return result->verdict == VERDICT_BOGUS || result->verdict == VERDICT_INDETERMINATE;
}

/* Tells all aboard, and is over. entry is NULL if err is set. */
static void land(struct flight *flight, int err, struct entry *entry, const char *why)
{
	struct flights *flights = flight->flights;
	const struct fetch_result *result = fetch_result(&flight->response);
	const struct landing landing = {
		.entry = entry,
		.err = err,
		.source = result && result->endpoint ? result->endpoint->name : "",
		.why = why,
	};
	struct list *link;

	if (entry && entry_ttl_left_s(entry, loop_now_s(flights->loop)) > 0)
		cache_put(flights->cache, &flight->key, entry);
	/* Off the map first: a passenger that asks the same anew must not board a landed flight. */
	map_remove(&flights->by_key, &flight->node);
	while ((link = list_pop_front(&flight->passengers))) {
		struct passenger *passenger = CONTAINER_OF(link, struct passenger, link);
		passenger->landed(passenger->owner, &landing);
	}
	entry_release(entry);
	flight_free(flight);
}

/* No entry can be made of it. */
static void land_unusable(struct flight *flight, int err)
{
	const struct fetch_result unusable = { .err = ERR_PROTOCOL };
	struct entry *entry = NULL;

	if (err != ERR_NOMEM)
		err = entry_of_failure(flight, &unusable, &entry);
	land(flight, err, entry, err ? "out of memory" : "its response cannot be used");
}

static void land_failure(struct flight *flight, const struct fetch_result *result)
{
	struct entry *entry = NULL;
	int err = result->err == ERR_NOMEM ? ERR_NOMEM : entry_of_failure(flight, result, &entry);

	land(flight, err, entry, result->why);
}

static void land_message(struct flight *flight, const struct validator_result *result)
{
	struct entry *entry = NULL;
	int err =
		entry_of_message(flight, fetch_result(&flight->response)->message, result, &entry);

	if (err)
		land_unusable(flight, err);
	else
		land(flight, 0, entry, "");
}

static void judged(void *owner)
{
	struct flight *flight = owner;
	const struct validator_result *result = validation_result(&flight->validation);
	char text[REASON_TEXT_LEN];
	struct entry *entry = NULL;

	if (!result) {
		land_unusable(flight, ERR_NOMEM);
	} else if (refuses(result)) {
		const char *why = reason_print(&result->reason, text);
		int err = entry_of_refusal(flight, result, why, &entry);
		land(flight, err, entry, why);
	} else {
		land_message(flight, result);
	}
}

static void come(void *owner)
{
	struct flight *flight = owner;
	const struct fetch_result *result = fetch_result(&flight->response);

	if (!fetch_is_answer(result))
		land_failure(flight, result);
	else if (!flight->validates)
		land_message(flight, NULL);
	else if (validation_run(&flight->validation, result->message))
		judged(flight);
}

void flights_abandon(struct flights *flights)
{
	const struct fetch_result abandoned = { .err = ERR_CANCELLED, .why = "stopping" };
	struct map_node *node;

	while ((node = map_any(&flights->by_key)))
		land_failure(CONTAINER_OF(node, struct flight, node), &abandoned);
}

bool flight_board(struct flights *flights, const struct cache_key *key, struct passenger *passenger)
{
	for (struct map_node *node = map_first(&flights->by_key, key->hash); node;
		node = map_next(node)) {
		struct flight *flight = CONTAINER_OF(node, struct flight, node);
		if (cache_key_equal(&flight->key, key)) {
			list_push_back(&flight->passengers, &passenger->link);
			return true;
		}
	}
	return false;
}

/* The question first, then what is foreseen, so that it is the last to wait. */
MUST_USE static int flight_fetch(struct flight *flight, const struct flight_plan *plan)
{
	struct fetches *fetches = &flight->flights->fetches;
	const struct question question = cache_key_question(&flight->key);
	struct fetch_plan fetch = {
		.group = plan->validation.group,
		.deadline_ms = plan->validation.deadline_ms,
	};

	cache_key_init(&fetch.key, cache_hash_key(flight->flights->cache), &question,
		flight->key.checking_disabled || flight->validates);
	int err = fetch_begin(fetches, &fetch, &flight->response);
	if (err == 0 && flight->validates)
		validation_foresee(&flight->validation, &question);
	return err;
}

int flight_start(
	struct flights *flights, const struct flight_plan *plan, struct passenger *passenger)
{
	struct flight *flight = calloc(1, sizeof(*flight));
	if (!flight)
		return ERR_NOMEM;
	flight->flights = flights;
	flight->key = *plan->key;
	flight->node.hash = plan->key->hash;
	flight->ttl = plan->ttl;
	flight->earlier_failures = plan->earlier_failures;
	flight->response = (struct fetch_waiter){ .come = come, .owner = flight };
	list_init(&flight->response.link);
	task_init(&flight->there, come, flight);
	list_init(&flight->passengers);
	arena_init(&flight->arena, FLIGHT_ARENA_MAX);
	flight->validates = plan->validation.anchors && !plan->key->checking_disabled;
	if (flight->validates) {
		validation_init(
			&flight->validation, &flights->fetches, &plan->validation, &flight->arena);
		flight->validation.done = judged;
		flight->validation.owner = flight;
	}
	int err = flight_fetch(flight, plan);
	if (err == 0)
		err = map_insert(&flights->by_key, &flight->node);
	if (err) {
		flight_free(flight);
		return err;
	}
	list_push_back(&flight->passengers, &passenger->link);
	if (fetch_result(&flight->response)) /* not on the caller's stack */
		loop_post(flights->loop, &flight->there);
	return 0;
}

void flight_leave(struct passenger *passenger)
{
	list_unlink(&passenger->link);
}
