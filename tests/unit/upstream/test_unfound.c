/* SPDX-License-Identifier: MIT */
/* Who cannot find an upstream must read who was asked, what came, and what to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/err.h"
#include "upstream/unfound.h"

static const struct bootstrap_answer none = { .err = ERR_NOT_FOUND,
	.why = "there is no such name" };
static const struct bootstrap_answer silence = { .err = ERR_TIMEOUT,
	.why = "no answer came in time" };

static const char *said(const char *asked, const char *left_out, const struct bootstrap_answer *v4,
	const struct bootstrap_answer *v6)
{
	static char text[UNFOUND_LEN];
	const struct unfound unfound = {
		.host = "dns.example",
		.asked = asked,
		.left_out = left_out,
		.v4 = v4,
		.v6 = v6,
		.by_addresses = "--address ADDRESS",
		.by_servers = "--bootstrap SERVER",
	};
	return unfound_write(&unfound, text);
}

static void test_sentences(void **state)
{
	(void)state;
	assert_string_equal(said("192.0.2.53:53", "", &none, &none),
		"dns.example was looked up at 192.0.2.53:53, and there is no such name; check the "
		"name, ask others by --bootstrap SERVER, or write --address ADDRESS");
	assert_string_equal(said("192.0.2.53:53", "", &silence, &silence),
		"dns.example was looked up at 192.0.2.53:53, and no answer came in time; see to "
		"--bootstrap SERVER and the way there, or write --address ADDRESS");
	assert_string_equal(said("", "", &none, &none),
		"there is nobody to look dns.example up at; write --address ADDRESS, or "
		"--bootstrap SERVER");
	assert_string_equal(said("", "127.0.0.1:53", &none, &none),
		"there is nobody to look dns.example up at, as 127.0.0.1:53 is ourselves; write "
		"--address ADDRESS, or --bootstrap SERVER");
}

/* That one family has no address is no news. */
static void test_the_worse_of_two(void **state)
{
	(void)state;
	assert_non_null(strstr(said("x", "", &none, &silence), "no answer came in time"));
	assert_non_null(strstr(said("x", "", &silence, &none), "no answer came in time"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_the_worse_of_two),
	};
	return cmocka_run_group_tests_name("unfound", tests, NULL, NULL);
}
