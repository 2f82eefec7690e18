/* SPDX-License-Identifier: MIT */
/* An inspection as JSON. */
#pragma once

#include <stdio.h>

#include "cli/inspection.h"

/* One object and a newline: what the tree shows, with numbers and times as such. */
void trace_json_print(const struct inspection *inspection, FILE *out);
