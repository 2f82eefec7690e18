/* SPDX-License-Identifier: MIT */
/* One question asked and its answer validated here, with a trace of how: what "query --trace"
 * shows. The resolver is asked for each thing that the validator wants, unvalidated (CD=1), so that
 * the same validator judges the same data, and from an anchor on, as nothing is known yet. */
#pragma once

#include "dnssec/trace.h"
#include "dnssec/validator.h"

/* Octets that all responses of one inspection may take, taken apart. */
#define INSPECTION_MEMORY_MAX (64u << 20)

struct inspection {
	/* Set by the caller, borrowed. */
	struct question question;
	const struct anchors *anchors;
	struct crypto *crypto;
	int64_t wall_s;
	bool clock_unset; /* it is that late or any later */

	/* Asks; the message lives in the arena. An error: no response could be had, or memory
	 * (ERR_NOMEM). */
	int (*fetch)(void *with, const struct question *question, struct arena *arena,
		struct message *out);
	void *with;

	/* Set by inspection_run(); views of all below end with inspection_done(). */
	struct arena arena;
	struct message message;
	struct validator_result result;
	struct trace trace;
	unsigned queries; /* that were fetched, the question's own among them */
	struct keycache *keycache;
};

/* inspection_done() is due whatever comes of it. ERR_NOMEM, and what fetch() says of the question
 * itself. */
MUST_USE int inspection_run(struct inspection *inspection);
void inspection_done(struct inspection *inspection);
