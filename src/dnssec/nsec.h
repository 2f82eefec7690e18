/* SPDX-License-Identifier: MIT */
/* One NSEC record: that between two names there is nothing (RFC 4034 section 4). */
#pragma once

#include <stdbool.h>

#include "wire/name.h"

struct nsec {
	struct name owner;
	struct name next;
	struct bytes types; /* bitmap_has() */
};

/* Views rdata. ERR_FORMAT.                                           RFC 4034 section 4.1 */
MUST_USE int nsec_read(struct name owner, struct bytes rdata, struct nsec *out);

/* Does name come strictly between owner and next? The last of a zone has its apex for next, and
 * stands for all that comes after; any other that goes backward stands for nothing.
 * RFC 4034 section 6.1, 4.1.1 */
bool nsec_covers(const struct nsec *nsec, struct name name, struct name zone);

/* Of a covered name: the longest ancestor that is proven to exist, shared with owner or next.
 * RFC 4592 section 3.3.1 */
struct name nsec_encloser(const struct nsec *nsec, struct name name);
