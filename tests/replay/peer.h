/* SPDX-License-Identifier: MIT */
/* One upstream of a scenario: the test behind its TLS connections. */
#pragma once

#include "replay/lie.h"
#include "replay/written.h"
#include "support/fake_tls.h"
#include "upstream/group.h"

/* Questions that one upstream is asked in one story. */
#define PEER_QUESTIONS_MAX 256

enum peer_mood { PEER_ACCEPTS, PEER_REFUSES, PEER_STALLS };

/* A question that came. */
struct peer_question {
	struct tls *tls;
	size_t message; /* of that connection */
	struct name_space space;
	struct question question;
	uint16_t id;
	bool checking_disabled;
	bool seen;     /* the story has mentioned it */
	bool answered; /* or it cannot be any more */
};

struct peer {
	char name[16];
	struct endpoint *endpoint; /* held */
	struct truth *truth;	   /* the story's */
	struct lies lies;
	enum peer_mood mood;
	struct peer_question questions[PEER_QUESTIONS_MAX];
	size_t question_count;
	bool alive;	  /* it gives signs of life */
	bool answers_all; /* from the world, as they come */
	bool spares;	  /* all but this one */
	struct question spared;
	struct name_space spared_space;
	enum { PEER_UNREPORTED, PEER_UP, PEER_DOWN } reported;
	bool doubted; /* its data were bogus, and another's were not */
	bool strips;
	char verdict[128]; /* why, or "fit", until the story says so; "" then */
};

/* An upstream at that address. */
void peer_init(struct peer *peer, const struct line *line, const char *name, const char *address);

/* The story is over: all that was to be said of it is said. */
void peer_done(struct peer *peer, const struct line *line);

/* Is it the peer's connection? */
bool peer_owns(const struct peer *peer, const struct tls *tls);

/* Does with one connection what its mood says, and takes what was sent on it. True if anything
 * happened. */
bool peer_attend(struct peer *peer, struct tls *tls, const struct line *line);

/* It was judged: unfit for signed names, and why, or fit again (NULL). */
void peer_judged(struct peer *peer, const char *why);

/* "upstream NAME ...", line behind the name. */
void peer_run(struct peer *peer, struct line *line);
