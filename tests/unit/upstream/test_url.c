/* SPDX-License-Identifier: MIT */
/* What a person writes as url: ends at the right server and path, or in a sentence that helps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "upstream/url.h"

static void test_good_urls(void **state)
{
	static const struct {
		const char *text, *host, *path;
		uint16_t port;
		enum transport_kind kind;
		bool literal;
	} cases[] = {
		{ "tls://dns.quad9.net", "dns.quad9.net", "", 853, TRANSPORT_DOT, false },
		{ "TLS://DNS.Quad9.NET./", "dns.quad9.net", "", 853, TRANSPORT_DOT, false },
		{ "tls://[2001:db8::1]:443", "2001:db8::1", "", 443, TRANSPORT_DOT, true },
		{ "https://dns.google/dns-query", "dns.google", "/dns-query", 443, TRANSPORT_DOH,
			false },
		{ "HTTPS://Dns.Google.:8443/dns-query{?dns}", "dns.google", "/dns-query", 8443,
			TRANSPORT_DOH, false },
		{ "https://9.9.9.9/", "9.9.9.9", "/", 443, TRANSPORT_DOH, true },
		{ "https://9.9.9.9:8443/dns", "9.9.9.9", "/dns", 8443, TRANSPORT_DOH, true },
		{ "https://[2620:fe::fe]/dns-query", "2620:fe::fe", "/dns-query", 443,
			TRANSPORT_DOH, true },
		{ "https://d.example/My%20Home/x;y=1,2?key=a&b{&dns}", "d.example",
			"/My%20Home/x;y=1,2?key=a&b", 443, TRANSPORT_DOH, false },
		{ "https://d.example/q?key=1", "d.example", "/q?key=1", 443, TRANSPORT_DOH, false },
		{ "https://d.example/{?dns}", "d.example", "/", 443, TRANSPORT_DOH, false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char why[URL_WHY_LEN];
		struct url url;
		if (url_read(cases[i].text, &url, why) != 0)
			fail_msg("%s: %s", cases[i].text, why);
		assert_string_equal(url.host, cases[i].host);
		assert_string_equal(url.path, cases[i].path);
		assert_int_equal(url.port, cases[i].port);
		assert_int_equal(url.kind, cases[i].kind);
		assert_int_equal(url.literal, cases[i].literal);
		if (url.literal)
			assert_int_equal(address_port(&url.address), url.port);
	}
}

static void test_bad_urls(void **state)
{
	/* What each sentence must name for the reader to know what to do. */
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "udp://9.9.9.9", "https://NAME/PATH" },
		{ "http://dns.google/dns-query", "https://NAME/PATH" },
		{ "dns.quad9.net", "write tls://dns.quad9.net" },
		{ "tls://d.example/path", "expected tls://NAME" },
		{ "tls://d.example:0", "1 to 65535" },
		{ "https://dns.google", "most often it is /dns-query" },
		{ "https://dns.google:443", "expected a path" },
		{ "https://dns.google?dns=1", "expected a path" },
		{ "https:///dns-query", "https://NAME/PATH" },
		{ "https://d.example:0/q", "https://NAME/PATH" },
		{ "https://d.example:65536/q", "https://NAME/PATH" },
		{ "https://user@d.example/q", "https://NAME/PATH" },
		{ "https://d..example/q", "https://NAME/PATH" },
		{ "https://0.0.0.0/q", "https://NAME/PATH" },
		{ "https://999.9.9.9/q", "https://NAME/PATH" },
		{ "https://[2001:db8::1/q", "https://NAME/PATH" },
		{ "https://d.example/a b", "{?dns}" },
		{ "https://d.example/q#part", "{?dns}" },
		{ "https://d.example/q{?dns}x", "{?dns}" },
		{ "https://d.example/q{&dns}", "{?dns}" },
		{ "https://d.example/q?a=1{?dns}", "{?dns}" },
		{ "https://d.example/{dns}", "{?dns}" },
		{ "https://d.example/\xc3\xa4", "{?dns}" },
		{ "https://d.example/\r\nx-evil: 1", "{?dns}" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char why[URL_WHY_LEN] = "";
		struct url url;
		assert_int_equal(url_read(cases[i].text, &url, why), ERR_FORMAT);
		if (!strstr(why, cases[i].says))
			fail_msg("%s: \"%s\" does not say \"%s\"", cases[i].text, why,
				cases[i].says);
	}
}

static void test_long_ones(void **state)
{
	static const char *const starts[] = { "tls://", "https://", "https://d.example/", "" };
	(void)state;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		char text[2000], why[URL_WHY_LEN] = "";
		struct url url;
		memset(text, 'a', sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		memcpy(text, starts[i], strlen(starts[i]));
		assert_int_equal(url_read(text, &url, why), ERR_FORMAT);
		assert_in_range(strlen(why), 20, URL_WHY_LEN - 2); /* whole, not cut */
	}
	/* The longest path there may be. */
	char text[URL_PATH_LEN + 40] = "https://d.example/", why[URL_WHY_LEN];
	struct url url;
	const size_t before = strlen("https://d.example");
	memset(text + before + 1, 'a', URL_PATH_LEN - 2);
	assert_int_equal(url_read(text, &url, why), 0);
	text[before + URL_PATH_LEN - 1] = 'a';
	assert_int_equal(url_read(text, &url, why), ERR_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_urls),
		cmocka_unit_test(test_bad_urls),
		cmocka_unit_test(test_long_ones),
	};
	return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
