/* SPDX-License-Identifier: MIT */
/* Whether an upstream is fit is judged by its responses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/facts.h"

#define RECORDS_MAX 4

/* A response made by hand. */
struct made {
	struct message message;
	struct record records[RECORDS_MAX];
	struct name_space spaces[RECORDS_MAX + 1];
	uint8_t rdata[RECORDS_MAX][64];
};

static struct name named(const char *text, struct name_space *space)
{
	struct name name;

	assert_int_equal(name_parse(text, space, &name), 0);
	return name;
}

static void made_response(struct made *made, const char *name, uint16_t type, uint16_t rcode)
{
	*made = (struct made){ .message.rcode = rcode };
	made->message.records = made->records;
	made->message.head.question =
		(struct question){ named(name, &made->spaces[RECORDS_MAX]), type, CLASS_IN };
}

static void add(struct made *made, const char *owner, uint16_t type, enum section section,
	struct bytes rdata)
{
	const size_t i = made->message.count++;

	assert_true(i < RECORDS_MAX && rdata.len <= sizeof(made->rdata[i]));
	memcpy(made->rdata[i], rdata.at, rdata.len);
	made->records[i] = (struct record){
		.owner = named(owner, &made->spaces[i]),
		.type = type,
		.class = CLASS_IN,
		.section = section,
		.rdata = bytes_of(made->rdata[i], rdata.len),
	};
}

/* Covers that type; by a signer in wire form. */
static void add_signature(struct made *made, const char *owner, uint16_t covers,
	enum section section, const char *signer, size_t signer_len)
{
	uint8_t rdata[64] = { 0 };

	u16_store(rdata, covers);
	rdata[2] = 13;
	memcpy(rdata + 18, signer, signer_len);
	memcpy(rdata + 18 + signer_len, "sig", 3);
	add(made, owner, TYPE_RRSIG, section, bytes_of(rdata, 18 + signer_len + 3));
}

#define ROOT "", 1

static void test_signatures(void **state)
{
	struct facts facts = { 0 };
	struct made made;
	(void)state;
	made_response(&made, ".", TYPE_SOA, RCODE_NOERROR);
	add(&made, ".", TYPE_SOA, SECTION_ANSWER, bytes_of("soa", 3));
	add_signature(&made, ".", TYPE_SOA, SECTION_ANSWER, ROOT);
	facts_note_signed(&facts, &made.message);
	assert_int_equal(facts.signatures, MARK_YES);

	/* One that covers something else, and then none at all. */
	made_response(&made, ".", TYPE_SOA, RCODE_NOERROR);
	add(&made, ".", TYPE_SOA, SECTION_ANSWER, bytes_of("soa", 3));
	add_signature(&made, ".", TYPE_NS, SECTION_ANSWER, ROOT);
	facts_note_signed(&facts, &made.message);
	assert_int_equal(facts.signatures, MARK_NO);
	assert_string_equal(facts.unsigned_reply, "SOA: NOERROR with SOA, no RRSIG beside it");
	made_response(&made, ".", TYPE_DNSKEY, 5);
	facts_note_signed(&facts, &made.message);
	assert_string_equal(facts.unsigned_reply, "DNSKEY: REFUSED without a record");

	/* Nor is one beside it that is somebody else's, or in another section. */
	for (unsigned i = 0; i < 2; i++) {
		facts.signatures = MARK_UNKNOWN;
		made_response(&made, ".", TYPE_SOA, RCODE_NOERROR);
		add(&made, ".", TYPE_SOA, SECTION_ANSWER, bytes_of("soa", 3));
		add_signature(&made, i == 0 ? "alpha." : ".", TYPE_SOA,
			i == 0 ? SECTION_ANSWER : SECTION_AUTHORITY, ROOT);
		facts_note_signed(&facts, &made.message);
		assert_int_equal(facts.signatures, MARK_NO);
	}

	/* Once missing is missing. */
	made_response(&made, ".", TYPE_SOA, RCODE_NOERROR);
	add(&made, ".", TYPE_SOA, SECTION_ANSWER, bytes_of("soa", 3));
	add_signature(&made, ".", TYPE_SOA, SECTION_ANSWER, ROOT);
	facts_note_signed(&facts, &made.message);
	assert_int_equal(facts.signatures, MARK_NO);
}

/* alpha. NSEC beta. with NS and DS, or without DS. */
#define NSEC_WITH_DS	"\4beta\0\0\6\x20\0\0\0\0\x10"
#define NSEC_WITHOUT_DS "\4beta\0\0\1\x20"

static void test_denial(void **state)
{
	struct facts facts = { 0 };
	struct name_space space;
	struct name child;
	struct made made;
	char text[NAME_TEXT_LEN];
	(void)state;
	made_response(&made, "alphb.", TYPE_A, RCODE_NXDOMAIN);
	add(&made, "alpha.", TYPE_NSEC, SECTION_AUTHORITY,
		bytes_of(NSEC_WITH_DS, sizeof(NSEC_WITH_DS) - 1));
	assert_false(facts_note_denial(&facts, &made.message, &space, &child));
	assert_int_equal(facts.denial, MARK_NO);

	add_signature(&made, "alpha.", TYPE_NSEC, SECTION_AUTHORITY, ROOT);
	assert_true(facts_note_denial(&facts, &made.message, &space, &child));
	assert_int_equal(facts.denial, MARK_YES);
	assert_string_equal(name_print(child, text), "alpha.");

	made_response(&made, "alphb.", TYPE_A, RCODE_NXDOMAIN);
	add(&made, "alpha.", TYPE_NSEC, SECTION_AUTHORITY,
		bytes_of(NSEC_WITHOUT_DS, sizeof(NSEC_WITHOUT_DS) - 1));
	add_signature(&made, "alpha.", TYPE_NSEC, SECTION_AUTHORITY, ROOT);
	assert_false(facts_note_denial(&facts, &made.message, &space, &child));
	assert_int_equal(facts.denial, MARK_YES);
}

