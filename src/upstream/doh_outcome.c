/* SPDX-License-Identifier: MIT */
#include "upstream/doh_outcome.h"

#include <assert.h>
#include <stdio.h>

static_assert(HTTP_WHY_LEN == DOH_WHY_LEN, "a sentence of http_response's is passed on");

static void explain_reset(const struct h2_stream *stream, struct exchange_result *result,
	char why[static DOH_WHY_LEN])
{
	const char *advice = ": the server is broken, or stopped serving";

	if (h2_code_is_calm(stream->code))
		advice = ": it is asked too often; others are asked meanwhile";
	else if (h2_code_is_refusal(stream->code))
		advice = ": it has no room for it; others are asked meanwhile";
	else if (h2_code_is_old(stream->code))
		advice = ", but DNS over HTTPS needs HTTP/2; its operator has to switch that on";
	snprintf(why, DOH_WHY_LEN, "it reset a query with the error %s%s",
		h2_code_text(stream->code), advice);
	/* Asking again is safe: it was not looked at, or a query may be asked twice. */
	result->err = ERR_CLOSED;
	result->fault = h2_code_is_old(stream->code) ? FAULT_CERTAIN : FAULT_LIKELY;
}

static void explain_end(const struct h2_stream *stream, struct exchange_result *result,
	char why[static DOH_WHY_LEN])
{
	const struct http_response *response = &stream->response;

	result->err = ERR_FORMAT;
	result->fault = FAULT_CERTAIN;
	switch (stream->end) {
	case H2_END_RESET: explain_reset(stream, result, why); break;
	case H2_END_UNPROCESSED:
		snprintf(why, DOH_WHY_LEN, "it closed before it had looked at the query");
		result->err = ERR_CLOSED;
		result->fault = FAULT_LIKELY;
		break;
	case H2_END_TOO_LONG:
		if (stream->headers_len > H2_HEADERS_LEN_MAX) {
			snprintf(why, DOH_WHY_LEN,
				"expected at most %d octets of headers, but it sends more; the "
				"server is broken or means harm",
				H2_HEADERS_LEN_MAX);
			break;
		}
		snprintf(why, DOH_WHY_LEN,
			"expected at most %d octets, but it sends more than any DNS message has; "
			"the server is broken",
			HTTP_BODY_LEN_MAX);
		break;
	case H2_END_NOMEM:
		snprintf(why, DOH_WHY_LEN, "%s", err_text(ERR_NOMEM));
		result->err = ERR_NOMEM;
		result->fault = FAULT_NONE;
		break;
	case H2_END_COMPLETE:
	case H2_END_BROKEN:
		snprintf(why, DOH_WHY_LEN,
			"expected a response by the rules of HTTP, but it breaks them%s; the "
			"server "
			"is broken",
			response->has_length && response->length != response->len
				? ": its content-length is wrong"
				: "");
		break;
	}
}

bool doh_outcome(const struct h2_stream *stream, const char *path, struct exchange_result *result,
	char why[static DOH_WHY_LEN])
{
	const struct http_response *response = &stream->response;

	result->why = why;
	if (stream->end != H2_END_COMPLETE) {
		explain_end(stream, result, why);
		return false;
	}
	result->err = http_response_judge(response, path, why);
	if (result->err == 0)
		return true;
	result->rest_ms = http_response_rest_ms(response);
	/* A server may have trouble with one name; a wrong path is wrong for all. */
	result->fault = http_response_trouble(response) ? FAULT_LIKELY : FAULT_CERTAIN;
	return false;
}
