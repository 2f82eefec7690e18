/* SPDX-License-Identifier: MIT */
/* What all workers have done so far, for a person: also the ledger of what has left in clear. */
#pragma once

#include "daemon/worker.h"

/* Counters of a worker that runs are read as they are. */
void statistics_add(struct worker_counts *sums, const struct worker_counts *counts);

/* A line each of clients, of answers and of upstreams. */
void statistics_log(const struct worker_counts *sums, const struct cache_usage *cache);
