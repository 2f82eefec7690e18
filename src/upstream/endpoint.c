/* SPDX-License-Identifier: MIT */
#include "upstream/endpoint.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "upstream/url.h"

/* Octets of a URL or an address that a sentence quotes. */
#define QUOTED "%.80s"

static_assert(ENDPOINT_WHY_LEN == URL_WHY_LEN, "a sentence of url's is passed on");

struct counted {
	struct endpoint endpoint;
	atomic_uint holders; /* the last to release it frees it */
};

static struct counted *counted_of(struct endpoint *endpoint)
{
	return CONTAINER_OF(endpoint, struct counted, endpoint);
}

static bool address_usable(const struct address *address)
{
	return !address_is_any(address) && address_port(address) != 0;
}

static int addresses_read(const struct endpoint_options *options, const struct url *url,
	struct endpoint *endpoint, char why[static ENDPOINT_WHY_LEN])
{
	if (options->address_count > ENDPOINT_ADDRESSES_MAX) {
		snprintf(why, ENDPOINT_WHY_LEN,
			"expected at most %d addresses for \"" QUOTED
			"\", but got %zu; leave some out, or make it two upstreams",
			ENDPOINT_ADDRESSES_MAX, options->url, options->address_count);
		return ERR_FORMAT;
	}
	if (options->address_count == 0 && !url->literal) {
		snprintf(why, ENDPOINT_WHY_LEN,
			"expected the addresses of \"" QUOTED
			"\", but there are none, and looking them up is not built in yet; add "
			"addresses: [ADDRESS, …]",
			options->url);
		return ERR_FORMAT;
	}
	const size_t room = options->address_count > 0 ? options->address_count : 1;
	endpoint->addresses = calloc(room, sizeof(*endpoint->addresses));
	if (!endpoint->addresses)
		return ERR_NOMEM;
	endpoint->address_count = room;
	endpoint->addresses[0] = url->address;
	for (size_t i = 0; i < options->address_count; i++) {
		struct address *address = &endpoint->addresses[i];
		if (address_parse(options->addresses[i], url->port, address) == 0 &&
			address_usable(address))
			continue;
		snprintf(why, ENDPOINT_WHY_LEN,
			"expected an IPv4 or IPv6 address with an optional @PORT, but got \"" QUOTED
			"\"; names are not looked up, write what they resolve to",
			options->addresses[i]);
		return ERR_FORMAT;
	}
	return 0;
}

static void endpoint_free(struct endpoint *endpoint)
{
	trust_release(endpoint->trust);
	free(endpoint->url);
	free(endpoint->name);
	free(endpoint->ca_file);
	free(endpoint->host);
	free(endpoint->path);
	free(endpoint->addresses);
	free(counted_of(endpoint));
}

int endpoint_new(const struct endpoint_options *options, struct endpoint **out,
	char why[static ENDPOINT_WHY_LEN])
{
	struct url url;

	if (url_read(options->url, &url, why) != 0)
		return ERR_FORMAT;
	struct counted *counted = calloc(1, sizeof(*counted));
	if (!counted) {
		snprintf(why, ENDPOINT_WHY_LEN, "%s", err_text(ERR_NOMEM));
		return ERR_NOMEM;
	}
	struct endpoint *endpoint = &counted->endpoint;
	atomic_init(&counted->holders, 1);
	endpoint->kind = url.kind;
	endpoint->port = url.port;
	endpoint->min_version = options->min_version;
	endpoint->method = options->method;
	endpoint->url = strdup(options->url);
	endpoint->name = strdup(options->name ? options->name : url.host);
	endpoint->ca_file = strdup(options->ca_file ? options->ca_file : "");
	endpoint->host = strdup(url.host);
	endpoint->path = strdup(url.path);
	int err = addresses_read(options, &url, endpoint, why);
	if (!endpoint->url || !endpoint->name || !endpoint->ca_file || !endpoint->host ||
		!endpoint->path)
		err = ERR_NOMEM;
	if (err != 0) {
		if (err == ERR_NOMEM)
			snprintf(why, ENDPOINT_WHY_LEN, "%s", err_text(ERR_NOMEM));
		endpoint_free(endpoint);
		return err;
	}
	*out = endpoint;
	return 0;
}

void endpoint_trust(struct endpoint *endpoint, struct trust *trust)
{
	struct trust *old = endpoint->trust;
	endpoint->trust = trust_hold(trust);
	trust_release(old);
}

struct endpoint *endpoint_hold(struct endpoint *endpoint)
{
	if (endpoint)
		atomic_fetch_add_explicit(&counted_of(endpoint)->holders, 1, memory_order_relaxed);
	return endpoint;
}

void endpoint_release(struct endpoint *endpoint)
{
	/* Acquire and release: whoever frees sees what the others did before they let go. */
	if (endpoint && atomic_fetch_sub_explicit(
				&counted_of(endpoint)->holders, 1, memory_order_acq_rel) == 1)
		endpoint_free(endpoint);
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	if (a->kind != b->kind || a->port != b->port || a->min_version != b->min_version ||
		a->address_count != b->address_count || strcmp(a->host, b->host) != 0 ||
		a->method != b->method || strcmp(a->path, b->path) != 0 ||
		strcmp(a->ca_file, b->ca_file) != 0)
		return false;
	for (size_t i = 0; i < a->address_count; i++) {
		if (!address_equal(&a->addresses[i], &b->addresses[i]))
			return false;
	}
	return true;
}
