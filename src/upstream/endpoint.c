/* SPDX-License-Identifier: MIT */
#include "upstream/endpoint.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "net/resumption.h"
#include "upstream/url.h"

/* Octets of a URL or an address that a sentence quotes. */
#define QUOTED "%.80s"

static_assert(ENDPOINT_WHY_LEN == URL_WHY_LEN, "a sentence of url's is passed on");

struct counted {
	struct endpoint endpoint;
	struct endpoint *named; /* held; all but the addresses is borrowed from it. NULL: own */
	atomic_uint holders;	/* the last to release it frees it */
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
	if (options->address_count == 0 && !url->literal)
		return 0;
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
	struct endpoint *named = counted_of(endpoint)->named;

	if (named) {
		free(endpoint->addresses);
		free(counted_of(endpoint));
		endpoint_release(named);
		return;
	}
	trust_release(endpoint->trust);
	credential_release(endpoint->credential);
	free(endpoint->pin_items);
	free(endpoint->client_cert);
	free(endpoint->client_key);
	free(endpoint->url);
	free(endpoint->name);
	free(endpoint->ca_file);
	free(endpoint->host);
	free(endpoint->path);
	free(endpoint->addresses);
	free(counted_of(endpoint));
}

static char *text_copy(const char *text)
{
	return strdup(text ? text : "");
}

/* How it is known, and we to it. ERR_NOMEM. */
static int identity_copy(const struct endpoint_options *options, struct endpoint *endpoint)
{
	const struct pins *pins = &options->pins;

	endpoint->min_version = options->min_version;
	endpoint->profile = options->profile;
	endpoint->early_data = options->early_data;
	endpoint->ca_file = text_copy(options->ca_file);
	endpoint->client_cert = text_copy(options->client_cert);
	endpoint->client_key = text_copy(options->client_key);
	endpoint->pin_items = calloc(pins->count + 1, sizeof(*endpoint->pin_items));
	if (!endpoint->ca_file || !endpoint->client_cert || !endpoint->client_key ||
		!endpoint->pin_items)
		return ERR_NOMEM;
	if (pins->count > 0)
		memcpy(endpoint->pin_items, pins->items, pins->count * sizeof(*pins->items));
	endpoint->pins = *pins;
	endpoint->pins.items = endpoint->pin_items;
	return 0;
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
	endpoint->method = options->method;
	endpoint->url = strdup(options->url);
	endpoint->name = strdup(options->name ? options->name : url.host);
	endpoint->host = strdup(url.host);
	endpoint->path = strdup(url.path);
	int err = addresses_read(options, &url, endpoint, why);
	if (identity_copy(options, endpoint) != 0 || !endpoint->url || !endpoint->name ||
		!endpoint->host || !endpoint->path)
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

struct endpoint *endpoint_located(
	struct endpoint *endpoint, const struct address *addresses, size_t count)
{
	struct counted *counted = calloc(1, sizeof(*counted));
	struct address *own = calloc(count, sizeof(*own));

	assert(count > 0 && count <= ENDPOINT_ADDRESSES_MAX && !counted_of(endpoint)->named);
	if (!counted || !own) {
		free(counted);
		free(own);
		return NULL;
	}
	memcpy(own, addresses, count * sizeof(*own));
	counted->endpoint = *endpoint;
	counted->endpoint.addresses = own;
	counted->endpoint.address_count = count;
	counted->named = endpoint_hold(endpoint);
	atomic_init(&counted->holders, 1);
	return &counted->endpoint;
}

size_t endpoint_find(const struct endpoint *endpoint, const struct address *address)
{
	size_t i = 0;

	while (i < endpoint->address_count && !address_equal(&endpoint->addresses[i], address))
		i++;
	return i;
}

/* Everything by which a server may be another one, or trusted for another reason. */
static int ticket_key(const struct endpoint *endpoint, const struct endpoint_trusts *trusts,
	uint8_t out[static TICKETS_KEY_LEN])
{
	const struct resumption_about about = {
		.host = bytes_of(endpoint->host, strlen(endpoint->host)),
		.trust = bytes_of(trust_fingerprint(trusts->trust), TICKETS_KEY_LEN),
		.pins = bytes_of(
			endpoint->pin_items, endpoint->pins.count * sizeof(*endpoint->pin_items)),
		.credential = bytes_of(
			trusts->credential ? credential_fingerprint(trusts->credential) : NULL,
			trusts->credential ? TICKETS_KEY_LEN : 0),
		.port = endpoint->port,
		.version = (uint8_t)endpoint->min_version,
		.profile = (uint8_t)endpoint->profile,
		.protocol = (uint8_t)endpoint->kind,
	};
	return resumption_key(&about, out);
}

int endpoint_trust(struct endpoint *endpoint, const struct endpoint_trusts *trusts)
{
	struct trust *trust = endpoint->trust;
	struct credential *credential = endpoint->credential;

	assert(!counted_of(endpoint)->named);
	if (ticket_key(endpoint, trusts, endpoint->ticket_key) != 0)
		return ERR_NOMEM;
	endpoint->trust = trust_hold(trusts->trust);
	endpoint->credential = credential_hold(trusts->credential);
	endpoint->tickets = trusts->tickets;
	trust_release(trust);
	credential_release(credential);
	return 0;
}

struct tls_peer endpoint_peer(const struct endpoint *endpoint, const char *alpn)
{
	return (struct tls_peer){
		.host = endpoint->host,
		.alpn = alpn,
		.min_version = endpoint->min_version,
		.profile = endpoint->profile,
		.trust = endpoint->trust,
		.pins = endpoint->pins,
		.credential = endpoint->credential,
		.tickets = endpoint->tickets,
		.ticket_key = endpoint->ticket_key,
		.early_data = endpoint->early_data,
	};
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

/* Believed for the same reasons, and shown the same certificate. */
static bool identity_equal(const struct endpoint *a, const struct endpoint *b)
{
	return a->min_version == b->min_version && a->profile == b->profile &&
	       a->early_data == b->early_data && a->pins.count == b->pins.count &&
	       a->pins.bypass_until_s == b->pins.bypass_until_s &&
	       memcmp(a->pin_items, b->pin_items, a->pins.count * sizeof(*a->pin_items)) == 0 &&
	       strcmp(a->ca_file, b->ca_file) == 0 && strcmp(a->client_cert, b->client_cert) == 0 &&
	       strcmp(a->client_key, b->client_key) == 0 && !a->tickets == !b->tickets;
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	if (a->kind != b->kind || a->port != b->port || a->address_count != b->address_count ||
		strcmp(a->host, b->host) != 0 || a->method != b->method ||
		strcmp(a->path, b->path) != 0 || !identity_equal(a, b))
		return false;
	for (size_t i = 0; i < a->address_count; i++) {
		if (!address_equal(&a->addresses[i], &b->addresses[i]))
			return false;
	}
	return true;
}
