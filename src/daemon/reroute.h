/* SPDX-License-Identifier: MIT */
/* A name that is asked elsewhere from now on may have another answer there. */
#pragma once

#include "daemon/config.h"

/* Makes the cache forget the names of every route that is not the same in both configurations. */
void reroute_forget(struct cache *cache, const struct config *before, const struct config *after);
