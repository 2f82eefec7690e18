/* SPDX-License-Identifier: MIT */
/* Lost if these fail: clients get answers with wrong flags, counts, TTLs or records, or learn what
 * another client asked for. */
#include "cache/entry.h"

#include <ctype.h>

#include "base/rand.h"
#include "sample.h"
#include "support/failmalloc.h"
#include "wire/message.h"

static const uint8_t address[4] = { 192, 0, 2, 1 };
static const uint8_t rrsig_a[] = "\0\1\15\2\0\0\1\54\0\0\0\0\0\0\0\0\0\1\7example\0signature";
static const uint8_t rrsig_soa[] = "\0\6\15\2\0\0\1\54\0\0\0\0\0\0\0\0\0\1\7example\0signature";
static const uint8_t nsec[] = "\1b\7example\0\0\1\100"; /* next name, bitmap with A */
static const uint8_t soa[] = "\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\1\54";

/* Without the NUL that ends the literal. */
#define LITERAL(octets) (octets), sizeof(octets) - 1

static struct entry *entry_of(const struct entry_source *source)
{
	struct entry *entry = NULL;
	assert_int_equal(entry_new(source, &entry), 0);
	return entry;
}

/* Valid until that form is looked at again; two at a time. */
static struct bytes wire_of(struct form form)
{
	static uint8_t wire[2][MESSAGE_LEN_MAX];
	static unsigned turn;
	uint8_t *at = wire[turn++ % 2];
	form_copy(&form, at);
	return bytes_of(at, form.len);
}

static struct message message_of(struct form form, struct arena *arena)
{
	struct message message;
	arena_init(arena, 1 << 24);
	assert_int_equal(message_read(wire_of(form), arena, &message), 0);
	return message;
}

static bool has_type(struct form form, uint16_t type)
{
	struct arena arena;
	struct message message = message_of(form, &arena);
	bool found = false;
	for (size_t i = 0; i < message.count; i++)
		found = found || message.records[i].type == type;
	arena_done(&arena);
	return found;
}

static void test_a_reply_ready_to_send(void **state)
{
	(void)state;
	struct sample_rrset cname, a;
	struct name_space space;
	struct arena arena;

	sample_rrset(&cname, "www.example", TYPE_CNAME, SECTION_ANSWER, 300, "\1a\7example\0", 11);
	sample_rrset(&a, "a.example", TYPE_A, SECTION_ANSWER, 300, address, 4);
	sample_add(&a, "\12\0\0\1", 4);
	struct rrset rrsets[] = { cname.rrset, a.rrset };
	struct entry_source source = {
		.question = sample_question(&space, "www.example", TYPE_A),
		.rrsets = rrsets,
		.rrset_count = 2,
		.ttl_s = 300,
	};
	struct entry *entry = entry_of(&source);
	struct form form = entry_form(entry, false);
	struct message message = message_of(form, &arena);
	const struct header *header = &message.head.header;

	assert_int_equal(u32_load(wire_of(form).at), 0); /* ID and flags are each client's own */
	assert_int_equal(header->question_count, 1);
	assert_int_equal(header->record_count[SECTION_ANSWER], 3);
	assert_int_equal(header->record_count[SECTION_AUTHORITY], 0);
	assert_int_equal(header->record_count[SECTION_ADDITIONAL], 0);
	assert_true(question_equal(&message.head.question, &source.question));
	assert_int_equal(message.count, 3);
	assert_false(message.head.edns.present);
	assert_memory_equal(message.records[1].rdata.at, address, 4);
	/* Compressed: a pointer for each owner and for the end of the CNAME's target. */
	assert_int_equal(form.len, 12 + 13 + 4 + (12 + 4) + 2 * (12 + 4));
	arena_done(&arena);
	entry_release(entry);
}