/* The DS of another name than a child of the root is not asked of the root. */
static void test_denial_further_below(void **state)
{
	struct facts facts = { 0 };
	struct name_space space;
	struct name child;
	struct made made;
	(void)state;
	made_response(&made, "alphb.", TYPE_A, RCODE_NXDOMAIN);
	add(&made, "a.alpha.", TYPE_NSEC, SECTION_AUTHORITY,
		bytes_of(NSEC_WITH_DS, sizeof(NSEC_WITH_DS) - 1));
	add_signature(&made, "a.alpha.", TYPE_NSEC, SECTION_AUTHORITY, ROOT);
	assert_false(facts_note_denial(&facts, &made.message, &space, &child));
}

/* The child's own word for it is not the parent's. */
static void test_ds(void **state)
{
	struct facts facts = { 0 };
	struct made made;
	(void)state;
	made_response(&made, "alpha.", TYPE_DS, RCODE_NOERROR);
	facts_note_ds(&facts, &made.message);
	assert_int_equal(facts.ds, MARK_NO);
	add(&made, "alpha.", TYPE_DS, SECTION_ANSWER, bytes_of("ds", 2));
	add_signature(&made, "alpha.", TYPE_DS, SECTION_ANSWER, "\5alpha", 7);
	facts_note_ds(&facts, &made.message);
	assert_int_equal(facts.ds, MARK_NO);
	add_signature(&made, "alpha.", TYPE_DS, SECTION_ANSWER, ROOT);
	facts_note_ds(&facts, &made.message);
	assert_int_equal(facts.ds, MARK_YES);
	made.message.rcode = RCODE_NXDOMAIN;
	facts_note_ds(&facts, &made.message);
	assert_int_equal(facts.ds, MARK_NO);
}

static void test_absent(void **state)
{
	static const uint8_t address[4] = { 203, 0, 113, 7 };
	struct facts facts = { 0 };
	struct made made;
	(void)state;
	made_response(&made, "none.", TYPE_A, RCODE_SERVFAIL);
	facts_note_absent(&facts, &made.message);
	assert_int_equal(facts.honest, MARK_UNKNOWN);
	assert_string_equal(facts.instead, "SERVFAIL without a record");
	made_response(&made, "none.", TYPE_A, RCODE_NXDOMAIN);
	facts_note_absent(&facts, &made.message);
	assert_int_equal(facts.honest, MARK_YES);
	add(&made, "none.", TYPE_A, SECTION_ANSWER, bytes_of(address, 4));
	facts_note_absent(&facts, &made.message);
	assert_int_equal(facts.honest, MARK_NO);
	assert_string_equal(facts.instead, "NXDOMAIN with A 203.0.113.7");
	made_response(&made, "none.", TYPE_A, RCODE_NOERROR);
	facts.honest = MARK_UNKNOWN;
	facts_note_absent(&facts, &made.message);
	assert_int_equal(facts.honest, MARK_NO);
}

static void test_edns(void **state)
{
	struct message response = { .head.edns.present = true };
	struct facts facts = { 0 };
	(void)state;
	response.head.edns.options = bytes_of("\0\x0b\0\2\1\x2c\0\x0c\0\1\0", 11);
	facts_note_edns(&facts, &response, false);
	assert_int_equal(facts.keepalive, MARK_UNKNOWN);
	facts_note_edns(&facts, &response, true);
	assert_int_equal(facts.keepalive, MARK_YES);
	assert_int_equal(facts.idle_ms, 30000);
	assert_int_equal(facts.padded, MARK_YES);
	/* Padding that is there sometimes is none; keepalive need not come with each. */
	response.head.edns.options = bytes_of(NULL, 0);
	facts_note_edns(&facts, &response, true);
	assert_int_equal(facts.keepalive, MARK_YES);
	assert_int_equal(facts.padded, MARK_NO);
	/* Both, but keepalive has an octet too much. */
	facts.keepalive = MARK_UNKNOWN;
	response.head.edns.options = bytes_of("\0\x0b\0\3\1\x2c\0\0\x0c\0\1\0", 12);
	facts_note_edns(&facts, &response, true);
	assert_int_equal(facts.keepalive, MARK_NO);
	assert_int_equal(facts.padded, MARK_NO);
}

static void test_rounds(void **state)
{
	static const uint64_t times_us[] = { 5, 1, 9, 3, 7, 2, 10, 4, 8, 6 };
	struct facts facts = { 0 };
	(void)state;
	facts_add_round(&facts, 42);
	assert_int_equal(facts_round_us(&facts, 0), 42);
	assert_int_equal(facts_round_us(&facts, 95), 42);
	facts = (struct facts){ 0 };
	for (size_t i = 0; i < FACTS_ROUNDS; i++)
		facts_add_round(&facts, times_us[i]);
	assert_int_equal(facts_round_us(&facts, 0), 1);
	assert_int_equal(facts_round_us(&facts, 50), 5);
	assert_int_equal(facts_round_us(&facts, 95), 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signatures),
		cmocka_unit_test(test_denial),
		cmocka_unit_test(test_denial_further_below),
		cmocka_unit_test(test_ds),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_edns),
		cmocka_unit_test(test_rounds),
	};
	return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
