/* SPDX-License-Identifier: MIT */
#include "resolve/flight.h"

#include <stdlib.h>

#include "resolve/scrub.h"

/* Octets that one response may take in memory, parsed, grouped and scrubbed: some 5,400 records
 * fit in 64 KiB, and each costs a record, a place in its RRset and its owner. */
#define FLIGHT_ARENA_MAX (2 * 1024 * 1024)

struct flight {
	struct map_node node;
	struct flights *flights;
	struct cache_key key;
	struct name_space name_octets;
	struct question question;
	struct list passengers;
	struct arena arena;
	struct ask *ask;
	struct ttl_options ttl;
	unsigned earlier_failures;
};

void flights_init(struct flights *flights, struct loop *loop, struct cache *cache)
{
	*flights = (struct flights){ .loop = loop, .cache = cache };
	map_init(&flights->by_key);
}

static void flight_free(struct flight *flight)
{
	map_remove(&flight->flights->by_key, &flight->node);
	arena_done(&flight->arena);
	free(flight);
}

void flights_done(struct flights *flights)
{
	for (size_t i = 0; i < flights->by_key.bucket_count; i++) {
		struct map_node *node;
		while ((node = flights->by_key.buckets[i])) {
			struct flight *flight = CONTAINER_OF(node, struct flight, node);
			ask_cancel(flight->ask);
			flight_free(flight);
		}
	}
	map_done(&flights->by_key);
}

size_t flights_count(const struct flights *flights)
{
	return flights->by_key.count;
}

/* The upstreams said something, but nothing of use. */
static int entry_of_failure(
	const struct flight *flight, const struct ask_result *result, struct entry **out)
{
	struct entry_source source = {
		.question = flight->question,
		.checking_disabled = flight->key.checking_disabled,
		.rcode = RCODE_SERVFAIL,
		.now_s = loop_now_s(flight->flights->loop),
		.ede = { .present = true,
			.code = EDE_NETWORK_ERROR,
			.text = "no upstream could be reached" },
		.failure_count = 1,
	};
	if (result->err == ERR_CANCELLED) {
		source.ede.code = EDE_NOT_READY;
		source.ede.text = "the resolver is stopping";
	} else if (result->err == ERR_TIMEOUT) {
		source.ede.code = EDE_NO_REACHABLE_AUTHORITY;
		source.ede.text = "no upstream answered in time";
	} else if (result->err == ERR_LIMIT) {
		source.ede.code = EDE_OTHER;
		source.ede.text = "too many queries wait for the upstreams already";
	} else if (result->err == ERR_PROTOCOL) {
		source.ede.text = "the upstream's response cannot be used";
	} else if (result->err == 0) {
		struct bytes option;
		source.ede.code = EDE_NO_REACHABLE_AUTHORITY;
		source.ede.text = "an upstream reports a failure, and no other has an answer";
		if (edns_option(&result->message->head.edns, EDNS_OPTION_EDE, &option) &&
			option.len >= 2) {
			source.ede.code = u16_load(option.at);
			source.ede.text = "reported by the upstream";
		}
		/* Only what upstreams say themselves is held against the name for longer: with no
		 * upstream reachable it is most likely our own link, and that comes back. */
		source.failure_count = flight->earlier_failures < UINT8_MAX
					       ? (uint8_t)(flight->earlier_failures + 1)
					       : UINT8_MAX;
	}
	source.ttl_s = ttl_failure_s(source.failure_count);
	return entry_new(&source, out);
}

static int entry_of_message(
	struct flight *flight, const struct message *message, struct entry **out)
{
	struct scrubbed scrubbed;
	const struct ttl_options *ttl = &flight->ttl;
	int err = scrub(message, &flight->arena, &scrubbed);
	if (err)
		return err;
	bool positive = scrubbed.positive && message->rcode == RCODE_NOERROR;
	struct entry_source source = {
		.question = flight->question,
		.checking_disabled = flight->key.checking_disabled,
		.rcode = message->rcode,
		.rrsets = scrubbed.rrsets,
		.rrset_count = scrubbed.count,
		.ttl_s = positive ? ttl_positive_s(ttl, scrubbed.rrsets, scrubbed.count)
				  : ttl_negative_s(ttl, scrubbed.rrsets, scrubbed.count),
		.now_s = loop_now_s(flight->flights->loop),
	};
	return entry_new(&source, out);
}

