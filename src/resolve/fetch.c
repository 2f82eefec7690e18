/* SPDX-License-Identifier: MIT */
#include "resolve/fetch.h"

#include <stdlib.h>

#include "resolve/failure.h"

/* Octets that one response may take in memory, parsed, grouped and scrubbed: some 5,400 records
 * fit in 64 KiB, and each costs a record, a place in its RRset and its owner. */
#define FETCH_ARENA_MAX (2 * 1024 * 1024)

/* Octets of the longest Extended DNS Error that an entry keeps, as an option. */
#define EDE_OPTION_MAX (6 + ENTRY_TEXT_MAX)

struct fetch {
	struct map_node node;
	struct fetches *fetches;
	struct cache_key key;
	bool shared; /* by_key has it until it has come */
	struct list waiters;
	struct list told; /* waiters that know that it has come */
	unsigned holders; /* calls under way that need it */
	struct arena arena;
	struct ask *ask; /* NULL: it has come */
	struct message message;
	struct fetch_result result;
};

void fetches_init(struct fetches *fetches, struct loop *loop, struct cache *cache)
{
	*fetches = (struct fetches){ .loop = loop, .cache = cache };
	map_init(&fetches->by_key);
}

void fetches_done(struct fetches *fetches)
{
	map_done(&fetches->by_key);
}

static void unshare(struct fetch *fetch)
{
	if (fetch->shared)
		map_remove(&fetch->fetches->by_key, &fetch->node);
	fetch->shared = false;
}

/* Nobody needs it any more. */
static void fetch_drop(struct fetch *fetch)
{
	if (fetch->holders > 0 || !list_empty(&fetch->waiters) || !list_empty(&fetch->told))
		return;
	unshare(fetch);
	if (fetch->ask)
		ask_cancel(fetch->ask);
	endpoint_release(fetch->result.endpoint);
	arena_done(&fetch->arena);
	free(fetch);
}

/* Of another rcode than an answer's only the Extended DNS Error counts, and it does not stay. */
static void keep_message(struct fetch *fetch, const struct message *message)
{
	struct edns *edns = &fetch->message.head.edns;

	fetch->message = *message;
	fetch->message.head.question = cache_key_question(&fetch->key);
	edns->options.at = arena_copy(&fetch->arena, edns->options.at, edns->options.len);
	if (!edns->options.at)
		edns->options = bytes_of(NULL, 0);
	fetch->result.message = &fetch->message;
}

static void keep_result(struct fetch *fetch, const struct ask_result *result)
{
	const char *why = arena_copy(&fetch->arena, result->why, strlen(result->why) + 1);

	fetch->result.err = result->err;
	fetch->result.why = why ? why : "out of memory";
	if (result->endpoint)
		fetch->result.endpoint = endpoint_hold(unconst(result->endpoint));
	if (result->err)
		return;
	fetch->fetches->heard_ms = loop_now_ms(fetch->fetches->loop);
	keep_message(fetch, result->message);
}

static void come(void *owner, const struct ask_result *result)
{
	struct fetch *fetch = owner;
	struct list *link;

	fetch->ask = NULL;
	keep_result(fetch, result);
	/* Off the map first: who asks the same anew must not board what has come. */
	unshare(fetch);
	fetch->holders++;
	while ((link = list_pop_front(&fetch->waiters))) {
		struct fetch_waiter *waiter = CONTAINER_OF(link, struct fetch_waiter, link);
		list_push_back(&fetch->told, link);
		waiter->come(waiter->owner);
	}
	fetch->holders--;
	fetch_drop(fetch);
}

static struct fetch *fetch_new(struct fetches *fetches, const struct cache_key *key)
{
	struct fetch *fetch = calloc(1, sizeof(*fetch));
	if (!fetch)
		return NULL;
	fetch->fetches = fetches;
	fetch->key = *key;
	fetch->node.hash = key->hash;
	list_init(&fetch->waiters);
	list_init(&fetch->told);
	arena_init(&fetch->arena, FETCH_ARENA_MAX);
	return fetch;
}

static void board(struct fetch *fetch, struct fetch_waiter *waiter)
{
	waiter->fetch = fetch;
	list_push_back(fetch->ask ? &fetch->waiters : &fetch->told, &waiter->link);
}

