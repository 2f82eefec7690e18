/* SPDX-License-Identifier: MIT */
#include "upstream/unfound.h"

#include <stdio.h>

#include "base/err.h"

/* Octets of a host that a sentence quotes. */
#define QUOTED "%.80s"

const char *unfound_write(const struct unfound *unfound, char text[static UNFOUND_LEN])
{
	const bool own = unfound->left_out[0] != '\0';
	/* That one family has no address is nothing unusual. */
	const struct bootstrap_answer *worse =
		unfound->v4->err == ERR_NOT_FOUND && unfound->v6->err != ERR_NOT_FOUND
			? unfound->v6
			: unfound->v4;

	if (unfound->asked[0] == '\0')
		snprintf(text, UNFOUND_LEN,
			"there is nobody to look " QUOTED " up at%s%s%s; write %s, or %s",
			unfound->host, own ? ", as " : "", unfound->left_out,
			own ? " is ourselves" : "", unfound->by_addresses, unfound->by_servers);
	else
		snprintf(text, UNFOUND_LEN,
			QUOTED " was looked up at %s, and %s; %s %s%s, or write %s", unfound->host,
			unfound->asked, worse->why,
			worse->err == ERR_NOT_FOUND ? "check the name, ask others by" : "see to",
			unfound->by_servers,
			worse->err == ERR_NOT_FOUND ? "" : " and the way there",
			unfound->by_addresses);
	return text;
}
