/* SPDX-License-Identifier: MIT */
/* Addresses are what a person writes into the configuration and reads in the log; prefixes decide
 * who is answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/address.h"

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static struct address parsed(const char *text)
{
	struct address address;
	assert_int_equal(address_parse(text, 53, &address), 0);
	return address;
}

/* Each way of writing an address that the header promises, and how it is shown in a log. */
static void test_parse_write(void **state)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1:53" },
		{ "192.0.2.1:5353", "192.0.2.1:5353" },
		{ "192.0.2.1@853", "192.0.2.1:853" },
		{ "2001:db8::1", "[2001:db8::1]:53" },
		{ "[2001:db8::1]", "[2001:db8::1]:53" },
		{ "[2001:db8::1]:853", "[2001:db8::1]:853" },
		{ "[2001:db8::1]@853", "[2001:db8::1]:853" },
		{ "2001:DB8::1@65535", "[2001:db8::1]:65535" },
		{ "fe80::1%lo", "[fe80::1%lo]:53" },
		{ "[fe80::1%lo]:853", "[fe80::1%lo]:853" },
		{ "::", "[::]:53" },
		{ "0.0.0.0", "0.0.0.0:53" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[ADDRESS_TEXT_LEN];
		struct address address = parsed(cases[i].text);
		assert_string_equal(address_write(&address, text), cases[i].shown);
	}
}

/* A slip in the configuration must be told, not be taken for another address. */
static void test_parse_malformed(void **state)
{
	static const char *const texts[] = {
		"", "192.0.2", "192.0.2.256", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536",
		"192.0.2.1:53x", "192.0.2.1:999999", "2001:db8::g", "[2001:db8::1",
		"[2001:db8::1]x", "2001:db8::1@", "fe80::1%", "fe80::1%5x", "fe80::1%-1",
		"fe80::1%4294967297", "example.com", "192.0.2.1 ", " 192.0.2.1", "[]", "@53",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:1111:2222:3333:4444:5555:6666:7777:8"
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct address address;
		assert_int_equal(address_parse(texts[i], 53, &address), ERR_FORMAT);
	}
}

static void test_port(void **state)
{
	static const char *const bad[] = { "", "0", "65536", "123456", "-1", " 53", "53 ", "0x35" };
	uint16_t port = 7;
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(port_parse(bad[i], &port), ERR_FORMAT);
	assert_int_equal(port, 7);
	assert_int_equal(port_parse("65535", &port), 0);
	assert_int_equal(port, 65535);
}

static void test_equal(void **state)
{
	struct address a = parsed("192.0.2.1"), b = parsed("192.0.2.1:53"),
		       c = parsed("192.0.2.1:54");
	struct address d = parsed("192.0.2.2"), v6 = parsed("2001:db8::1"),
		       scoped = parsed("fe80::1%lo");
	(void)state;
	assert_true(address_equal(&a, &b));
	assert_false(address_equal(&a, &c));
	assert_false(address_equal(&a, &d));
	assert_false(address_equal(&a, &v6));
	assert_true(address_equal(&v6, &v6));
	b = scoped;
	b.v6.sin6_scope_id++;
	assert_false(address_equal(&scoped, &b));
	assert_int_equal(address_len(&a), sizeof(struct sockaddr_in));
	assert_int_equal(address_len(&v6), sizeof(struct sockaddr_in6));
}

/* Whoever listens beyond loopback must have said who may ask. */
static void test_prefix_loopback(void **state)
{
	static const struct {
		const char *text;
		bool loopback;
	} cases[] = {
		{ "127.0.0.0/8", true },
		{ "127.0.0.1", true },
		{ "::1", true },
		{ "0.0.0.0/0", false },
		{ "126.0.0.0/7", false },
		{ "::/0", false },
		{ "192.168.0.0/16", false },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct prefix prefix;
		assert_int_equal(prefix_parse(cases[i].text, &prefix), 0);
		assert_int_equal(prefix_is_loopback(&prefix), cases[i].loopback);
	}
}

/* A wildcard listener is refused without `allow:`; it must be seen as one. */
static void test_any_and_loopback(void **state)
{
	static const struct {
		const char *text;
		bool any, loopback;
	} cases[] = {
		{ "0.0.0.0", true, false },
		{ "::", true, false },
		{ "127.0.0.1", false, true },
		{ "127.255.0.1", false, true },
		{ "::1", false, true },
		{ "::ffff:127.0.0.1", false, true },
		{ "::ffff:0.0.0.0", true, false },
		{ "::ffff:0:0:0", false, false },
		{ "192.0.2.1", false, false },
		{ "2001:db8::1", false, false },
		{ "::ffff:192.0.2.1", false, false },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct address address = parsed(cases[i].text);
		assert_int_equal(address_is_any(&address), cases[i].any);
		assert_int_equal(address_is_loopback(&address), cases[i].loopback);
	}
}

/* Who is let in: a wrong bit at a prefix's end lets in a stranger. */
static void test_prefix_contains(void **state)
{
	static const struct {
		const char *prefix, *address;
		bool contains;
	} cases[] = {
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.128/25", "192.0.2.128", true },
		{ "192.0.2.128/25", "192.0.2.127", false },
		{ "192.0.2.1", "192.0.2.1", true },
		{ "192.0.2.1", "192.0.2.2", false },
		{ "0.0.0.0/0", "203.0.113.9", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "::/0", "2001:db8::1", true },
		{ "::/0", "192.0.2.1", false },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
		{ "2001:db8::1", "2001:db8::1", true },
		{ "192.0.2.0/24", "::ffff:192.0.2.7", true },
		{ "::/0", "::ffff:192.0.2.7", false },
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct prefix prefix;
		struct address address = parsed(cases[i].address);
		assert_int_equal(prefix_parse(cases[i].prefix, &prefix), 0);
		assert_int_equal(prefix_contains(&prefix, &address), cases[i].contains);
	}
}

static void test_prefix_malformed(void **state)
{
	static const char *const texts[] = { "", "192.0.2.0/", "192.0.2.0/33", "192.0.2.1/24",
		"::ffff:192.0.2.0/120", "2001:db8::/129", "2001:db8::1/64", "192.0.2.0/024x",
		"192.0.2.0/-1", "192.0.2.0/0024", "192.0.2.0/24/8", "any" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct prefix prefix;
		assert_int_equal(prefix_parse(texts[i], &prefix), ERR_FORMAT);
	}
}

static void test_set_port(void **state)
{
	struct address v4 = parsed("192.0.2.1"), v6 = parsed("2001:db8::1");
	(void)state;
	address_set_port(&v4, 853);
	address_set_port(&v6, 853);
	assert_true(address_equal(&v4, &(struct address[]){ parsed("192.0.2.1@853") }[0]));
	assert_true(address_equal(&v6, &(struct address[]){ parsed("2001:db8::1@853") }[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_port),
		cmocka_unit_test(test_parse_write),
		cmocka_unit_test(test_parse_malformed),
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_any_and_loopback),
		cmocka_unit_test(test_prefix_contains),
		cmocka_unit_test(test_prefix_loopback),
		cmocka_unit_test(test_prefix_malformed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
