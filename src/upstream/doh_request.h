/* SPDX-License-Identifier: MIT */
/* A query as an HTTP request: the smallest that RFC 8484 section 4.1 allows, and nothing by which a
 * client could be told from others. */
#pragma once

#include "upstream/h2.h"
#include "upstream/http_target.h"

struct doh_request {
	struct h2_field fields[H2_FIELDS_MAX];
	size_t count;
	uint8_t query[UPSTREAM_QUERY_LEN_MAX];
	size_t query_len;
	bool has_body;	/* POST: it is the query */
	char length[8]; /* content-length */
	char authority[HTTP_AUTHORITY_LEN];
	char target[HTTP_TARGET_LEN];
};

/* Writes query, with ID 0 so that equal queries are equal requests (RFC 8484 section 4.1). The
 * fields point into the request. */
void doh_request_write(struct doh_request *request, const struct endpoint *endpoint,
	const struct upstream_query *query);
