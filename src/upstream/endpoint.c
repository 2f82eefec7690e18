/* SPDX-License-Identifier: MIT */
#include "upstream/endpoint.h"

#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "wire/name.h"

#define DOT_PORT 853 /* RFC 7858 section 3.1 */

/* Octets of a URL or an address that a sentence quotes. */
#define QUOTED "%.80s"

#define HOST_LEN 256 /* a name's text without its final dot, or an address' */

struct counted {
	struct endpoint endpoint;
	atomic_uint holders; /* the last to release it frees it */
};

static struct counted *counted_of(struct endpoint *endpoint)
{
	return CONTAINER_OF(endpoint, struct counted, endpoint);
}

/* The parts of a URL. */
struct url {
	char host[HOST_LEN];
	uint16_t port;
	bool literal; /* the host is an address, this one: */
	struct address address;
};

static bool starts_with(const char *text, const char *prefix)
{
	return strncasecmp(text, prefix, strlen(prefix)) == 0;
}

static int scheme_read(const char *text, const char **rest, char why[static ENDPOINT_WHY_LEN])
{
	if (starts_with(text, "tls://")) {
		*rest = text + strlen("tls://");
		return 0;
	}
	if (starts_with(text, "https://"))
		snprintf(why, ENDPOINT_WHY_LEN,
			"\"" QUOTED
			"\" asks for DNS over HTTPS, which is not built in yet; give the "
			"same resolver's DNS over TLS as tls://NAME",
			text);
	else if (strstr(text, "://"))
		snprintf(why, ENDPOINT_WHY_LEN,
			"expected tls://NAME or tls://ADDRESS, but got \"" QUOTED
			"\"; DNS over TLS is the only transport there is",
			text);
	else
		snprintf(why, ENDPOINT_WHY_LEN,
			"expected a URL, but got \"" QUOTED "\"; write tls://" QUOTED, text, text);
	return ERR_FORMAT;
}

static void literal_write(struct url *url)
{
	const struct address *address = &url->address;

	if (address->any.sa_family == AF_INET6)
		inet_ntop(AF_INET6, &address->v6.sin6_addr, url->host, sizeof(url->host));
	else
		inet_ntop(AF_INET, &address->v4.sin_addr, url->host, sizeof(url->host));
}

/* Letters, digits, hyphens and underscores: what a certificate can name. */
static bool host_valid(const char *host)
{
	struct name_space space;
	struct name name;

	for (const char *at = host; *at != '\0'; at++) {
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789-_.", *at))
			return false;
	}
	return name_parse(host, &space, &name) == 0 && !name_is_root(name);
}

/* All labels digits: meant as an address, and mistyped. */
static bool looks_like_address(const char *host)
{
	return strspn(host, "0123456789.") == strlen(host) || strchr(host, '[');
}

/* "NAME" or "NAME:PORT", lower case, the final dot dropped. */
static int named_read(const char *text, struct url *url)
{
	size_t len = strcspn(text, ":");

	if (text[len] == ':' && port_parse(text + len + 1, &url->port) != 0)
		return ERR_FORMAT;
	if (len > 0 && text[len - 1] == '.')
		len--;
	if (len == 0 || len >= sizeof(url->host))
		return ERR_FORMAT;
	for (size_t i = 0; i < len; i++)
		url->host[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 0x20 : text[i]);
	url->host[len] = '\0';
	return host_valid(url->host) && !looks_like_address(url->host) ? 0 : ERR_FORMAT;
}

static bool address_usable(const struct address *address)
{
	return !address_is_any(address) && address_port(address) != 0;
}

static int url_read(const char *text, struct url *out, char why[static ENDPOINT_WHY_LEN])
{
	struct url url = { .port = DOT_PORT };
	char rest[ADDRESS_TEXT_LEN + HOST_LEN];
	const char *start;

	if (scheme_read(text, &start, why) != 0)
		return ERR_FORMAT;
	size_t len = strlen(start);
	if (len > 0 && start[len - 1] == '/') /* an empty path says nothing */
		len--;
	if (len < sizeof(rest)) {
		memcpy(rest, start, len);
		rest[len] = '\0';
		if (!strchr(rest, '@') && address_parse(rest, DOT_PORT, &url.address) == 0 &&
			address_usable(&url.address)) {
			url.literal = true;
			url.port = address_port(&url.address);
			literal_write(&url);
			*out = url;
			return 0;
		}
		if (named_read(rest, &url) == 0) {
			*out = url;
			return 0;
		}
	}
	snprintf(why, ENDPOINT_WHY_LEN,
		"expected tls://NAME, tls://ADDRESS or tls://[IPv6]:PORT, but got \"" QUOTED
		"\"; a name has letters, digits and hyphens (IDNs in their xn-- form), a port is 1 "
		"to 65535",
		text);
	return ERR_FORMAT;
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
	endpoint->kind = TRANSPORT_DOT;
	endpoint->port = url.port;
	endpoint->min_version = options->min_version;
	endpoint->url = strdup(options->url);
	endpoint->name = strdup(options->name ? options->name : url.host);
	endpoint->ca_file = strdup(options->ca_file ? options->ca_file : "");
	endpoint->host = strdup(url.host);
	int err = addresses_read(options, &url, endpoint, why);
	if (!endpoint->url || !endpoint->name || !endpoint->ca_file || !endpoint->host)
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
		strcmp(a->ca_file, b->ca_file) != 0)
		return false;
	for (size_t i = 0; i < a->address_count; i++) {
		if (!address_equal(&a->addresses[i], &b->addresses[i]))
			return false;
	}
	return true;
}
