/* SPDX-License-Identifier: MIT */
/* What is told of an upstream by its answers to two questions: a good one that is called unfit
 * loses its user, and a bad one that is not makes signed names fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "replay/written.h"
#include "resolve/exam.h"

static enum exam_grade grade(const char *name, unsigned number, const char *rcode, const char *text)
{
	static uint8_t wire[MESSAGE_LEN_MAX];
	struct name_space space;
	struct message message;
	struct arena arena;
	const struct question question =
		exam_question(written_question(name, "A", &space).name, number);
	const struct written written = {
		.question = question, .rcode = written_rcode(rcode), .records = text
	};
	const size_t len = written_compose(&written, wire);

	arena_init(&arena, 1u << 16);
	assert_int_equal(message_read(bytes_of(wire, len), &arena, &message), 0);
	enum exam_grade result = exam_grade(&question, &message);
	arena_done(&arena);
	return result;
}

/* Of each anchor its keys; of the root a DS as well, as none of ours is below another. */
static void the_questions(void **state)
{
	struct name_space space;
	char text[NAME_TEXT_LEN];
	(void)state;
	const struct name corp = written_question("corp.example.", "A", &space).name;
	assert_int_equal(exam_questions(corp), 1);
	assert_true(name_equal(exam_question(corp, 0).name, corp));
	assert_int_equal(exam_question(corp, 0).type, TYPE_DNSKEY);
	assert_int_equal(exam_questions(name_root()), 2);
	assert_int_equal(exam_question(name_root(), 0).type, TYPE_DNSKEY);
	assert_int_equal(exam_question(name_root(), 1).type, TYPE_DS);
	assert_string_equal(name_print(exam_question(name_root(), 1).name, text), "com.");
}

static void keys(void **state)
{
	static const struct {
		const char *records;
		enum exam_grade grade;
	} cases[] = {
		{ ". 60 DNSKEY 0101030d00; . 60 RRSIG DNSKEY .", EXAM_PASSED },
		{ ". 60 DNSKEY 0101030d00", EXAM_KEYS_UNSIGNED },
		{ ". 60 DNSKEY 0101030d00; . 60 RRSIG A .", EXAM_KEYS_UNSIGNED },
		{ ". 60 DNSKEY 0101030d00; . 60 RRSIG DNSKEY com.", EXAM_KEYS_UNSIGNED },
		{ ". 60 DNSKEY 0101030d00; authority: . 60 RRSIG DNSKEY .", EXAM_KEYS_UNSIGNED },
		{ ". 60 RRSIG DNSKEY .", EXAM_KEYS_MISSING },
		{ "com. 60 DNSKEY 0101030d00; . 60 RRSIG DNSKEY .", EXAM_KEYS_MISSING },
		{ "authority: . 60 SOA 60", EXAM_KEYS_MISSING },
		{ "", EXAM_KEYS_MISSING },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(grade(".", 0, "NOERROR", cases[i].records), cases[i].grade);
	assert_int_equal(grade("corp.example.", 0, "NOERROR",
				 "corp.example. 60 DNSKEY 0101030d00; "
				 "corp.example. 60 RRSIG DNSKEY corp.example."),
		EXAM_PASSED);
	assert_int_equal(grade("corp.example.", 0, "NXDOMAIN", ""), EXAM_KEYS_MISSING);
}

static void ds(void **state)
{
	static const struct {
		const char *rcode, *records;
		enum exam_grade grade;
	} cases[] = {
		{ "NOERROR", "com. 60 DS 00010d02aa; com. 60 RRSIG DS .", EXAM_PASSED },
		{ "NOERROR", "com. 60 DS 00010d02aa", EXAM_DS_UNSIGNED },
		/* Nobody signs a DS but the zone above. */
		{ "NOERROR", "com. 60 DS 00010d02aa; com. 60 RRSIG DS com.", EXAM_DS_UNSIGNED },
		/* Another root has no com. */
		{ "NXDOMAIN", "authority: . 60 SOA 60; . 60 NSEC example. NS; . 60 RRSIG NSEC .",
			EXAM_PASSED },
		{ "NOERROR",
			"authority: . 60 SOA 60; x. 60 NSEC3 010000000001aa; x. 60 RRSIG NSEC3 .",
			EXAM_PASSED },
		{ "NXDOMAIN", "authority: . 60 SOA 60", EXAM_DS_UNSIGNED },
		{ "NOERROR", "", EXAM_DS_UNSIGNED },
		{ "NOERROR", "authority: com. 60 SOA 60", EXAM_DS_OF_CHILD },
		{ "NOERROR",
			"authority: com. 60 SOA 60; com. 60 NSEC a.com. NS; com. 60 RRSIG NSEC "
			"com.",
			EXAM_DS_OF_CHILD },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(grade(".", 1, cases[i].rcode, cases[i].records), cases[i].grade);
}

/* A server that is overloaded, or that a firewall keeps from asking, is not one that strips. */
static void failures_say_nothing(void **state)
{
	static const char *const rcodes[] = { "SERVFAIL", "REFUSED", "FORMERR", "NOTIMP" };
	const struct question question = exam_question(name_root(), 0);
	(void)state;
	for (size_t i = 0; i < sizeof(rcodes) / sizeof(rcodes[0]); i++) {
		assert_int_equal(grade(".", 0, rcodes[i], ""), EXAM_SILENT);
		assert_int_equal(grade(".", 1, rcodes[i], ""), EXAM_SILENT);
	}
	assert_int_equal(exam_grade(&question, NULL), EXAM_SILENT);
}

static void each_fault_has_its_words(void **state)
{
	(void)state;
	assert_string_equal(exam_text(EXAM_SILENT), "");
	assert_string_equal(exam_text(EXAM_PASSED), "");
	for (unsigned a = EXAM_KEYS_MISSING; a <= EXAM_DS_OF_CHILD; a++) {
		assert_true(strlen(exam_text(a)) > 10);
		for (unsigned b = EXAM_KEYS_MISSING; b < a; b++)
			assert_string_not_equal(exam_text(a), exam_text(b));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_questions),
		cmocka_unit_test(keys),
		cmocka_unit_test(ds),
		cmocka_unit_test(failures_say_nothing),
		cmocka_unit_test(each_fault_has_its_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
