/* SPDX-License-Identifier: MIT */
/* What all workers have done so far, in one line for a person: also the ledger of what has left in
 * clear. */
#pragma once

#include "daemon/worker.h"

/* Room for statistics_write(). */
#define STATISTICS_LEN 512

/* Sums; counters of workers that run are read as they are. Returns text. */
const char *statistics_write(
	struct worker *const *workers, unsigned count, char text[static STATISTICS_LEN]);
