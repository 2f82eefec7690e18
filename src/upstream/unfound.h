/* SPDX-License-Identifier: MIT */
/* Why nobody could tell the addresses of an upstream's host, in a sentence for a person. */
#pragma once

#include "upstream/bootstrap.h"

#define UNFOUND_LEN 448

struct unfound {
	const char *host;
	const char *asked, *left_out; /* as bootstrap_asked() and bootstrap_left_out() have them */
	const struct bootstrap_answer *v4, *v6;
	/* What to do, as a person would write it: "addresses: [ADDRESS, ...]", "bootstrap:
	 * [SERVER]" */
	const char *by_addresses, *by_servers;
};

/* Returns text. */
const char *unfound_write(const struct unfound *unfound, char text[static UNFOUND_LEN]);
