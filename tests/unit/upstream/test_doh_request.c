/* SPDX-License-Identifier: MIT */
/* What goes out over HTTPS: the query, where it belongs, and nothing about who asks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "upstream/doh_request.h"

static struct endpoint *endpoint_for(enum doh_method method)
{
	const char *address = "192.0.2.1";
	char why[ENDPOINT_WHY_LEN];
	struct endpoint *endpoint;
	const struct endpoint_options options = {
		.url = "https://dns.example:8443/dns-query{?dns}",
		.addresses = &address,
		.address_count = 1,
		.method = method,
	};
	assert_int_equal(endpoint_new(&options, &endpoint, why), 0);
	return endpoint;
}

static void write_for(struct doh_request *request, enum doh_method method, uint16_t id)
{
	struct name_space space;
	struct upstream_query query = {
		.question = { .type = TYPE_A, .class = CLASS_IN },
		.id = id,
		.keepalive = true,
	};
	struct endpoint *endpoint = endpoint_for(method);
	assert_int_equal(name_parse("www.example", &space, &query.question.name), 0);
	memset(request, 0x55, sizeof(*request));
	doh_request_write(request, endpoint, &query);
	/* The path is the endpoint's, which outlives every request; here it does not. */
	for (size_t i = 0; i < request->count; i++) {
		if (strcmp(request->fields[i].name, ":path") == 0 && method == DOH_METHOD_POST)
			request->fields[i].value = bytes_of("/dns-query", 10);
	}
	endpoint_release(endpoint);
}

static void check_fields(
	const struct doh_request *request, const char *const *expected, size_t count)
{
	assert_int_equal(request->count, count);
	for (size_t i = 0; i < count; i++) {
		char text[1400];
		snprintf(text, sizeof(text), "%s: %.*s", request->fields[i].name,
			(int)request->fields[i].value.len,
			(const char *)request->fields[i].value.at);
		if (expected[i])
			assert_string_equal(text, expected[i]);
		else
			assert_ptr_equal(strstr(text, ":path: /dns-query?dns=AAABAAAB"), text);
	}
}

static void test_post(void **state)
{
	static const char *const fields[] = { ":method: POST", ":scheme: https",
		":authority: dns.example:8443", ":path: /dns-query",
		"accept: application/dns-message", "content-type: application/dns-message",
		"content-length: 128" };
	struct doh_request request;
	struct message_head head;
	struct bytes option;
	(void)state;
	write_for(&request, DOH_METHOD_POST, 4711);
	assert_true(request.has_body);
	check_fields(&request, fields, 7);
	assert_int_equal(request.query_len, 128);
	assert_int_equal(message_head_read(bytes_of(request.query, request.query_len), &head), 0);
	assert_int_equal(head.header.id, 0);
	assert_false(edns_option(&head.edns, EDNS_OPTION_TCP_KEEPALIVE, &option));
}

static void test_get(void **state)
{
	static const char *const fields[] = { ":method: GET", ":scheme: https",
		":authority: dns.example:8443", NULL, "accept: application/dns-message" };
	struct doh_request request;
	(void)state;
	write_for(&request, DOH_METHOD_GET, 4711);
	assert_false(request.has_body);
	check_fields(&request, fields, 5);
}

/* A cache on the way can only serve what is asked in the same words (RFC 8484 section 4.1). */
static void test_equal_queries_are_equal_requests(void **state)
{
	static struct doh_request one, other;
	(void)state;
	write_for(&one, DOH_METHOD_GET, 1);
	write_for(&other, DOH_METHOD_GET, 2);
	assert_string_equal(one.target, other.target);
	assert_memory_equal(one.query, other.query, one.query_len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_post),
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_equal_queries_are_equal_requests),
	};
	return cmocka_run_group_tests_name("doh_request", tests, NULL, NULL);
}
