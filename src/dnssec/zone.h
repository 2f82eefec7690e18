/* SPDX-License-Identifier: MIT */
/* What is known of a name on the way down from a trust anchor: is a zone cut there, and what is the
 * zone below worth? */
#pragma once

#include "dnssec/key.h"
#include "dnssec/reason.h"

enum zone_state {
	ZONE_SECURE,   /* a zone with validated keys */
	ZONE_INSIDE,   /* proven to be no zone cut: it belongs to the zone above */
	ZONE_INSECURE, /* proven: from here down nothing is signed that we could check */
	ZONE_BOGUS,    /* its keys or its DS do not hold */
	ZONE_UNKNOWN,  /* what was needed could not be had */
};

struct zone {
	struct name name;
	enum zone_state state;
	const struct dnskey *keys; /* of a secure zone: all that may sign it */
	size_t key_count;
	struct reason reason; /* of the others but INSIDE */
	uint32_t ttl_s;	      /* how long all that holds */
};
