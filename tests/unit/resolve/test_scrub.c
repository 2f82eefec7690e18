/* SPDX-License-Identifier: MIT */
/* What an upstream adds to an answer, by mistake or on purpose, must not reach a client or the
 * cache: else whoever runs one name's servers could say where all the others are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "replay/written.h"
#include "resolve/scrub.h"
#include "support/failmalloc.h"

#define ARENA_MAX (1024 * 1024)

static uint8_t wire[MESSAGE_LEN_MAX];
static struct arena arena;
static struct message message;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, ARENA_MAX);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

/* The response to a question, as an upstream might send it. */
static void respond(const char *name, const char *type, uint16_t rcode, const char *records)
{
	struct name_space space;
	struct written written = {
		.question = written_question(name, type, &space),
		.rcode = rcode,
		.records = records,
	};
	size_t len = written_compose(&written, wire);
	assert_int_equal(message_read(bytes_of(wire, len), &arena, &message), 0);
}

/* The same records in a message of their own, for comparison. */
static const char *as_text(const char *records, char *text)
{
	static uint8_t other_wire[MESSAGE_LEN_MAX];
	struct name_space space;
	struct message other;
	struct written written = {
		.question = written_question(".", "A", &space),
		.records = records,
	};
	size_t len = written_compose(&written, other_wire);
	assert_int_equal(message_read(bytes_of(other_wire, len), &arena, &other), 0);
	return written_print(&other, text);
}

static const char *scrubbed_text(const struct scrubbed *scrubbed, char *text)
{
	struct record records[64];
	struct message kept = { .records = records };

	for (size_t i = 0; i < scrubbed->count; i++) {
		const struct rrset *rrset = &scrubbed->rrsets[i];
		for (size_t j = 0; j < rrset->count; j++) {
			assert_true(kept.count < 64);
			records[kept.count++] = (struct record){ .owner = rrset->owner,
				.type = rrset->type,
				.class = rrset->class,
				.ttl_s = rrset->ttl_s,
				.section = rrset->section,
				.rdata = rrset->rdata[j] };
		}
	}
	return written_print(&kept, text);
}

static void assert_kept(const char *records, bool positive)
{
	static char expected[WRITTEN_TEXT_LEN], got[WRITTEN_TEXT_LEN];
	struct scrubbed scrubbed;

	assert_int_equal(scrub(&message, &arena, &scrubbed), 0);
	assert_string_equal(scrubbed_text(&scrubbed, got), as_text(records, expected));
	assert_int_equal(scrubbed.positive, positive);
}

static void an_answer_stays_whole(void **state)
{
	(void)state;
	respond("www.example.", "A", RCODE_NOERROR,
		"www.example. 300 A 192.0.2.1; www.example. 300 A 192.0.2.2");
	assert_kept("www.example. 300 A 192.0.2.1; www.example. 300 A 192.0.2.2", true);
}

/* C4, U3: the bank's address in an answer about something else would be believed. */
static void records_of_other_names_are_left_behind(void **state)
{
	(void)state;
	respond("www.example.", "A", RCODE_NOERROR,
		"bank.example. 300 A 203.0.113.1; www.example. 300 A 192.0.2.1;"
		"www.example. 300 TXT unasked;"
		"authority: example. 300 NS ns.example.; bank.example. 300 A 203.0.113.1;"
		"additional: ns.example. 300 A 203.0.113.2; www.example. 300 A 203.0.113.3");
	assert_kept("www.example. 300 A 192.0.2.1", true);
}

static void nothing_of_authority_or_additional_becomes_an_answer(void **state)
{
	(void)state;
	respond("www.example.", "A", RCODE_NOERROR,
		"authority: www.example. 300 A 203.0.113.1;"
		"additional: www.example. 300 A 203.0.113.1");
	assert_kept("", false);
}

static void another_class_is_no_answer(void **state)
{
	(void)state;
	respond("www.example.", "A", RCODE_NOERROR,
		"www.example. 300 CH TXT chaos; www.example. 300 CH A 203.0.113.1;"
		"authority: example. 300 CH SOA 60");
	assert_kept("", false);
}

static void letter_case_does_not_break_the_path(void **state)
{
	(void)state;
	respond("www.example.", "A", RCODE_NOERROR,
		"WWW.example. 300 CNAME Host.Example.; hOST.example. 300 A 192.0.2.1");
	assert_kept("WWW.example. 300 CNAME Host.Example.; hOST.example. 300 A 192.0.2.1", true);
}

static void the_cname_path_stays_and_what_leaves_it_goes(void **state)
{
	(void)state;
	respond("www.example.", "A", RCODE_NOERROR,
		"www.example. 300 CNAME a.cdn.example.; stray.example. 300 CNAME bank.example.;"
		"a.cdn.example. 60 CNAME b.cdn.example.; b.cdn.example. 30 A 192.0.2.1;"
		"bank.example. 300 A 203.0.113.1");
	assert_kept("www.example. 300 CNAME a.cdn.example.; a.cdn.example. 60 CNAME b.cdn.example.;"
		    "b.cdn.example. 30 A 192.0.2.1",
		true);
}

