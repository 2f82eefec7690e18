/* SPDX-License-Identifier: MIT */
/* URLs of upstreams: what is accepted can be asked, what is not has a whole sentence. */
#include <stdlib.h>

#include "upstream/http_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_good(const struct url *url, const char *text)
{
	static const uint8_t query[UPSTREAM_QUERY_LEN_MAX];
	static char target[HTTP_TARGET_LEN], authority[HTTP_AUTHORITY_LEN];
	char why[ENDPOINT_WHY_LEN];
	const char *address = "192.0.2.1";
	struct endpoint *endpoint;
	const struct endpoint_options options = {
		.url = text,
		.addresses = &address,
		.address_count = 1,
	};

	if (url->host[0] == '\0' || url->port == 0)
		abort();
	if ((url->path[0] == '/') != (url->kind == TRANSPORT_DOH))
		abort();
	if (endpoint_new(&options, &endpoint, why) != 0)
		abort();
	if (http_authority_write(endpoint, authority) >= sizeof(authority))
		abort();
	/* Nothing that would end a line of HTTP, or a field's value. */
	for (const char *at = url->path; *at; at++) {
		if (*at <= ' ' || *at > '~' || *at == '{' || *at == '#')
			abort();
	}
	if (url->kind == TRANSPORT_DOH &&
		http_target_write(endpoint->path, bytes_of(query, sizeof(query)), target) >=
			sizeof(target))
		abort();
	endpoint_release(endpoint);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char why[URL_WHY_LEN] = "";
	struct url url;
	char *text = malloc(len + 1);

	if (!text)
		abort();
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	if (url_read(text, &url, why) == 0)
		check_good(&url, text);
	else if (why[0] == '\0' || strlen(why) >= URL_WHY_LEN - 1)
		abort();
	free(text);
	return 0;
}
