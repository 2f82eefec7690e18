/* SPDX-License-Identifier: MIT */
/* What we keep must be whole or not there, and nobody else's. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/keep.h"
#include "support/failmalloc.h"

static char folder[] = "/tmp/stubborn-test-keep-XXXXXX";
static char path[64], aside[64], draft[64];

static int setup_group(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/file", folder);
	snprintf(aside, sizeof(aside), "%s/file.bad", folder);
	snprintf(draft, sizeof(draft), "%s/file.new", folder);
	return 0;
}

static int teardown_group(void **state)
{
	(void)state;
	return rmdir(folder);
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	unlink(aside);
	unlink(draft);
	return 0;
}

static int read_it(size_t len_max, const char *expected)
{
	char *octets = NULL;
	size_t len = 0;
	int err = keep_read(folder, "file", len_max, &octets, &len);

	if (err == 0) {
		assert_int_equal(len, strlen(expected));
		assert_string_equal(octets, expected);
	} else {
		assert_null(octets);
	}
	free(octets);
	return err;
}

static int write_it(const char *text)
{
	return keep_write(folder, "file", bytes_of(text, strlen(text)));
}

static void written_and_read(void **state)
{
	struct stat found;
	(void)state;

	assert_int_equal(read_it(8, ""), ERR_NOT_FOUND);
	assert_int_equal(write_it("12345678"), 0);
	assert_int_equal(stat(path, &found), 0);
	assert_int_equal(found.st_mode & 07777, 0600);
	assert_int_equal(access(draft, F_OK), -1);
	assert_int_equal(read_it(8, "12345678"), 0);
	assert_int_equal(read_it(7, ""), ERR_LIMIT);
	/* Over an older one, with what a crash has left behind. */
	assert_int_equal(close(open(draft, O_CREAT | O_WRONLY, 0644)), 0);
	assert_int_equal(write_it(""), 0);
	assert_int_equal(stat(path, &found), 0);
	assert_int_equal(found.st_mode & 07777, 0600);
	assert_int_equal(read_it(8, ""), 0);
	assert_int_equal(keep_remove(folder, "file"), 0);
	assert_int_equal(keep_remove(folder, "file"), ERR_SYSTEM);
	assert_int_equal(errno, ENOENT);
}

static void others_could_read_or_write_it(void **state)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0602, 0610 };
	(void)state;

	assert_int_equal(write_it("secret"), 0);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		assert_int_equal(chmod(path, modes[i]), 0);
		assert_int_equal(read_it(8, ""), ERR_FORMAT);
	}
	assert_int_equal(chmod(path, 0400), 0);
	assert_int_equal(read_it(8, "secret"), 0);
	/* Only root can give a file away. */
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 65534, (gid_t)-1), 0);
		assert_int_equal(read_it(8, ""), ERR_FORMAT);
	}
}

static void no_plain_file(void **state)
{
	(void)state;
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(read_it(1 << 20, ""), ERR_FORMAT);
	/* A link in its place is replaced, and what it points at is left alone. */
	assert_int_equal(write_it("x"), 0);
	assert_int_equal(read_it(8, "x"), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(read_it(8, ""), ERR_FORMAT);
}

static void set_aside(void **state)
{
	(void)state;
	assert_int_equal(keep_set_aside(folder, "file"), ERR_SYSTEM);
	assert_int_equal(write_it("bad"), 0);
	assert_int_equal(keep_set_aside(folder, "file"), 0);
	assert_int_equal(read_it(8, ""), ERR_NOT_FOUND);
	assert_int_equal(access(aside, F_OK), 0);
	assert_int_equal(write_it("worse"), 0);
	assert_int_equal(keep_set_aside(folder, "file"), 0);
}

static void no_directory(void **state)
{
	char *octets;
	size_t len;
	char deep[5000];
	(void)state;

	assert_int_equal(keep_write("/nonexistent", "file", bytes_of("x", 1)), ERR_SYSTEM);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(keep_read("/nonexistent", "file", 8, &octets, &len), ERR_NOT_FOUND);
	memset(deep, 'a', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	assert_int_equal(keep_write(deep, "file", bytes_of("x", 1)), ERR_SYSTEM);
	assert_int_equal(errno, ENAMETOOLONG);
}

static void out_of_memory(void **state)
{
	(void)state;
	assert_int_equal(write_it("x"), 0);
	failmalloc_arm(0);
	assert_int_equal(read_it(8, ""), ERR_NOMEM);
	assert_true(failmalloc_disarm());
}

#define T(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(written_and_read),
		T(others_could_read_or_write_it),
		T(no_plain_file),
		T(set_aside),
		T(no_directory),
		T(out_of_memory),
	};
	return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
