/* SPDX-License-Identifier: MIT */
/* The words of a trace, above all its dates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/phrase.h"
#include "inspected.h"
#include "wire/type.h"

static char text[PHRASE_LEN];
static const struct name example = { (const uint8_t *)"\7example", 9 };

static const char *signed_for(int64_t begins_s, int64_t ends_s)
{
	const struct trace_signature signature = {
		.rrsig = { .covers = TYPE_A,
			.algorithm = 13,
			.key_tag = 4711,
			.inception = (uint32_t)(WORLD_WALL_S + begins_s),
			.expiration = (uint32_t)(WORLD_WALL_S + ends_s),
			.signature = { (const uint8_t *)"x", 1 } },
	};
	phrase_signature(&signature, example, WORLD_WALL_S, text);
	const char *last = strrchr(text, ',');
	assert_non_null(last);
	return last + 2;
}

static void test_dates(void **state)
{
	const int64_t day_s = 86400;
	(void)state;
	assert_string_equal(signed_for(-day_s, 12 * day_s), "ends in 12 d");
	assert_string_equal(text, "RRSIG A by example. key 4711, ECDSAP256SHA256: fits, "
				  "2027-01-14T08:00:00Z to 2027-01-27T08:00:00Z, ends in 12 d");
	assert_string_equal(signed_for(-day_s, 2 * day_s - 1), "ends in 47 h");
	assert_string_equal(signed_for(-day_s, 119), "ends in 1 min");
	assert_string_equal(signed_for(-9 * day_s, -3 * day_s), "ended 3 d ago");
	assert_string_equal(signed_for(3600, day_s), "begins in 60 min");
	/* The clock goes on past what 32 bits hold. RFC 4034 section 3.1.5 */
	assert_int_equal(phrase_unfold_s(10, 0x1fffffff0), 0x20000000a);
	assert_int_equal(phrase_unfold_s(0xfffffff0, 0x10000000a), 0xfffffff0);
	char word[PHRASE_WORD_LEN];
	assert_string_equal(phrase_time(0x20000000a, word), "2242-03-16T12:56:42Z");
	assert_string_equal(phrase_time(INT64_MAX, word), "9223372036854775807");
}

static void test_numbers(void **state)
{
	char word[PHRASE_WORD_LEN];
	(void)state;
	assert_string_equal(phrase_algorithm(13, word), "ECDSAP256SHA256");
	assert_string_equal(phrase_algorithm(2, word), "algorithm 2");
	assert_string_equal(phrase_algorithm(255, word), "algorithm 255");
	assert_string_equal(phrase_digest(2, word), "SHA-256");
	assert_string_equal(phrase_digest(3, word), "digest type 3");
	assert_string_equal(phrase_verdict(VERDICT_INDETERMINATE), "indeterminate");
	assert_string_equal(phrase_state(ZONE_INSIDE), "no zone of its own");
	assert_string_equal(phrase_state(ZONE_UNKNOWN), "indeterminate");
	assert_int_equal(phrase_state_verdict(ZONE_BOGUS), VERDICT_BOGUS);
	assert_string_equal(phrase_question(example, TYPE_A, text), "example. A");
}

static void test_ds_and_key(void **state)
{
	const struct signer_key *key = signer_key(13, 0), *other = signer_key(13, 1);
	struct trace_key second = { .key = other->dnskey, .signs = true };
	struct trace_key first = {
		.next = &second, .key = key->dnskey, .signs = true, .trusted = true
	};
	uint8_t ds[SIGNER_RDATA_MAX];
	char expected[200];
	struct bytes rdata = bytes_of(ds, signer_ds(key, example, 2, ds));
	(void)state;
	snprintf(expected, sizeof(expected), "DS %u, ECDSAP256SHA256, SHA-256: fits DNSKEY %u",
		key->dnskey.key_tag, key->dnskey.key_tag);
	assert_string_equal(phrase_ds(example, rdata, &first, text), expected);
	assert_ptr_equal(phrase_key_of(example, TYPE_DS, rdata, &first), &first);
	assert_null(phrase_key_of(example, TYPE_DS, rdata, &second));
	assert_null(phrase_key_of(name_root(), TYPE_DS, rdata, &first));
	assert_null(phrase_key_of(example, TYPE_DS, bytes_of("x", 1), &first));
	assert_ptr_equal(phrase_key_of(example, TYPE_DNSKEY, other->dnskey.rdata, &first), &second);
	first.trusted = false;
	assert_non_null(strstr(phrase_ds(example, rdata, &first, text), ", which does not count"));
	assert_non_null(strstr(phrase_ds(example, rdata, &second, text), ": fits no DNSKEY"));
	assert_null(strstr(phrase_ds(example, rdata, NULL, text), "fits"));
	assert_string_equal(phrase_ds(example, bytes_of("x", 1), NULL, text), "DS, malformed");
	snprintf(expected, sizeof(expected), "DNSKEY %u, ECDSAP256SHA256, flags 257",
		key->dnskey.key_tag);
	assert_string_equal(phrase_key(&first, text), expected);
	first.key.flags |= DNSKEY_FLAG_REVOKE;
	first.signs = false;
	assert_non_null(strstr(phrase_key(&first, text), ": revoked"));
}

static void test_long_rdata(void **state)
{
	static uint8_t txt[2000];
	(void)state;
	memset(txt, 7, sizeof(txt));
	phrase_record(TYPE_TXT, bytes_of(txt, sizeof(txt)), text);
	assert_true(strlen(text) <= PHRASE_RDATA_LEN + 10);
	assert_string_equal(text + strlen(text) - 3, "...");
	assert_string_equal(phrase_record(TYPE_A, bytes_of("\300\0\2\1", 4), text), "A 192.0.2.1");
}

static void test_denials(void **state)
{
	struct trace_denial denial = {
		.zone = example, .name = example, .type = TYPE_MX, .goal = TRACE_NO_TYPE
	};
	const struct trace_signature malformed = { .code = REASON_RRSIG_MALFORMED };
	(void)state;
	assert_string_equal(phrase_denial(&denial, text), "proven: example. has no MX");
	denial.goal = TRACE_NO_NAME;
	denial.code = REASON_NAME_NOT_DENIED;
	assert_string_equal(phrase_denial(&denial, text), "not proven: example. does not exist");
	denial.code = REASON_NSEC3_ITERATIONS;
	assert_string_equal(phrase_denial(&denial, text), "not checked: example. does not exist");
	assert_string_equal(
		phrase_signature(&malformed, example, WORLD_WALL_S, text), "RRSIG, malformed");
	assert_string_equal(phrase_fit(REASON_RRSIG_EXPIRED), "expired");
	assert_string_equal(phrase_fit(REASON_SPENT_KEYS), "not tried, as too many did not fit");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_ds_and_key),
		cmocka_unit_test(test_long_rdata),
		cmocka_unit_test(test_denials),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
