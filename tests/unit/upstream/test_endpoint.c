/* SPDX-License-Identifier: MIT */
/* A mistyped upstream must end in a sentence that helps, never in queries to somebody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "support/failmalloc.h"
#include "support/fake_tls.h"
#include "upstream/endpoint.h"

static struct endpoint *make(const char *url, const char *address)
{
	struct endpoint *endpoint = NULL;
	char why[ENDPOINT_WHY_LEN] = "";
	const struct endpoint_options options = {
		.url = url,
		.addresses = &address,
		.address_count = address ? 1 : 0,
	};
	if (endpoint_new(&options, &endpoint, why) != 0)
		fail_msg("%s: %s", url, why);
	return endpoint;
}

static void test_good_urls(void **state)
{
	static const struct {
		const char *url, *address, *host, *text;
	} cases[] = {
		{ "tls://dns.quad9.net", "9.9.9.9", "dns.quad9.net", "9.9.9.9:853" },
		{ "tls://dns.quad9.net:8853", "9.9.9.9", "dns.quad9.net", "9.9.9.9:8853" },
		{ "tls://dns.quad9.net:8853", "9.9.9.9@853", "dns.quad9.net", "9.9.9.9:853" },
		{ "TLS://DNS.Quad9.NET./", "2620:fe::fe", "dns.quad9.net", "[2620:fe::fe]:853" },
		{ "tls://d.example", "2001:db8::1@443", "d.example", "[2001:db8::1]:443" },
		{ "tls://9.9.9.9", NULL, "9.9.9.9", "9.9.9.9:853" },
		{ "tls://9.9.9.9:8853", NULL, "9.9.9.9", "9.9.9.9:8853" },
		{ "tls://[2001:DB8:0::1]:443", NULL, "2001:db8::1", "[2001:db8::1]:443" },
		{ "tls://2001:db8::1", NULL, "2001:db8::1", "[2001:db8::1]:853" },
		{ "tls://9.9.9.9", "192.0.2.1", "9.9.9.9", "192.0.2.1:853" },
	};
	char text[ADDRESS_TEXT_LEN];
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct endpoint *endpoint = make(cases[i].url, cases[i].address);
		assert_string_equal(endpoint->host, cases[i].host);
		assert_string_equal(endpoint->name, cases[i].host);
		assert_string_equal(endpoint->url, cases[i].url);
		assert_string_equal(endpoint->ca_file, "");
		assert_int_equal(endpoint->kind, TRANSPORT_DOT);
		assert_int_equal(endpoint->address_count, 1);
		assert_string_equal(address_write(&endpoint->addresses[0], text), cases[i].text);
		endpoint_release(endpoint);
	}
}

static void test_over_https(void **state)
{
	struct endpoint *endpoint = make("https://dns.google/dns-query{?dns}", "8.8.8.8");
	char text[ADDRESS_TEXT_LEN];
	(void)state;
	assert_int_equal(endpoint->kind, TRANSPORT_DOH);
	assert_int_equal(endpoint->method, DOH_METHOD_POST);
	assert_string_equal(endpoint->path, "/dns-query");
	assert_string_equal(endpoint->name, "dns.google");
	assert_string_equal(address_write(&endpoint->addresses[0], text), "8.8.8.8:443");
	endpoint_release(endpoint);
	endpoint = make("https://9.9.9.9/dns-query", NULL);
	assert_string_equal(address_write(&endpoint->addresses[0], text), "9.9.9.9:443");
	endpoint_release(endpoint);
}

static void test_bad_urls(void **state)
{
	/* What each sentence must name for the reader to know what to do. */
	static const struct {
		const char *url, *address, *says;
	} cases[] = {
		{ "https://dns.google", "8.8.8.8", "/dns-query" },
		{ "udp://9.9.9.9", NULL, "tls://NAME" },
		{ "dns.quad9.net", "9.9.9.9", "write tls://dns.quad9.net" },
		{ "9.9.9.9", NULL, "write tls://9.9.9.9" },
		{ "tls://", "9.9.9.9", "expected tls://NAME" },
		{ "tls://d.example:0", "9.9.9.9", "1 to 65535" },
		{ "tls://d.example:65536", "9.9.9.9", "1 to 65535" },
		{ "tls://d.example:", "9.9.9.9", "1 to 65535" },
		{ "tls://d.example/path", "9.9.9.9", "expected tls://NAME" },
		{ "tls://user@d.example", "9.9.9.9", "expected tls://NAME" },
		{ "tls://d..example", "9.9.9.9", "expected tls://NAME" },
		{ "tls://b\xc3\xbc"
		  "cher.example",
			"9.9.9.9", "xn--" },
		{ "tls://999.9.9.9", NULL, "expected tls://NAME" },
		{ "tls://0.0.0.0", NULL, "expected tls://NAME" },
		{ "tls://[2001:db8::1", NULL, "expected tls://NAME" },
		{ "tls://d.example", "dns.example", "@PORT" },
		{ "tls://d.example", "0.0.0.0", "@PORT" },
		{ "tls://d.example", "9.9.9.9@0", "@PORT" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct endpoint *endpoint = NULL;
		char why[ENDPOINT_WHY_LEN] = "";
		const struct endpoint_options options = {
			.url = cases[i].url,
			.addresses = &cases[i].address,
			.address_count = cases[i].address ? 1 : 0,
		};
		assert_int_equal(endpoint_new(&options, &endpoint, why), ERR_FORMAT);
		assert_null(endpoint);
		if (!strstr(why, cases[i].says))
			fail_msg(
				"%s: \"%s\" does not say \"%s\"", cases[i].url, why, cases[i].says);
	}
}

