/* SPDX-License-Identifier: MIT */
#include "upstream/outdone.h"

#include <string.h>

static bool counted_lately(const struct outdone *outdone, uint32_t domain, uint32_t now_s)
{
	for (unsigned i = 0; i < outdone->count; i++) {
		if (outdone->by[i].domain == domain &&
			now_s - outdone->by[i].at_s < OUTDONE_PAUSE_S)
			return true;
	}
	return false;
}

bool outdone_miss(struct outdone *outdone, uint32_t domain, uint64_t now_ms)
{
	const uint32_t now_s = (uint32_t)(now_ms / 1000);

	if (counted_lately(outdone, domain, now_s))
		return false;
	if (outdone->count == OUTDONE_MAX)
		memmove(outdone->by, outdone->by + 1, --outdone->count * sizeof(outdone->by[0]));
	outdone->by[outdone->count].domain = domain;
	outdone->by[outdone->count++].at_s = now_s;
	if (outdone->count == OUTDONE_MAX)
		outdone->down = true;
	return outdone->count == OUTDONE_MAX;
}

void outdone_make_up(struct outdone *outdone, bool answer)
{
	if (answer && outdone->count > OUTDONE_LESS)
		outdone->count -= OUTDONE_LESS;
	else if (answer)
		*outdone = (struct outdone){ 0 };
	else if (outdone->down)
		outdone->count = OUTDONE_MAX;
}
