/* SPDX-License-Identifier: MIT */
/* What is wrong is to be told, once, and nothing that is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probed.h"

static const struct finding *find(const struct made_probe *made, const char *code)
{
	for (size_t i = 0; i < made->findings->count; i++) {
		if (strcmp(made->findings->items[i].code, code) == 0)
			return &made->findings->items[i];
	}
	return NULL;
}

static void test_nothing(void **state)
{
	struct made_probe *made = probed_make("tls://dns.example");
	(void)state;
	findings_collect(&made->probed, made->findings);
	assert_int_equal(made->findings->count, 0);
	assert_int_equal(findings_problems(made->findings), 0);
	probed_free(made);
}

/* What changes in the first address alone is said of it alone. */
static void expect(const struct facts *changed, const char *code, enum finding_level level)
{
	struct made_probe *made = probed_make("tls://dns.example");

	made->facts[0] = *changed;
	findings_collect(&made->probed, made->findings);
	const struct finding *finding = find(made, code);
	assert_non_null(finding);
	assert_int_equal(finding->level, level);
	assert_int_equal(finding->addresses, 1);
	assert_int_equal(made->findings->count, 1);
	assert_int_equal(findings_problems(made->findings), level == FINDING_PROBLEM);
	probed_free(made);
}

static void test_each(void **state)
{
	struct made_probe *made = probed_make("tls://dns.example");
	struct facts one;
	(void)state;
#define CHANGED(code, level, ...)                                                                  \
	do {                                                                                       \
		one = made->facts[1];                                                              \
		__VA_ARGS__;                                                                       \
		expect(&one, code, level);                                                         \
	} while (0)
	CHANGED("unreachable", FINDING_PROBLEM, one = (struct facts){ .why = "nobody" });
	CHANGED("refused", FINDING_PROBLEM, one.reached = false; strcpy(one.why, "expired"));
	CHANGED("silent", FINDING_PROBLEM, one.answered = 0; strcpy(one.why, "no word"));
	CHANGED("unsteady", FINDING_PROBLEM, one.answered = 3; strcpy(one.why, "no word"));
	CHANGED("unproven", FINDING_PROBLEM, strcpy(one.remark, "let pass"));
	CHANGED("expires-soon", FINDING_PROBLEM, one.tls.expires_s = PROBED_WALL_S + 86400);
	CHANGED("old-tls", FINDING_NOTE, strcpy(one.tls.version, "TLS1.2"));
	CHANGED("not-resumed", FINDING_NOTE, one.resumed = MARK_NO);
	CHANGED("not-padded", FINDING_NOTE, one.padded = MARK_NO);
	CHANGED("no-signatures", FINDING_PROBLEM, one.signatures = MARK_NO);
	CHANGED("no-denial", FINDING_PROBLEM, one.denial = MARK_NO);
	CHANGED("wrong-ds", FINDING_PROBLEM, one.ds = MARK_NO);
	CHANGED("nxdomain", FINDING_PROBLEM, one.honest = MARK_NO);
	CHANGED("no-recursion", FINDING_PROBLEM, one.honest = MARK_UNKNOWN;
		strcpy(one.instead, "REFUSED"));
	probed_free(made);
}

static void test_same_of_both_is_said_once(void **state)
{
	struct made_probe *made = probed_make("tls://dns.example");
	(void)state;
	made->facts[0].ds = made->facts[1].ds = MARK_NO;
	made->facts[0].padded = made->facts[1].padded = MARK_NO;
	findings_collect(&made->probed, made->findings);
	assert_int_equal(made->findings->count, 2);
	assert_int_equal(find(made, "wrong-ds")->addresses, 3);

	/* Who does not validate does not suffer from it. */
	made->probed.validated = false;
	findings_collect(&made->probed, made->findings);
	assert_int_equal(findings_problems(made->findings), 0);
	assert_int_equal(find(made, "wrong-ds")->level, FINDING_NOTE);
	probed_free(made);
}

/* Where it is nobody knows: that is all there is to say. */
static void test_not_found(void **state)
{
	const struct endpoint_options options = { .url = "tls://dns.example" };
	struct made_probe *made = probed_make("tls://dns.example");
	struct endpoint *nowhere;
	char why[ENDPOINT_WHY_LEN];
	(void)state;
	assert_int_equal(endpoint_new(&options, &nowhere, why), 0);
	made->probed.endpoint = nowhere;
	made->probed.unfound = "nobody knows";
	findings_collect(&made->probed, made->findings);
	const struct finding *finding = find(made, "not-found");
	assert_non_null(finding);
	assert_string_equal(finding->text, "nobody knows");
	assert_int_equal(finding->addresses, 0);
	assert_int_equal(findings_problems(made->findings), 1);
	assert_false(probed_is_reachable(&made->probed));
	endpoint_release(nowhere);
	probed_free(made);
}

/* Two weeks are enough to renew it, and a day less is not (as the daemon warns). */
static void test_two_weeks(void **state)
{
	struct made_probe *made = probed_make("tls://dns.example");
	(void)state;
	made->facts[0].tls.expires_s = PROBED_WALL_S + 14 * 86400;
	made->facts[1].tls.expires_s = PROBED_WALL_S + 14 * 86400 - 1;
	findings_collect(&made->probed, made->findings);
	assert_int_equal(made->findings->count, 1);
	assert_int_equal(find(made, "expires-soon")->addresses, 2);
	probed_free(made);
}

/* The same words about another trouble are another finding; and what was not seen is not old. */
static void test_same_words(void **state)
{
	struct made_probe *made = probed_make("tls://dns.example");
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		made->facts[i].reached = false;
		made->facts[i].seen = i == 0;
		strcpy(made->facts[i].why, "it is somebody else");
	}
	findings_collect(&made->probed, made->findings);
	assert_int_equal(find(made, "refused")->addresses, 1);
	assert_int_equal(find(made, "unreachable")->addresses, 2);
	made->facts[1] = (struct facts){ .reached = true, .asked = 1, .answered = 1 };
	findings_collect(&made->probed, made->findings);
	assert_null(find(made, "old-tls"));
	probed_free(made);
}

static void test_reachable_by_any_address(void **state)
{
	struct made_probe *made = probed_make("tls://dns.example");
	(void)state;
	made->facts[0].reached = false;
	assert_true(probed_is_reachable(&made->probed));
	made->facts[1].reached = false;
	assert_false(probed_is_reachable(&made->probed));
	probed_free(made);
}

static void test_days(void **state)
{
	struct facts facts = { 0 };
	(void)state;
	facts.tls.expires_s = 86400 * 3;
	assert_int_equal(facts_days_left(&facts, 0), 3);
	assert_int_equal(facts_days_left(&facts, 1), 2);
	assert_int_equal(facts_days_left(&facts, 86400 * 3), 0);
	assert_int_equal(facts_days_left(&facts, 86400 * 3 + 1), -1);
	assert_int_equal(facts_days_left(&facts, 86400 * 4), -1);
	assert_int_equal(facts_days_left(&facts, 86400 * 4 + 1), -2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_same_of_both_is_said_once),
		cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_two_weeks),
		cmocka_unit_test(test_same_words),
		cmocka_unit_test(test_reachable_by_any_address),
		cmocka_unit_test(test_days),
	};
	return cmocka_run_group_tests_name("finding", tests, NULL, NULL);
}
