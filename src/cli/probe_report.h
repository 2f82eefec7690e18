/* SPDX-License-Identifier: MIT */
/* What stubborn probe tells, for a person: lines of 80 columns at most where words can be parted.
 */
#pragma once

#include <stdio.h>

#include "cli/finding.h"

void probe_report_print(FILE *out, const struct probed *probed, const struct findings *findings);