static void test_to_be_looked_up(void **state)
{
	struct endpoint *named = make("tls://dns.quad9.net:8853", NULL);
	struct endpoint *other = make("tls://dns.quad9.net:8853", "9.9.9.9");
	struct address addresses[2];
	struct trust *trust = NULL;
	char why[TRUST_TEXT_LEN];
	(void)state;
	assert_int_equal(trust_new(&(struct trust_options){ 0 }, &trust, why), 0);
	assert_int_equal(endpoint_trust(named, &(struct endpoint_trusts){ .trust = trust }), 0);
	trust_release(trust);
	assert_int_equal(named->address_count, 0);
	assert_false(endpoint_equal(named, other));
	assert_int_equal(address_parse("192.0.2.1", 8853, &addresses[0]), 0);
	assert_int_equal(address_parse("2001:db8::1", 8853, &addresses[1]), 0);
	assert_int_equal(endpoint_find(named, &addresses[0]), 0);
	struct endpoint *found = endpoint_located(named, addresses, 2);
	assert_non_null(found);
	endpoint_release(named); /* the other lives on it */
	assert_int_equal(found->address_count, 2);
	assert_true(address_equal(&found->addresses[1], &addresses[1]));
	assert_string_equal(found->host, "dns.quad9.net");
	assert_string_equal(found->url, "tls://dns.quad9.net:8853");
	assert_ptr_equal(found->trust, trust);
	assert_int_equal(endpoint_find(found, &addresses[1]), 1);
	address_set_port(&addresses[1], 853);
	assert_int_equal(endpoint_find(found, &addresses[1]), 2);
	endpoint_release(found);
	endpoint_release(other);
	assert_int_equal(fake_trust_holds(), 0);
}

static void test_to_be_looked_up_without_memory(void **state)
{
	struct endpoint *named = make("tls://dns.quad9.net", NULL);
	struct address address;
	(void)state;
	assert_int_equal(address_parse("192.0.2.1", 853, &address), 0);
	for (size_t n = 0; n < 2; n++) {
		failmalloc_arm(n);
		assert_null(endpoint_located(named, &address, 1));
		assert_true(failmalloc_disarm());
	}
	endpoint_release(named);
}

static void test_limits(void **state)
{
	char why[ENDPOINT_WHY_LEN], url[400] = "tls://";
	const char *addresses[ENDPOINT_ADDRESSES_MAX + 1];
	struct endpoint *endpoint = NULL;
	(void)state;
	for (size_t i = 0; i <= ENDPOINT_ADDRESSES_MAX; i++)
		addresses[i] = "9.9.9.9";
	struct endpoint_options options = {
		.url = "tls://d.example",
		.addresses = addresses,
		.address_count = ENDPOINT_ADDRESSES_MAX,
	};
	assert_int_equal(endpoint_new(&options, &endpoint, why), 0);
	endpoint_release(endpoint);
	options.address_count++;
	assert_int_equal(endpoint_new(&options, &endpoint, why), ERR_FORMAT);
	assert_non_null(strstr(why, "at most 16"));

	options.address_count = 1;
	memset(url + 6, 'a', sizeof(url) - 7);
	options.url = url;
	assert_int_equal(endpoint_new(&options, &endpoint, why), ERR_FORMAT);
	assert_true(strlen(why) < ENDPOINT_WHY_LEN - 1); /* whole, not cut */
}

