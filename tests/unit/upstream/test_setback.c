/* SPDX-License-Identifier: MIT */
/* A failure is one upstream's until it says otherwise: then nobody else is to be asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "upstream/setback.h"

static uint8_t options[1024];

/* A response of that rcode; ede: INFO-CODE, -1 for none. */
static struct message response(uint16_t rcode, int ede, const char *text)
{
	struct writer w = writer_into(options, sizeof(options));
	struct message message = { .rcode = rcode };

	if (ede >= 0)
		edns_add_ede(&w, (uint16_t)ede, text);
	message.head.edns = (struct edns){
		.present = ede >= 0,
		.options = bytes_of(options, w.len),
	};
	return message;
}

static void test_what_is_final(void **state)
{
	static const struct {
		int ede;
		bool final, final_with_cd;
	} cases[] = {
		{ -1, false, false },
		{ EDE_OTHER, false, false },
		{ EDE_DNSSEC_BOGUS, true, false },
		{ EDE_SIGNATURE_EXPIRED, true, false },
		{ EDE_SIGNATURE_NOT_YET_VALID, true, false },
		{ EDE_DNSKEY_MISSING, true, false },
		{ EDE_RRSIGS_MISSING, true, false },
		{ EDE_NO_ZONE_KEY, true, false },
		{ EDE_NSEC_MISSING, true, false },
		{ EDE_CACHED_ERROR, false, false },
		{ EDE_NOT_READY, false, false },
		{ EDE_BLOCKED, true, true },
		{ EDE_CENSORED, true, true },
		{ EDE_FILTERED, true, true },
		{ EDE_PROHIBITED, false, false },
		{ EDE_NOT_SUPPORTED, false, false },
		{ EDE_NO_REACHABLE_AUTHORITY, false, false },
		{ EDE_NETWORK_ERROR, false, false },
		{ 65535, false, false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct message message = response(RCODE_SERVFAIL, cases[i].ede, "");
		assert_int_equal(setback_is_final(&message, false), cases[i].final);
		assert_int_equal(setback_is_final(&message, true), cases[i].final_with_cd);
	}
}

/* The client is told what the upstream said, however much that was. */
static void test_what_is_kept(void **state)
{
	static const uint8_t octets[] = { 1, 'a', 0 };
	const struct question question = {
		.name = { octets, sizeof(octets) }, .type = TYPE_A, .class = CLASS_IN
	};
	struct setback setback = { 0 };
	char text[400];
	struct bytes kept;
	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	struct message message = response(RCODE_REFUSED, EDE_PROHIBITED, text);
	setback_keep(&setback, (struct pool *)(void *)text, &message);
	memset(options, 0, sizeof(options));
	const struct message told = setback_message(&setback, &question);
	assert_int_equal(told.rcode, RCODE_REFUSED);
	assert_int_equal(told.head.header.rcode, RCODE_REFUSED);
	assert_true(told.head.header.qr);
	assert_int_equal(told.head.question.type, TYPE_A);
	assert_true(edns_option(&told.head.edns, EDNS_OPTION_EDE, &kept));
	assert_int_equal(kept.len, 2 + SETBACK_TEXT_KEPT);
	assert_int_equal(u16_load(kept.at), EDE_PROHIBITED);
	assert_int_equal(kept.at[2], 'x');
	/* One without a word after one with many. */
	message = response(RCODE_SERVFAIL, -1, "");
	setback_keep(&setback, (struct pool *)(void *)text, &message);
	assert_false(setback_message(&setback, &question).head.edns.present);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_final),
		cmocka_unit_test(test_what_is_kept),
	};
	return cmocka_run_group_tests_name("setback", tests, NULL, NULL);
}