static void test_ttls_stand_where_it_says(void **state)
{
	(void)state;
	struct sample_rrset a, ns;
	struct name_space space;
	struct arena arena;
	uint8_t wire[512];

	sample_rrset(&a, "www.example", TYPE_A, SECTION_ANSWER, 3600, address, 4);
	sample_add(&a, "\12\0\0\1", 4);
	sample_rrset(&ns, "example", TYPE_NS, SECTION_AUTHORITY, 60, "\2ns\7example\0", 12);
	struct rrset rrsets[] = { a.rrset, ns.rrset };
	struct entry_source source = {
		.question = sample_question(&space, "www.example", TYPE_A),
		.rrsets = rrsets,
		.rrset_count = 2,
		.ttl_s = 120,
	};
	struct entry *entry = entry_of(&source);
	struct form form = entry_form(entry, true);

	assert_int_equal(form.ttl_count, 3);
	assert_true((uintptr_t)form.ttl_at % sizeof(uint16_t) == 0);
	form_copy(&form, wire);
	for (size_t i = 0; i < form.ttl_count; i++) {
		assert_int_equal(u32_load(wire + form.ttl_at[i]), 120);
		u32_store(wire + form.ttl_at[i], (uint32_t)i + 1);
	}
	form.body = wire + HEADER_LEN;
	struct message message = message_of(form, &arena);
	for (size_t i = 0; i < message.count; i++)
		assert_int_equal(message.records[i].ttl_s, i + 1);
	arena_done(&arena);
	entry_release(entry);
}

/* Letters are chosen at random by some clients (0x20), and tell one client from another. */
static void test_nothing_of_the_first_clients_letters(void **state)
{
	(void)state;
	struct sample_rrset a, ns;
	struct name_space space;

	sample_rrset(&a, "wWw.ExAmPlE", TYPE_A, SECTION_ANSWER, 60, address, 4);
	sample_rrset(&ns, "ExAmPlE", TYPE_SOA, SECTION_AUTHORITY, 60, LITERAL(soa));
	struct rrset rrsets[] = { a.rrset, ns.rrset };
	struct entry_source source = {
		.question = sample_question(&space, "wWw.ExAmPlE", TYPE_A),
		.rrsets = rrsets,
		.rrset_count = 2,
		.ttl_s = 60,
	};
	struct entry *entry = entry_of(&source);
	struct form form = entry_form(entry, false);
	for (size_t i = 0; i < form.len; i++)
		assert_false(isupper(wire_of(form).at[i]));
	/* Both owners are pointers into the question. */
	assert_int_equal(form.len, 12 + 13 + 4 + 16 + 12 + sizeof(soa) - 1);
	entry_release(entry);
}

static void test_signatures_for_those_who_ask(void **state)
{
	(void)state;
	struct sample_rrset a, rrsig;
	struct name_space space;

	sample_rrset(&a, "www.example", TYPE_A, SECTION_ANSWER, 60, address, 4);
	sample_rrset(&rrsig, "www.example", TYPE_RRSIG, SECTION_ANSWER, 60, LITERAL(rrsig_a));
	struct rrset rrsets[] = { a.rrset, rrsig.rrset };
	struct entry_source source = {
		.question = sample_question(&space, "www.example", TYPE_A),
		.rrsets = rrsets,
		.rrset_count = 2,
		.ttl_s = 60,
	};
	struct entry *entry = entry_of(&source);
	struct form plain = entry_form(entry, false), full = entry_form(entry, true);
	assert_true(has_type(plain, TYPE_A));
	assert_false(has_type(plain, TYPE_RRSIG));
	assert_int_equal(plain.ttl_count, 1);
	assert_true(has_type(full, TYPE_A));
	assert_true(has_type(full, TYPE_RRSIG));
	assert_int_equal(full.ttl_count, 2);
	for (size_t i = 0; i < full.ttl_count; i++)
		assert_int_equal(u32_load(wire_of(full).at + full.ttl_at[i]), 60);
	entry_release(entry);

	/* One form is enough where there is nothing to leave out. */
	source.rrset_count = 1;
	entry = entry_of(&source);
	assert_ptr_equal(entry_form(entry, true).body, entry_form(entry, false).body);
	assert_int_equal(entry_form(entry, true).len, entry_form(entry, false).len);
	entry_release(entry);
}