static bool is_answer(const struct ask_result *result)
{
	if (result->err != 0)
		return false;
	const uint16_t rcode = result->message->rcode;
	/* YXDOMAIN: a DNAME makes the name too long (RFC 6672 section 2.2). */
	return rcode == RCODE_NOERROR || rcode == RCODE_NXDOMAIN || rcode == RCODE_YXDOMAIN;
}

static int entry_of_result(
	struct flight *flight, const struct ask_result *result, struct entry **out)
{
	if (!is_answer(result))
		return result->err == ERR_NOMEM ? ERR_NOMEM : entry_of_failure(flight, result, out);
	int err = entry_of_message(flight, result->message, out);
	if (err && err != ERR_NOMEM) {
		struct ask_result unusable = *result;
		unusable.err = ERR_PROTOCOL;
		err = entry_of_failure(flight, &unusable, out);
	}
	return err;
}

/* What a person is told of a failure: of the upstreams', or of what we could make of it. */
static const char *why_of(const struct ask_result *result, const struct entry *entry)
{
	if (!is_answer(result))
		return result->why;
	if (!entry)
		return "out of memory";
	return entry_failure_count(entry) > 0 ? "its response cannot be used" : "";
}

static void land(void *owner, const struct ask_result *result)
{
	struct flight *flight = owner;
	struct entry *entry = NULL;
	struct list *link;
	struct list passengers;
	struct landing landing = {
		.err = entry_of_result(flight, result, &entry),
		.source = result->endpoint ? result->endpoint->name : "",
	};

	landing.entry = entry;
	landing.why = why_of(result, entry);
	if (entry && entry_ttl_left_s(entry, loop_now_s(flight->flights->loop)))
		cache_put(flight->flights->cache, &flight->key, entry);
	/* Off the map first: a passenger that asks the same anew must not board a landed flight. */
	list_init(&passengers);
	list_move_all(&passengers, &flight->passengers);
	map_remove(&flight->flights->by_key, &flight->node);
	while ((link = list_pop_front(&passengers))) {
		struct passenger *passenger = CONTAINER_OF(link, struct passenger, link);
		passenger->landed(passenger->owner, &landing);
	}
	entry_release(entry);
	arena_done(&flight->arena);
	free(flight);
}

void flights_abandon(struct flights *flights)
{
	const struct ask_result abandoned = { .err = ERR_CANCELLED, .why = "stopping" };

	for (size_t i = 0; i < flights->by_key.bucket_count; i++) {
		struct map_node *node;
		while ((node = flights->by_key.buckets[i])) {
			struct flight *flight = CONTAINER_OF(node, struct flight, node);
			ask_cancel(flight->ask);
			land(flight, &abandoned);
		}
	}
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
	flight->question = plan->question;
	/* Folded: how one client spells a name is not told to upstreams, nor to the next client by
	 * way of compressed names in the response. */
	flight->question.name = name_fold(plan->question.name, &flight->name_octets);
	list_init(&flight->passengers);
	arena_init(&flight->arena, FLIGHT_ARENA_MAX);
	if (map_insert(&flights->by_key, &flight->node) != 0) {
		free(flight);
		return ERR_NOMEM;
	}
	struct ask_options options = {
		.question = flight->question,
		.checking_disabled = plan->key->checking_disabled,
		.dnssec_ok = true,
		.deadline_ms = plan->deadline_ms,
	};
	flight->ask = group_ask(plan->group, &options, &flight->arena, land, flight);
	if (!flight->ask) {
		flight_free(flight);
		return ERR_NOMEM;
	}
	list_push_back(&flight->passengers, &passenger->link);
	return 0;
}

void flight_leave(struct passenger *passenger)
{
	list_unlink(&passenger->link);
}
