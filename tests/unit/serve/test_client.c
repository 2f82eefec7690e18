/* SPDX-License-Identifier: MIT */
/* L14: who may ask. One slip here and the machine answers, and amplifies for, the whole world. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "serve/client.h"

static bool allowed(const char *const *prefixes, size_t count, const char *peer)
{
	struct prefix allow[4];
	struct address address;

	assert_true(count <= 4);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(prefix_parse(prefixes[i], &allow[i]), 0);
	assert_int_equal(address_parse(peer, 4711, &address), 0);
	const struct client_options options = { .allow = allow, .allow_count = count };
	return client_allowed(&options, &address);
}

static void nobody_is_allowed_by_nothing(void **state)
{
	(void)state;
	assert_false(allowed(NULL, 0, "127.0.0.1"));
	assert_false(allowed(NULL, 0, "::1"));
}

static void who_is_in_any_of_the_prefixes_is_allowed(void **state)
{
	static const char *const prefixes[] = { "127.0.0.0/8", "::1", "192.0.2.128/25",
		"2001:db8:1::/48" };
	(void)state;

	assert_true(allowed(prefixes, 4, "127.255.0.1"));
	assert_true(allowed(prefixes, 4, "::1"));
	assert_true(allowed(prefixes, 4, "192.0.2.128"));
	assert_false(allowed(prefixes, 4, "192.0.2.127"));
	assert_true(allowed(prefixes, 4, "2001:db8:1:ffff::1"));
	assert_false(allowed(prefixes, 4, "2001:db8:2::1"));
	assert_false(allowed(prefixes, 4, "::2"));
	assert_false(allowed(prefixes, 1, "192.0.2.128"));
}

/* As an inherited dual-stack socket shows an IPv4 client. */
static void a_mapped_address_is_the_address(void **state)
{
	static const char *const prefix[] = { "192.0.2.0/24" };
	(void)state;

	assert_true(allowed(prefix, 1, "::ffff:192.0.2.7"));
	assert_false(allowed(prefix, 1, "::ffff:192.0.3.7"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_is_allowed_by_nothing),
		cmocka_unit_test(who_is_in_any_of_the_prefixes_is_allowed),
		cmocka_unit_test(a_mapped_address_is_the_address),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
