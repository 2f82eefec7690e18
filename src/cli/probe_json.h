/* SPDX-License-Identifier: MIT */
/* The same for a script: one object an upstream. */
#pragma once

#include "cli/finding.h"
#include "cli/json.h"

/* Within an array. What is not known is null. */
void probe_json_print(
	struct json *json, const struct probed *probed, const struct findings *findings);
