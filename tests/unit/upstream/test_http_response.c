/* SPDX-License-Identifier: MIT */
/* A web page taken for an answer, a TTL counted twice, a server asked too often: what a response's
 * fields say, and what of it is believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "support/failmalloc.h"
#include "upstream/http_response.h"

static struct http_response response;

static void field(const char *name, const char *value)
{
	http_response_field(
		&response, bytes_of(name, strlen(name)), bytes_of(value, strlen(value)));
}

/* lines as "name: value\n" */
static void begin(const char *lines)
{
	http_response_init(&response);
	while (*lines) {
		const char *colon = strchr(lines + 1, ':'), *end = strchr(lines, '\n');
		http_response_field(&response, bytes_of(lines, (size_t)(colon - lines)),
			bytes_of(colon + 1, (size_t)(end - colon) - 1));
		lines = end + 1;
	}
}

static void test_what_is_a_dns_message(void **state)
{
	static const struct {
		const char *lines, *says; /* NULL: it is one */
	} cases[] = {
		{ ":status: 200\ncontent-type: application/dns-message\n", NULL },
		{ ":status: 200\ncontent-type: Application/DNS-Message ; charset=x\n", NULL },
		{ ":status: 200\ncontent-type: application/dns-message\ncontent-encoding: "
		  "identity\n",
			NULL },
		{ ":status: 200\ncontent-type: application/dns-message\ncontent-encoding: gzip\n",
			"content-encoding" },
		{ ":status: 200\ncontent-type: application/dns-messages\n", "dns-messages" },
		{ ":status: 200\ncontent-type: application/dns-json\n",
			"\"application/dns-json\"" },
		{ ":status: 200\n", "content-type" },
		{ ":status: 200\ncontent-type: a\x1b[31m\n", "\"a\\1B[31m\"" },
		{ ":status: 200\ncontent-type: a\"b\n", "it sent \"a\\\"b\": this" },
		{ ":status: 204\n", "status 204" },
		{ ":status: 308\n", "redirections are never followed" },
		{ ":status: 400\n", "finds fault with the query" },
		{ ":status: 401\n", "who may use it" },
		{ ":status: 410\n", "check the path" },
		{ ":status: 415\n", "does not speak DNS" },
		{ ":status: 421\n", "check url: and addresses:" },
		{ ":status: 429\n", "asked too often" },
		{ ":status: 418\n", "ask its operator" },
		{ ":status: 500\n", "trouble of its own" },
		{ ":status: 501\n", "other method" },
		{ ":status: 504\n", "overloaded" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char why[HTTP_WHY_LEN] = "";
		begin(cases[i].lines);
		int err = http_response_judge(&response, "/dns-query", why);
		assert_int_equal(err, cases[i].says ? ERR_FORMAT : 0);
		if (cases[i].says && !strstr(why, cases[i].says))
			fail_msg("\"%s\" does not say \"%s\"", why, cases[i].says);
	}
}

static void test_sentences_are_whole(void **state)
{
	char path[512], type[200], why[HTTP_WHY_LEN];
	(void)state;
	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	memset(type, 't', sizeof(type) - 1);
	type[sizeof(type) - 1] = '\0';
	begin(":status: 200\n");
	field("content-type", type);
	assert_int_equal(http_response_judge(&response, path, why), ERR_FORMAT);
	assert_in_range(strlen(why), 100, HTTP_WHY_LEN - 2);
	for (unsigned status = 100; status < 1000; status++) {
		response.status = status;
		if (status == 200)
			continue;
		assert_int_equal(http_response_judge(&response, path, why), ERR_FORMAT);
		assert_in_range(strlen(why), 60, HTTP_WHY_LEN - 2);
	}
}

static void test_interim(void **state)
{
	(void)state;
	begin("");
	assert_false(http_response_interim(&response));
	begin(":status: 103\n");
	assert_true(http_response_interim(&response));
	begin(":status: 200\n");
	assert_false(http_response_interim(&response));
}

static void test_trouble(void **state)
{
	(void)state;
	begin(":status: 499\n");
	assert_false(http_response_trouble(&response));
	begin(":status: 500\n");
	assert_true(http_response_trouble(&response));
}

static void test_rest(void **state)
{
	static const struct {
		const char *lines;
		uint64_t rest_ms;
	} cases[] = {
		{ ":status: 429\nretry-after: 30\n", 30000 },
		{ ":status: 503\nretry-after:  7 \n", 7000 },
		{ ":status: 503\nretry-after: 0\n", 0 },
		{ ":status: 503\n", 0 },
		{ ":status: 500\nretry-after: 30\n", 0 }, /* not for this one */
		{ ":status: 200\nretry-after: 30\n", 0 },
		{ ":status: 429\nretry-after: -30\n", 0 },
		{ ":status: 429\nretry-after: 3x\n", 0 },
		{ ":status: 429\nretry-after: 99999999999999999999\n",
			(uint64_t)UINT32_MAX * 1000 },
		{ ":status: 429\ndate: Sun, 06 Nov 1994 08:49:37 GMT\n"
		  "retry-after: Sun, 06 Nov 1994 08:50:37 GMT\n",
			60000 },
		{ ":status: 429\ndate: Wed, 28 Feb 2024 23:59:59 GMT\n"
		  "retry-after: Fri, 01 Mar 2024 00:00:00 GMT\n", /* a leap year */
			86401000 },
		{ ":status: 429\ndate: Tue, 28 Feb 2023 23:59:59 GMT\n"
		  "retry-after: Wed, 01 Mar 2023 00:00:00 GMT\n",
			1000 },
		{ ":status: 429\ndate: Sun, 06 Nov 1994 08:50:37 GMT\n"
		  "retry-after: Sun, 06 Nov 1994 08:49:37 GMT\n", /* is over */
			0 },
		{ ":status: 429\nretry-after: Sun, 06 Nov 1994 08:49:37 GMT\n", 0 },
		{ ":status: 429\ndate: Sun, 06 Nov 1994 08:49:37 GMT\n"
		  "retry-after: Sun, 06 Nix 1994 08:50:37 GMT\n",
			0 },
		{ ":status: 429\ndate: Sunday, 06-Nov-94 08:49:37 GMT\n"
		  "retry-after: Sun, 06 Nov 1994 08:49:39 GMT\n",
			2000 },
		{ ":status: 429\ndate: Sun Nov  6 08:49:37 1994\n"
		  "retry-after: Wednesday, 16-Nov-94 08:49:38 GMT\n",
			864001000 },
		{ ":status: 429\ndate: Thu, 01 Jan 2026 00:00:00 GMT\n"
		  "retry-after: Thursday, 01-Jan-26 00:00:03 GMT\n",
			3000 },
		{ ":status: 429\ndate: Sun Nov  6 08:49:37 1994\n"
		  "retry-after: Sun Nov  6 08:49:38 1994 GMT\n",
			0 },
		{ ":status: 429\ndate: x\nretry-after: Sunday, 06-Nov-94 08:49:37 GMT\n", 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(cases[i].lines);
		assert_int_equal(http_response_rest_ms(&response), cases[i].rest_ms);
	}
}

static void test_shorten(void **state)
{
	static const struct {
		const char *lines;
		uint32_t first, second; /* of 300 and 60 s */
	} cases[] = {
		{ "", 300, 60 },
		{ "age: 0\n", 300, 60 },
		{ "age: 59\n", 241, 1 },
		{ "age: 100\n", 200, 0 },
		{ "age: 99999999999\n", 0, 0 },
		{ "age: 4294967299\n", 0, 0 }, /* 3 seconds, cut to 32 bits */
		{ "age: -1\n", 300, 60 },
		{ "age: 5 , 50\n", 295, 55 }, /* RFC 9111 section 5.1 */
		{ "age: x, 50\n", 300, 60 },
		{ "age: 5\nage: 50\nage: 7\n", 250, 10 }, /* the oldest is the safest */
		{ "cache-control: max-age=100\n", 100, 60 },
		{ "cache-control: private , Max-Age = 50\n", 50, 50 },
		{ "cache-control: max-age=50, max-age=40\n", 40, 40 },
		{ "cache-control: max-age=40, max-age=50\n", 40, 40 },
		{ "cache-control: max-age=50\ncache-control: max-age=10\n", 10, 10 },
		{ "cache-control: s-maxage=5, max-age=\"5\", no-store, x=max-age=5, max-age\n", 300,
			60 },
		{ "cache-control: max-age=1000\nage: 10\n", 290, 50 },
		{ "cache-control: max-age=100\nage: 30\n", 70, 30 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct record records[] = { { .ttl_s = 300 }, { .ttl_s = 60 } };
		struct message message = { .records = records, .count = 2 };
		begin(cases[i].lines);
		http_response_shorten(&response, &message);
		assert_int_equal(records[0].ttl_s, cases[i].first);
		assert_int_equal(records[1].ttl_s, cases[i].second);
	}
}

static void test_length(void **state)
{
	(void)state;
	begin("content-length: 128\n");
	assert_true(response.has_length);
	assert_int_equal(response.length, 128);
	begin("content-length: many\n");
	assert_false(response.has_length);
}

static void test_body_is_bounded(void **state)
{
	static uint8_t data[1000];
	(void)state;
	begin("");
	assert_int_equal(http_response_body(&response).len, 0);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	for (size_t i = 0; i < 65; i++)
		assert_int_equal(http_response_add(&response, bytes_of(data, 1000)), 0);
	assert_int_equal(http_response_add(&response, bytes_of(data, 536)), ERR_LIMIT);
	assert_int_equal(http_response_add(&response, bytes_of(data, 535)), 0);
	assert_int_equal(http_response_add(&response, bytes_of(NULL, 0)), 0);
	assert_int_equal(http_response_add(&response, bytes_of(data, 1)), ERR_LIMIT);
	assert_int_equal(http_response_body(&response).len, HTTP_BODY_LEN_MAX);
	assert_memory_equal(http_response_body(&response).at + 64000, data, 1000);
	http_response_done(&response);
	assert_int_equal(http_response_body(&response).len, 0);
}

static void test_no_memory(void **state)
{
	static const uint8_t data[600];
	(void)state;
	for (size_t n = 0; n < 2; n++) {
		begin("");
		failmalloc_arm(n);
		int err = http_response_add(&response, bytes_of(data, 10));
		assert_int_equal(err, n == 0 ? ERR_NOMEM : 0);
		err = http_response_add(&response, bytes_of(data, sizeof(data)));
		assert_int_equal(err, n == 1 ? ERR_NOMEM : 0);
		assert_true(failmalloc_disarm());
		http_response_done(&response);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_a_dns_message),
		cmocka_unit_test(test_sentences_are_whole),
		cmocka_unit_test(test_interim),
		cmocka_unit_test(test_trouble),
		cmocka_unit_test(test_rest),
		cmocka_unit_test(test_shorten),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_body_is_bounded),
		cmocka_unit_test(test_no_memory),
	};
	return cmocka_run_group_tests_name("http_response", tests, NULL, NULL);
}
