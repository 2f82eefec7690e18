/* SPDX-License-Identifier: MIT */
/* Whose fault is it? A server given up for one name's sake, or kept while it serves nobody, costs
 * every client. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <nghttp2/nghttp2.h>

#include <string.h>

#include "upstream/doh_outcome.h"

static void test_outcomes(void **state)
{
	static const struct {
		enum h2_end end;
		uint32_t code;
		unsigned status;
		uint32_t retry_after_s;
		int err;
		enum fault fault;
		uint64_t rest_ms;
		const char *says;
	} cases[] = {
		{ H2_END_COMPLETE, 0, 404, 0, ERR_FORMAT, FAULT_CERTAIN, 0, "status 404" },
		{ H2_END_COMPLETE, 0, 302, 0, ERR_FORMAT, FAULT_CERTAIN, 0, "status 302" },
		{ H2_END_COMPLETE, 0, 502, 0, ERR_FORMAT, FAULT_LIKELY, 0, "status 502" },
		{ H2_END_COMPLETE, 0, 429, 5, ERR_FORMAT, FAULT_CERTAIN, 5000, "status 429" },
		{ H2_END_COMPLETE, 0, 503, 5, ERR_FORMAT, FAULT_LIKELY, 5000, "status 503" },
		{ H2_END_RESET, NGHTTP2_REFUSED_STREAM, 0, 0, ERR_CLOSED, FAULT_LIKELY, 0,
			"REFUSED_STREAM" },
		{ H2_END_RESET, NGHTTP2_ENHANCE_YOUR_CALM, 0, 0, ERR_CLOSED, FAULT_LIKELY, 0,
			"asked too often" },
		{ H2_END_RESET, NGHTTP2_INTERNAL_ERROR, 200, 0, ERR_CLOSED, FAULT_LIKELY, 0,
			"INTERNAL_ERROR" },
		{ H2_END_RESET, NGHTTP2_HTTP_1_1_REQUIRED, 0, 0, ERR_CLOSED, FAULT_CERTAIN, 0,
			"needs HTTP/2" },
		{ H2_END_UNPROCESSED, 0, 0, 0, ERR_CLOSED, FAULT_LIKELY, 0, "looked at" },
		{ H2_END_TOO_LONG, 0, 200, 0, ERR_FORMAT, FAULT_CERTAIN, 0, "65535" },
		{ H2_END_BROKEN, 0, 200, 0, ERR_FORMAT, FAULT_CERTAIN, 0, "rules of HTTP" },
		{ H2_END_NOMEM, 0, 200, 0, ERR_NOMEM, FAULT_NONE, 0, "memory" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct h2_stream stream = {
			.over = true, .end = cases[i].end, .code = cases[i].code
		};
		struct exchange_result result = { 0 };
		char why[DOH_WHY_LEN] = "";
		http_response_init(&stream.response);
		stream.response.status = cases[i].status;
		stream.response.retry_after_s = cases[i].retry_after_s;
		assert_false(doh_outcome(&stream, "/dns-query", &result, why));
		assert_int_equal(result.err, cases[i].err);
		assert_int_equal(result.fault, cases[i].fault);
		assert_int_equal(result.rest_ms, cases[i].rest_ms);
		assert_ptr_equal(result.why, why);
		assert_in_range(strlen(why), 5, DOH_WHY_LEN - 2);
		if (!strstr(why, cases[i].says))
			fail_msg("\"%s\" does not say \"%s\"", why, cases[i].says);
	}
}

static void test_a_wrong_length_is_named(void **state)
{
	struct h2_stream stream = { .over = true, .end = H2_END_BROKEN };
	struct exchange_result result = { 0 };
	char why[DOH_WHY_LEN];
	(void)state;
	http_response_init(&stream.response);
	stream.response.has_length = true;
	stream.response.length = 7;
	assert_false(doh_outcome(&stream, "/", &result, why));
	assert_non_null(strstr(why, "content-length"));
}

static void test_a_message(void **state)
{
	struct h2_stream stream = { .over = true, .end = H2_END_COMPLETE };
	struct exchange_result result = { 0 };
	char why[DOH_WHY_LEN];
	(void)state;
	http_response_init(&stream.response);
	stream.response.status = 200;
	stream.response.right_type = true;
	assert_true(doh_outcome(&stream, "/", &result, why));
	assert_int_equal(result.err, 0);
	assert_int_equal(result.fault, FAULT_NONE);
}

/* Whoever reads of a body would look for the wrong fault. */
static void test_too_many_headers(void **state)
{
	struct h2_stream stream = {
		.over = true, .end = H2_END_TOO_LONG, .headers_len = H2_HEADERS_LEN_MAX + 1
	};
	struct exchange_result result = { 0 };
	char why[DOH_WHY_LEN] = "";
	(void)state;
	http_response_init(&stream.response);
	assert_false(doh_outcome(&stream, "/dns-query", &result, why));
	assert_non_null(strstr(why, "at most 16384 octets of headers"));
	assert_null(strstr(why, "DNS message"));
	assert_int_equal(result.err, ERR_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_too_many_headers),
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_a_wrong_length_is_named),
		cmocka_unit_test(test_a_message),
	};
	return cmocka_run_group_tests_name("doh_outcome", tests, NULL, NULL);
}
