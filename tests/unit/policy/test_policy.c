/* SPDX-License-Identifier: MIT */
/* Lost if these fail: names of the local network that outsiders get to see, private names that go
 * to the wrong servers, and queries that make us an attacker's tool. */
#include "policy/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/failmalloc.h"

#define DOMAINS_MAX 8

struct routes {
	struct name_space spaces[2][DOMAINS_MAX];
	struct name domains[2][DOMAINS_MAX];
	struct policy_route routes[2];
	struct policy_options options;
};

static void route_add(struct routes *routes, size_t which, const char *domain)
{
	struct policy_route *route = &routes->routes[which];
	struct name *name = &routes->domains[which][route->domain_count];
	assert_int_equal(name_parse(domain, &routes->spaces[which][route->domain_count], name), 0);
	route->domains = routes->domains[which];
	route->domain_count++;
	routes->options.routes = routes->routes;
	routes->options.route_count = 2;
}

static struct policy *policy_of(const struct policy_options *options)
{
	static const struct policy_options none;
	struct policy *policy;
	assert_int_equal(policy_new(options ? options : &none, &policy), 0);
	return policy;
}

/* A decision, and what it points into. */
struct asked {
	struct name_space space;
	struct question question;
	struct decision decision;
};

static const struct decision *ask_class(const struct policy *policy, struct asked *asked,
	const char *name, uint16_t type, uint16_t class)
{
	struct question *question = &asked->question;
	assert_int_equal(name_parse(name, &asked->space, &question->name), 0);
	question->type = type;
	question->class = class;
	memset(&asked->decision, 0xff, sizeof(asked->decision));
	policy_decide(policy, question, &asked->decision);
	return &asked->decision;
}

static const struct decision *ask(
	const struct policy *policy, struct asked *asked, const char *name, uint16_t type)
{
	return ask_class(policy, asked, name, type, CLASS_IN);
}

static bool passes(const struct policy *policy, const char *name, uint16_t type)
{
	struct asked asked;
	const struct decision *decision = ask(policy, &asked, name, type);
	return decision->verb == POLICY_PASS && decision->rrset_count == 0 &&
	       !decision->ede.present;
}

static size_t route_of(const struct policy *policy, const char *name, uint16_t type)
{
	struct asked asked;
	const struct decision *decision = ask(policy, &asked, name, type);
	return decision->verb == POLICY_ROUTE ? decision->route : SIZE_MAX;
}

/* Answered here, with that code and, as a stub needs it, with an SOA of that zone. */
static bool denied(const struct policy *policy, const char *name, uint16_t type, uint16_t rcode,
	const char *zone)
{
	struct asked asked;
	char text[NAME_TEXT_LEN];
	const struct decision *decision = ask(policy, &asked, name, type);
	return decision->verb == POLICY_ANSWER && decision->rcode == rcode &&
	       decision->authoritative && decision->rrset_count == 1 &&
	       decision->rrsets[0].type == TYPE_SOA &&
	       decision->rrsets[0].section == SECTION_AUTHORITY &&
	       strcmp(name_print(decision->rrsets[0].owner, text), zone) == 0 &&
	       decision->ede.present == (rcode == RCODE_NXDOMAIN);
}

static bool nodata(const struct policy *policy, const char *name, uint16_t type, const char *zone)
{
	return denied(policy, name, type, RCODE_NOERROR, zone);
}

static bool absent(const struct policy *policy, const char *name, const char *zone)
{
	return denied(policy, name, TYPE_A, RCODE_NXDOMAIN, zone) &&
	       denied(policy, name, TYPE_HTTPS, RCODE_NXDOMAIN, zone);
}

/* Answered with one record in the answer section; returns its data. */
static struct bytes data(
	const struct policy *policy, struct asked *asked, const char *name, uint16_t type)
{
	const struct decision *decision = ask(policy, asked, name, type);
	assert_int_equal(decision->verb, POLICY_ANSWER);
	assert_int_equal(decision->rcode, RCODE_NOERROR);
	assert_int_equal(decision->rrset_count, 1);
	assert_int_equal(decision->rrsets[0].section, SECTION_ANSWER);
	assert_int_equal(decision->rrsets[0].type, type);
	assert_true(name_equal(decision->rrsets[0].owner, asked->question.name));
	assert_int_equal(decision->rrsets[0].count, 1);
	return decision->rrsets[0].rdata[0];
}

