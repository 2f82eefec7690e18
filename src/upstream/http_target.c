/* SPDX-License-Identifier: MIT */
#include "upstream/http_target.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define HTTPS_PORT 443

/* Returns the octets written; out has room for four thirds of data. */
static size_t base64url_write(struct bytes data, char *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint32_t bits = 0;
	unsigned count = 0; /* of bits not written yet */
	size_t len = 0;

	for (size_t i = 0; i < data.len; i++) {
		bits = bits << 8 | data.at[i];
		for (count += 8; count >= 6; count -= 6)
			out[len++] = digits[bits >> (count - 6) & 63];
	}
	if (count > 0)
		out[len++] = digits[bits << (6 - count) & 63];
	return len;
}

size_t http_target_write(const char *path, struct bytes query, char out[static HTTP_TARGET_LEN])
{
	assert(strlen(path) < URL_PATH_LEN && query.len <= UPSTREAM_QUERY_LEN_MAX);
	char *end = stpcpy(stpcpy(out, path), strchr(path, '?') ? "&dns=" : "?dns=");
	end += base64url_write(query, end);
	*end = '\0';
	return (size_t)(end - out);
}

size_t http_authority_write(const struct endpoint *endpoint, char out[static HTTP_AUTHORITY_LEN])
{
	const bool v6 = strchr(endpoint->host, ':') != NULL;
	int len = snprintf(
		out, HTTP_AUTHORITY_LEN, "%s%s%s", v6 ? "[" : "", endpoint->host, v6 ? "]" : "");

	if (endpoint->port != HTTPS_PORT)
		len += snprintf(out + len, HTTP_AUTHORITY_LEN - (size_t)len, ":%u",
			(unsigned)endpoint->port);
	return (size_t)len;
}
