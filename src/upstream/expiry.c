/* SPDX-License-Identifier: MIT */
#include "upstream/expiry.h"

#include <stdio.h>

#define DAY_MS 86400000

/* A certificate is known by the day it ends on. */
bool expiry_news(
	struct expiry *expiry, uint64_t now_ms, int days_left, char what[static EXPIRY_WHAT_LEN])
{
	if (days_left >= EXPIRY_WARNING_DAYS)
		return false;
	/* One off, as a day is not over everywhere at once. */
	const uint64_t day = now_ms / DAY_MS + (uint64_t)(days_left < 0 ? 0 : days_left) + 2;
	if (expiry->warned_day >= day - 1 && expiry->warned_day <= day + 1)
		return false;
	expiry->warned_day = day;
	snprintf(what, EXPIRY_WHAT_LEN,
		"its certificate expires in %d day%s; its operator has to renew it, or it will be "
		"refused then",
		days_left, days_left == 1 ? "" : "s");
	return true;
}
