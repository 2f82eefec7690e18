/* SPDX-License-Identifier: MIT */
/* What outlives the process: half a file after a power cut, or one that somebody else has put
 * there, must not be believed. */
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

#include "child.h"
#include "daemon/state_file.h"
#include "support/failmalloc.h"

static char directory[] = "/tmp/stubborn-state-XXXXXX";
static char why[STATE_FILE_WHY_LEN];

static int make_directory(void **state)
{
	(void)state;
	memcpy(directory + sizeof(directory) - 7, "XXXXXX", 6);
	return mkdtemp(directory) ? 0 : -1;
}

static const char *path_of(const char *name)
{
	static char path[128];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static int remove_directory(void **state)
{
	(void)state;
	(void)chmod(directory, 0700);
	(void)remove(path_of("a"));
	(void)remove(path_of("a.new"));
	(void)remove(path_of("a.damaged"));
	return rmdir(directory);
}

static int save(const char *text)
{
	return state_file_write(directory, "a", text, strlen(text), why);
}

static int load(char **text)
{
	*text = NULL;
	return state_file_read(directory, "a", 10, text, why);
}

static void assert_text(const char *expected)
{
	char *text;
	assert_int_equal(load(&text), 0);
	assert_string_equal(text, expected);
	free(text);
}

static void test_kept(void **state)
{
	char *text;
	struct stat stat_of;
	(void)state;

	assert_int_equal(load(&text), ERR_NOT_FOUND);
	assert_int_equal(save("one"), 0);
	assert_text("one");
	assert_int_equal(save("0123456789"), 0);
	assert_text("0123456789");
	assert_int_equal(save(""), 0);
	assert_text("");
	assert_int_equal(stat(path_of("a"), &stat_of), 0);
	assert_int_equal(stat_of.st_mode & (S_IWGRP | S_IWOTH), 0);
	assert_int_equal(access(path_of("a.new"), F_OK), -1);
	/* What a power cut has left is in nobody's way, not even as a link to elsewhere. */
	assert_int_equal(symlink("/nonexistent/elsewhere", path_of("a.new")), 0);
	assert_int_equal(save("two"), 0);
	assert_text("two");
}

static void test_not_believed(void **state)
{
	char *text;
	(void)state;

	assert_int_equal(save("0123456789a"), 0);
	assert_int_equal(load(&text), ERR_FORMAT);
	assert_string_equal(why, "it is too long");
	assert_int_equal(state_file_write(directory, "a", "a\0b", 3, why), 0);
	assert_int_equal(load(&text), ERR_FORMAT);
	assert_string_equal(why, "it is not a text");
	assert_int_equal(save("good"), 0);
	assert_int_equal(chmod(path_of("a"), 0620), 0);
	assert_int_equal(load(&text), ERR_FORMAT);
	assert_non_null(strstr(why, "others can write to it"));
	assert_int_equal(chmod(path_of("a"), 0602), 0);
	assert_int_equal(load(&text), ERR_FORMAT);
	assert_int_equal(unlink(path_of("a")), 0);
	assert_int_equal(mkfifo(path_of("a"), 0600), 0); /* would wait for ever */
	assert_int_equal(load(&text), ERR_FORMAT);
	assert_int_equal(unlink(path_of("a")), 0);
	assert_int_equal(symlink("/etc/hostname", path_of("a")), 0);
	assert_int_equal(load(&text), ERR_SYSTEM);
	/* A good one takes its place. */
	assert_int_equal(save("good"), 0);
	assert_text("good");
	assert_int_equal(chmod(directory, 0770), 0);
	assert_int_equal(load(&text), ERR_FORMAT);
	assert_int_equal(save("good"), ERR_FORMAT);
	assert_non_null(strstr(why, "others can write to the directory"));
	assert_null(text);
}

static void test_set_aside(void **state)
{
	char *text;
	(void)state;

	assert_int_equal(save("damaged"), 0);
	state_file_set_aside(directory, "a");
	assert_int_equal(load(&text), ERR_NOT_FOUND);
	assert_int_equal(access(path_of("a.damaged"), F_OK), 0);
	state_file_set_aside(directory, "a");
	state_file_set_aside("/nonexistent", "a");
	assert_int_equal(access(path_of("a.damaged"), F_OK), 0);
}

#define STRANGER 1
#define NOBODY	 65534

/* After user: has changed, a file may be left that is another's; and the directory may be, too. */
static bool is_strange(const void *theirs)
{
	char *text = NULL;
	return setuid(NOBODY) == 0 && load(&text) == ERR_FORMAT &&
	       save("x") == (*(const bool *)theirs ? ERR_FORMAT : 0);
}

static void test_strangers(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(save("x"), 0);
	assert_int_equal(chmod(directory, 0755), 0);
	assert_int_equal(chown(path_of("a"), STRANGER, STRANGER), 0);
	assert_int_equal(chown(directory, STRANGER, STRANGER), 0);
	assert_true(is_true_in_child(is_strange, &(bool){ true }));
	assert_int_equal(chown(directory, NOBODY, STRANGER), 0);
	assert_true(is_true_in_child(is_strange, &(bool){ false }));
}

static void test_no_place(void **state)
{
	char *text = NULL;
	(void)state;

	assert_int_equal(state_file_read("/nonexistent/x", "a", 10, &text, why), ERR_NOT_FOUND);
	assert_int_equal(state_file_write("/nonexistent/x", "a", "b", 1, why), ERR_NOT_FOUND);
	assert_string_equal(why, "No such file or directory");
	assert_int_equal(state_file_write("/dev/null", "a", "b", 1, why), ERR_SYSTEM);
	/* A file system that takes no files is like one that is full or read-only. */
	assert_int_equal(state_file_write("/proc", "a", "b", 1, why), ERR_SYSTEM);
	assert_true(strlen(why) > 5);
}

static void test_out_of_memory(void **state)
{
	char *text;
	(void)state;
	assert_int_equal(save("x"), 0);
	failmalloc_arm(0);
	int err = load(&text);
	assert_true(failmalloc_disarm());
	assert_int_equal(err, ERR_NOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kept, make_directory, remove_directory),
		cmocka_unit_test_setup_teardown(
			test_not_believed, make_directory, remove_directory),
		cmocka_unit_test_setup_teardown(test_set_aside, make_directory, remove_directory),
		cmocka_unit_test_setup_teardown(test_strangers, make_directory, remove_directory),
		cmocka_unit_test(test_no_place),
		cmocka_unit_test_setup_teardown(
			test_out_of_memory, make_directory, remove_directory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
