/* SPDX-License-Identifier: MIT */
#include "resolve/flight.h"

#include <stdlib.h>

#include "dnssec/sentinel.h"
#include "resolve/failure.h"
#include "resolve/scrub.h"
#include "resolve/stale.h"

struct flight {
	struct map_node node;
	struct flights *flights;
	struct list passengers;
	struct inquiry inquiry;
	unsigned generation; /* of flights, when it began */
	struct ttl_options ttl;
	unsigned earlier_failures;
	struct denial_cache *denials;
	uint32_t serve_stale_s;
	struct group *group; /* held */
};

void flights_init(struct flights *flights, struct loop *loop, struct cache *cache)
{
	*flights = (struct flights){ .loop = loop, .cache = cache };
	map_init(&flights->by_key);
	fetches_init(&flights->fetches, loop, cache);
	turns_init(&flights->turns, loop);
	fitness_init(&flights->fitness, loop);
}

/* It must be off the map. */
static void flight_free(struct flight *flight)
{
	inquiry_end(&flight->inquiry);
	group_release(flight->group);
	free(flight);
}

void flights_done(struct flights *flights)
{
	struct map_node *node;

	fitness_done(&flights->fitness);
	while ((node = map_any(&flights->by_key))) {
		map_remove(&flights->by_key, node);
		flight_free(CONTAINER_OF(node, struct flight, node));
	}
	map_done(&flights->by_key);
	turns_done(&flights->turns);
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

/* With nothing heard from any upstream for so long it is most likely our own link that fails. */
#define HEARD_MS 1000

/* Is it the name's own trouble, and not ours or the upstreams'? */
static bool is_names_own(const struct flight *flight, int err)
{
	const struct flights *flights = flight->flights;

	return err != ERR_UNREACHABLE && err != ERR_CANCELLED && err != ERR_LIMIT &&
	       loop_now_ms(flights->loop) - flights->fetches.heard_ms < HEARD_MS &&
	       !group_is_down(flight->group);
}

/* Seconds until it is asked again at the earliest, as an older answer can be told meanwhile. 0 when
 * there is none; or in an outage, as with that the older answers have to end. */
static uint32_t recheck_s(const struct flight *flight, int err)
{
	if (!is_names_own(flight, err))
		return 0;
	struct entry *entry = stale_find(
		flight->flights->cache, &flight->inquiry.key, flight->serve_stale_s, now_s(flight));
	entry_release(entry);
	return entry ? STALE_RECHECK_S : 0;
}

MUST_USE static int entry_of_failure(
	const struct flight *flight, const struct fetch_result *result, struct entry **out)
{
	const struct failure failure = {
		.key = &flight->inquiry.key,
		.result = result,
		.earlier = flight->earlier_failures,
		.ttl_min_s = recheck_s(flight, result->err),
	};
	return failure_entry(&failure, now_s(flight), out);
}

/* Did it begin with the upstreams and by the keys that count now? */
static bool is_current(const struct flight *flight)
{
	return flight->generation == flight->flights->generation;
}

/* Of a secure answer what no signature vouches for must not go out under AD. But a CNAME on the
 * path that is not signed was made from a DNAME, and was compared with it. */
static void drop_unvouched(const struct validator *validator, struct scrubbed *scrubbed)
{
	size_t kept = 0;

	for (size_t i = 0; i < scrubbed->count; i++) {
		struct rrset rrset = scrubbed->rrsets[i];
		if (rrset.type == TYPE_RRSIG)
			rrset.type = rrset.covers;
		const bool on_path = rrset.section == SECTION_ANSWER && rrset.type == TYPE_CNAME;
		if (on_path || validator_vouches(validator, &rrset))
			scrubbed->rrsets[kept++] = scrubbed->rrsets[i];
	}
	scrubbed->count = kept;
}

/* What does not exist is told from now on without asking. */
static void remember_denial(const struct flight *flight, const struct scrubbed *scrubbed)
{
	const struct validation *validation = &flight->inquiry.validation;

	if (!flight->denials || !is_current(flight))
		return;
	for (size_t i = 0; i < scrubbed->count; i++) {
		struct rrset *rrset = &scrubbed->rrsets[i];
		if (rrset->section == SECTION_AUTHORITY &&
			rrset->ttl_s > flight->ttl.max_negative_s)
			rrset->ttl_s = flight->ttl.max_negative_s;
	}
	denial_cache_put(flight->denials, scrubbed->rrsets, scrubbed->count,
		validation->context.wall_s, now_s(flight));
}

/* How long it may be used, by its records alone. */
static uint32_t ttl_of(const struct flight *flight, const struct scrubbed *scrubbed, uint16_t rcode)
{
	return scrubbed->positive && rcode == RCODE_NOERROR
		       ? ttl_positive_s(&flight->ttl, scrubbed->rrsets, scrubbed->count)
		       : ttl_negative_s(&flight->ttl, scrubbed->rrsets, scrubbed->count);
}

MUST_USE static int entry_of_message(
	struct flight *flight, const struct message *message, struct entry **out)
{
	const struct validator_result *verdict = inquiry_verdict(&flight->inquiry);
	const bool secure = verdict && verdict->verdict == VERDICT_SECURE;
	struct scrubbed scrubbed;
	char text[REASON_TEXT_LEN];
	int err = scrub(message, &flight->inquiry.arena, &scrubbed);
	if (err)
		return err;
	if (secure)
		drop_unvouched(flight->inquiry.validation.validator, &scrubbed);
	struct entry_source source = {
		.question = cache_key_question(&flight->inquiry.key),
		.checking_disabled = flight->inquiry.key.checking_disabled,
		.rcode = message->rcode,
		.rrsets = scrubbed.rrsets,
		.rrset_count = scrubbed.count,
		.ttl_s = ttl_of(flight, &scrubbed, message->rcode),
		.now_s = now_s(flight),
		.secure = secure,
	};
	if (verdict && verdict->ttl_s < source.ttl_s)
		source.ttl_s = verdict->ttl_s;
	if (secure)
		remember_denial(flight, &scrubbed);
	/* Unsigned is the ordinary case; worth a word is what is signed in vain. */
	if (verdict && reason_ede(verdict->reason.code) != EDE_OTHER)
		source.ede = (struct ede){ .present = true,
			.code = reason_ede(verdict->reason.code),
			.text = reason_print(&verdict->reason, text) };
	return entry_new(&source, out);
}

MUST_USE static int entry_of_refusal(
	const struct flight *flight, const struct refusal *refusal, struct entry **out)
{
	const uint32_t recheck = refusal->final ? 0 : recheck_s(flight, 0);
	const uint32_t ttl_min_s = recheck > 0 ? recheck : ttl_failure_s(1);
	const struct entry_source source = {
		.question = cache_key_question(&flight->inquiry.key),
		.rcode = RCODE_SERVFAIL,
		.ttl_s = refusal->ttl_s > ttl_min_s ? refusal->ttl_s : ttl_min_s,
		.now_s = now_s(flight),
		.ede = { .present = true, .code = refusal->ede, .text = refusal->why },
		.failure_count = 1,
		.failure_final = refusal->final,
	};
	return entry_new(&source, out);
}

/* Tells all aboard, and is over. entry is NULL if err is set. */
static void land(struct flight *flight, int err, struct entry *entry, const char *why)
{
	struct flights *flights = flight->flights;
	const struct fetch_result *response = inquiry_response(&flight->inquiry);
	const struct landing landing = {
		.entry = entry,
		.err = err,
		.source = response && response->endpoint ? response->endpoint->name : "",
		.why = err && !why[0] ? "out of memory" : why,
	};
	struct list *link;

	if (entry && is_current(flight))
		cache_put(flights->cache, &flight->inquiry.key, entry);
	/* Off the map first: a passenger that asks the same anew must not board a landed flight. */
	map_remove(&flights->by_key, &flight->node);
	while ((link = list_pop_front(&flight->passengers))) {
		struct passenger *passenger = CONTAINER_OF(link, struct passenger, link);
		passenger->landed(passenger->owner, &landing);
	}
	entry_release(entry);
	flight_free(flight);
}

static void land_failure(struct flight *flight, const struct fetch_result *result)
{
	struct entry *entry = NULL;
	int err = entry_of_failure(flight, result, &entry);

	land(flight, err, entry, result->why);
}

static void land_refusal(struct flight *flight, const struct refusal *refusal)
{
	struct entry *entry = NULL;
	int err = entry_of_refusal(flight, refusal, &entry);

	land(flight, err, entry, refusal->why ? refusal->why : "bogus");
}

static void land_message(struct flight *flight, const struct message *message)
{
	const struct fetch_result unusable = { .err = ERR_PROTOCOL,
		.why = "its response cannot be used" };
	struct entry *entry = NULL;
	int err = entry_of_message(flight, message, &entry);

	if (err && err != ERR_NOMEM)
		land_failure(flight, &unusable);
	else
		land(flight, err, entry, "");
}

/* A question about the root's keys is answered by whether there is an answer. */
static bool sentinel_speaks(const struct inquiry *inquiry)
{
	const struct validator_result *verdict = inquiry_verdict(inquiry);
	const struct question question = cache_key_question(&inquiry->key);

	return verdict && verdict->verdict == VERDICT_SECURE &&
	       sentinel_fails(inquiry->validation.context.anchors, &question);
}

static const struct refusal sentinel_refusal = {
	.given = true,
	.final = true,
	.ede = EDE_OTHER,
	.ttl_s = 60,
	.why = (char[]){ "what the name says of the root's keys is not true here (RFC 8509)" },
};

static void inquired(void *owner)
{
	struct flight *flight = owner;
	const struct inquiry *inquiry = &flight->inquiry;
	const struct fetch_result *response = inquiry_response(inquiry);

	if (inquiry->err)
		land(flight, inquiry->err, NULL, response ? response->why : "");
	else if (inquiry->refusal.given)
		land_refusal(flight, &inquiry->refusal);
	else if (fetch_is_answer(response) && sentinel_speaks(inquiry))
		land_refusal(flight, &sentinel_refusal);
	else if (fetch_is_answer(response))
		land_message(flight, response->message);
	else
		land_failure(flight, response);
}

void flights_abandon(struct flights *flights)
{
	const struct fetch_result abandoned = { .err = ERR_CANCELLED, .why = "stopping" };
	struct map_node *node;

	while ((node = map_any(&flights->by_key)))
		land_failure(CONTAINER_OF(node, struct flight, node), &abandoned);
}

/* NULL: there is none. */
static struct flight *find(const struct flights *flights, const struct cache_key *key)
{
	for (struct map_node *node = map_first(&flights->by_key, key->hash); node;
		node = map_next(node)) {
		struct flight *flight = CONTAINER_OF(node, struct flight, node);
		if (cache_key_equal(&flight->inquiry.key, key) && is_current(flight))
			return flight;
	}
	return NULL;
}

bool flight_is_under_way(const struct flights *flights, const struct cache_key *key)
{
	return find(flights, key);
}

bool flight_board(struct flights *flights, const struct cache_key *key, struct passenger *passenger)
{
	struct flight *flight = find(flights, key);

	if (flight)
		list_push_back(&flight->passengers, &passenger->link);
	return flight;
}

int flight_start(
	struct flights *flights, const struct flight_plan *plan, struct passenger *passenger)
{
	struct flight *flight = calloc(1, sizeof(*flight));
	if (!flight)
		return ERR_NOMEM;
	flight->flights = flights;
	flight->node.hash = plan->inquiry.key.hash;
	flight->generation = flights->generation;
	flight->ttl = plan->ttl;
	flight->earlier_failures = plan->earlier_failures;
	flight->denials = plan->denials;
	flight->serve_stale_s = plan->serve_stale_s;
	flight->group = group_hold(plan->inquiry.validation.group);
	list_init(&flight->passengers);
	flight->inquiry.fetches = &flights->fetches;
	flight->inquiry.opinions = &flights->opinions;
	flight->inquiry.fitness = &flights->fitness;
	flight->inquiry.done = inquired;
	flight->inquiry.owner = flight;
	int err = inquiry_begin(&flight->inquiry, &plan->inquiry);
	if (err == 0)
		err = map_insert(&flights->by_key, &flight->node);
	if (err) {
		flight_free(flight);
		return err;
	}
	if (passenger)
		list_push_back(&flight->passengers, &passenger->link);
	return 0;
}

void flight_leave(struct passenger *passenger)
{
	list_unlink(&passenger->link);
}