/* A message out of an entry: what has no place in the wire that an entry keeps is put beside it. */
MUST_USE static int read_entry(struct fetch *fetch, const struct entry *entry)
{
	const struct form form = entry_form(entry, true);
	const struct ede ede = entry_ede(entry);
	uint8_t *wire = arena_alloc(&fetch->arena, form.len);
	uint8_t *option = arena_alloc(&fetch->arena, EDE_OPTION_MAX);

	if (!wire || !option)
		return ERR_NOMEM;
	form_copy(&form, wire);
	int err = message_read(bytes_of(wire, form.len), &fetch->arena, &fetch->message);
	if (err)
		return err;
	if (ede.present) {
		struct writer w = writer_into(option, EDE_OPTION_MAX);
		edns_add_ede(&w, ede.code, ede.text);
		fetch->message.head.edns =
			(struct edns){ .present = true, .options = bytes_of(option, w.len) };
	}
	fetch->message.rcode = entry_rcode(entry);
	fetch->result = (struct fetch_result){
		.message = &fetch->message,
		.why = entry_failure_count(entry) > 0 ? "it failed a moment ago" : "",
	};
	return 0;
}

/* Only what failed is not asked again: an answer that somebody took unchecked (CD=1) would be
 * judged for as long as it is kept, though it may be good where it came from by now. ERR_NOT_FOUND:
 * the cache has no such failure that is fresh. */
MUST_USE static int begin_from_cache(
	struct fetches *fetches, const struct fetch_plan *plan, struct fetch_waiter *waiter)
{
	struct entry *entry = failure_find(fetches->cache, &plan->key, loop_now_s(fetches->loop));
	int err = ERR_NOT_FOUND;

	if (entry) {
		struct fetch *fetch = fetch_new(fetches, &plan->key);
		err = fetch ? read_entry(fetch, entry) : ERR_NOMEM;
		if (err == 0)
			board(fetch, waiter);
		else if (fetch)
			fetch_drop(fetch);
	}
	entry_release(entry);
	return err;
}

static struct fetch *find(struct fetches *fetches, const struct cache_key *key)
{
	for (struct map_node *node = map_first(&fetches->by_key, key->hash); node;
		node = map_next(node)) {
		struct fetch *fetch = CONTAINER_OF(node, struct fetch, node);
		if (cache_key_equal(&fetch->key, key))
			return fetch;
	}
	return NULL;
}

MUST_USE static int begin_asking(
	struct fetches *fetches, const struct fetch_plan *plan, struct fetch_waiter *waiter)
{
	struct fetch *fetch = fetch_new(fetches, &plan->key);

	if (!fetch)
		return ERR_NOMEM;
	const struct ask_options options = {
		.question = cache_key_question(&fetch->key),
		.checking_disabled = plan->key.checking_disabled,
		.dnssec_ok = true,
		.signatures = plan->signatures,
		.avoid = plan->avoid,
		.deadline_ms = plan->deadline_ms,
	};
	if (!plan->avoid)
		fetch->shared = map_insert(&fetches->by_key, &fetch->node) == 0;
	if (fetch->shared || plan->avoid)
		fetch->ask = group_ask(plan->group, &options, &fetch->arena, come, fetch);
	if (!fetch->ask) {
		fetch_drop(fetch);
		return ERR_NOMEM;
	}
	board(fetch, waiter);
	return 0;
}

int fetch_begin(struct fetches *fetches, const struct fetch_plan *plan, struct fetch_waiter *waiter)
{
	if (plan->avoid)
		return begin_asking(fetches, plan, waiter);
	struct fetch *fetch = find(fetches, &plan->key);
	if (fetch) {
		board(fetch, waiter);
		return 0;
	}
	int err = begin_from_cache(fetches, plan, waiter);
	return err == ERR_NOT_FOUND ? begin_asking(fetches, plan, waiter) : err;
}

const struct fetch_result *fetch_result(const struct fetch_waiter *waiter)
{
	return waiter->fetch && !waiter->fetch->ask ? &waiter->fetch->result : NULL;
}

bool fetch_is_answer(const struct fetch_result *result)
{
	return result->err == 0 && rcode_is_answer(result->message->rcode);
}

void fetch_leave(struct fetch_waiter *waiter)
{
	struct fetch *fetch = waiter->fetch;

	if (!fetch)
		return;
	waiter->fetch = NULL;
	list_unlink(&waiter->link);
	fetch_drop(fetch);
}
