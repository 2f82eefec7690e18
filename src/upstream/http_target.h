/* SPDX-License-Identifier: MIT */
/* Where on an HTTPS server a query is asked, and how the server is called: the pseudo-header fields
 * of a request (RFC 9113 section 8.3.1). */
#pragma once

#include "upstream/endpoint.h"
#include "upstream/upstream_query.h"

/* Octets with the end: a query in base64url is a third longer than it is. */
#define HTTP_TARGET_LEN (URL_PATH_LEN + (UPSTREAM_QUERY_LEN_MAX + 2) / 3 * 4 + sizeof("?dns="))

/* "[2001:db8::1]:8443" */
#define HTTP_AUTHORITY_LEN (URL_HOST_LEN + sizeof("[]:65535"))

/* The path with query as the variable dns, in base64url without padding, as GET asks (RFC 8484
 * section 4.1.1, RFC 4648 section 5). Returns its length without the end. */
size_t http_target_write(const char *path, struct bytes query, char out[static HTTP_TARGET_LEN]);

/* Host and, where it is not HTTPS's own, port (RFC 3986 section 3.2). Returns its length without
 * the end. */
size_t http_authority_write(const struct endpoint *endpoint, char out[static HTTP_AUTHORITY_LEN]);