static bool refused(const struct decision *decision, uint16_t rcode, uint16_t ede_code)
{
	return decision->verb == POLICY_ANSWER && decision->rcode == rcode &&
	       !decision->authoritative && decision->rrset_count == 0 && decision->ede.present &&
	       decision->ede.code == ede_code && decision->ede.text;
}

static void test_ordinary_names_pass(void **state)
{
	(void)state;
	struct policy *policy = policy_of(NULL);
	assert_true(passes(policy, ".", TYPE_NS));
	assert_true(passes(policy, "example.com", TYPE_A));
	assert_true(passes(policy, "arpa", TYPE_NS));
	assert_true(passes(policy, "1.1.1.1.in-addr.arpa", TYPE_PTR));
	assert_true(passes(policy, "notlocalhost", TYPE_A));
	assert_true(passes(policy, "localhost.example.com", TYPE_A));
	assert_true(passes(policy, "15.172.in-addr.arpa", TYPE_PTR));
	assert_true(passes(policy, "32.172.in-addr.arpa", TYPE_PTR));
	assert_true(passes(policy, "63.100.in-addr.arpa", TYPE_PTR));
	assert_true(passes(policy, "128.100.in-addr.arpa", TYPE_PTR));
	assert_true(passes(policy, "c.f.ip6.arpa", TYPE_PTR));
	assert_true(passes(policy, "example.com", 65280));
	policy_free(policy);
	policy_free(NULL);
}

/* L5 */
static void test_other_classes(void **state)
{
	(void)state;
	static const char *const names[] = { "version.bind", "VERSION.Server", "id.server",
		"hostname.bind" };
	struct policy *policy = policy_of(NULL);
	struct asked asked;
	for (size_t i = 0; i < 4; i++) {
		assert_true(refused(ask_class(policy, &asked, names[i], TYPE_TXT, CLASS_CH),
			RCODE_REFUSED, EDE_PROHIBITED));
		assert_true(refused(ask_class(policy, &asked, names[i], TYPE_TXT, CLASS_HS),
			RCODE_NOTIMP, EDE_NOT_SUPPORTED));
		assert_true(passes(policy, names[i], TYPE_TXT));
	}
	assert_true(refused(ask_class(policy, &asked, "example.com", TYPE_A, CLASS_CH),
		RCODE_NOTIMP, EDE_NOT_SUPPORTED));
	assert_true(refused(ask_class(policy, &asked, "localhost", TYPE_A, CLASS_ANY), RCODE_NOTIMP,
		EDE_NOT_SUPPORTED));
	assert_true(refused(ask_class(policy, &asked, "example.com", TYPE_ANY, 0), RCODE_NOTIMP,
		EDE_NOT_SUPPORTED));
	policy_free(policy);
}

/* L6 */
static void test_types_that_are_never_forwarded(void **state)
{
	(void)state;
	static const uint16_t refuse[] = { TYPE_AXFR, TYPE_IXFR, TYPE_MAILA, TYPE_MAILB };
	static const uint16_t wrong[] = { 0, TYPE_OPT, TYPE_TSIG, TYPE_TKEY, 128 };
	struct policy *policy = policy_of(NULL);
	struct asked asked;
	for (size_t i = 0; i < 4; i++)
		assert_true(refused(ask(policy, &asked, "example.com", refuse[i]), RCODE_REFUSED,
			EDE_INVALID_QUERY_TYPE));
	for (size_t i = 0; i < 5; i++)
		assert_true(refused(ask(policy, &asked, "localhost", wrong[i]), RCODE_FORMERR,
			EDE_INVALID_QUERY_TYPE));
	policy_free(policy);
}

