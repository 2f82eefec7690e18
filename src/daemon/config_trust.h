/* SPDX-License-Identifier: MIT */
/* Whom an upstream is known by, and what it is shown of us, as configured. */
#pragma once

#include "daemon/config.h"
#include "daemon/config_draft.h"

struct trust_source {
	const struct draft *draft;
	const struct draft_upstream *upstream;
	struct arena *scratch;
	struct faults *faults;
};

/* Fills in what belongs to it, in scratch. What does not fit together is a fault. */
void config_trust_read(const struct trust_source *source, struct endpoint_options *options);

struct config_lines config_trust_lines(
	const struct draft *draft, const struct draft_upstream *upstream);
