/* SPDX-License-Identifier: MIT */
/* Addresses of one host, each once, best first; as many as an endpoint takes. */
#pragma once

#include "upstream/endpoint.h"

/* Room for addresses as text. */
#define ROLL_TEXT_LEN 200

struct roll {
	struct address addresses[ENDPOINT_ADDRESSES_MAX];
	size_t count;
};

/* Where it stands; count: nowhere. */
size_t roll_find(const struct roll *roll, const struct address *address);

/* At the end, unless it is there or there is no room. */
void roll_add(struct roll *roll, const struct address *address);

/* The families in turn, IPv6 first (RFC 8305 section 4). */
void roll_add_both(struct roll *roll, const struct address *v6, size_t v6_count,
	const struct address *v4, size_t v4_count);

/* "192.0.2.1, 2001:db8::1", or with " and 3 more" for what does not fit. Returns text. */
const char *roll_write(const struct roll *roll, char text[static ROLL_TEXT_LEN]);
