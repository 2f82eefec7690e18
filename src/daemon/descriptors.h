/* SPDX-License-Identifier: MIT */
/* How many descriptors we may have: clients over TCP must leave some for the upstreams. */
#pragma once

#include "daemon/config.h"

/* Raises the process's limit as far as it may go, and cuts the number of TCP clients to what it
 * leaves room for, with a warning that says what to raise. */
void descriptors_fit(struct config *config);

/* The clients of each worker for which limit descriptors leave room beside all else; 1 at least. */
uint32_t descriptors_for_clients(const struct config *config, uint64_t limit);
