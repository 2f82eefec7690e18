/* SPDX-License-Identifier: MIT */
/* Whatever lies in the state directory, the daemon starts, and uses what is its own. */
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

#include "base/clock.h"
#include "daemon/ticket_file.h"
#include "net/tickets_image.h"
#include "told.h"

static char folder[] = "/tmp/stubborn-test-tickets-XXXXXX";
static char path[64], aside[64];
static const uint8_t key[TICKETS_KEY_LEN] = { 1 };

static int setup_group(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/tickets", folder);
	snprintf(aside, sizeof(aside), "%s/tickets.bad", folder);
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
	return 0;
}

static void save_one(const char *path_of_dir)
{
	struct state_dir dir;
	struct tickets *tickets = tickets_new();
	uint8_t octets[] = "ticket";
	const struct ticket ticket = { .octets = octets,
		.len = sizeof(octets),
		.until_s = clock_wall_s() + 100,
		.expires_s = INT64_MAX };
	tickets_put(tickets, key, &ticket, clock_wall_s());
	assert_int_equal(state_dir_init(&dir, path_of_dir), 0);
	ticket_file_save(tickets, &dir);
	state_dir_done(&dir);
	tickets_free(tickets);
}

static size_t load(const char *path_of_dir)
{
	struct tickets *tickets = tickets_new();
	struct state_dir dir;
	assert_int_equal(state_dir_init(&dir, path_of_dir), 0);
	ticket_file_load(tickets, &dir);
	state_dir_done(&dir);
	size_t count = tickets_count(tickets);
	tickets_free(tickets);
	return count;
}

static void saved_and_loaded_once(void **state)
{
	(void)state;
	save_one(folder);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(load(folder), 1);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_not_equal(access(aside, F_OK), 0);
	assert_int_equal(load(folder), 0);
}

static void nothing_to_save(void **state)
{
	struct tickets *tickets = tickets_new();
	struct state_dir dir;
	(void)state;
	assert_int_equal(state_dir_init(&dir, folder), 0);
	ticket_file_save(tickets, &dir);
	assert_int_not_equal(access(path, F_OK), 0);
	state_dir_done(&dir);
	tickets_free(tickets);
}

static void readable_by_others(void **state)
{
	(void)state;
	save_one(folder);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(load(folder), 0);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(access(aside, F_OK), 0);
}

static void damaged(void **state)
{
	(void)state;
	save_one(folder);
	assert_int_equal(truncate(path, 50), 0);
	assert_int_equal(load(folder), 0);
	assert_int_equal(access(aside, F_OK), 0);
}

/* Whoever has written so much into it would take as much memory. */
static void longer_than_it_can_be(void **state)
{
	(void)state;
	save_one(folder);
	assert_int_equal(truncate(path, TICKETS_IMAGE_LEN_MAX + 1), 0);
	assert_true(told_begin());
	assert_int_equal(load(folder), 0);
	assert_told("tickets: it is longer than it can be: it is not used");
	told_end();
	assert_int_equal(access(aside, F_OK), 0);
}

static void forgotten(void **state)
{
	struct state_dir dir, none;
	(void)state;
	save_one(folder);
	assert_int_equal(state_dir_init(&dir, folder), 0);
	assert_int_equal(state_dir_init(&none, ""), 0);
	ticket_file_forget(&dir);
	assert_int_not_equal(access(path, F_OK), 0);
	ticket_file_forget(&dir);
	ticket_file_forget(&none);
	state_dir_done(&dir);
	state_dir_done(&none);
}

static void no_directory(void **state)
{
	(void)state;
	save_one("/nonexistent");
	assert_int_equal(load("/nonexistent"), 0);
	save_one("");
	assert_int_equal(load(""), 0);
}

#define T(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(saved_and_loaded_once),
		T(nothing_to_save),
		T(readable_by_others),
		T(damaged),
		T(longer_than_it_can_be),
		T(forgotten),
		T(no_directory),
	};
	return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
