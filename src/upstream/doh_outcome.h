/* SPDX-License-Identifier: MIT */
/* How a query over HTTPS ended: with a DNS message to be read, or without one, and then whose fault
 * that is and what a person can do. */
#pragma once

#include "upstream/exchange.h"
#include "upstream/h2.h"

#define DOH_WHY_LEN H2_WHY_LEN

/* True: the body of a stream that is over is to be read as a DNS message. Else *result has err, why
 * (which is the buffer given), fault and rest; path is where it was asked. */
bool doh_outcome(const struct h2_stream *stream, const char *path, struct exchange_result *result,
	char why[static DOH_WHY_LEN]);
