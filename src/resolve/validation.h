/* SPDX-License-Identifier: MIT */
/* Fetches what a validator wants until it has a verdict. What it will want can be foreseen from the
 * question alone, and is then fetched beside the answer, not after it. */
#pragma once

#include "dnssec/validator.h"
#include "resolve/fetch.h"
#include "resolve/turns.h"

struct validation_plan {
	struct crypto *crypto;
	struct anchors *anchors; /* held by the validation, as are keycache and group */
	struct keycache *keycache;
	struct group *group;
	struct turns *turns;
	const struct endpoint *avoid; /* who is not to be asked; NULL: nobody. Outlives it */
	uint64_t deadline_ms;	      /* on loop_now_ms()'s clock */
};

struct validation {
	struct fetches *fetches;
	struct validation_plan plan;
	struct validator_context context;
	struct budget budget;
	struct arena *arena;
	struct validator *validator; /* NULL until there is something to validate */
	struct list needs;	     /* what was fetched or is */
	struct turn turn;	     /* to go on with what has come */
	int err;
	void (*done)(void *owner); /* once, unless validation_run() said that it is done */
	void *owner;
};

/* All of it lies in the arena, which must outlive it. Nothing is fetched yet; done and owner are
 * the caller's to set. */
void validation_init(struct validation *validation, struct fetches *fetches,
	const struct validation_plan *plan, struct arena *arena);

/* Fetches what the validation of the response to that question will want. The question's name must
 * stay until validation_end(). */
void validation_foresee(struct validation *validation, const struct question *question);

/* message is the response, and stays until validation_end(). True: there is a verdict, or memory
 * ran out. False: done() will be called. */
MUST_USE bool validation_run(struct validation *validation, const struct message *message);

/* Then. NULL: out of memory. */
const struct validator_result *validation_result(const struct validation *validation);

/* What was fetched for it under that name and type. NULL: nothing, or it has not come. */
const struct fetch_result *validation_source(
	const struct validation *validation, struct name name, uint16_t type);

/* Gives back all but the arena; done() is not called any more. */
void validation_end(struct validation *validation);
