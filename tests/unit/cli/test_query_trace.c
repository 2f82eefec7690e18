/* SPDX-License-Identifier: MIT */
/* stubborn query --trace: options and trust anchors. tests/live/test_trace.py has it validate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "cli/cli.h"

static struct captured captured;

/* Nobody answers at the port, so that what is taken ends there. */
#define TRACE(...)                                                                                 \
	CAPTURE(&captured, cli_query, "stubborn query", "www.example", "@127.0.0.1:1", __VA_ARGS__)

#define DS     "example. DS 1 13 2 " SHA256
#define SHA256 "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"

static void assert_said(int code, const char *piece)
{
	assert_int_equal(captured.code, code);
	if (!strstr(captured.err, piece))
		fail_msg("\"%s\" is not in: %s", piece, captured.err);
}

static void test_usage(void **state)
{
	(void)state;
	TRACE("--svg", "x.svg");
	assert_said(EXIT_USAGE, "--svg draws a trace, and needs --trace");
	TRACE("--trust-anchor", DS);
	assert_said(EXIT_USAGE, "--trust-anchor is for a trace, and needs --trace");
	TRACE("--trace", "--trust-anchor");
	assert_int_equal(captured.code, EXIT_USAGE);
}

static void test_anchors(void **state)
{
	(void)state;
	TRACE("--trace");
	assert_said(EXIT_NO_ANSWER, "127.0.0.1:1: Connection refused");
	TRACE("--trace", "--trust-anchor", DS, "--trust-anchor", capture_file(DS "\n; none\n"));
	capture_unlink();
	assert_said(EXIT_NO_ANSWER, "Connection refused");
	TRACE("--trace", "--trust-anchor", "example. A 192.0.2.1");
	assert_said(EXIT_USAGE, "--trust-anchor example. A 192.0.2.1: ");
	TRACE("--trace", "--trust-anchor", "; no record");
	assert_said(EXIT_USAGE, "there is no DS or DNSKEY record in it");
	TRACE("--trace", "--trust-anchor", "/nonexistent");
	assert_said(EXIT_USAGE, "--trust-anchor /nonexistent: No such file");
	TRACE("--trace", "--trust-anchor", capture_file(DS "\nrubbish\n"));
	capture_unlink();
	assert_said(EXIT_USAGE, ": line 2: ");
}

static void test_many_anchors(void **state)
{
	const char *arguments[2 + 2 * 17] = { "stubborn query", "--trace" };
	(void)state;
	for (int i = 0; i < 6; i++) {
		arguments[2 + 2 * i] = "--trust-anchor";
		arguments[3 + 2 * i] = DS;
	}
	arguments[14] = "@127.0.0.1:1";
	arguments[15] = "a.example";
	capture(&captured, cli_query, arguments);
	assert_said(EXIT_NO_ANSWER, "Connection refused");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_anchors),
		cmocka_unit_test(test_many_anchors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
