/* SPDX-License-Identifier: MIT */
/* A query that is not where the server looks for it is answered by nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "upstream/http_target.h"

static void test_target(void **state)
{
	static const struct {
		const char *path, *octets, *target;
	} cases[] = {
		{ "/dns-query", "", "/dns-query?dns=" },
		{ "/dns-query", "f", "/dns-query?dns=Zg" }, /* RFC 4648 section 10, unpadded */
		{ "/dns-query", "fo", "/dns-query?dns=Zm8" },
		{ "/dns-query", "foo", "/dns-query?dns=Zm9v" },
		{ "/dns-query", "foob", "/dns-query?dns=Zm9vYg" },
		{ "/", "\xff\xef\xbe", "/?dns=_---" },
		{ "/q?key=1", "foobar", "/q?key=1&dns=Zm9vYmFy" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[HTTP_TARGET_LEN];
		const struct bytes query = bytes_of(cases[i].octets, strlen(cases[i].octets));
		assert_int_equal(
			http_target_write(cases[i].path, query, out), strlen(cases[i].target));
		assert_string_equal(out, cases[i].target);
	}
}

/* The example of RFC 8484 section 4.1.1. */
static void test_the_rfcs_example(void **state)
{
	static const uint8_t query[] = { 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 'w', 'w', 'w', 7,
		'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'c', 'o', 'm', 0, 0, 1, 0, 1 };
	char out[HTTP_TARGET_LEN];
	(void)state;
	(void)http_target_write("/dns-query", bytes_of(query, sizeof(query)), out);
	assert_string_equal(out, "/dns-query?dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB");
}

static void test_the_longest(void **state)
{
	static uint8_t query[UPSTREAM_QUERY_LEN_MAX];
	char path[URL_PATH_LEN], out[HTTP_TARGET_LEN];
	(void)state;
	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	const size_t len = http_target_write(path, bytes_of(query, sizeof(query)), out);
	assert_in_range(len, 1, sizeof(out) - 1);
	assert_int_equal(strlen(out), len);
}

static void test_authority(void **state)
{
	static const struct {
		const char *url, *authority;
	} cases[] = {
		{ "https://dns.example/q", "dns.example" },
		{ "https://dns.example:443/q", "dns.example" },
		{ "https://dns.example:8443/q", "dns.example:8443" },
		{ "https://192.0.2.1/q", "192.0.2.1" },
		{ "https://[2001:db8::1]/q", "[2001:db8::1]" },
		{ "https://[2001:db8::1]:8443/q", "[2001:db8::1]:8443" },
	};
	const char *address = "192.0.2.1";
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[HTTP_AUTHORITY_LEN], why[ENDPOINT_WHY_LEN];
		struct endpoint *endpoint;
		const struct endpoint_options options = {
			.url = cases[i].url,
			.addresses = &address,
			.address_count = 1,
		};
		assert_int_equal(endpoint_new(&options, &endpoint, why), 0);
		assert_int_equal(http_authority_write(endpoint, out), strlen(cases[i].authority));
		assert_string_equal(out, cases[i].authority);
		endpoint_release(endpoint);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_target),
		cmocka_unit_test(test_the_rfcs_example),
		cmocka_unit_test(test_the_longest),
		cmocka_unit_test(test_authority),
	};
	return cmocka_run_group_tests_name("http_target", tests, NULL, NULL);
}