static void test_a_denial_without_its_proof(void **state)
{
	(void)state;
	struct sample_rrset apex, apex_rrsig, proof;
	struct name_space space;

	sample_rrset(&apex, "example", TYPE_SOA, SECTION_AUTHORITY, 60, LITERAL(soa));
	sample_rrset(&apex_rrsig, "example", TYPE_RRSIG, SECTION_AUTHORITY, 60, LITERAL(rrsig_soa));
	sample_rrset(&proof, "a.example", TYPE_NSEC, SECTION_AUTHORITY, 60, LITERAL(nsec));
	struct rrset rrsets[] = { apex.rrset, apex_rrsig.rrset, proof.rrset };
	struct entry_source source = {
		.question = sample_question(&space, "aa.example", TYPE_NSEC),
		.rcode = RCODE_NXDOMAIN,
		.rrsets = rrsets,
		.rrset_count = 3,
		.ttl_s = 60,
	};
	struct entry *entry = entry_of(&source);
	/* Even a client that asked for NSEC asked for that name's, not for the proof. */
	struct form plain = entry_form(entry, false), full = entry_form(entry, true);
	assert_true(has_type(plain, TYPE_SOA));
	assert_false(has_type(plain, TYPE_NSEC) || has_type(plain, TYPE_RRSIG));
	assert_true(has_type(full, TYPE_NSEC) && has_type(full, TYPE_RRSIG));
	assert_int_equal(u16_load(wire_of(full).at + 8), 3);
	assert_int_equal(entry_rcode(entry), RCODE_NXDOMAIN);
	entry_release(entry);
}

static void test_dnssec_types_that_were_asked_for(void **state)
{
	(void)state;
	struct sample_rrset answer, rrsig;
	struct name_space space;

	sample_rrset(&answer, "a.example", TYPE_NSEC, SECTION_ANSWER, 60, LITERAL(nsec));
	sample_rrset(&rrsig, "a.example", TYPE_RRSIG, SECTION_ANSWER, 60, LITERAL(rrsig_a));
	struct rrset rrsets[] = { answer.rrset, rrsig.rrset };
	struct entry_source source = {
		.question = sample_question(&space, "a.example", TYPE_NSEC),
		.rrsets = rrsets,
		.rrset_count = 2,
		.ttl_s = 60,
	};
	struct entry *entry = entry_of(&source);
	assert_true(has_type(entry_form(entry, false), TYPE_NSEC));
	assert_false(has_type(entry_form(entry, false), TYPE_RRSIG));
	entry_release(entry);

	source.question.type = TYPE_RRSIG;
	entry = entry_of(&source);
	assert_true(has_type(entry_form(entry, false), TYPE_RRSIG));
	assert_false(has_type(entry_form(entry, false), TYPE_NSEC));
	entry_release(entry);
}

static void test_age_and_what_is_left(void **state)
{
	(void)state;
	struct name_space space;
	struct entry_source source = {
		.question = sample_question(&space, "example", TYPE_A), .ttl_s = 60, .now_s = 1000
	};
	struct entry *entry = entry_of(&source);
	assert_int_equal(entry_age_s(entry, 1000), 0);
	assert_int_equal(entry_age_s(entry, 1059), 59);
	assert_int_equal(entry_ttl_left_s(entry, 1000), 60);
	assert_int_equal(entry_ttl_left_s(entry, 1059), 1);
	assert_int_equal(entry_ttl_left_s(entry, 1060), 0);
	assert_int_equal(entry_ttl_left_s(entry, 100000), 0);
	/* A worker whose look at the clock is a moment older. */
	assert_int_equal(entry_age_s(entry, 999), 0);
	assert_int_equal(entry_ttl_left_s(entry, 999), 60);
	entry_release(entry);
}

