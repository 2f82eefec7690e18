/* SPDX-License-Identifier: MIT */
/* After every start upstreams would be looked up in clear, and be strangers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/memory_file.h"
#include "support/fake_loop.h"
#include "told.h"

#define QUARTER_MS UINT64_C(900000)

static char folder[64], path[80], aside[80];
static struct state_dir dir;
static struct loop *loop;
static struct memory *memory;
static struct memory_file *file;

static void start(void)
{
	memory = memory_new();
	assert_non_null(memory);
	file = memory_file_new(loop, &dir, memory);
	assert_non_null(file);
}

static void stop(void)
{
	memory_file_save(file);
	memory_file_free(file);
	memory_free(memory);
}

static int setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/stubborn-test-memory-XXXXXX");
	if (!mkdtemp(folder) || state_dir_init(&dir, folder) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/upstreams", folder);
	snprintf(aside, sizeof(aside), "%s/upstreams.bad", folder);
	loop = loop_new();
	start();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	memory_file_free(file);
	memory_free(memory);
	loop_free(loop);
	state_dir_done(&dir);
	unlink(path);
	unlink(aside);
	return rmdir(folder);
}

static void learn(void)
{
	const struct memory_item item = { .idle_limit_ms = 7000 };
	memory_keep(memory, "tls://u1.example", &item);
}

static void test_over_a_restart(void **state)
{
	struct memory_item item;
	struct stat st;
	(void)state;
	learn();
	stop();
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	start();
	assert_true(memory_recall(memory, "tls://u1.example", &item));
	assert_int_equal(item.idle_limit_ms, 7000);
}

static void test_meanwhile(void **state)
{
	(void)state;
	learn();
	fake_loop_advance(loop, QUARTER_MS - 1);
	assert_int_not_equal(access(path, F_OK), 0);
	fake_loop_advance(loop, 1);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
	fake_loop_advance(loop, QUARTER_MS);
	assert_int_equal(access(path, F_OK), 0);
}

static void test_damaged(void **state)
{
	(void)state;
	learn();
	stop();
	assert_int_equal(truncate(path, 30), 0);
	start();
	assert_int_equal(memory_count(memory), 0);
	assert_int_equal(access(aside, F_OK), 0);
	assert_int_not_equal(access(path, F_OK), 0);
}

/* Whoever has written so much into it would take as much memory. */
static void test_longer_than_it_can_be(void **state)
{
	(void)state;
	learn();
	stop();
	assert_int_equal(truncate(path, MEMORY_IMAGE_LEN_MAX + 1), 0);
	assert_true(told_begin());
	start();
	assert_told("upstreams: it is longer than it can be: it is not used");
	told_end();
	assert_int_equal(access(aside, F_OK), 0);
}

static void test_nothing_is_no_file(void **state)
{
	(void)state;
	stop();
	assert_int_not_equal(access(path, F_OK), 0);
	start();
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_over_a_restart),
		T(test_meanwhile),
		T(test_damaged),
		T(test_longer_than_it_can_be),
		T(test_nothing_is_no_file),
	};
	return cmocka_run_group_tests_name("memory file", tests, NULL, NULL);
}
