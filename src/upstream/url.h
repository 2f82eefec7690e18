/* SPDX-License-Identifier: MIT */
/* The URL of an upstream: over which transport it is asked, where, and on HTTPS at which path. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"

#define URL_WHY_LEN  256
#define URL_HOST_LEN 256 /* a name's text without its final dot, or an address' */

/* Octets of a path with the end; paths in use have a few dozen. Longer is an error. */
#define URL_PATH_LEN 512

enum transport_kind { TRANSPORT_DOT, TRANSPORT_DOH };

struct url {
	enum transport_kind kind;
	char host[URL_HOST_LEN];
	uint16_t port;
	bool literal; /* the host is an address, this one: */
	struct address address;
	char path[URL_PATH_LEN]; /* from its / on, without the template's variable; "" on TLS */
};

/* "tls://HOST[:853]" (RFC 7858) or "https://HOST[:443]/PATH" with an optional {?dns}, or {&dns}
 * after a query, behind it (RFC 8484 section 4.1.1). HOST is a name or an address.
 * ERR_FORMAT with why saying what was expected, what came and what to do. */
MUST_USE int url_read(const char *text, struct url *out, char why[static URL_WHY_LEN]);
