/* SPDX-License-Identifier: MIT */
/* Whose addresses are written is looked up nowhere, and who is known by name alone never at
 * ourselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/whereabouts.h"

#define UPSTREAMS_MAX 3

static struct loop *loop;
static struct config *config;
static struct whereabouts places[UPSTREAMS_MAX];

static void find(const char *text, bool written)
{
	config = config_parse("test", text, strlen(text), stderr);
	assert_non_null(config);
	assert_true(config->upstream_count <= UPSTREAMS_MAX);
	assert_int_equal(whereabouts_find(config, written, loop, places), 0);
}

static int setup(void **state)
{
	(void)state;
	loop = loop_new();
	return loop ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	whereabouts_done(places, config->upstream_count);
	config_free(config);
	loop_free(loop);
	return 0;
}

static void test_written_addresses(void **state)
{
	(void)state;
	find("upstreams: [tls://192.0.2.1, {url: 'tls://dns.example', addresses: [192.0.2.2]}]",
		true);
	for (size_t i = 0; i < 2; i++) {
		assert_ptr_equal(places[i].endpoint, config->upstreams[i]);
		assert_string_equal(places[i].asked, "");
		assert_string_equal(places[i].why, "");
	}
}

static void test_never_at_ourselves(void **state)
{
	(void)state;
	find("listen: ['127.0.0.1:5353']\nbootstrap: ['127.0.0.1@5353']\n"
	     "upstreams: [tls://dns.example, tls://192.0.2.1]",
		true);
	assert_int_equal(places[0].endpoint->address_count, 0);
	assert_string_equal(places[0].asked, "");
	assert_string_equal(places[0].why,
		"there is nobody to look dns.example up at, as 127.0.0.1:5353 is ourselves; write "
		"addresses: [ADDRESS, ...] for this upstream, or bootstrap: [SERVER]");
	assert_int_equal(places[1].endpoint->address_count, 1);
}

/* Nothing listens on port 1. */
static void test_nobody_there(void **state)
{
	(void)state;
	find("listen: ['127.0.0.1:5353']\nbootstrap: ['127.0.0.1@1']\nupstreams: "
	     "[tls://dns.example]",
		false);
	assert_string_equal(places[0].asked, "127.0.0.1:1");
	assert_int_equal(places[0].endpoint->address_count, 0);
	assert_non_null(strstr(places[0].why,
		"looked up at 127.0.0.1:1, and none of them could be reached or was of use; see to "
		"--bootstrap SERVER and the way there, or write --address ADDRESS"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_written_addresses),
		T(test_never_at_ourselves),
		T(test_nobody_there),
	};
	return cmocka_run_group_tests_name("whereabouts", tests, NULL, NULL);
}
