/* SPDX-License-Identifier: MIT */
#include "base/address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

int port_parse(const char *text, uint16_t *out)
{
	unsigned long port = 0;
	size_t digits = strspn(text, "0123456789");
	if (digits == 0 || digits > 5 || text[digits] != '\0')
		return ERR_FORMAT;
	port = strtoul(text, NULL, 10);
	if (port == 0 || port > UINT16_MAX)
		return ERR_FORMAT;
	*out = (uint16_t)port;
	return 0;
}

/* An interface by name or number (RFC 4007 section 11.2). */
static int scope_parse(const char *text, uint32_t *out)
{
	size_t digits = strspn(text, "0123456789");
	uint32_t scope = if_nametoindex(text);

	if (scope == 0 && digits > 0 && digits < 10 && text[digits] == '\0')
		scope = (uint32_t)strtoul(text, NULL, 10);
	if (scope == 0)
		return ERR_FORMAT;
	*out = scope;
	return 0;
}

static int host_parse(const char *host, uint16_t port, struct address *out)
{
	struct address address;
	memset(&address, 0, sizeof(address));

	if (inet_pton(AF_INET, host, &address.v4.sin_addr) == 1) {
		address.v4.sin_family = AF_INET;
		address.v4.sin_port = htons(port);
		*out = address;
		return 0;
	}
	char plain[INET6_ADDRSTRLEN];
	const char *scope = strchr(host, '%');
	size_t len = scope ? (size_t)(scope - host) : strlen(host);
	if (len >= sizeof(plain))
		return ERR_FORMAT;
	memcpy(plain, host, len);
	plain[len] = '\0';
	memset(&address, 0, sizeof(address));
	if (inet_pton(AF_INET6, plain, &address.v6.sin6_addr) != 1)
		return ERR_FORMAT;
	if (scope && scope_parse(scope + 1, &address.v6.sin6_scope_id) != 0)
		return ERR_FORMAT;
	address.v6.sin6_family = AF_INET6;
	address.v6.sin6_port = htons(port);
	*out = address;
	return 0;
}

int address_parse(const char *text, uint16_t default_port, struct address *out)
{
	char host[ADDRESS_TEXT_LEN];
	uint16_t port = default_port;
	size_t len = strlen(text);
	const char *port_text = NULL;

	if (len >= sizeof(host))
		return ERR_FORMAT;
	if (text[0] == '[') {
		const char *end = strchr(text, ']');
		if (!end || (end[1] != '\0' && end[1] != ':' && end[1] != '@'))
			return ERR_FORMAT;
		len = (size_t)(end - ++text);
		port_text = end[1] ? end + 2 : NULL;
	} else {
		const char *at = strchr(text, '@');
		const char *colon = strchr(text, ':');
		if (!at && colon && !strchr(colon + 1, ':'))
			at = colon;
		if (at) {
			len = (size_t)(at - text);
			port_text = at + 1;
		}
	}
	if (port_text && port_parse(port_text, &port) != 0)
		return ERR_FORMAT;
	memcpy(host, text, len);
	host[len] = '\0';
	return host_parse(host, port, out);
}

const char *address_write(const struct address *address, char text[static ADDRESS_TEXT_LEN])
{
	char host[NI_MAXHOST];

	if (getnameinfo(&address->any, address_len(address), host, sizeof(host), NULL, 0,
		    NI_NUMERICHOST) != 0)
		snprintf(host, sizeof(host), "?");
	snprintf(text, ADDRESS_TEXT_LEN,
		address->any.sa_family == AF_INET6 ? "[%.60s]:%u" : "%.60s:%u", host,
		address_port(address));
	return text;
}

socklen_t address_len(const struct address *address)
{
	return address->any.sa_family == AF_INET6 ? sizeof(address->v6) : sizeof(address->v4);
}

uint16_t address_port(const struct address *address)
{
	return ntohs(
		address->any.sa_family == AF_INET6 ? address->v6.sin6_port : address->v4.sin_port);
}

void address_set_port(struct address *address, uint16_t port)
{
	if (address->any.sa_family == AF_INET6)
		address->v6.sin6_port = htons(port);
	else
		address->v4.sin_port = htons(port);
}

