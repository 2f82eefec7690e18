/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "support/failmalloc.h"

static char folder[] = "/tmp/stubborn-test-file-XXXXXX";
static char path[64];

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/file", folder);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void put(const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void test_whole(void **state)
{
	char *text;
	size_t len;
	(void)state;

	put("12345678");
	assert_int_equal(file_read(path, 8, &text, &len), 0);
	assert_int_equal(len, 8);
	assert_string_equal(text, "12345678");
	free(text);
	put("");
	assert_int_equal(file_read(path, 8, &text, &len), 0);
	assert_int_equal(len, 0);
	free(text);
}

static void test_too_long(void **state)
{
	char *text;
	size_t len;
	(void)state;

	put("123456789");
	assert_int_equal(file_read(path, 8, &text, &len), ERR_LIMIT);
}

/* A reload would hang for ever on a pipe, and eat all memory on a device. */
static void test_what_is_no_file(void **state)
{
	char *text;
	size_t len;
	(void)state;

	assert_int_equal(file_read("/dev/zero", 8, &text, &len), ERR_FORMAT);
	assert_int_equal(file_read(folder, 8, &text, &len), ERR_FORMAT);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(file_read(path, 8, &text, &len), ERR_FORMAT);
	unlink(path);
	errno = 0;
	assert_int_equal(file_read(path, 8, &text, &len), ERR_SYSTEM);
	assert_int_equal(errno, ENOENT);
}

static void test_out_of_memory(void **state)
{
	char *text;
	size_t len;
	(void)state;

	put("1");
	failmalloc_arm(0);
	assert_int_equal(file_read(path, 8, &text, &len), ERR_NOMEM);
	assert_true(failmalloc_disarm());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_what_is_no_file),
		cmocka_unit_test(test_out_of_memory),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