static void test_any_is_one_small_record(void **state)
{
	(void)state;
	struct policy *policy = policy_of(NULL);
	struct asked asked;
	const struct decision *decision = ask(policy, &asked, "Example.com", TYPE_ANY);
	const struct rrset *hinfo = &decision->rrsets[0];
	assert_int_equal(decision->verb, POLICY_ANSWER);
	assert_int_equal(decision->rcode, RCODE_NOERROR);
	assert_false(decision->authoritative || decision->ede.present);
	assert_int_equal(decision->rrset_count, 1);
	assert_int_equal(hinfo->type, TYPE_HINFO);
	assert_int_equal(hinfo->section, SECTION_ANSWER);
	assert_int_equal(hinfo->ttl_s, 3600);
	assert_true(name_equal(hinfo->owner, asked.question.name));
	assert_true(bytes_equal(hinfo->rdata[0], bytes_of("\007RFC8482", 9)));
	policy_free(policy);
}

/* RFC 6761 section 6.3 */
static void test_localhost_is_this_machine(void **state)
{
	(void)state;
	static const uint8_t v4[] = { 127, 0, 0, 1 };
	static const uint8_t v6[16] = { [15] = 1 };
	struct policy *policy = policy_of(NULL);
	struct asked asked;
	struct bytes rdata = data(policy, &asked, "localhost", TYPE_A);
	assert_true(bytes_equal(rdata, bytes_of(v4, 4)));
	assert_true(asked.decision.authoritative);
	rdata = data(policy, &asked, "app.LocalHost", TYPE_A);
	assert_true(bytes_equal(rdata, bytes_of(v4, 4)));
	rdata = data(policy, &asked, "a.b.localhost", TYPE_AAAA);
	assert_true(bytes_equal(rdata, bytes_of(v6, 16)));
	assert_true(nodata(policy, "localhost", TYPE_HTTPS, "localhost."));
	assert_true(nodata(policy, "app.localhost", TYPE_MX, "localhost."));
	assert_true(nodata(policy, "localhost", TYPE_DS, "localhost."));
	policy_free(policy);
}

static void test_names_that_do_not_exist(void **state)
{
	(void)state;
	static const char *const zones[] = { "invalid.", "test.", "onion.", "alt.", "local.",
		"use-application-dns.net." };
	struct policy *policy = policy_of(NULL);
	for (size_t i = 0; i < 6; i++) {
		char text[64] = "some.name.";
		assert_true(absent(policy, zones[i], zones[i]));
		assert_true(absent(policy, strcat(text, zones[i]), zones[i]));
		assert_true(denied(policy, zones[i], TYPE_DS, RCODE_NXDOMAIN, zones[i]));
	}
	assert_true(passes(policy, "net", TYPE_NS));
	policy_free(policy);
}

/* RFC 6303, RFC 7793, RFC 8375 */
static void test_locally_served_zones(void **state)
{
	(void)state;
	static const char *const zones[] = { "10.in-addr.arpa.", "31.172.in-addr.arpa.",
		"168.192.in-addr.arpa.", "127.100.in-addr.arpa.", "254.169.in-addr.arpa.",
		"d.f.ip6.arpa.", "8.b.d.0.1.0.0.2.ip6.arpa.", "home.arpa." };
	struct policy *policy = policy_of(NULL);
	struct asked asked;
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		char text[64] = "1.2.";
		char zone[NAME_TEXT_LEN];
		assert_true(
			denied(policy, strcat(text, zones[i]), TYPE_PTR, RCODE_NXDOMAIN, zones[i]));
		assert_true(denied(policy, text, TYPE_DS, RCODE_NXDOMAIN, zones[i]));
		assert_true(nodata(policy, zones[i], TYPE_PTR, zones[i]));
		(void)data(policy, &asked, zones[i], TYPE_SOA); /* it asserts */
		struct bytes ns = data(policy, &asked, zones[i], TYPE_NS);
		struct name name = { .octets = ns.at, .len = (uint8_t)ns.len };
		assert_string_equal(name_print(name, zone), zones[i]);
		assert_true(asked.decision.authoritative);
		/* What a validator behind us must hear from the zone above. */
		assert_true(passes(policy, zones[i], TYPE_DS));
	}
	policy_free(policy);
}

