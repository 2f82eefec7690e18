/* SPDX-License-Identifier: MIT */
/* A disk that is full, or a directory that is not ours, would stop the resolver, fill its log, or
 * cost what was kept before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/state_file.h"
#include "support/child.h"
#include "told.h"

#define NOBODY 65534

static char folder[64], path[80], draft[80], aside[80];
static struct state_dir dir;
static struct state_file file;

static int setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/stubborn-test-state-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/thing", folder);
	snprintf(draft, sizeof(draft), "%s/thing.new", folder);
	snprintf(aside, sizeof(aside), "%s/thing.bad", folder);
	file = (struct state_file){ .dir = &dir, .name = "thing", .loss = "life is dull" };
	return told_begin() ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	state_dir_done(&dir);
	(void)chmod(folder, 0700);
	unlink(path);
	unlink(draft);
	unlink(aside);
	told_end();
	return rmdir(folder);
}

static bool save(const char *text)
{
	struct bytes octets = bytes_of(text, strlen(text));
	return state_file_save(&file, keep_source_of(&octets));
}

static char loaded[64];

static int take(void *owner, struct bytes octets)
{
	assert_ptr_equal(owner, &file);
	snprintf(loaded, sizeof(loaded), "%.*s", (int)octets.len, (const char *)octets.at);
	if (strcmp(loaded, "no memory") == 0)
		return ERR_NOMEM;
	return strncmp(loaded, "good", 4) == 0 ? 0 : ERR_FORMAT;
}

static bool load(void)
{
	loaded[0] = '\0';
	return state_file_load(&file, sizeof(loaded), take, &file);
}

static void saved_and_loaded(void **state)
{
	struct stat found;
	(void)state;

	assert_int_equal(state_dir_init(&dir, folder), 0);
	assert_false(load());
	assert_true(save("good"));
	assert_int_equal(stat(path, &found), 0);
	assert_int_equal(found.st_mode & 07777, 0600);
	assert_true(load());
	assert_string_equal(loaded, "good");
	state_file_remove(&file, "so it stays");
	state_file_remove(&file, "so it stays");
	assert_int_equal(access(path, F_OK), -1);
	assert_told(NULL);
}

static void what_a_crash_has_left_goes_too(void **state)
{
	(void)state;
	assert_int_equal(state_dir_init(&dir, folder), 0);
	fclose(fopen(draft, "w"));
	state_file_remove(&file, "so it stays");
	assert_int_equal(access(draft, F_OK), -1);
	assert_told(NULL);
}

static void foreign_ones_are_set_aside(void **state)
{
	(void)state;
	assert_int_equal(state_dir_init(&dir, folder), 0);
	assert_true(save("bad"));
	assert_false(load());
	assert_told("thing: it is damaged, or of another version: it is not used, and is now "
		    "thing.bad, and life is dull");
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access(aside, F_OK), 0);
	assert_true(save("good, and far longer than it can be, whoever has written it, by a lot"));
	assert_false(load());
	assert_told("it is longer than it can be");
	assert_int_equal(access(path, F_OK), -1);
	assert_true(save("good"));
	assert_int_equal(chmod(path, 0644), 0);
	assert_false(load());
	assert_told("others can read it");
	assert_string_equal(loaded, "");
	assert_false(load());
	assert_told(NULL);
	/* That is not the file's fault. */
	assert_true(save("no memory"));
	assert_false(load());
	assert_told("out of memory");
	assert_int_equal(access(path, F_OK), 0);
}

static void nothing_is_kept(void **state)
{
	(void)state;
	assert_int_equal(state_dir_init(&dir, ""), 0);
	assert_false(save("good"));
	assert_false(load());
	state_file_remove(&file, "so it stays");
	assert_told(NULL);
}

/* What others may have put there is neither believed nor touched. */
static void not_removed_from_a_directory_of_others(void **state)
{
	(void)state;
	assert_int_equal(state_dir_init(&dir, folder), 0);
	assert_true(save("bad"));
	assert_int_equal(chmod(folder, 0770), 0);
	state_file_remove(&file, "so it stays");
	assert_told("thing cannot be removed: others can write to the directory; make it this "
		    "user's own (chown, chmod 0700); so it stays");
	assert_false(load());
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(access(aside, F_OK), -1);
	/* Nor is that told a second time where the directory itself was complained of. */
	assert_false(save("good"));
	assert_told("cannot be used");
	state_file_remove(&file, "so it stays");
	assert_told(NULL);
}

