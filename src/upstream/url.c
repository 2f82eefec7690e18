/* SPDX-License-Identifier: MIT */
#include "upstream/url.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "wire/name.h"

#define DOT_PORT 853 /* RFC 7858 section 3.1 */
#define DOH_PORT 443 /* RFC 9110 section 4.2.2 */

/* Octets of a URL that a sentence quotes. */
#define QUOTED "%.80s"

static bool starts_with(const char *text, const char *prefix)
{
	return strncasecmp(text, prefix, strlen(prefix)) == 0;
}

static int scheme_read(
	const char *text, struct url *url, const char **rest, char why[static URL_WHY_LEN])
{
	if (starts_with(text, "tls://")) {
		url->kind = TRANSPORT_DOT;
		url->port = DOT_PORT;
		*rest = text + strlen("tls://");
		return 0;
	}
	if (starts_with(text, "https://")) {
		url->kind = TRANSPORT_DOH;
		url->port = DOH_PORT;
		*rest = text + strlen("https://");
		return 0;
	}
	if (strstr(text, "://"))
		snprintf(why, URL_WHY_LEN,
			"expected tls://NAME or https://NAME/PATH, but got \"" QUOTED
			"\"; DNS over TLS and DNS over HTTPS are the only transports there are",
			text);
	else
		snprintf(why, URL_WHY_LEN,
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

/* What stands between "//" and the path, len octets. */
static int authority_read(const char *start, size_t len, struct url *url)
{
	char text[ADDRESS_TEXT_LEN + URL_HOST_LEN];

	if (len >= sizeof(text))
		return ERR_FORMAT;
	memcpy(text, start, len);
	text[len] = '\0';
	if (!strchr(text, '@') && address_parse(text, url->port, &url->address) == 0 &&
		!address_is_any(&url->address) && address_port(&url->address) != 0) {
		url->literal = true;
		url->port = address_port(&url->address);
		literal_write(url);
		return 0;
	}
	return named_read(text, url);
}

static bool ends_with(const char *text, size_t len, const char *suffix)
{
	const size_t suffix_len = strlen(suffix);
	return len >= suffix_len && memcmp(text + len - suffix_len, suffix, suffix_len) == 0;
}

/* The octets of RFC 3986 section 3.3 and 3.4; a template's braces are gone already. */
static bool path_valid(const char *path)
{
	static const char legal[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "-._~!$&'()*+,;=:@/?%";
	return path[strspn(path, legal)] == '\0';
}

/* The variable is where the query goes with GET; it goes there in any case, so that it is only
 * looked at and taken off. */
static int path_read(const char *start, struct url *url)
{
	const bool has_query = strchr(start, '?') && strchr(start, '?')[-1] != '{';
	size_t len = strlen(start);

	if (ends_with(start, len, has_query ? "{&dns}" : "{?dns}"))
		len -= strlen("{?dns}");
	if (len >= sizeof(url->path))
		return ERR_FORMAT;
	memcpy(url->path, start, len);
	url->path[len] = '\0';
	return path_valid(url->path) ? 0 : ERR_FORMAT;
}

static int tls_read(
	const char *text, const char *start, struct url *url, char why[static URL_WHY_LEN])
{
	size_t len = strlen(start);

	if (len > 0 && start[len - 1] == '/') /* an empty path says nothing */
		len--;
	if (authority_read(start, len, url) == 0)
		return 0;
	snprintf(why, URL_WHY_LEN,
		"expected tls://NAME, tls://ADDRESS or tls://[IPv6]:PORT, but got \"" QUOTED
		"\"; a name has letters, digits and hyphens (IDNs in their xn-- form), a port is 1 "
		"to 65535",
		text);
	return ERR_FORMAT;
}

static int https_read(
	const char *text, const char *start, struct url *url, char why[static URL_WHY_LEN])
{
	const size_t len = strcspn(start, "/?#{");

	if (authority_read(start, len, url) != 0)
		snprintf(why, URL_WHY_LEN,
			"expected https://NAME/PATH, https://ADDRESS/PATH or "
			"https://[IPv6]:PORT/PATH, but got \"" QUOTED
			"\"; a name has letters, digits and hyphens (IDNs in their xn-- form)",
			text);
	else if (start[len] != '/')
		snprintf(why, URL_WHY_LEN,
			"expected a path behind the name, but got \"" QUOTED
			"\"; servers tell theirs, most often it is /dns-query",
			text);
	else if (path_read(start + len, url) != 0)
		snprintf(why, URL_WHY_LEN,
			"expected a path of letters, digits and %%, with {?dns} at its end at "
			"most, but "
			"got \"" QUOTED "\"; copy it from what the server's operator says",
			text);
	else
		return 0;
	return ERR_FORMAT;
}

int url_read(const char *text, struct url *out, char why[static URL_WHY_LEN])
{
	struct url url = { 0 };
	const char *start;

	if (scheme_read(text, &url, &start, why) != 0)
		return ERR_FORMAT;
	int err = url.kind == TRANSPORT_DOH ? https_read(text, start, &url, why)
					    : tls_read(text, start, &url, why);
	if (err == 0)
		*out = url;
	return err;
}