static void test_failures_and_their_reasons(void **state)
{
	(void)state;
	struct name_space space;
	struct entry_source source = {
		.question = sample_question(&space, "example", TYPE_A),
		.rcode = RCODE_SERVFAIL,
		.ttl_s = 2,
		.failure_count = 2,
	};
	struct entry *entry = entry_of(&source);
	assert_int_equal(entry_failure_count(entry), 2);
	assert_false(entry_ede(entry).present);
	entry_release(entry);

	source.ede = (struct ede){
		.present = true, .code = EDE_NO_REACHABLE_AUTHORITY, .text = "no upstream answered"
	};
	entry = entry_of(&source);
	assert_true(entry_ede(entry).present);
	assert_int_equal(entry_ede(entry).code, EDE_NO_REACHABLE_AUTHORITY);
	assert_string_equal(entry_ede(entry).text, "no upstream answered");
	assert_int_equal(entry_form(entry, false).ttl_count, 0);
	entry_release(entry);

	source.ede.text = NULL;
	source.rcode = 23; /* BADCOOKIE: more than the header can say */
	entry = entry_of(&source);
	assert_true(entry_ede(entry).present);
	assert_null(entry_ede(entry).text);
	assert_int_equal(entry_rcode(entry), 23);
	entry_release(entry);
}

/* With both forms and every length of text, odd ones too: each finds its own place. */
static void test_verdict_and_explanation_beside_the_records(void **state)
{
	(void)state;
	struct sample_rrset a, rrsig;
	struct name_space space;
	char text[16];

	sample_rrset(&a, "www.example", TYPE_A, SECTION_ANSWER, 300, "\1\2\3\4", 4);
	sample_rrset(&rrsig, "www.example", TYPE_RRSIG, SECTION_ANSWER, 300, LITERAL(rrsig_a));
	struct rrset rrsets[] = { a.rrset, rrsig.rrset };
	struct entry_source source = {
		.question = sample_question(&space, "www.example", TYPE_A),
		.rrsets = rrsets,
		.rrset_count = 2,
		.ttl_s = 60,
		.secure = true,
		.ede = { .present = true, .code = EDE_UNSUPPORTED_DS_DIGEST, .text = text },
	};
	for (size_t len = 1; len < sizeof(text); len++) {
		memset(text, 'x', len);
		text[len] = 0;
		struct entry *entry = entry_of(&source);
		memset(text, 'y', len);
		assert_true(entry_secure(entry));
		assert_int_equal(entry_ede(entry).code, EDE_UNSUPPORTED_DS_DIGEST);
		assert_int_equal(strlen(entry_ede(entry).text), len);
		assert_int_equal(strspn(entry_ede(entry).text, "x"), len);
		assert_false(has_type(entry_form(entry, false), TYPE_RRSIG));
		assert_true(has_type(entry_form(entry, true), TYPE_RRSIG));
		assert_true(name_equal(entry_name(entry), source.question.name));
		entry_release(entry);
	}
	source.secure = false;
	struct entry *entry = entry_of(&source);
	assert_false(entry_secure(entry));
	entry_release(entry);
}

static void test_too_large_for_any_message(void **state)
{
	(void)state;
	static uint8_t large[40000];
	struct sample_rrset first, second;
	struct name_space space;
	struct entry *entry = (struct entry *)(void *)large;

	sample_rrset(&first, "example", 65280, SECTION_ANSWER, 60, large, sizeof(large));
	sample_rrset(&second, "example", TYPE_RRSIG, SECTION_ANSWER, 60, large, sizeof(large));
	struct rrset rrsets[] = { first.rrset, second.rrset };
	struct entry_source source = {
		.question = sample_question(&space, "example", 65280),
		.rrsets = rrsets,
		.rrset_count = 2,
		.ttl_s = 60,
	};
	assert_int_equal(entry_new(&source, &entry), ERR_LIMIT);
	rrsets[1].type = 65281;
	assert_int_equal(entry_new(&source, &entry), ERR_LIMIT);
	assert_ptr_equal(entry, large);
	source.rrset_count = 1;
	entry = entry_of(&source);
	assert_int_equal(entry_form(entry, false).len, 12 + 9 + 4 + 12 + sizeof(large));
	entry_release(entry);
}

