/* SPDX-License-Identifier: MIT */
/* Which domains go to which upstreams, as configured. */
#pragma once

#include "daemon/config.h"
#include "daemon/config_draft.h"

struct route_source {
	const struct sections *sections; /* of struct draft_route */
	const char *const *names;	 /* of config.upstreams; a URL where that is no good */
	struct arena *scratch;
	struct faults *faults;
};

/* Fills config.routes; config.upstreams must be there. */
void config_routes_build(struct config *config, const struct route_source *source);
