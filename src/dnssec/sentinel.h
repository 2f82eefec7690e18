/* SPDX-License-Identifier: MIT */
/* Which of the root's keys do we trust? A name tells whoever asks for it, so that those who roll
 * the keys can see whether resolvers are ready.                                     RFC 8509 */
#pragma once

#include "dnssec/anchor.h"
#include "wire/message.h"

/* Must a secure answer to that question be SERVFAIL instead? That is so when it is for an address,
 * its name's first label is root-key-sentinel-is-ta-NNNNN or -not-ta-NNNNN, NNNNN being a key's tag
 * in five digits, and what the label says of that key is not true. RFC 8509 section 3.1 */
bool sentinel_fails(const struct anchors *anchors, const struct question *question);
