/* SPDX-License-Identifier: MIT */
/* What a person reads: which record of which zone, and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dnssec/reason.h"
#include "sample.h"
#include "wire/edns.h"
#include "wire/type.h"

static void test_texts(void **state)
{
	struct name_space spaces[2];
	char text[REASON_TEXT_LEN];
	struct reason reason = { .code = REASON_RRSIG_EXPIRED,
		.name = name_of("www.example", &spaces[0]),
		.type = TYPE_A,
		.zone = name_of("example", &spaces[1]),
		.key_tag = 4711,
		.algorithm = 13,
		.when_s = 1769860800 };
	(void)state;
	assert_string_equal(reason_print(&reason, text),
		"www.example. A: the signature by example. (key 4711, algorithm 13) expired at "
		"2026-01-31T12:00:00Z");
	reason.code = REASON_NO_DS;
	reason.type = TYPE_DS;
	assert_string_equal(reason_print(&reason, text),
		"www.example. DS: unsigned: it is proven that there is no DS by example.");
	reason = (struct reason){ .code = REASON_RCODE };
	assert_string_equal(reason_print(&reason, text), "the response tells of a failure");
}

/* Every code has a sentence, a verdict of its kind and a code for the client. */
static void test_all(void **state)
{
	char text[REASON_TEXT_LEN];
	(void)state;
	for (unsigned code = 0; code < REASON_COUNT; code++) {
		const struct reason reason = { .code = code };
		enum verdict verdict = code == REASON_NONE	   ? VERDICT_SECURE
				       : code < REASON_NO_ANCHOR   ? VERDICT_BOGUS
				       : code < REASON_NO_RESPONSE ? VERDICT_INSECURE
								   : VERDICT_INDETERMINATE;
		assert_int_equal(reason_verdict(code), verdict);
		assert_true(strlen(reason_print(&reason, text)) > 10);
		if (verdict == VERDICT_BOGUS)
			assert_true((reason_ede(code) >= 6 && reason_ede(code) <= 12) ||
				    reason_ede(code) == EDE_UNSUPPORTED_NSEC3_ITERATIONS);
	}
}

/* Names of the greatest length, all of it escaped, are cut and not overrun. */
static void test_long(void **state)
{
	uint8_t octets[NAME_LEN_MAX];
	char text[REASON_TEXT_LEN];
	struct reason reason = { .code = REASON_RRSIG_WRONG };
	(void)state;
	memset(octets, 1, sizeof(octets));
	octets[NAME_LEN_MAX - 1] = 0;
	reason.name = reason.zone = (struct name){ octets, NAME_LEN_MAX };
	assert_int_equal(strlen(reason_print(&reason, text)), REASON_TEXT_LEN - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