static void test_loopback_addresses_have_a_name(void **state)
{
	(void)state;
	struct policy *policy = policy_of(NULL);
	struct asked asked;
	struct bytes want = bytes_of("\011localhost", 11);
	assert_true(bytes_equal(data(policy, &asked, "1.0.0.127.in-addr.arpa", TYPE_PTR), want));
	assert_true(bytes_equal(data(policy, &asked,
					"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0"
					".0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa",
					TYPE_PTR),
		want));
	assert_true(nodata(policy, "1.0.0.127.in-addr.arpa", TYPE_TXT, "1.0.0.127.in-addr.arpa."));
	assert_true(denied(policy, "2.0.0.127.in-addr.arpa", TYPE_PTR, RCODE_NXDOMAIN,
		"0.0.127.in-addr.arpa."));
	/* It exists, as something below it does. */
	assert_true(nodata(policy, "0.0.127.in-addr.arpa", TYPE_PTR, "0.0.127.in-addr.arpa."));
	assert_true(nodata(policy, "0.127.in-addr.arpa", TYPE_PTR, "0.127.in-addr.arpa."));
	policy_free(policy);
}

/* RFC 9462 section 6.4 */
static void test_the_resolvers_own_name(void **state)
{
	(void)state;
	struct policy *policy = policy_of(NULL);
	assert_true(nodata(policy, "_dns.resolver.arpa", TYPE_SVCB, "resolver.arpa."));
	assert_true(nodata(policy, "_dns.resolver.arpa", TYPE_A, "resolver.arpa."));
	assert_true(nodata(policy, "any.thing.resolver.arpa", TYPE_A, "resolver.arpa."));
	assert_true(nodata(policy, "resolver.arpa", TYPE_A, "resolver.arpa."));
	assert_true(nodata(policy, "resolver.arpa", TYPE_DS, "resolver.arpa."));
	policy_free(policy);
}

/* P1 */
static void test_the_longest_route_wins(void **state)
{
	(void)state;
	struct routes routes = { 0 };
	route_add(&routes, 0, "corp.example");
	route_add(&routes, 0, "a.b.corp.example");
	route_add(&routes, 1, "b.corp.example");
	struct policy *policy = policy_of(&routes.options);
	assert_int_equal(route_of(policy, "corp.example", TYPE_A), 0);
	assert_int_equal(route_of(policy, "www.CORP.example", TYPE_A), 0);
	assert_int_equal(route_of(policy, "b.corp.example", TYPE_A), 1);
	assert_int_equal(route_of(policy, "x.b.corp.example", TYPE_A), 1);
	assert_int_equal(route_of(policy, "x.a.b.corp.example", TYPE_A), 0);
	assert_true(passes(policy, "example", TYPE_A));
	assert_true(passes(policy, "mycorp.example", TYPE_A));
	/* A route is no way around L6. */
	struct asked asked;
	assert_true(refused(ask(policy, &asked, "corp.example", TYPE_AXFR), RCODE_REFUSED,
		EDE_INVALID_QUERY_TYPE));
	policy_free(policy);
}

static void test_routes_take_what_may_be_taken(void **state)
{
	(void)state;
	struct routes routes = { 0 };
	route_add(&routes, 0, "home.arpa");
	route_add(&routes, 0, "10.in-addr.arpa");
	route_add(&routes, 0, "lab.test");
	route_add(&routes, 1, "Local");
	route_add(&routes, 1, "1.168.192.in-addr.arpa");
	struct policy *policy = policy_of(&routes.options);
	assert_int_equal(route_of(policy, "nas.home.arpa", TYPE_A), 0);
	assert_int_equal(route_of(policy, "home.arpa", TYPE_SOA), 0);
	assert_int_equal(route_of(policy, "1.2.3.10.in-addr.arpa", TYPE_PTR), 0);
	assert_int_equal(route_of(policy, "x.lab.test", TYPE_A), 0);
	assert_int_equal(route_of(policy, "printer.local", TYPE_A), 1);
	assert_int_equal(route_of(policy, "7.1.168.192.in-addr.arpa", TYPE_PTR), 1);
	/* Beside what is routed, all is as it was. */
	assert_true(absent(policy, "other.test", "test."));
	assert_true(denied(policy, "7.2.168.192.in-addr.arpa", TYPE_PTR, RCODE_NXDOMAIN,
		"168.192.in-addr.arpa."));
	policy_free(policy);
}

