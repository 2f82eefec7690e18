/* SPDX-License-Identifier: MIT */
/* Slips on the command line are told, and nobody is probed by them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "cli/cli.h"

static void expect(const struct captured *captured, int code, const char *said)
{
	assert_int_equal(captured->code, code);
	if (!strstr(captured->err, said))
		fail_msg("\"%s\" is not in: %s", said, captured->err);
	assert_string_equal(captured->out, "");
}

static void test_usage(void **state)
{
	static struct captured captured;
	(void)state;
	CAPTURE(&captured, cli_probe, "probe", "--pin", "sha256/x");
	expect(&captured, EXIT_USAGE, "for a URL");
	CAPTURE(&captured, cli_probe, "probe", "-c", "x", "tls://127.0.0.1");
	expect(&captured, EXIT_USAGE, "either a URL or --config");
	CAPTURE(&captured, cli_probe, "probe", "--nothing");
	expect(&captured, EXIT_USAGE, "Usage:");
	CAPTURE(&captured, cli_probe, "probe", "ftp://127.0.0.1");
	expect(&captured, EXIT_USAGE, "command line:1: ");
	CAPTURE(&captured, cli_probe, "probe", "tls://a\", \"b");
	expect(&captured, EXIT_USAGE, "command line:1: ");
	CAPTURE(&captured, cli_probe, "probe", "--pin", "x", "tls://127.0.0.1");
	expect(&captured, EXIT_USAGE, "\"x\" is no pin");
	CAPTURE(&captured, cli_probe, "probe", "--ca-file", "/nowhere", "tls://127.0.0.1");
	expect(&captured, EXIT_USAGE, "/nowhere");
	CAPTURE(&captured, cli_probe, "probe", "--client-cert", "/nowhere", "tls://127.0.0.1");
	expect(&captured, EXIT_USAGE, "client-key");
	CAPTURE(&captured, cli_probe, "probe", "-c", "/nowhere");
	expect(&captured, EXIT_BAD, "/nowhere");
}

static void test_help(void **state)
{
	static struct captured captured;
	(void)state;
	CAPTURE(&captured, cli_probe, "probe", "--help");
	assert_int_equal(captured.code, EXIT_GOOD);
	assert_non_null(strstr(captured.out, "Usage: stubborn probe"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_help),
	};
	return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
