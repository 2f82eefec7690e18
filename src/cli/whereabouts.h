/* SPDX-License-Identifier: MIT */
/* Where the upstreams are: those of which the name alone is known are looked up as the daemon does,
 * all at once. */
#pragma once

#include "daemon/config.h"
#include "upstream/unfound.h"

/* Of one upstream. */
struct whereabouts {
	struct endpoint *endpoint;	/* held; without addresses if there are none to be found */
	char asked[BOOTSTRAP_TEXT_LEN]; /* who was asked where it is, or "" */
	char why[UNFOUND_LEN];		/* nobody could tell; else "" */
};

/* Of each upstream in turn, which takes BOOTSTRAP_MS at most; the loop is the caller's, with
 * nothing on it. written: the configuration is a file, and not made of options. out has room for
 * all of them, and is for whereabouts_done() whatever comes of it. ERR_NOMEM. */
MUST_USE int whereabouts_find(
	const struct config *config, bool written, struct loop *loop, struct whereabouts *out);

void whereabouts_done(struct whereabouts *whereabouts, size_t count);
