/* SPDX-License-Identifier: MIT */
/* What is told when there is no answer: who failed at what, in words that a person can act on, and
 * none that a stranger could use to write on that person's terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "replay/written.h"
#include "resolve/failure.h"

static const struct hash_key hash_key = { 1, 2 };

static struct cache_key key_of(const char *name)
{
	struct name_space space;
	const struct question question = written_question(name, "A", &space);
	struct cache_key key;

	cache_key_init(&key, &hash_key, &question, false);
	return key;
}

/* The explanation of a SERVFAIL whose EDE has these octets behind its code; the entry is the
 * caller's. */
static struct entry *told(const char *octets, size_t len)
{
	static uint8_t options[1024];
	struct writer w = writer_into(options, sizeof(options));
	const struct cache_key key = key_of("www.example.");
	struct entry *entry = NULL;

	writer_u16(&w, EDNS_OPTION_EDE);
	writer_u16(&w, (uint16_t)(2 + len));
	writer_u16(&w, EDE_SIGNATURE_EXPIRED);
	writer_bytes(&w, bytes_of(octets, len));
	assert_false(w.failed);
	const struct message message = {
		.rcode = RCODE_SERVFAIL,
		.head.edns = { .present = true, .options = bytes_of(options, w.len) },
	};
	const struct fetch_result result = { .message = &message, .why = "" };
	const struct failure failure = { .key = &key, .result = &result };
	assert_int_equal(failure_entry(&failure, 1000, &entry), 0);
	assert_int_equal(entry_ede(entry).code, EDE_SIGNATURE_EXPIRED);
	return entry;
}

static void assert_told(const char *octets, size_t len, const char *expected)
{
	struct entry *entry = told(octets, len);
	assert_string_equal(entry_ede(entry).text, expected);
	entry_release(entry);
}

#define SAYS "the upstream says: "

static void the_upstreams_words_are_passed_on(void **state)
{
	char long_text[400];
	(void)state;

	assert_told("expired", 7, SAYS "expired");
	assert_told("abgelaufen \303\274ber Nacht", 22, SAYS "abgelaufen \303\274ber Nacht");
	assert_told("", 0, "reported by the upstream");
	/* Not what would move a cursor, and not what is no text. */
	assert_told("red \033[31m", 9, SAYS "red ");
	assert_told("\033[2J", 4, "reported by the upstream");
	assert_told("cut \303", 5, SAYS "cut ");
	assert_told("\377\376", 2, "reported by the upstream");
	memset(long_text, 'x', sizeof(long_text));
	struct entry *entry = told(long_text, sizeof(long_text));
	assert_in_range(strlen(entry_ede(entry).text), 200, 256);
	entry_release(entry);
}

static void each_kind_of_trouble_has_its_sentence(void **state)
{
	static const struct {
		int err;
		uint16_t code;
		const char *text;
	} cases[] = {
		{ ERR_TIMEOUT, EDE_NO_REACHABLE_AUTHORITY, "no upstream answered in time" },
		{ ERR_UNREACHABLE, EDE_NETWORK_ERROR, "no upstream could be reached" },
		{ ERR_PROTOCOL, EDE_NETWORK_ERROR, "the upstream's response cannot be used" },
		{ ERR_LIMIT, EDE_OTHER, "too many queries wait for the upstreams already" },
		{ ERR_CANCELLED, EDE_NOT_READY, "the resolver is stopping" },
	};
	const struct cache_key key = key_of("www.example.");
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct fetch_result result = { .err = cases[i].err, .why = "" };
		struct entry *entry = NULL;
		const struct failure failure = { .key = &key, .result = &result, .earlier = 7 };
		assert_int_equal(failure_entry(&failure, 1000, &entry), 0);
		assert_int_equal(entry_rcode(entry), RCODE_SERVFAIL);
		assert_int_equal(entry_ede(entry).code, cases[i].code);
		assert_string_equal(entry_ede(entry).text, cases[i].text);
		/* Our own link's trouble does not count against the name. */
		assert_int_equal(entry_failure_count(entry), 1);
		assert_int_equal(entry_ttl_left_s(entry, 1000), 1);
		entry_release(entry);
	}
}

/* C6: while an older answer is told there is time; and some failures are answers of their own. */
static void it_lasts_as_long_as_it_must_and_may_be_final(void **state)
{
	static const struct {
		int code; /* that the upstream says, -1: none */
		bool final;
	} cases[] = { { -1, false }, { EDE_NO_REACHABLE_AUTHORITY, false },
		{ EDE_NETWORK_ERROR, false }, { EDE_PROHIBITED, false }, { EDE_NOT_READY, false },
		{ EDE_DNSSEC_BOGUS, true }, { EDE_SIGNATURE_EXPIRED, true },
		{ EDE_SIGNATURE_NOT_YET_VALID, true }, { EDE_DNSKEY_MISSING, true },
		{ EDE_RRSIGS_MISSING, true }, { EDE_NSEC_MISSING, true }, { EDE_BLOCKED, true },
		{ EDE_FILTERED, true } };
	const struct cache_key key = key_of("www.example.");
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t options[6];
		struct writer w = writer_into(options, sizeof(options));
		writer_u16(&w, EDNS_OPTION_EDE);
		writer_u16(&w, 2);
		writer_u16(&w, (uint16_t)cases[i].code);
		const struct message message = {
			.rcode = RCODE_SERVFAIL,
			.head.edns = { .present = cases[i].code >= 0,
				.options = bytes_of(options, cases[i].code >= 0 ? w.len : 0) },
		};
		const struct fetch_result result = { .message = &message, .why = "" };
		struct failure failure = { .key = &key, .result = &result, .ttl_min_s = 30 };
		struct entry *entry = NULL;
		assert_int_equal(failure_entry(&failure, 1000, &entry), 0);
		assert_int_equal(entry_failure_final(entry), cases[i].final);
		assert_int_equal(entry_ttl_s(entry), 30);
		entry_release(entry);
		failure.earlier = 5;
		assert_int_equal(failure_entry(&failure, 1000, &entry), 0);
		assert_int_equal(entry_ttl_s(entry), 32);
		entry_release(entry);
	}
}

static void what_failed_long_ago_is_not_in_a_row(void **state)
{
	const struct cache_options options = { .size = 1024 * 1024, .shards = 1 };
	struct cache *cache = cache_new(&options, &hash_key);
	const struct message message = { .rcode = RCODE_SERVFAIL };
	const struct fetch_result result = { .message = &message, .why = "" };
	const struct cache_key key = key_of("www.example.");
	struct entry *entry = NULL;
	(void)state;

	assert_int_equal(failures_before(cache, &key, 1000), 0);
	assert_null(failure_find(cache, &key, 1000));
	const struct failure failure = { .key = &key, .result = &result, .earlier = 2 };
	assert_int_equal(failure_entry(&failure, 1000, &entry), 0);
	cache_put(cache, &key, entry);
	entry_release(entry);
	assert_int_equal(failures_before(cache, &key, 1000), 3);
	entry = failure_find(cache, &key, 1003);
	assert_non_null(entry);
	entry_release(entry);
	assert_null(failure_find(cache, &key, 1004));
	assert_int_equal(failures_before(cache, &key, 1304), 3); /* 4 s, and 300 more */
	assert_int_equal(failures_before(cache, &key, 1305), 0);
	cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_upstreams_words_are_passed_on),
		cmocka_unit_test(each_kind_of_trouble_has_its_sentence),
		cmocka_unit_test(it_lasts_as_long_as_it_must_and_may_be_final),
		cmocka_unit_test(what_failed_long_ago_is_not_in_a_row),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
