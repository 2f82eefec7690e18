/* SPDX-License-Identifier: MIT */
/* Says once of each certificate that it is about to expire. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A certificate this near its end is warned about. */
#define EXPIRY_WARNING_DAYS 14

#define EXPIRY_WHAT_LEN 128

struct expiry {
	uint64_t warned_day; /* on which the certificate ends that was warned about; 0: none */
};

/* A certificate with so many days left was seen. True: what is a sentence for a person. */
bool expiry_news(
	struct expiry *expiry, uint64_t now_ms, int days_left, char what[static EXPIRY_WHAT_LEN]);