bool address_same_host(const struct address *a, const struct address *b)
{
	if (a->any.sa_family != b->any.sa_family)
		return false;
	if (a->any.sa_family == AF_INET)
		return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr;
	return memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, 16) == 0 &&
	       a->v6.sin6_scope_id == b->v6.sin6_scope_id;
}

bool address_equal(const struct address *a, const struct address *b)
{
	return address_same_host(a, b) && address_port(a) == address_port(b);
}

/* The octets that a prefix is compared with; *v6 says which family they are of. */
static const uint8_t *address_octets(const struct address *address, bool *v6)
{
	if (address->any.sa_family == AF_INET) {
		*v6 = false;
		return (const uint8_t *)&address->v4.sin_addr;
	}
	const uint8_t *octets = address->v6.sin6_addr.s6_addr;
	*v6 = memcmp(octets, mapped_prefix, sizeof(mapped_prefix)) != 0;
	return *v6 ? octets : octets + sizeof(mapped_prefix);
}

bool address_is_any(const struct address *address)
{
	bool v6;
	const uint8_t *octets = address_octets(address, &v6);
	return memcmp(octets, &in6addr_any, v6 ? 16 : 4) == 0;
}

bool address_is_loopback(const struct address *address)
{
	bool v6;
	const uint8_t *octets = address_octets(address, &v6);
	return v6 ? memcmp(octets, &in6addr_loopback, 16) == 0 : octets[0] == 127;
}

/* Are all bits of octets from that bit to the end zero? */
static bool host_bits_clear(const uint8_t *octets, unsigned from, unsigned end)
{
	for (unsigned bit = from; bit < end; bit++) {
		if (octets[bit / 8] >> (7 - bit % 8) & 1)
			return false;
	}
	return true;
}

int prefix_parse(const char *text, struct prefix *out)
{
	char host[ADDRESS_TEXT_LEN];
	struct address address;
	struct prefix prefix = { 0 };
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);

	if (len >= sizeof(host))
		return ERR_FORMAT;
	memcpy(host, text, len);
	host[len] = '\0';
	if (host_parse(host, 0, &address) != 0)
		return ERR_FORMAT;
	prefix.v6 = address.any.sa_family == AF_INET6;
	/* A mapped address is compared as the IPv4 address that it is: no such prefix could match.
	 */
	if (prefix.v6 && memcmp(&address.v6.sin6_addr, mapped_prefix, sizeof(mapped_prefix)) == 0)
		return ERR_FORMAT;
	const unsigned bits_max = prefix.v6 ? 128 : 32;
	unsigned long bits = bits_max;
	if (slash) {
		size_t digits = strspn(slash + 1, "0123456789");
		if (digits == 0 || digits > 3 || slash[1 + digits] != '\0')
			return ERR_FORMAT;
		bits = strtoul(slash + 1, NULL, 10);
	}
	if (bits > bits_max)
		return ERR_FORMAT;
	memcpy(prefix.octets,
		prefix.v6 ? (const void *)&address.v6.sin6_addr
			  : (const void *)&address.v4.sin_addr,
		bits_max / 8);
	prefix.bits = (uint8_t)bits;
	if (!host_bits_clear(prefix.octets, prefix.bits, bits_max))
		return ERR_FORMAT;
	*out = prefix;
	return 0;
}

bool prefix_is_loopback(const struct prefix *prefix)
{
	if (prefix->v6)
		return prefix->bits == 128 && memcmp(prefix->octets, &in6addr_loopback, 16) == 0;
	return prefix->bits >= 8 && prefix->octets[0] == 127;
}

bool prefix_contains(const struct prefix *prefix, const struct address *address)
{
	bool v6;
	const uint8_t *octets = address_octets(address, &v6);
	unsigned whole = prefix->bits / 8, rest = prefix->bits % 8;

	if (v6 != prefix->v6 || memcmp(prefix->octets, octets, whole) != 0)
		return false;
	return rest == 0 || (prefix->octets[whole] ^ octets[whole]) >> (8 - rest) == 0;
}
