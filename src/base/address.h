/* SPDX-License-Identifier: MIT */
/* An IP address with a port, and a prefix of addresses. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
};

/* Room for address_write(): the longest IPv6 text with scope, brackets, port and the end. */
#define ADDRESS_TEXT_LEN 80

struct prefix {
	bool v6;
	uint8_t octets[16]; /* IPv4 in the first four */
	uint8_t bits;	    /* 0 to 32 or 128 */
};

/* "192.0.2.1", "192.0.2.1:53", "192.0.2.1@53", "2001:db8::1", "[2001:db8::1]",
 * "[2001:db8::1]:53", "2001:db8::1@53", each with an optional %scope on IPv6. A port that is not
 * written is default_port. ERR_FORMAT. */
MUST_USE int address_parse(const char *text, uint16_t default_port, struct address *out);

/* 1 to 65535 in digits. ERR_FORMAT. */
MUST_USE int port_parse(const char *text, uint16_t *out);

/* "192.0.2.1:53" or "[2001:db8::1]:53". Returns text. */
const char *address_write(const struct address *address, char text[static ADDRESS_TEXT_LEN]);

socklen_t address_len(const struct address *address);
uint16_t address_port(const struct address *address);
void address_set_port(struct address *address, uint16_t port);

/* Address, port and scope alike. */
bool address_equal(const struct address *a, const struct address *b);

/* The address alone, whatever the port. */
bool address_same_host(const struct address *a, const struct address *b);

/* The wildcard address, 0.0.0.0 or ::. An IPv4-mapped IPv6 address is looked at as the IPv4 address
 * that it is. */
bool address_is_any(const struct address *address);
bool address_is_loopback(const struct address *address);

/* "192.0.2.0/24", "2001:db8::/32"; without a length the one address. Host bits that are set are
 * an error, as they are most often a slip; so are IPv4-mapped prefixes. ERR_FORMAT. */
MUST_USE int prefix_parse(const char *text, struct prefix *out);

/* Does it reach no further than this machine? */
bool prefix_is_loopback(const struct prefix *prefix);

/* An IPv4-mapped IPv6 address is looked at as the IPv4 address that it is. */
bool prefix_contains(const struct prefix *prefix, const struct address *address);
