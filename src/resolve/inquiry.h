/* SPDX-License-Identifier: MIT */
/* A response and its verdict. What is bogus may be one upstream's doing: then another is asked for
 * all of it, and if its data hold, they are the answer. */
#pragma once

#include "resolve/fitness.h"
#include "resolve/validation.h"

/* Second opinions of one worker: how many it seeks has a bound, as anybody can publish data that
 * are bogus wherever they are asked for. */
struct opinions {
	uint32_t second; /* of loop_now_s() */
	unsigned sought; /* in that second */
	/* That upstream's data are bogus, and another's are not. NULL: nobody listens. why is a
	 * sentence, borrowed. */
	void (*doubted)(void *owner, const struct endpoint *upstream, const char *why);
	void *owner;
};

/* What is told instead of an answer: bogus, or what its proof needs cannot be had. */
struct refusal {
	bool given;
	bool final; /* an older answer must not be told in its place */
	uint16_t ede;
	uint32_t ttl_s;
	char *why; /* NULL: there was no memory to say it */
};

struct inquiry_plan {
	struct cache_key key; /* the question, and whether the client wants it checked */
	/* anchors NULL: the response is not validated, and only group and deadline count. */
	struct validation_plan validation;
};

struct inquiry {
	struct fetches *fetches;
	struct opinions *opinions;
	struct fitness *fitness;
	struct cache_key key;
	struct fetch_waiter response;
	struct task there; /* for a response that was there at once */
	struct arena arena;
	bool validates;
	bool signatures;	      /* of them must be what it validates */
	struct validation validation; /* if it validates */
	int err;
	struct refusal refusal;

	/* While a second opinion is sought, and afterwards. */
	struct endpoint *first; /* whose data did not hold; NULL: the first one is still sought */
	uint64_t domain; /* the top-level domain whose own data those were, hashed; 0: none */
	struct keycache *keycache;	 /* what is found out about zones meanwhile */
	struct keycache *first_keycache; /* what was, and may now be wrong */

	void (*done)(void *owner);
	void *owner;
};

/* Its octets are zero but for fetches, opinions, fitness, done and owner. done() is called once,
 * not from within this call, unless inquiry_end() comes first. ERR_NOMEM: nothing is under way, but
 * inquiry_end() is still due. */
MUST_USE int inquiry_begin(struct inquiry *inquiry, const struct inquiry_plan *plan);

/* When it is done: the response; refusal.given counts first. */
const struct fetch_result *inquiry_response(const struct inquiry *inquiry);

/* Of a response that is an answer and not refused: secure or insecure. NULL: it was not validated.
 */
const struct validator_result *inquiry_verdict(const struct inquiry *inquiry);

/* Gives all back. */
void inquiry_end(struct inquiry *inquiry);
