/* SPDX-License-Identifier: MIT */
/* One query as an upstream sees it: nothing of the client but its question. */
#pragma once

#include "wire/message.h"

struct upstream_query {
	struct question question;
	uint16_t id;
	bool checking_disabled; /* CD */
	bool dnssec_ok;		/* DO */
	bool keepalive;		/* ask for edns-tcp-keepalive (RFC 7828), DoT only */
};

#define UPSTREAM_QUERY_LEN_MAX 384 /* octets: 12 + 259 + OPT, padded to a multiple of 128 */

/* RD=1, OPT with payload size 1232, client subnet opted out of (RFC 7871 section 7.1.2), padded
 * to 128-octet blocks. Returns the length in octets; a question always fits. */
size_t upstream_query_write(
	const struct upstream_query *query, uint8_t buffer[static UPSTREAM_QUERY_LEN_MAX]);
