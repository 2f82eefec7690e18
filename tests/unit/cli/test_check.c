/* SPDX-License-Identifier: MIT */
/* stubborn check: what a person or a script relies on before a restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "cli/cli.h"
#include "dnssec/p256.h"

static struct captured captured;

#define CHECK(...) CAPTURE(&captured, cli_check, "stubborn check", __VA_ARGS__)

static void assert_has(const char *text, const char *piece)
{
	if (!strstr(text, piece))
		fail_msg("\"%s\" is not in: %s", piece, text);
}

static int remove_file(void **state)
{
	(void)state;
	capture_unlink();
	return 0;
}

static void test_good(void **state)
{
	(void)state;
	/* No certificate is needed to say that the file is fine. */
	CHECK("-c", capture_file("upstreams: []\n"));
	assert_int_equal(captured.code, EXIT_BAD);
	CHECK("-c", capture_file("listen: 127.0.0.1:5300\nroutes: []\n"));
	if (captured.code != EXIT_GOOD) /* a machine without a system store */
		assert_has(captured.err, "upstream quad9: ");
	else
		assert_has(captured.out,
			": good; listens on 127.0.0.1:5300; asks quad9, cloudflare; ");
}

/* All errors, each with its line, and nothing on standard output. */
static void test_errors(void **state)
{
	(void)state;
	const char *path = capture_file("listne: x\n\nworkers: 0\n");
	CHECK("--config", path);
	assert_int_equal(captured.code, EXIT_BAD);
	assert_string_equal(captured.out, "");
	assert_has(captured.err, path);
	assert_has(captured.err, ":1: unknown key \"listne\"; did you mean \"listen\"?\n");
	assert_has(captured.err, ":3: workers: 0 is out of range; 1 to 64\n");
	capture_unlink();
	CHECK("-c", "/no/such/file");
	assert_int_equal(captured.code, EXIT_BAD);
	assert_has(captured.err, "/no/such/file: cannot be read: No such file or directory");
}

/* A ca-file that is no certificate is told with its line, once for all that use it. */
static void test_ca_file(void **state)
{
	(void)state;
	CHECK("-c", capture_file("tls:\n  ca-file: /dev/null\n"));
	assert_int_equal(captured.code, EXIT_BAD);
	assert_has(captured.err, ":2: ca-file: ");
	assert_null(strstr(strchr(captured.err, '\n') + 1, "ca-file"));
}

static void test_usage(void **state)
{
	(void)state;
	CHECK("--help");
	assert_int_equal(captured.code, EXIT_GOOD);
	assert_has(captured.out, "Usage: stubborn check");
	assert_string_equal(captured.err, "");
	CHECK("--nonsense");
	assert_int_equal(captured.code, EXIT_USAGE);
	assert_has(captured.err, "stubborn check: unrecognized option '--nonsense'");
	CHECK("file.yaml");
	assert_int_equal(captured.code, EXIT_USAGE);
	assert_has(captured.err, "named with -c");
	CHECK("--keys");
	assert_int_equal(captured.code, EXIT_GOOD);
	assert_has(captured.out, "cache.size\tsize\t16MiB\n");
}

static void test_version(void **state)
{
	(void)state;
	CAPTURE(&captured, cli_version, "stubborn version");
	assert_int_equal(captured.code, EXIT_GOOD);
	assert_has(captured.out, "stubborn " STUBBORN_VERSION "\n");
	assert_has(captured.out, "\nGnuTLS ");
	assert_has(captured.out, "\nlibuv ");
	assert_has(captured.out, "\nlibyaml ");
	assert_has(captured.out, "\nlibidn2 ");
	assert_int_equal(
		strstr(captured.out, "\nlibcrypto ") != NULL, p256_library_version() != NULL);
	CAPTURE(&captured, cli_version, "stubborn version", "--help");
	assert_int_equal(captured.code, EXIT_GOOD);
	CAPTURE(&captured, cli_version, "stubborn version", "x");
	assert_int_equal(captured.code, EXIT_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_good, remove_file),
		cmocka_unit_test_teardown(test_errors, remove_file),
		cmocka_unit_test_teardown(test_ca_file, remove_file),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_version),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
