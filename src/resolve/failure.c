/* SPDX-License-Identifier: MIT */
#include "resolve/failure.h"

#include "base/utf8.h"
#include "cache/ttl.h"

/* Room for what an upstream says of its failure: a prefix and its words. */
#define WORDS_LEN 256

/* An upstream's own words, as far as they are text: for a person's eyes, but a stranger wrote them.
 */
static const char *words_of(struct bytes text, char words[static WORDS_LEN])
{
	static const char prefix[] = "the upstream says: ";
	size_t len = sizeof(prefix) - 1, taken = 0;

	memcpy(words, prefix, len);
	text.len = utf8_valid_len(text);
	while (taken < text.len) {
		const struct bytes rest = bytes_of(text.at + taken, text.len - taken);
		const size_t char_len = utf8_char_len(rest);
		if (len + char_len >= WORDS_LEN || rest.at[0] < ' ' || rest.at[0] == 0x7f)
			break;
		memcpy(words + len, rest.at, char_len);
		len += char_len;
		taken += char_len;
	}
	words[len] = '\0';
	return taken > 0 ? words : "reported by the upstream";
}

static struct ede ede_of_response(const struct message *message, char words[static WORDS_LEN])
{
	struct bytes option;

	if (edns_option(&message->head.edns, EDNS_OPTION_EDE, &option) && option.len >= 2)
		return (struct ede){ .present = true,
			.code = u16_load(option.at),
			.text = words_of(bytes_of(option.at + 2, option.len - 2), words) };
	return (struct ede){ .present = true,
		.code = EDE_NO_REACHABLE_AUTHORITY,
		.text = "an upstream reports a failure, and no other has an answer" };
}

static struct ede ede_of(const struct fetch_result *result, char words[static WORDS_LEN])
{
	struct ede ede = {
		.present = true, .code = EDE_NETWORK_ERROR, .text = "no upstream could be reached"
	};

	if (result->err == 0)
		return ede_of_response(result->message, words);
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
	}
	return ede;
}

int failure_entry(const struct failure *failure, uint32_t now_s, struct entry **out)
{
	const struct fetch_result *result = failure->result;
	/* Only what upstreams say themselves is held against the name for longer: with no upstream
	 * reachable it is most likely our own link, and that comes back. */
	const unsigned in_row = result->err == 0 ? failure->earlier + 1 : 1;
	const unsigned row = in_row < UINT8_MAX ? in_row : UINT8_MAX;
	const uint32_t ttl_s = ttl_failure_s(row);
	char words[WORDS_LEN];
	const struct ede ede = ede_of(result, words);
	const struct entry_source source = {
		.question = cache_key_question(failure->key),
		.checking_disabled = failure->key->checking_disabled,
		.rcode = RCODE_SERVFAIL,
		.ttl_s = ttl_s > failure->ttl_min_s ? ttl_s : failure->ttl_min_s,
		.now_s = now_s,
		.ede = ede,
		.failure_count = (uint8_t)row,
		/* It is about the answer and not about the way to it. */
		.failure_final =
			result->err == 0 && (ede_is_bogus(ede.code) || ede_is_withheld(ede.code)),
	};
	return entry_new(&source, out);
}

struct entry *failure_find(struct cache *cache, const struct cache_key *key, uint32_t now_s)
{
	struct entry *entry = cache_get_failure(cache, key);

	if (entry && entry_ttl_left_s(entry, now_s) == 0) {
		entry_release(entry);
		entry = NULL;
	}
	return entry;
}

/* A failure that ended longer ago is not the start of a row. */
#define FAILURE_ROW_S 300

unsigned failures_before(struct cache *cache, const struct cache_key *key, uint32_t now_s)
{
	struct entry *entry = cache_get_failure(cache, key);
	unsigned count = entry ? entry_failure_count(entry) : 0;

	if (count > 0 && entry_age_s(entry, now_s) > ttl_failure_s(count) + FAILURE_ROW_S)
		count = 0;
	entry_release(entry);
	return count;
}
