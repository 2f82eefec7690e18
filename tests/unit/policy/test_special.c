/* SPDX-License-Identifier: MIT */
/* Lost if these fail: local names that leave the machine, or answers that clients cannot use. */
#include "policy/special.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static bool in_table(const char *text)
{
	struct name_space space;
	struct name name;
	assert_int_equal(name_parse(text, &space, &name), 0);
	for (size_t i = 0; i < special_count(); i++) {
		if (name_equal(special_name(i), name))
			return true;
	}
	print_message("# %s is not in the table\n", text);
	return false;
}

static void test_every_zone_of_the_registries(void **state)
{
	(void)state;
	static const char *const zones[] = { "localhost", "invalid", "test", "onion", "alt",
		"local", "home.arpa", "resolver.arpa", "use-application-dns.net", "10.in-addr.arpa",
		"168.192.in-addr.arpa", "0.in-addr.arpa", "127.in-addr.arpa",
		"254.169.in-addr.arpa", "2.0.192.in-addr.arpa", "100.51.198.in-addr.arpa",
		"113.0.203.in-addr.arpa", "255.255.255.255.in-addr.arpa", "d.f.ip6.arpa",
		"8.e.f.ip6.arpa", "9.e.f.ip6.arpa", "a.e.f.ip6.arpa", "b.e.f.ip6.arpa",
		"8.b.d.0.1.0.0.2.ip6.arpa",
		"0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa",
		"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa" };
	char text[64];
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		assert_true(in_table(zones[i]));
	for (int i = 16; i <= 31; i++) {
		(void)snprintf(text, sizeof(text), "%d.172.in-addr.arpa", i);
		assert_true(in_table(text));
	}
	for (int i = 64; i <= 127; i++) {
		(void)snprintf(text, sizeof(text), "%d.100.in-addr.arpa", i);
		assert_true(in_table(text));
	}
	/* And 127.0.0.1 with the two names above it. */
	assert_int_equal(special_count(), sizeof(zones) / sizeof(zones[0]) + 16 + 64 + 3);
}

/* The table is written in octets: each row is a name, and none stands there twice. */
static void test_every_row_is_a_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < special_count(); i++) {
		struct name name = special_name(i);
		struct reader r = reader_over(bytes_of(name.octets, name.len));
		struct name read = name_read_plain(&r);
		assert_true(reader_finished(&r));
		assert_int_equal(read.len, name.len);
		for (size_t j = 0; j < i; j++)
			assert_false(name_equal(name, special_name(j)));
	}
}

/* RFC 6303 section 3: "@ 10800 IN SOA @ nobody.invalid. 1 3600 1200 604800 10800". */
static void test_every_denial_has_an_soa(void **state)
{
	(void)state;
	char text[NAME_TEXT_LEN];
	for (size_t i = 0; i < special_count(); i++) {
		struct question question = {
			.name = special_name(i), .type = TYPE_MX, .class = CLASS_IN
		};
		struct decision decision = { 0 };
		special_decide(i, &question, &decision);
		assert_int_equal(decision.verb, POLICY_ANSWER);
		assert_true(decision.authoritative);
		assert_int_equal(decision.rrset_count, 1);
		const struct rrset *soa = &decision.rrsets[0];
		assert_int_equal(soa->type, TYPE_SOA);
		assert_int_equal(soa->class, CLASS_IN);
		assert_int_equal(soa->section, SECTION_AUTHORITY);
		assert_int_equal(soa->ttl_s, 10800);
		assert_int_equal(soa->count, 1);
		assert_true(name_equal(soa->owner, special_name(i)));
		struct reader r = reader_over(soa->rdata[0]);
		assert_true(name_equal(name_read_plain(&r), special_name(i)));
		assert_string_equal(name_print(name_read_plain(&r), text), "nobody.invalid.");
		assert_int_equal(reader_u32(&r), 1);
		assert_int_equal(reader_u32(&r), 3600);
		assert_int_equal(reader_u32(&r), 1200);
		assert_int_equal(reader_u32(&r), 604800);
		assert_int_equal(reader_u32(&r), 10800);
		assert_true(reader_finished(&r));
		/* Whoever looks at it with dig learns why. */
		assert_int_equal(decision.ede.present, decision.rcode == RCODE_NXDOMAIN);
		assert_true(!decision.ede.present || strlen(decision.ede.text) > 10);
	}
}

/* A route for one of these would ask outside for this machine's own names, or for Tor's. */
static void test_names_that_no_route_takes(void **state)
{
	static const struct {
		const char *name;
		bool never;
	} cases[] = {
		{ "localhost", true },
		{ "db.LocalHost", true },
		{ "invalid", true },
		{ "a.b.onion", true },
		{ "alt", true },
		{ "_dns.resolver.arpa", true },
		{ "test", false },
		{ "printer.home.arpa", false },
		{ "10.in-addr.arpa", false },
		{ "arpa", false },
		{ ".", false },
		{ "localhost.example", false },
		{ "xlocalhost", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct name_space space;
		struct name name;
		assert_int_equal(name_parse(cases[i].name, &space, &name), 0);
		if ((special_never_forwarded(name) != NULL) != cases[i].never)
			fail_msg("%s", cases[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_zone_of_the_registries),
		cmocka_unit_test(test_every_row_is_a_name),
		cmocka_unit_test(test_every_denial_has_an_soa),
		cmocka_unit_test(test_names_that_no_route_takes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