static void test_found_by_its_question_alone(void **state)
{
	(void)state;
	struct entry *entry = sample_entry("www.example", 1, 60);
	struct cache_key key = sample_key("www.example", TYPE_A, false);
	struct cache_key other = sample_key("WWW.Example.", TYPE_A, false);

	assert_true(entry_matches(entry, &key));
	assert_true(entry_matches(entry, &other));
	assert_true(key.hash == other.hash && key.len == other.len);
	other = sample_key("www.example", TYPE_AAAA, false);
	assert_false(entry_matches(entry, &other));
	assert_true(key.hash != other.hash);
	other = sample_key("www.example", TYPE_A, true);
	assert_false(entry_matches(entry, &other));
	other = sample_key("ww.example", TYPE_A, false);
	assert_false(entry_matches(entry, &other));
	u16_store(key.octets + key.len - 2, CLASS_CH);
	assert_false(entry_matches(entry, &key));
	entry_release(entry);
}

static void test_root_and_longest_name(void **state)
{
	(void)state;
	char longest[NAME_TEXT_LEN] = "";
	struct entry *entry = sample_entry(".", 7, 60);
	struct cache_key root = sample_key(".", TYPE_A, false);

	for (int i = 0; i < 127; i++)
		strcat(longest, "x.");
	struct cache_key key = sample_key(longest, TYPE_A, false);
	assert_int_equal(key.len, NAME_LEN_MAX + 4);
	assert_true(entry_matches(entry, &root));
	/* Longer than all of the entry's wire. */
	assert_false(entry_matches(entry, &key));
	assert_int_equal(sample_address(entry), 7);
	entry_release(entry);
	entry = sample_entry(longest, 8, 60);
	assert_true(entry_matches(entry, &key));
	assert_false(entry_matches(entry, &root));
	assert_int_equal(sample_address(entry), 8);
	entry_release(entry);
}

static void test_held_until_the_last_release(void **state)
{
	(void)state;
	struct entry *entry = sample_entry("example", 5, 60);
	entry_hold(entry);
	entry_release(entry);
	assert_int_equal(sample_address(entry), 5);
	entry_release(entry);
	entry_release(NULL);
}

static void test_memory_of_an_ordinary_answer(void **state)
{
	(void)state;
	struct entry *entry = sample_entry("host-12345.shop.example.com", 5, 60);
	assert_true(entry_cost(entry) > 100);
	assert_true(entry_cost(entry) <= 112);
	entry_release(entry);
}

static void test_out_of_memory(void **state)
{
	(void)state;
	struct sample_rrset a, rrsig;
	struct name_space space;
	struct entry *entry = NULL;
	size_t n = 0;

	sample_rrset(&a, "www.example", TYPE_A, SECTION_ANSWER, 60, address, 4);
	sample_rrset(&rrsig, "www.example", TYPE_RRSIG, SECTION_ANSWER, 60, LITERAL(rrsig_a));
	struct rrset rrsets[] = { a.rrset, rrsig.rrset };
	struct entry_source source = {
		.question = sample_question(&space, "www.example", TYPE_A),
		.rrsets = rrsets,
		.rrset_count = 2,
		.ttl_s = 60,
		.ede.present = true,
	};
	for (;; n++) {
		failmalloc_arm(n);
		int err = entry_new(&source, &entry);
		if (!failmalloc_disarm()) {
			assert_int_equal(err, 0);
			break;
		}
		assert_int_equal(err, ERR_NOMEM);
		assert_null(entry);
	}
	assert_int_equal(n, 2);
	entry_release(entry);
}

