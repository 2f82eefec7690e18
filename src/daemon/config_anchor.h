/* SPDX-License-Identifier: MIT */
/* Where trust begins and ends, as configured: the keys of dnssec: and the routes marked insecure.
 */
#pragma once

#include "daemon/config.h"
#include "daemon/config_draft.h"

struct anchor_source {
	const struct draft *draft;
	struct arena *scratch;
	struct faults *faults;
};

/* Fills config.validate, config.anchors and config.negatives; config.routes must be there. Files
 * are read. */
void config_anchors_build(struct config *config, const struct anchor_source *source);
