/* SPDX-License-Identifier: MIT */
/* How one upstream stands with us: is it up, how fast is it, what was wrong with it last. What
 * changes is told once. While nobody answers, it is most likely our own link that fails, and no
 * upstream is held to it. */
#pragma once

#include "upstream/connection.h"
#include "upstream/exchange.h"
#include "upstream/group.h"
#include "upstream/health.h"
#include "upstream/outdone.h"
#include "upstream/pace.h"
#include "upstream/site.h"

/* Milliseconds that one upstream may take before another is asked too: about what one answer in
 * twenty takes, within these, and what is taken before its pace is known. Below, a hiccup would
 * double the load; above, people notice. */
#define STANDING_PATIENCE_MIN_MS   40
#define STANDING_PATIENCE_MAX_MS   1000
#define STANDING_PATIENCE_FIRST_MS 250

/* Milliseconds for which silence is no sign yet: as much again as patience, but at least so many in
 * all, below which one slow name would cost a handshake, and at most so many more. */
#define STANDING_DOUBT_MIN_MS  200
#define STANDING_DOUBT_MORE_MS 250

/* Milliseconds between two causes that are told of one that stays down: they may take turns. */
#define STANDING_CAUSE_PAUSE_MS 60000

/* Said of one that answers nothing. */
#define STANDING_SILENT                                                                            \
	"it does not answer on a connection that is open; the server or the way to it is stuck"

/* The same of one that is there. */
#define STANDING_HOLLOW                                                                            \
	"it gives signs of life on a connection that is open, but no answers; what is behind the " \
	"server is stuck"

/* Said of one that answered SERVFAIL or REFUSED then, and of one that took too long. */
#define STANDING_REFUSES                                                                           \
	"it says that it has no answer (SERVFAIL or REFUSED) where another upstream has one; it "  \
	"is broken, or does not serve us"
#define STANDING_LATE                                                                              \
	"it takes longer than a second where another upstream answers sooner; it is overloaded, "  \
	"or the way to it is"

/* The longest sentence of those who have one. */
#define STANDING_WHY_LEN (SITE_WHY_LEN > TLS_FAILURE_LEN ? SITE_WHY_LEN : TLS_FAILURE_LEN)

struct standing {
	struct upstreams *upstreams;
	const struct endpoint *endpoint; /* its pool's */
	struct health health;
	struct pace pace;
	struct outdone outdone;
	uint64_t good_ms;	    /* when something good came last; 0: never */
	uint64_t reached_ms;	    /* when a handshake was done last; 0: never */
	uint64_t failing_ms;	    /* since when things fail and nothing good comes; 0: not */
	int why_err;		    /* of why, until standing_clear() */
	char why[STANDING_WHY_LEN]; /* of the last failure */
	uint32_t told;		    /* hash of the cause that was told last */
	uint64_t told_ms;	    /* and when */
};

void standing_init(
	struct standing *standing, struct upstreams *upstreams, const struct endpoint *endpoint);

/* What fails from now on is another matter than what failed before. */
void standing_clear(struct standing *standing);

/* Keeps the sentence. An authentication failure is what a person must hear of, even if another
 * address then fails in a duller way. */
void standing_note(struct standing *standing, int err, const char *why);

/* Both. */
void standing_note_anew(struct standing *standing, int err, const char *why);

/* There is no way to it, or it is of no use, as was noted. */
void standing_failed(struct standing *standing);

/* An answer that should have been is none. Several are a failure. */
void standing_missed(struct standing *standing, int err, const char *why);

/* A question is overdue, whatever else came of it. Very many are a failure. */
void standing_unanswered(struct standing *standing);

/* An exchange failed, and it may be the upstream's fault. */
void standing_blame(struct standing *standing, const struct exchange_result *result);

/* It is silent on every connection. */
void standing_suspect(struct standing *standing);

/* It gave a sign of life that was asked for. */
void standing_alive(struct standing *standing);

/* One that is not up, and due, is about to be tried; silent: on every connection. False: that it
 * has not answered so far makes it down; it is not due any more. */
MUST_USE bool standing_try(struct standing *standing, bool silent);

/* A handshake is done: there is a way to it, whatever it answers. */
void standing_reached(struct standing *standing);

/* Another upstream had the answer to a question about that domain where it said that it has none,
 * or had not said anything for longer than people wait; why says which. */
void standing_outdone(struct standing *standing, uint32_t domain, const char *why);

/* A sign of life; answer: it had an answer, too, and in time. */
void standing_good(struct standing *standing, bool answer);

/* After how long another upstream is asked too. */
uint64_t standing_patience_ms(const struct standing *standing);

/* For a connection with a question unanswered: it is probed when another upstream is asked too. */
struct silence_limits standing_silence_limits(const struct standing *standing);