/* Whatever sets an answer is made of, both forms are messages with exactly those records. */
static void test_any_mixture(void **state)
{
	(void)state;
	static const uint16_t types[] = { TYPE_A, TYPE_RRSIG, TYPE_NSEC, 65280 };
	static const char *const owners[] = { "www.example", "example", "a.b.Example", "." };
	static const struct bytes rdata[] = { { address, 4 }, { LITERAL(rrsig_a) },
		{ LITERAL(nsec) }, { (const uint8_t *)"opaque", 6 } };
	struct sample_rrset samples[12];
	struct rrset rrsets[12];
	struct name_space space;
	struct rand rand;

	rand_init_seeded(&rand, 3);
	for (int round = 0; round < 2000; round++) {
		size_t count = rand_below(&rand, 13), plain_count = 0, all_count = 0;
		uint32_t section = 0;
		for (size_t i = 0; i < count; i++) {
			uint32_t which = rand_below(&rand, 4);
			section += section < SECTION_AUTHORITY && rand_below(&rand, 4) == 0;
			sample_rrset(&samples[i], owners[rand_below(&rand, 4)], types[which],
				(enum section)section, 60, rdata[which].at, rdata[which].len);
			for (uint32_t n = rand_below(&rand, 2); n > 0; n--)
				sample_add(&samples[i], rdata[which].at, rdata[which].len);
			rrsets[i] = samples[i].rrset;
			all_count += rrsets[i].count;
			plain_count += type_is_dnssec(types[which]) ? 0 : rrsets[i].count;
		}
		struct entry_source source = {
			.question = sample_question(&space, "www.example", TYPE_A),
			.rrsets = rrsets,
			.rrset_count = count,
			.ttl_s = 60,
			.ede.present = round % 2 == 0,
		};
		struct entry *entry = entry_of(&source);
		for (int full = 0; full < 2; full++) {
			struct arena arena;
			struct form form = entry_form(entry, full);
			struct message message = message_of(form, &arena);
			assert_int_equal(message.count, full ? all_count : plain_count);
			assert_int_equal(form.ttl_count, message.count);
			for (size_t i = 0; i < form.ttl_count; i++)
				assert_int_equal(u32_load(wire_of(form).at + form.ttl_at[i]), 60);
			arena_done(&arena);
		}
		entry_release(entry);
	}
}

static void test_fresh_late_and_expired(void **state)
{
	static const struct {
		uint32_t ttl_s, late_at_s;
	} cases[] = { { 1, 1 }, { 8, 8 }, { 9, 8 }, { 10, 9 }, { 11, 9 }, { 100, 90 },
		{ 86400, 77760 } };
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct entry *entry = sample_entry("example", 1, cases[i].ttl_s);
		const uint32_t late_at_s = cases[i].late_at_s, ttl_s = cases[i].ttl_s;
		assert_int_equal(entry_ttl_s(entry), ttl_s);
		assert_int_equal(entry_freshness(entry, 0), FRESHNESS_FRESH);
		assert_int_equal(entry_freshness(entry, late_at_s - 1), FRESHNESS_FRESH);
		assert_int_equal(entry_freshness(entry, late_at_s),
			late_at_s < ttl_s ? FRESHNESS_LATE : FRESHNESS_EXPIRED);
		assert_int_equal(entry_freshness(entry, ttl_s), FRESHNESS_EXPIRED);
		assert_int_equal(entry_expired_s(entry, ttl_s - 1), 0);
		assert_int_equal(entry_expired_s(entry, ttl_s), 0);
		assert_int_equal(entry_expired_s(entry, ttl_s + 7), 7);
		entry_release(entry);
	}
}

static void test_one_alone_refreshes_it(void **state)
{
	struct entry *entry = sample_entry("example", 1, 60);
	(void)state;
	assert_true(entry_claim_refresh(entry));
	assert_false(entry_claim_refresh(entry));
	entry_release(entry);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_reply_ready_to_send),
		cmocka_unit_test(test_ttls_stand_where_it_says),
		cmocka_unit_test(test_nothing_of_the_first_clients_letters),
		cmocka_unit_test(test_signatures_for_those_who_ask),
		cmocka_unit_test(test_a_denial_without_its_proof),
		cmocka_unit_test(test_dnssec_types_that_were_asked_for),
		cmocka_unit_test(test_age_and_what_is_left),
		cmocka_unit_test(test_fresh_late_and_expired),
		cmocka_unit_test(test_one_alone_refreshes_it),
		cmocka_unit_test(test_failures_and_their_reasons),
		cmocka_unit_test(test_verdict_and_explanation_beside_the_records),
		cmocka_unit_test(test_too_large_for_any_message),
		cmocka_unit_test(test_found_by_its_question_alone),
		cmocka_unit_test(test_root_and_longest_name),
		cmocka_unit_test(test_held_until_the_last_release),
		cmocka_unit_test(test_memory_of_an_ordinary_answer),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_any_mixture),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
