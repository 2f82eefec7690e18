/* SPDX-License-Identifier: MIT */
/* A name that is asked elsewhere from now on may have another answer there, and one that is
 * validated from now on another verdict. */
#pragma once

#include "daemon/config.h"

/* Makes the cache forget the names of every route and of every negative trust anchor that is not
 * the same in both configurations; everything if one of them validates and the other does not.
 * RFC 7646 section 2 */
void reroute_forget(struct cache *cache, const struct config *before, const struct config *after);