/* Told when it begins and when it is over, and not every quarter of an hour. */
static void a_directory_that_comes_and_goes(void **state)
{
	char elsewhere[80];
	(void)state;

	snprintf(elsewhere, sizeof(elsewhere), "%s.moved", folder);
	assert_int_equal(state_dir_init(&dir, folder), 0);
	assert_true(save("good"));
	assert_int_equal(rename(folder, elsewhere), 0);
	assert_false(save("good 2"));
	assert_told("cannot be used: No such file or directory; nothing is kept");
	assert_false(save("good 3"));
	assert_false(load());
	assert_told(NULL);
	assert_int_equal(rename(elsewhere, folder), 0);
	assert_true(load());
	assert_string_equal(loaded, "good");
	assert_true(save("good 4"));
	assert_told("can be used now");
	assert_int_equal(chmod(folder, 0770), 0);
	assert_false(save("good 5"));
	assert_told("others can write to the directory");
	assert_false(save("good 6"));
	assert_false(load());
	assert_told(NULL);
}

static void no_directory_at_the_start(void **state)
{
	(void)state;
	assert_int_equal(state_dir_init(&dir, "/nonexistent/x"), 0);
	assert_told("state-dir: /nonexistent/x cannot be used: No such file");
	assert_false(load());
	assert_false(save("good"));
	assert_told(NULL);
}

/* A disk that is full. */
static bool is_full(const void *unused)
{
	const struct rlimit none = { 3, 3 };
	(void)unused;

	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &none) != 0 || save("good 2") || save("good 3"))
		return false;
	/* The log cannot be written either; what was told is in the file's own memory. */
	return strcmp(file.told, strerror(EFBIG)) == 0 && access(draft, F_OK) != 0 && load() &&
	       strcmp(loaded, "good") == 0;
}

static void full_disk(void **state)
{
	(void)state;
	assert_int_equal(state_dir_init(&dir, folder), 0);
	assert_true(save("good"));
	assert_true(is_true_in_child(is_full, NULL));
}

static int broken_next(void *owner, struct bytes *piece)
{
	(void)owner;
	*piece = bytes_of("half", 4);
	return *(int *)owner;
}

/* Whatever it is that goes wrong: once, and again when it is something else, or has been well. */
static void told_once(void **state)
{
	int err = ERR_NOMEM;
	const struct keep_source broken = { .next = broken_next, .owner = &err };
	(void)state;

	assert_int_equal(state_dir_init(&dir, folder), 0);
	assert_true(save("good"));
	assert_false(state_file_save(&file, broken));
	assert_told("thing cannot be written: out of memory; at the next start life is dull");
	assert_false(state_file_save(&file, broken));
	assert_told(NULL);
	err = ERR_LIMIT;
	assert_false(state_file_save(&file, broken));
	assert_told("cannot be written");
	assert_int_equal(access(draft, F_OK), -1);
	assert_true(load());
	assert_string_equal(loaded, "good");
	assert_told(NULL);
	assert_true(save("good 2"));
	assert_told("thing is written again");
	assert_true(save("good 3"));
	assert_told(NULL);
	assert_false(state_file_save(&file, broken));
	assert_told("cannot be written");
}

/* For another user than root, who may write anywhere. */
static bool is_read_only(const void *unused)
{
	(void)unused;
	if (setuid(NOBODY) != 0 || state_dir_init(&dir, folder) != 0)
		return false;
	const bool kept = load() && strcmp(loaded, "good") == 0;
	const bool saved = save("good 2");
	state_dir_done(&dir);
	return kept && !saved;
}

static void read_only(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip(); /* only root can give a file away */
	assert_int_equal(state_dir_init(&dir, folder), 0);
	assert_true(save("good"));
	assert_int_equal(chown(path, NOBODY, NOBODY), 0);
	assert_int_equal(chmod(told_path(), 0666), 0);
	assert_int_equal(chmod(folder, 0555), 0);
	assert_true(is_true_in_child(is_read_only, NULL));
	assert_told("cannot be used: Permission denied");
}

static bool is_refused(const void *unused)
{
	(void)unused;
	if (setuid(NOBODY) != 0 || state_dir_init(&dir, folder) != 0)
		return false;
	const bool kept = load(), saved = save("good");
	state_dir_done(&dir);
	return !kept && !saved;
}

static void directory_of_a_stranger(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip(); /* only root can give a file away */
	assert_int_equal(state_dir_init(&dir, folder), 0);
	assert_int_equal(chown(folder, 1, 1), 0);
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(chmod(told_path(), 0666), 0);
	assert_true(is_true_in_child(is_refused, NULL));
	assert_told("others can write to the directory; make it this user's own");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(saved_and_loaded),
		T(what_a_crash_has_left_goes_too),
		T(foreign_ones_are_set_aside),
		T(nothing_is_kept),
		T(not_removed_from_a_directory_of_others),
		T(a_directory_that_comes_and_goes),
		T(no_directory_at_the_start),
		T(full_disk),
		T(told_once),
		T(read_only),
		T(directory_of_a_stranger),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