static void test_equal(void **state)
{
	const char *address = "9.9.9.9", *other_address = "9.9.9.10";
	char why[ENDPOINT_WHY_LEN];
	const struct endpoint_options base = {
		.url = "tls://d.example",
		.name = "one",
		.addresses = &address,
		.address_count = 1,
	};
	struct pin pins[2] = { { { 1 } }, { { 2 } } };
	struct endpoint_options others[12];
	struct endpoint *a, *b;
	(void)state;
	for (size_t i = 0; i < 12; i++)
		others[i] = base;
	others[0].name = "another"; /* this alone does not count */
	others[1].url = "tls://e.example";
	others[2].url = "tls://d.example:854";
	others[3].addresses = &other_address;
	others[4].ca_file = "/etc/ca.pem";
	others[5].min_version = TLS_VERSION_1_3;
	others[6].profile = TLS_OPPORTUNISTIC;
	others[7].pins = (struct pins){ .items = pins, .count = 1 };
	others[8].pins = (struct pins){ .items = pins, .count = 2 };
	others[9].pins = (struct pins){ .bypass_until_s = 1 };
	others[10].client_cert = "/etc/me.pem";
	others[11].client_key = "/etc/me.key";
	assert_int_equal(endpoint_new(&base, &a, why), 0);
	for (size_t i = 0; i < 12; i++) {
		assert_int_equal(endpoint_new(&others[i], &b, why), 0);
		assert_int_equal(endpoint_equal(a, b), i == 0);
		endpoint_release(b);
	}
	endpoint_release(a);
}

static void test_equal_over_https(void **state)
{
	static const struct {
		const char *url;
		enum doh_method method;
		bool equal;
	} cases[] = {
		{ "https://d.example/dns-query", DOH_METHOD_POST, true },
		{ "https://d.example/dns-query{?dns}", DOH_METHOD_POST, true },
		{ "https://d.example/dns-query", DOH_METHOD_GET, false },
		{ "https://d.example/other", DOH_METHOD_POST, false },
		{ "https://d.example:853/dns-query", DOH_METHOD_POST, false },
		{ "tls://d.example:443", DOH_METHOD_POST, false },
	};
	struct endpoint *a = make(cases[0].url, "9.9.9.9@443");
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct endpoint *b = make(cases[i].url, "9.9.9.9@443");
		b->method = cases[i].method;
		assert_int_equal(endpoint_equal(a, b), cases[i].equal);
		endpoint_release(b);
	}
	endpoint_release(a);
}

/* What the configuration says must reach the connection, or it protects nobody. */
static void test_peer(void **state)
{
	static const struct pin pins[] = { { { 1 } }, { { 2 } } };
	const char *address = "9.9.9.9";
	const struct endpoint_options options = {
		.url = "tls://d.example",
		.addresses = &address,
		.address_count = 1,
		.min_version = TLS_VERSION_1_3,
		.profile = TLS_OPPORTUNISTIC,
		.pins = { .items = pins, .count = 2, .bypass_until_s = 77 },
	};
	struct endpoint_trusts trusts = { .tickets = tickets_new() };
	struct endpoint *endpoint;
	char why[ENDPOINT_WHY_LEN];
	(void)state;

	assert_int_equal(endpoint_new(&options, &endpoint, why), 0);
	assert_int_equal(trust_new(&(struct trust_options){ 0 }, &trusts.trust, why), 0);
	assert_int_equal(endpoint_trust(endpoint, &trusts), 0);
	struct tls_peer peer = endpoint_peer(endpoint, "dot");
	assert_string_equal(peer.host, "d.example");
	assert_string_equal(peer.alpn, "dot");
	assert_int_equal(peer.min_version, TLS_VERSION_1_3);
	assert_int_equal(peer.profile, TLS_OPPORTUNISTIC);
	assert_ptr_equal(peer.trust, trusts.trust);
	assert_int_equal(peer.pins.count, 2);
	assert_ptr_not_equal(peer.pins.items, pins);
	assert_memory_equal(peer.pins.items, pins, sizeof(pins));
	assert_int_equal(peer.pins.bypass_until_s, 77);
	assert_null(peer.credential);
	assert_ptr_equal(peer.tickets, trusts.tickets);
	endpoint_release(endpoint);
	trust_release(trusts.trust);
	tickets_free(trusts.tickets);
}

