/* SPDX-License-Identifier: MIT */
/* What we keep must be whole or not there: half a file after a power cut, or one that somebody else
 * has put there, must not be believed, and a secret not be read. */
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
#include "support/child.h"
#include "support/failmalloc.h"

/* In front of the C library's. */
static unsigned syncs;
static int sync_fails; /* errno; 0: it does not */

int fsync(int fd)
{
	syncs++;
	errno = sync_fails;
	return fd < 0 || sync_fails != 0 ? -1 : 0;
}

static char folder[] = "/tmp/stubborn-test-keep-XXXXXX";
static char path[64], aside[64], draft[64], why[KEEP_WHY_LEN];
static struct keep keep;

static int setup(void **state)
{
	(void)state;
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/file", folder);
	snprintf(aside, sizeof(aside), "%s/file.bad", folder);
	snprintf(draft, sizeof(draft), "%s/file.new", folder);
	keep = (struct keep){ .dir = folder, .name = "file" };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)chmod(folder, 0700);
	unlink(path);
	unlink(aside);
	unlink(draft);
	return rmdir(folder);
}

static int read_it(size_t len_max, const char *expected)
{
	char *octets = NULL;
	size_t len = 0;
	int err = keep_read(&keep, len_max, &octets, &len, why);

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
	return keep_write(&keep, bytes_of(text, strlen(text)), why);
}

static unsigned mode_of(const char *file)
{
	struct stat found;
	assert_int_equal(stat(file, &found), 0);
	return found.st_mode & 07777;
}

/* After a power cut the name leads to the whole file or to the old one, never to an empty one. */
static void synced_before_it_has_its_name(void **state)
{
	(void)state;
	syncs = 0;
	assert_int_equal(write_it("old"), 0);
	assert_int_equal(syncs, 2); /* the file, and the folder that it is in */
	sync_fails = ENOSPC;
	assert_int_equal(write_it("new"), ERR_SYSTEM);
	sync_fails = 0;
	assert_string_equal(why, strerror(ENOSPC));
	assert_int_equal(read_it(100, "old"), 0);
	assert_int_equal(access(draft, F_OK), -1);
}

static void written_and_read(void **state)
{
	(void)state;
	assert_int_equal(read_it(8, ""), ERR_NOT_FOUND);
	assert_int_equal(write_it("12345678"), 0);
	assert_int_equal(mode_of(path) & 0022, 0);
	assert_int_equal(access(draft, F_OK), -1);
	assert_int_equal(read_it(8, "12345678"), 0);
	assert_int_equal(read_it(7, ""), ERR_LIMIT);
	assert_string_equal(why, "it is longer than it can be");
	assert_int_equal(write_it(""), 0);
	assert_int_equal(read_it(8, ""), 0);
	/* What a power cut has left is in nobody's way, not even as a link to elsewhere. */
	assert_int_equal(symlink("/nonexistent/elsewhere", draft), 0);
	assert_int_equal(write_it("two"), 0);
	assert_int_equal(read_it(8, "two"), 0);
	assert_int_equal(keep_remove(&keep, why), 0);
	assert_int_equal(keep_remove(&keep, why), ERR_NOT_FOUND);
}

/* Gives "ab" so often, and then what is said here. */
struct pieces {
	int left;
	int err;
};

static int next_piece(void *owner, struct bytes *piece)
{
	struct pieces *pieces = owner;

	if (pieces->left == 0 && pieces->err != 0)
		return pieces->err;
	*piece = bytes_of("ab", pieces->left > 0 ? 2 : 0);
	pieces->left--;
	return 0;
}

static void in_pieces(void **state)
{
	struct pieces pieces = { .left = 3 };
	const struct keep_source source = { .next = next_piece, .owner = &pieces };
	(void)state;

	assert_int_equal(keep_write_from(&keep, source, why), 0);
	assert_int_equal(read_it(8, "ababab"), 0);
	pieces = (struct pieces){ 0 };
	assert_int_equal(keep_write_from(&keep, source, why), 0);
	assert_int_equal(read_it(8, ""), 0);
	assert_int_equal(write_it("old"), 0);
	/* Half of it is worth nothing. */
	pieces = (struct pieces){ .left = 2, .err = ERR_NOMEM };
	assert_int_equal(keep_write_from(&keep, source, why), ERR_NOMEM);
	assert_string_equal(why, err_text(ERR_NOMEM));
	assert_int_equal(access(draft, F_OK), -1);
	assert_int_equal(read_it(8, "old"), 0);
}

static void removed_with_what_a_crash_has_left(void **state)
{
	(void)state;
	assert_int_equal(write_it("x"), 0);
	assert_int_equal(close(open(draft, O_CREAT | O_WRONLY, 0644)), 0);
	assert_int_equal(keep_remove(&keep, why), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access(draft, F_OK), -1);
}

