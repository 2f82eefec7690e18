/* SPDX-License-Identifier: MIT */
/* Is it true? A response goes in, a verdict comes out. The validator asks and never fetches: it has
 * no loop, no socket and no clock, so that all of it is tested from files.
 *
 *         validator_start()
 *               │
 *               ▼            VALIDATOR_WANTS: fetch it (CD=1, DO=1), hand it back
 *        validator_step() ─────────────────────────────► validator_supply()
 *               │  ▲  ▲                                         │
 *               │  │  └─────────────────────────────────────────┘
 *               │  └── VALIDATOR_PAUSES: let others have a turn
 *               ▼ VALIDATOR_DONE
 *        validator_result()                                    RFC 4035 section 5, RFC 6840 */
#pragma once

#include "base/arena.h"
#include "dnssec/anchor.h"
#include "dnssec/budget.h"
#include "dnssec/keycache.h"
#include "dnssec/reason.h"
#include "dnssec/supply.h"
#include "wire/message.h"
#include "wire/rrset.h"
#include "wire/verdict.h"

/* What every validation of a worker shares; borrowed. */
struct validator_context {
	struct crypto *crypto;	       /* what the library does */
	const struct anchors *anchors; /* const while a validation runs */
	struct keycache *keycache;     /* validated zones; belongs to one thread */
	int64_t wall_s;		       /* CLOCK_REALTIME: signature times */
	bool clock_unset;	       /* it is wall_s or any later time */
	uint32_t now_s;		       /* monotonic: how long results are kept */
	struct trace *trace;	       /* told of each step; NULL: none */
};

struct validator_result {
	enum verdict verdict;
	struct reason reason; /* of all but secure; see reason.h */
	uint32_t ttl_s;	      /* how long the verdict holds: signatures' original TTL and validity
			       * (RFC 4035 section 5.3.3), of bogus at most 60 */
	bool optout;	      /* a denial that an opt-out span covers: insecure, never AD */
	bool wildcard;	      /* an answer expanded from a wildcard */
	struct name zone; /* the signer at the end of a secure answer's path; the root otherwise */
};

struct validator;

enum validator_step { VALIDATOR_DONE, VALIDATOR_WANTS, VALIDATOR_PAUSES };

/* message is a response to question that was asked with CD=1 and DO=1, scrubbed or not; it and
 * all that is supplied must stay until the validation ends, as must the context. Everything lies in
 * the arena. NULL: out of memory. */
struct validator *validator_start(const struct validator_context *context,
	const struct message *message, struct budget *budget, struct arena *arena);

/* Goes on until it is done or needs something. Things needed that were not named before, wants_max
 * at most, go to wants (all that is known to be needed next, so that they can be fetched at once);
 * *count says how many: 0 when it waits for what it named before. To be called after each
 * validator_supply(), or after several. VALIDATOR_DONE may come while some are still out; they are
 * then not needed. VALIDATOR_PAUSES comes only if the budget has a bound for a turn: there is more
 * to check, and after budget_begin_turn() it goes on. (A trace would be told of some of it twice.)
 * ERR_NOMEM is told by *err, and the step is then VALIDATOR_DONE without a result. */
enum validator_step validator_step(struct validator *validator, struct validator_want *wants,
	size_t wants_max, size_t *count, int *err);

/* The answer to a want: a response, or NULL when none could be had (that ends as
 * indeterminate: SERVFAIL, but nothing that is remembered as bogus). Also at any time the answer to
 * what was foreseen and not wanted yet. */
void validator_supply(struct validator *validator, const struct validator_want *want,
	const struct message *response);

/* After VALIDATOR_DONE. */
const struct validator_result *validator_result(const struct validator *validator);

/* After VALIDATOR_DONE, secure: has a signature of the message's RRset (by section, owner and type)
 * been found to fit? Of a secure response only such, and CNAMEs that a DNAME made, belong into an
 * answer with AD; what else stands in its authority section must be dropped. */
bool validator_vouches(const struct validator *validator, const struct rrset *rrset);

/* What a validation of that question will most likely want, so that it can be asked for along with
 * the question itself: the DS of each ancestor below what the key cache knows,
 * the DNSKEY of an anchor whose zone it does not know, and that of a top-level domain. Returns how
 * many of wants were set; their names view question->name or an anchor's. */
size_t validator_foresee(const struct validator_context *context, const struct question *question,
	struct validator_want *wants, size_t wants_max);
