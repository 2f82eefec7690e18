/* SPDX-License-Identifier: MIT */
/* The types that an NSEC or NSEC3 record says exist at a name (RFC 4034 section 4.1.2). */
#pragma once

#include <stdbool.h>

#include "base/bytes.h"

/* Windows in ascending order, each of 1 to 32 octets, to the end; empty is well-formed. */
bool bitmap_valid(struct bytes bitmap);

/* bitmap must be valid. */
bool bitmap_has(struct bytes bitmap, uint16_t type);