/* The order of records within a message means nothing (RFC 1035 section 4.1). */
static void a_path_told_backwards_is_followed(void **state)
{
	(void)state;
	respond("www.example.", "A", RCODE_NOERROR,
		"b.example. 30 A 192.0.2.1; a.example. 60 CNAME b.example.;"
		"www.example. 300 CNAME a.example.");
	assert_kept("b.example. 30 A 192.0.2.1; a.example. 60 CNAME b.example.;"
		    "www.example. 300 CNAME a.example.",
		true);
}

static void a_cname_that_was_asked_for_is_the_answer(void **state)
{
	(void)state;
	respond("www.example.", "CNAME", RCODE_NOERROR,
		"www.example. 300 CNAME a.example.; a.example. 300 CNAME b.example.");
	assert_kept("www.example. 300 CNAME a.example.", true);
}

static void a_dname_goes_along_with_the_cname_made_from_it(void **state)
{
	(void)state;
	respond("www.old.example.", "A", RCODE_NOERROR,
		"old.example. 300 DNAME new.example.; other.example. 300 DNAME evil.example.;"
		"www.old.example. 300 CNAME www.new.example.; www.new.example. 300 A 192.0.2.1");
	assert_kept("old.example. 300 DNAME new.example.;"
		    "www.old.example. 300 CNAME www.new.example.; www.new.example. 300 A 192.0.2.1",
		true);
}

/* A DNAME says something about what is below it, not about itself (RFC 6672 section 2.3). */
static void a_dname_at_the_name_itself_is_not_part_of_the_path(void **state)
{
	(void)state;
	respond("old.example.", "A", RCODE_NOERROR,
		"old.example. 300 DNAME new.example.; old.example. 300 A 192.0.2.1");
	assert_kept("old.example. 300 A 192.0.2.1", true);
	respond("old.example.", "A", RCODE_NOERROR,
		"old.example. 300 DNAME new.example.; old.example. 300 CNAME else.example.;"
		"else.example. 300 A 192.0.2.1");
	assert_kept("old.example. 300 CNAME else.example.; else.example. 300 A 192.0.2.1", true);
}

static void loops_end(void **state)
{
	(void)state;
	respond("a.example.", "A", RCODE_NOERROR,
		"a.example. 300 CNAME b.example.; b.example. 300 CNAME a.example.");
	assert_kept("a.example. 300 CNAME b.example.; b.example. 300 CNAME a.example.", true);
	respond("self.example.", "A", RCODE_NOERROR, "self.example. 300 CNAME self.example.");
	assert_kept("self.example. 300 CNAME self.example.", true);
}

/* hops CNAMEs and an address at their end. */
static void respond_chain(unsigned hops)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	for (unsigned i = 0; i < hops; i++)
		fprintf(out, "n%u.example. 300 CNAME n%u.example.;", i, i + 1);
	fprintf(out, "n%u.example. 300 A 192.0.2.1", hops);
	fclose(out);
	respond("n0.example.", "A", RCODE_NOERROR, text);
	free(text);
}

/* One message must not keep us busy however long its chain is, and no honest one is refused. */
static void chains_of_sixteen_are_followed_and_longer_ones_are_not(void **state)
{
	struct scrubbed scrubbed;
	(void)state;

	respond_chain(SCRUB_HOPS_MAX);
	assert_int_equal(scrub(&message, &arena, &scrubbed), 0);
	assert_true(scrubbed.positive);
	assert_int_equal(scrubbed.count, SCRUB_HOPS_MAX + 1);
	respond_chain(SCRUB_HOPS_MAX + 1);
	assert_int_equal(scrub(&message, &arena, &scrubbed), ERR_LIMIT);
}

static void a_negative_answer_keeps_the_soa_of_its_zone_alone(void **state)
{
	(void)state;
	respond("nx.example.", "A", RCODE_NXDOMAIN,
		"authority: example. 300 SOA 60; evil.example. 86400 SOA 86400;"
		"example. 300 NS ns.example.");
	assert_kept("authority: example. 300 SOA 60", false);
}

static void an_soa_beside_a_positive_answer_goes(void **state)
{
	(void)state;
	respond("www.example.", "A", RCODE_NOERROR,
		"www.example. 300 A 192.0.2.1; authority: example. 300 SOA 1");
	assert_kept("www.example. 300 A 192.0.2.1", true);
}

static void a_cname_to_nothing_keeps_the_soa_at_its_end(void **state)
{
	(void)state;
	respond("www.example.", "A", RCODE_NXDOMAIN,
		"www.example. 300 CNAME gone.other.test.;"
		"authority: other.test. 300 SOA 60; example. 300 SOA 1");
	assert_kept("www.example. 300 CNAME gone.other.test.; authority: other.test. 300 SOA 60",
		false);
}

