/* SPDX-License-Identifier: MIT */
#include "upstream/doh_request.h"

#include <assert.h>
#include <stdio.h>

#include "upstream/http_response.h"

static void add(struct doh_request *request, const char *name, const char *value, size_t len)
{
	assert(request->count < H2_FIELDS_MAX);
	request->fields[request->count++] =
		(struct h2_field){ .name = name, .value = bytes_of(value, len) };
}

static void add_text(struct doh_request *request, const char *name, const char *value)
{
	add(request, name, value, strlen(value));
}

void doh_request_write(struct doh_request *request, const struct endpoint *endpoint,
	const struct upstream_query *query)
{
	struct upstream_query nameless = *query;

	nameless.id = 0;
	nameless.keepalive = false;
	request->count = 0;
	request->query_len = upstream_query_write(&nameless, request->query);
	request->has_body = endpoint->method == DOH_METHOD_POST;
	const size_t authority_len = http_authority_write(endpoint, request->authority);
	add_text(request, ":method", request->has_body ? "POST" : "GET");
	add_text(request, ":scheme", "https");
	add(request, ":authority", request->authority, authority_len);
	if (!request->has_body) {
		const size_t len = http_target_write(endpoint->path,
			bytes_of(request->query, request->query_len), request->target);
		add(request, ":path", request->target, len);
		add_text(request, "accept", HTTP_DNS_MESSAGE);
		return;
	}
	add_text(request, ":path", endpoint->path);
	add_text(request, "accept", HTTP_DNS_MESSAGE);
	add_text(request, "content-type", HTTP_DNS_MESSAGE);
	snprintf(request->length, sizeof(request->length), "%zu", request->query_len);
	add_text(request, "content-length", request->length);
}
