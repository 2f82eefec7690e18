/* SPDX-License-Identifier: MIT */
#include "resolve/failure.h"

#include "cache/ttl.h"

static struct ede ede_of(const struct fetch_result *result)
{
	struct ede ede = {
		.present = true, .code = EDE_NETWORK_ERROR, .text = "no upstream could be reached"
	};
	struct bytes option;

	if (result->err == ERR_CANCELLED) {
		ede.code = EDE_NOT_READY;
		ede.text = "the resolver is stopping";
	} else if (result->err == ERR_TIMEOUT) {
		ede.code = EDE_NO_REACHABLE_AUTHORITY;
		ede.text = "no upstream answered in time";
	} else if (result->err == ERR_LIMIT) {
		ede.code = EDE_OTHER;
		ede.text = "too many queries wait for the upstreams already";
	} else if (result->err == ERR_PROTOCOL) {
		ede.text = "the upstream's response cannot be used";
	} else if (result->err == 0) {
		ede.code = EDE_NO_REACHABLE_AUTHORITY;
		ede.text = "an upstream reports a failure, and no other has an answer";
		if (edns_option(&result->message->head.edns, EDNS_OPTION_EDE, &option) &&
			option.len >= 2) {
			ede.code = u16_load(option.at);
			ede.text = "reported by the upstream";
		}
	}
	return ede;
}

int failure_entry(const struct cache_key *key, const struct fetch_result *result, unsigned earlier,
	uint32_t now_s, struct entry **out)
{
	/* Only what upstreams say themselves is held against the name for longer: with no upstream
	 * reachable it is most likely our own link, and that comes back. */
	const unsigned in_row = result->err == 0 ? earlier + 1 : 1;
	const unsigned row = in_row < UINT8_MAX ? in_row : UINT8_MAX;
	const struct entry_source source = {
		.question = cache_key_question(key),
		.checking_disabled = key->checking_disabled,
		.rcode = RCODE_SERVFAIL,
		.ttl_s = ttl_failure_s(row),
		.now_s = now_s,
		.ede = ede_of(result),
		.failure_count = (uint8_t)row,
	};
	return entry_new(&source, out);
}

/* A failure that ended longer ago is not the start of a row. */
#define FAILURE_ROW_S 300

unsigned failures_before(struct cache *cache, const struct cache_key *key, uint32_t now_s)
{
	struct entry *entry = cache_get(cache, key);
	unsigned count = entry ? entry_failure_count(entry) : 0;

	if (count > 0 && entry_age_s(entry, now_s) > ttl_failure_s(count) + FAILURE_ROW_S)
		count = 0;
	entry_release(entry);
	return count;
}
