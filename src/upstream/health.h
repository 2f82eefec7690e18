/* SPDX-License-Identifier: MIT */
/* Is one upstream up, and when may it be tried again? Pure: time and randomness are arguments. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/rand.h"

/* Milliseconds before a failed upstream is tried again, doubling with each failure. */
#define HEALTH_BACKOFF_MIN_MS 100
#define HEALTH_BACKOFF_MAX_MS 60000

/* The same while nobody at all can be reached, and then not doubling: that is no fault of the
 * upstream's, and what comes back must be noticed within a second. */
#define HEALTH_OUTAGE_MS 400

/* Milliseconds for which an upstream that asks for a rest is left alone at most: it may have
 * mistaken hours for seconds, and others may fail meanwhile. */
#define HEALTH_REST_MAX_MS 300000

/* So many answers that are overdue while it gives no sign of life, or refused, over at least that
 * time and with nothing good from the upstream in between, are a failure. */
#define HEALTH_OVERDUE_MAX 3
#define HEALTH_OVERDUE_MS  2000

/* Of one that gives signs of life the same only mean that nobody is to wait for it alone: names can
 * be slow, and one client asks the same name for several types and again. So many, over that time,
 * with not one answer to anything, are a failure. */
#define HEALTH_UNANSWERED_MAX 16
#define HEALTH_UNANSWERED_MS  10000

/* Doublings of the pause between trials of one that is only suspected: what comes back must be
 * noticed within a second. */
#define HEALTH_TRIALS_MAX 2

/*  UP ──suspected──→ PROBING ──good──→ UP
 *   │                 │   ↑
 *   └────failed────→ DOWN─┘ tried          DOWN also goes straight to UP when something good comes
 * PROBING: it is asked, but nobody waits for it alone. */
enum health_state { HEALTH_UP, HEALTH_PROBING, HEALTH_DOWN };

struct health {
	enum health_state state;
	unsigned failures; /* since the last good response, one for each backoff; 0 is never DOWN */
	uint64_t retry_at_ms; /* not asked before, unless there is no other */
	uint64_t rest_end_ms; /* until then it wants to be left alone, whatever it answers */
	unsigned trials;      /* since it was suspected or reached, or as many as matter */
	unsigned overdue;     /* answers without a sign of life, since the last good response */
	uint64_t overdue_since_ms;
	unsigned unanswered; /* questions, since then, whatever signs of life there were */
	uint64_t unanswered_since_ms;
};

/* An upstream is up until it fails. */
void health_init(struct health *health);

/* Was it found to be down, and has nothing good come since? */
bool health_is_down(const struct health *health);

/* These five return whether that changed, to be told once. */

/* A response that counts; while it rests that changes nothing. */
bool health_good(struct health *health, uint64_t now_ms);
/* No connection, wrong identity, or a broken one. Failures while it backs off are the same one.
 * outage: nobody else can be reached either. */
bool health_failed(struct health *health, uint64_t now_ms, struct rand *rand, bool outage);
/* An answer is overdue and so is a sign of life, or it came to nothing. */
bool health_overdue(struct health *health, uint64_t now_ms, struct rand *rand, bool outage);
/* A question is overdue. */
bool health_unanswered(struct health *health, uint64_t now_ms, struct rand *rand);
/* It asks to be left alone for that long; it is, within HEALTH_REST_MAX_MS. */
bool health_rest(struct health *health, uint64_t now_ms, uint64_t rest_ms);

/* It is silent where it should not be; the next query tries it. Nothing happens to one that is not
 * up. */
void health_suspect(struct health *health, uint64_t now_ms);

/* A sign of life where there was reason to doubt it: who was only suspected is up again, and who is
 * down may be tried; not one that never gives more than signs of life. */
void health_alive(struct health *health, uint64_t now_ms);

/* What failed did so for another reason than the upstream itself: it may be tried at once, unless
 * it rests. */
void health_forgive(struct health *health, uint64_t now_ms);

/* A handshake succeeded: who is down may be tried by the next query. */
void health_reached(struct health *health, uint64_t now_ms);

/* May it be asked? */
bool health_due(const struct health *health, uint64_t now_ms);

/* One that is not up is being tried: nobody else tries until a backoff is over. */
void health_tried(struct health *health, uint64_t now_ms, struct rand *rand);