/* With tickets and without is not the same upstream: after a reload connections begin anew. */
static void test_tickets_make_a_difference(void **state)
{
	struct endpoint *one = make("tls://9.9.9.9", NULL), *other = make("tls://9.9.9.9", NULL);
	struct endpoint_trusts trusts = { 0 };
	char why[ENDPOINT_WHY_LEN];
	(void)state;

	assert_int_equal(trust_new(&(struct trust_options){ 0 }, &trusts.trust, why), 0);
	assert_int_equal(endpoint_trust(one, &trusts), 0);
	assert_int_equal(endpoint_trust(other, &trusts), 0);
	assert_true(endpoint_equal(one, other));
	trusts.tickets = tickets_new();
	assert_int_equal(endpoint_trust(other, &trusts), 0);
	assert_false(endpoint_equal(one, other));
	endpoint_release(one);
	endpoint_release(other);
	trust_release(trusts.trust);
	tickets_free(trusts.tickets);
}

/* Tickets of another server, or of one known otherwise, are no good. */
static void test_ticket_keys(void **state)
{
	static const struct pin pins[] = { { { 1 } }, { { 2 } } };
	const struct endpoint_options base = { .url = "tls://d.example",
		.pins = { .items = pins, .count = 1 } };
	struct endpoint_options options[8];
	struct endpoint_trusts trusts = { 0 };
	uint8_t first[TICKETS_KEY_LEN];
	char why[ENDPOINT_WHY_LEN];
	(void)state;

	for (unsigned i = 0; i < 8; i++)
		options[i] = base;
	options[1].name = "another name for it";
	options[2].url = "tls://e.example";
	options[3].url = "tls://d.example:8853";
	options[4].url = "https://d.example:853/";
	options[5].min_version = TLS_VERSION_1_3;
	options[6].profile = TLS_OPPORTUNISTIC;
	options[7].pins.count = 2;
	assert_int_equal(trust_new(&(struct trust_options){ 0 }, &trusts.trust, why), 0);
	for (unsigned i = 0; i < 8; i++) {
		struct endpoint *endpoint;
		assert_int_equal(endpoint_new(&options[i], &endpoint, why), 0);
		assert_int_equal(endpoint_trust(endpoint, &trusts), 0);
		if (i == 0)
			memcpy(first, endpoint->ticket_key, sizeof(first));
		assert_int_equal(memcmp(first, endpoint->ticket_key, sizeof(first)) == 0, i < 2);
		endpoint_release(endpoint);
	}
	trust_release(trusts.trust);
}

static void test_trust_is_held(void **state)
{
	struct endpoint *endpoint = make("tls://9.9.9.9", NULL);
	struct trust *trust = NULL, *other = NULL;
	char why[TRUST_TEXT_LEN];
	(void)state;
	assert_int_equal(trust_new(&(struct trust_options){ 0 }, &trust, why), 0);
	assert_int_equal(trust_new(&(struct trust_options){ 0 }, &other, why), 0);
	const struct endpoint_trusts first = { .trust = trust }, second = { .trust = other };
	assert_int_equal(endpoint_trust(endpoint, &first), 0);
	assert_int_equal(endpoint_trust(endpoint, &second), 0);
	trust_release(trust);
	trust_release(other);
	assert_int_equal(fake_trust_holds(), 1);
	assert_ptr_equal(endpoint->trust, other);
	assert_ptr_equal(endpoint_hold(endpoint), endpoint);
	endpoint_release(endpoint);
	assert_int_equal(fake_trust_holds(), 1);
	endpoint_release(endpoint);
	assert_int_equal(fake_trust_holds(), 0);
	assert_null(endpoint_hold(NULL));
	endpoint_release(NULL);
}

static void test_no_memory(void **state)
{
	(void)state;
	for (size_t n = 0;; n++) {
		struct endpoint *endpoint = NULL;
		char why[ENDPOINT_WHY_LEN] = "";
		const struct endpoint_options options = { .url = "tls://9.9.9.9" };
		failmalloc_arm(n);
		int err = endpoint_new(&options, &endpoint, why);
		if (!failmalloc_disarm()) {
			assert_int_equal(err, 0);
			endpoint_release(endpoint);
			break;
		}
		assert_int_equal(err, ERR_NOMEM);
		assert_string_not_equal(why, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_urls),
		cmocka_unit_test(test_over_https),
		cmocka_unit_test(test_bad_urls),
		cmocka_unit_test(test_to_be_looked_up),
		cmocka_unit_test(test_to_be_looked_up_without_memory),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_equal_over_https),
		cmocka_unit_test(test_peer),
		cmocka_unit_test(test_tickets_make_a_difference),
		cmocka_unit_test(test_ticket_keys),
		cmocka_unit_test(test_trust_is_held),
		cmocka_unit_test(test_no_memory),
	};
	return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}
