/* SPDX-License-Identifier: MIT */
/* What workers share: it must be whole, and stay as long as anybody holds it. */
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

#include "daemon/snapshot.h"
#include "unit/wire/sample.h"

static char path[] = "/tmp/stubborn-snapshot-XXXXXX";

static int make_file(void **state)
{
	(void)state;
	memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
	int fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

/* Skips where the machine has no authorities to trust. */
static struct snapshot *load(const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	if (access("/etc/ssl/certs/ca-certificates.crt", R_OK) != 0)
		skip();
	struct snapshot *snapshot = snapshot_load(path, NULL, NULL);
	assert_non_null(snapshot);
	return snapshot;
}

static struct anchors *rolled(void)
{
	struct anchors *anchors = anchors_new();
	struct anchor_fault fault;
	assert_int_equal(anchors_parse(anchors, ". DNSKEY 257 3 13 AwEAAaz/", &fault), 0);
	return anchors;
}

/* With keys that have rolled: they are there, what is configured too, and the old one can go. */
static void test_with_root(void **state)
{
	struct snapshot *loaded =
		load("dnssec: {negative-trust-anchors: {name: a.example, until: 9999-12-31}}\n");
	struct anchors *root = rolled();
	struct name_space space;
	(void)state;

	assert_non_null(loaded->anchors);
	assert_true(anchors_count(loaded->anchors) > 1);
	struct snapshot *first = snapshot_with_root(loaded, root);
	assert_non_null(first);
	anchors_free(root);
	snapshot_release(loaded);
	assert_int_equal(anchors_count(first->anchors), 1);
	assert_true(anchors_negative(first->anchors, name_of("www.a.example", &space), 1, NULL));
	/* Again and again: nothing of those before is kept but the configuration. */
	root = anchors_new();
	struct snapshot *second = snapshot_with_root(first, root);
	anchors_free(root);
	assert_ptr_equal(second->base, first->base);
	assert_ptr_equal(second->config, first->config);
	snapshot_release(first);
	assert_int_equal(anchors_count(second->anchors), 0);
	assert_int_equal(second->config->negative_count, 1);
	assert_ptr_equal(snapshot_hold(second), second);
	snapshot_release(second);
	assert_int_equal(second->config->negative_count, 1);
	snapshot_release(second);
}

/* Nothing is validated, whatever has rolled. */
static void test_without_validation(void **state)
{
	struct snapshot *loaded = load("dnssec: {validate: false}\n");
	struct anchors *root = rolled();
	(void)state;

	assert_null(loaded->anchors);
	struct snapshot *made = snapshot_with_root(loaded, root);
	assert_non_null(made);
	assert_null(made->anchors);
	snapshot_release(made);
	snapshot_release(loaded);
	anchors_free(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_with_root, make_file, remove_file),
		cmocka_unit_test_setup_teardown(test_without_validation, make_file, remove_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
