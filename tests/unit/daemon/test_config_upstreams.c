/* SPDX-License-Identifier: MIT */
/* Who is asked, and for which names: what is mistyped must not send questions elsewhere. */
#include "unit/daemon/parsed.h"

/* An upstream that cannot work is found before anything is asked of it. */
static void test_upstreams(void **state)
{
	(void)state;
	WRONG_WITH("upstreams: []\n", "empty list");
	WRONG_WITH("upstreams: [{name: x}]\n", "f:1: upstreams.url is missing");
	WRONG_WITH("upstreams:\n- tls://9.9.9.9\n- [a]\n", "f:3: a list in the list upstreams");
	WRONG_WITH("upstreams: https://9.9.9.9\n", "f:1: upstreams: ", "/dns-query");
	WRONG_WITH("upstreams:\n- url: https://9.9.9.9/dns-query\n  method: put\n",
		"f:3: upstreams.method", "post or get");
	WRONG_WITH("upstreams:\n- url: tls://9.9.9.9\n  method: get\n", "f:3: upstreams.method",
		"only upstreams asked over HTTPS");
	WRONG_WITH("upstreams:\n- {url: tls://a.example, addresses: [1.2.3]}\n", "f:2: ");
	WRONG_WITH(
		"upstreams:\n- tls://9.9.9.9\n- tls://9.9.9.9\n", "f:3: ", "9.9.9.9 stands twice");
	WRONG_WITH(
		"upstreams:\n- {url: tls://9.9.9.9, name: a}\n- url: tls://9.9.9.10\n  name: A\n",
		"f:4: ", "A stands twice");
	WRONG_WITH("upstreams: {url: tls://9.9.9.9, name: a b}\n", "no good name");
	WRONG_WITH("upstreams: {url: tls://9.9.9.9, name: \"\"}\n", "no good name");
	WRONG_WITH("upstreams:\n- url: tls://9.9.9.9\n  ca-file: /no/such/file\n",
		"f:3: ca-file: /no/such/file cannot be read: No such file");
	WRONG_WITH("tls: {ca-file: /no/such/file}\n", "f:1: ca-file: /no/such/file");
}

/* A name alone is enough; whoever looks it up is known by address. */
static void test_bootstrap(void **state)
{
	struct parsed parsed = good("upstreams: [tls://dns.example, https://doh.example/q]\n"
				    "bootstrap: 127.0.0.1:5353\n");
	(void)state;
	assert_int_equal(parsed.config->upstreams[0]->address_count, 0);
	assert_int_equal(parsed.config->bootstrap_count, 1);
	assert_address(&parsed.config->bootstrap[0], "127.0.0.1:5353");
	parsed_free(&parsed);
	parsed = good("bootstrap: []\n");
	assert_int_equal(parsed.config->bootstrap_count, 0);
	parsed_free(&parsed);
	WRONG_WITH("bootstrap:\n- 192.0.2.1\n- dns.example\n",
		"f:3: bootstrap: \"dns.example\" is no address of a server; write 192.0.2.53");
	WRONG_WITH("bootstrap: 0.0.0.0\n", "f:1: bootstrap: ");
	WRONG_WITH("bootstrap: 192.0.2.1@0\n", "f:1: bootstrap: ");
	WRONG_WITH("bootstrap: [192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4, 192.0.2.5, 192.0.2.6, "
		   "192.0.2.7, 192.0.2.8, 192.0.2.9]\n",
		"f:1: bootstrap", "8");
}

/* Both ways side by side; an IDN keeps its path. */
static void test_upstreams_over_https(void **state)
{
	struct parsed parsed = good("upstreams:\n"
				    "- https://9.9.9.9/dns-query\n"
				    "- {url: \"https://b\xc3\xbc"
				    "cher.example/q{?dns}\", method: get,\n"
				    "   addresses: 192.0.2.1}\n"
				    "- tls://9.9.9.10\n");
	(void)state;
	struct endpoint **upstreams = parsed.config->upstreams;
	assert_int_equal(parsed.config->upstream_count, 3);
	assert_int_equal(upstreams[0]->kind, TRANSPORT_DOH);
	assert_int_equal(upstreams[0]->method, DOH_METHOD_POST);
	assert_string_equal(upstreams[0]->path, "/dns-query");
	assert_string_equal(upstreams[1]->host, "xn--bcher-kva.example");
	assert_string_equal(upstreams[1]->path, "/q");
	assert_int_equal(upstreams[1]->method, DOH_METHOD_GET);
	assert_int_equal(upstreams[2]->kind, TRANSPORT_DOT);
	parsed_free(&parsed);
}

/* A name goes where its owner said, or the file is refused. */
static void test_routes(void **state)
{
	(void)state;
	WRONG_WITH("routes: [{domains: a}]\n", "routes.upstreams is missing");
	WRONG_WITH("routes: [{upstreams: quad9}]\n", "routes.domains is missing");
	WRONG_WITH("routes: [{domains: a, upstreams: quad0}]\n",
		"no upstream is called \"quad0\"; did you mean \"quad9\"?");
	WRONG_WITH("routes: [{domains: a, upstreams: vpn}]\n",
		"no upstream is called \"vpn\"; write the name of one, as quad9");
	WRONG_WITH("routes: [{domains: a, upstreams: \"udp://10.0.0.53\"}]\n", "not built yet");
	WRONG_WITH("routes: [{domains: a, upstreams: [quad9, quad9]}]\n", "quad9 stands twice");
	WRONG_WITH("routes: [{domains: \"*.a\", upstreams: quad9}]\n", "without the asterisk");
	WRONG_WITH("routes: [{domains: a..b, upstreams: quad9}]\n", "no domain name");
	/* A route that counts for nothing would be believed in. */
	WRONG_WITH("routes: [{domains: x.onion, upstreams: quad9}]\n",
		"\"x.onion\" never leaves this machine", "RFC 7686", "remove it");
	WRONG_WITH("routes:\n- {domains: [a.b, c], upstreams: quad9}\n"
		   "- {domains: A.B., upstreams: cloudflare}\n",
		"f:3: routes.domains: ", "is routed on line 2 already");
	struct parsed parsed = good("routes: [{domains: a, upstreams: quad9}, "
				    "{domains: b.a, upstreams: cloudflare}]\n");
	parsed_free(&parsed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_upstreams),
		cmocka_unit_test(test_bootstrap),
		cmocka_unit_test(test_upstreams_over_https),
		cmocka_unit_test(test_routes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