/* Without its signatures and denials a validator behind us could prove nothing (L12). */
static void signatures_and_denials_of_what_stays_stay(void **state)
{
	(void)state;
	respond("www.example.", "A", RCODE_NOERROR,
		"www.example. 300 A 192.0.2.1; www.example. 300 RRSIG A example.;"
		"www.example. 300 RRSIG TXT example.; bank.example. 300 RRSIG A example.;"
		"authority: a.example. 300 NSEC z.example.; a.example. 300 RRSIG NSEC example.;"
		"example. 300 NS ns.example.; example. 300 RRSIG NS example.;"
		"www.example. 300 RRSIG A evil.example.;"
		"additional: www.example. 300 RRSIG A evil.example.");
	assert_kept("www.example. 300 A 192.0.2.1; www.example. 300 RRSIG A example.;"
		    "authority: a.example. 300 NSEC z.example.; a.example. 300 RRSIG NSEC example.",
		true);
}

static void signatures_that_were_asked_for_stay_whatever_they_cover(void **state)
{
	(void)state;
	respond("www.example.", "RRSIG", RCODE_NOERROR,
		"www.example. 300 RRSIG A example.; www.example. 300 RRSIG TXT example.");
	assert_kept("www.example. 300 RRSIG A example.; www.example. 300 RRSIG TXT example.", true);
}

static void a_response_of_hundreds_of_rrsets_is_refused(void **state)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct scrubbed scrubbed;
	(void)state;

	for (unsigned i = 0; i < 257; i++)
		fprintf(out, "n%u.example. 300 A 192.0.2.1;", i);
	fclose(out);
	respond("n0.example.", "A", RCODE_NOERROR, text);
	free(text);
	assert_int_equal(scrub(&message, &arena, &scrubbed), ERR_LIMIT);
}

static void a_signature_too_short_to_name_what_it_covers_is_malformed(void **state)
{
	struct scrubbed scrubbed;
	(void)state;

	respond("www.example.", "A", RCODE_NOERROR,
		"www.example. 300 A 192.0.2.1; www.example. 300 RRSIG A example.");
	message.records[1].rdata.len = 1;
	assert_int_equal(scrub(&message, &arena, &scrubbed), ERR_FORMAT);
}

static void every_failed_allocation_is_told(void **state)
{
	struct scrubbed scrubbed;
	(void)state;

	for (size_t n = 0;; n++) {
		arena_done(&arena);
		respond("www.example.", "A", RCODE_NOERROR, "www.example. 300 A 192.0.2.1");
		/* What is left of the first block must not be enough. */
		(void)arena_alloc(&arena, 16 * 1024);
		arena.limit = arena.total + n * 8;
		int err = scrub(&message, &arena, &scrubbed);
		arena.limit = ARENA_MAX;
		if (err == 0)
			break;
		assert_int_equal(err, ERR_NOMEM);
	}
	for (size_t n = 0; n < 8; n++) {
		arena_done(&arena);
		respond("www.example.", "A", RCODE_NOERROR, "www.example. 300 A 192.0.2.1");
		failmalloc_arm(n);
		int err = scrub(&message, &arena, &scrubbed);
		if (failmalloc_disarm())
			assert_int_equal(err, ERR_NOMEM);
		else
			assert_int_equal(err, 0);
	}
}

#define SCRUB_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRUB_TEST(an_answer_stays_whole),
		SCRUB_TEST(records_of_other_names_are_left_behind),
		SCRUB_TEST(nothing_of_authority_or_additional_becomes_an_answer),
		SCRUB_TEST(another_class_is_no_answer),
		SCRUB_TEST(letter_case_does_not_break_the_path),
		SCRUB_TEST(the_cname_path_stays_and_what_leaves_it_goes),
		SCRUB_TEST(a_path_told_backwards_is_followed),
		SCRUB_TEST(a_cname_that_was_asked_for_is_the_answer),
		SCRUB_TEST(a_dname_goes_along_with_the_cname_made_from_it),
		SCRUB_TEST(a_dname_at_the_name_itself_is_not_part_of_the_path),
		SCRUB_TEST(loops_end),
		SCRUB_TEST(chains_of_sixteen_are_followed_and_longer_ones_are_not),
		SCRUB_TEST(a_negative_answer_keeps_the_soa_of_its_zone_alone),
		SCRUB_TEST(an_soa_beside_a_positive_answer_goes),
		SCRUB_TEST(a_cname_to_nothing_keeps_the_soa_at_its_end),
		SCRUB_TEST(signatures_and_denials_of_what_stays_stay),
		SCRUB_TEST(signatures_that_were_asked_for_stay_whatever_they_cover),
		SCRUB_TEST(a_response_of_hundreds_of_rrsets_is_refused),
		SCRUB_TEST(a_signature_too_short_to_name_what_it_covers_is_malformed),
		SCRUB_TEST(every_failed_allocation_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
