/* SPDX-License-Identifier: MIT */
/* An inspection as a drawing: a box for each zone, from the first anchor down, with the DS that
 * stand for its keys, and a box for each hop of the answer's path below the zone that proves it. */
#pragma once

#include <stdio.h>

#include "cli/inspection.h"

/* A whole SVG file. ERR_NOMEM. */
MUST_USE int drawing_print(const struct inspection *inspection, FILE *out);