static void others_could_write_it(void **state)
{
	static const mode_t modes[] = { 0620, 0602 };
	(void)state;

	assert_int_equal(write_it("root"), 0);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		assert_int_equal(chmod(path, modes[i]), 0);
		assert_int_equal(read_it(8, ""), ERR_FORMAT);
		assert_non_null(strstr(why, "others can write to it"));
	}
	assert_int_equal(chmod(path, 0444), 0);
	assert_int_equal(read_it(8, "root"), 0);
}

static void others_could_read_a_secret(void **state)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0602, 0610 };
	(void)state;

	keep.secret = true;
	/* Over what a crash has left behind. */
	assert_int_equal(close(open(draft, O_CREAT | O_WRONLY, 0644)), 0);
	assert_int_equal(write_it("secret"), 0);
	assert_int_equal(mode_of(path), 0600);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		assert_int_equal(chmod(path, modes[i]), 0);
		assert_int_equal(read_it(8, ""), ERR_FORMAT);
		assert_non_null(strstr(why, "others can read it or write to it"));
	}
	assert_int_equal(chmod(path, 0400), 0);
	assert_int_equal(read_it(8, "secret"), 0);
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
	assert_int_equal(mkfifo(path, 0600), 0); /* would wait for ever */
	assert_int_equal(read_it(8, ""), ERR_FORMAT);
}

static void set_aside(void **state)
{
	(void)state;
	assert_int_equal(keep_set_aside(&keep, why), ERR_NOT_FOUND);
	assert_int_equal(write_it("bad"), 0);
	assert_int_equal(keep_set_aside(&keep, why), 0);
	assert_int_equal(read_it(8, ""), ERR_NOT_FOUND);
	assert_int_equal(access(aside, F_OK), 0);
	assert_int_equal(write_it("worse"), 0);
	assert_int_equal(keep_set_aside(&keep, why), 0);
}

static void directory_of_others(void **state)
{
	(void)state;
	assert_int_equal(write_it("good"), 0);
	assert_int_equal(chmod(folder, 0770), 0);
	assert_int_equal(read_it(8, ""), ERR_FORMAT);
	assert_int_equal(write_it("good"), ERR_FORMAT);
	assert_non_null(strstr(why, "others can write to the directory"));
	assert_int_equal(keep_check_directory(folder, why), ERR_FORMAT);
	/* What lies there may be another's trap, whoever's it seems to be. */
	assert_int_equal(keep_remove(&keep, why), ERR_FORMAT);
	assert_non_null(strstr(why, "others can write to the directory"));
	assert_int_equal(keep_set_aside(&keep, why), ERR_FORMAT);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(keep_check_directory(folder, why), 0);
	assert_int_equal(keep_check_directory("/nonexistent/x", why), ERR_NOT_FOUND);
	assert_int_equal(keep_check_directory(path, why), ERR_SYSTEM);
}

#define STRANGER 1
#define NOBODY	 65534

/* After user: has changed, a file may be left that is another's; and the directory may be, too. */
static bool is_strange(const void *theirs)
{
	const int err = *(const bool *)theirs ? ERR_FORMAT : 0;
	return setuid(NOBODY) == 0 && read_it(8, "") == ERR_FORMAT && write_it("x") == err &&
	       keep_set_aside(&keep, why) == err && (err != 0 || write_it("x") == 0) &&
	       keep_remove(&keep, why) == err;
}

static void strangers(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip(); /* only root can give a file away */
	assert_int_equal(write_it("x"), 0);
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(chown(path, STRANGER, STRANGER), 0);
	assert_int_equal(chown(folder, STRANGER, STRANGER), 0);
	assert_true(is_true_in_child(is_strange, &(bool){ true }));
	assert_int_equal(chown(folder, NOBODY, STRANGER), 0);
	assert_true(is_true_in_child(is_strange, &(bool){ false }));
}

static void no_directory(void **state)
{
	(void)state;
	keep.dir = "/nonexistent/x";
	assert_int_equal(write_it("x"), ERR_NOT_FOUND);
	assert_string_equal(why, "No such file or directory");
	assert_int_equal(read_it(8, ""), ERR_NOT_FOUND);
	assert_int_equal(keep_remove(&keep, why), ERR_NOT_FOUND);
	assert_int_equal(keep_set_aside(&keep, why), ERR_NOT_FOUND);
	keep.dir = "/dev/null";
	assert_int_equal(write_it("x"), ERR_SYSTEM);
	/* A file system that takes no files is like one that is full or read-only. */
	keep.dir = "/proc";
	assert_int_equal(write_it("x"), ERR_SYSTEM);
	assert_true(strlen(why) > 5);
}

static void out_of_memory(void **state)
{
	(void)state;
	assert_int_equal(write_it("x"), 0);
	failmalloc_arm(0);
	int err = read_it(8, "");
	assert_true(failmalloc_disarm());
	assert_int_equal(err, ERR_NOMEM);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(synced_before_it_has_its_name),
		T(written_and_read),
		T(in_pieces),
		T(removed_with_what_a_crash_has_left),
		T(others_could_write_it),
		T(others_could_read_a_secret),
		T(no_plain_file),
		T(set_aside),
		T(directory_of_others),
		T(strangers),
		T(no_directory),
		T(out_of_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