static void test_routes_do_not_take_the_rest(void **state)
{
	(void)state;
	struct routes routes = { 0 };
	struct asked asked;
	route_add(&routes, 0, "onion");
	route_add(&routes, 0, "some.alt");
	route_add(&routes, 0, "localhost");
	route_add(&routes, 0, "_dns.resolver.arpa");
	/* All names: also those that we serve, unless they are named. */
	route_add(&routes, 1, ".");
	route_add(&routes, 1, "in-addr.arpa");
	struct policy *policy = policy_of(&routes.options);
	assert_true(absent(policy, "x.onion", "onion."));
	assert_true(absent(policy, "x.some.alt", "alt."));
	assert_int_equal(data(policy, &asked, "localhost", TYPE_A).at[0], 127);
	assert_true(nodata(policy, "_dns.resolver.arpa", TYPE_SVCB, "resolver.arpa."));
	assert_int_equal(route_of(policy, "example.com", TYPE_A), 1);
	assert_int_equal(route_of(policy, ".", TYPE_NS), 1);
	assert_int_equal(route_of(policy, "8.8.8.8.in-addr.arpa", TYPE_PTR), 1);
	assert_true(absent(policy, "printer.local", "local."));
	assert_true(denied(
		policy, "1.0.0.10.in-addr.arpa", TYPE_PTR, RCODE_NXDOMAIN, "10.in-addr.arpa."));
	policy_free(policy);
}

static void test_two_routes_for_one_name(void **state)
{
	(void)state;
	struct routes routes = { 0 };
	struct policy *policy = NULL;
	route_add(&routes, 0, "corp.example");
	route_add(&routes, 1, "Corp.Example");
	assert_int_equal(policy_new(&routes.options, &policy), ERR_FORMAT);
	assert_null(policy);
}

static void test_deciding_allocates_nothing(void **state)
{
	(void)state;
	struct policy *policy = policy_of(NULL);
	struct asked asked;
	size_t before = failmalloc_count();
	(void)ask(policy, &asked, "www.example.com", TYPE_A);
	(void)ask(policy, &asked, "1.0.0.127.in-addr.arpa", TYPE_PTR);
	(void)ask(policy, &asked, "printer.local", TYPE_A);
	(void)ask(policy, &asked, "www.example.com", TYPE_ANY);
	assert_int_equal(failmalloc_count(), before);
	policy_free(policy);
}

static void test_out_of_memory(void **state)
{
	(void)state;
	struct routes routes = { 0 };
	struct policy *policy = NULL;
	size_t n = 0;
	route_add(&routes, 0, "corp.example");
	for (;; n++) {
		failmalloc_arm(n);
		int err = policy_new(&routes.options, &policy);
		if (!failmalloc_disarm()) {
			assert_int_equal(err, 0);
			break;
		}
		assert_int_equal(err, ERR_NOMEM);
		assert_null(policy);
	}
	assert_true(n >= 4);
	assert_int_equal(route_of(policy, "corp.example", TYPE_A), 0);
	policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ordinary_names_pass),
		cmocka_unit_test(test_other_classes),
		cmocka_unit_test(test_types_that_are_never_forwarded),
		cmocka_unit_test(test_any_is_one_small_record),
		cmocka_unit_test(test_localhost_is_this_machine),
		cmocka_unit_test(test_names_that_do_not_exist),
		cmocka_unit_test(test_locally_served_zones),
		cmocka_unit_test(test_loopback_addresses_have_a_name),
		cmocka_unit_test(test_the_resolvers_own_name),
		cmocka_unit_test(test_the_longest_route_wins),
		cmocka_unit_test(test_routes_take_what_may_be_taken),
		cmocka_unit_test(test_routes_do_not_take_the_rest),
		cmocka_unit_test(test_two_routes_for_one_name),
		cmocka_unit_test(test_deciding_allocates_nothing),
		cmocka_unit_test(test_out_of_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
