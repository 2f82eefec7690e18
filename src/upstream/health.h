/* SPDX-License-Identifier: MIT */
/* What is known of one upstream: is it up, how fast is it, when may it be tried again. Pure: time
 * and randomness are arguments. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/rand.h"

/* Milliseconds before a failed upstream is tried again, doubling with each failure. */
#define HEALTH_BACKOFF_MIN_MS 100
#define HEALTH_BACKOFF_MAX_MS 60000

/* Milliseconds for which an upstream that asks for a rest is left alone at most: it may have
 * mistaken hours for seconds, and others may fail meanwhile. */
#define HEALTH_REST_MAX_MS 300000

/* Milliseconds that one upstream may take before another is asked too, and what is taken before
 * its speed is known. Below, a hiccup would double the load; above, people notice. */
#define HEALTH_PATIENCE_MIN_MS	 200
#define HEALTH_PATIENCE_MAX_MS	 1000
#define HEALTH_PATIENCE_FIRST_MS 500

/* So many overdue or refused answers, over at least that time and with nothing good from the
 * upstream in between, are a failure: one slow name says nothing about a server. */
#define HEALTH_OVERDUE_MAX 3
#define HEALTH_OVERDUE_MS  2000

/*  UP ──failed──→ DOWN ──good──→ UP */
enum health_state { HEALTH_UP, HEALTH_DOWN };

struct health {
	enum health_state state;
	unsigned failures;     /* since the last good response, one for each backoff */
	uint64_t retry_at_ms;  /* not before, unless there is no other */
	uint64_t trial_end_ms; /* until then somebody else tries it for us */
	uint64_t rest_end_ms;  /* until then it wants to be left alone, whatever it answers */
	unsigned overdue;      /* answers, since the last good response */
	uint64_t overdue_since_ms;
	bool measured;
	uint32_t srtt_8ms;   /* smoothed round-trip time in 1/8 ms    (RFC 6298 section 2) */
	uint32_t rttvar_4ms; /* its mean deviation in 1/4 ms */
};

/* An upstream is up until it fails. */
void health_init(struct health *health);

/* These four return whether the state changed, to be told once. */

/* A response that counts; while it rests that changes nothing. */
bool health_good(struct health *health, uint64_t now_ms);
/* No connection, wrong identity, or a broken one. Failures while it backs off are the same one. */
bool health_failed(struct health *health, uint64_t now_ms, struct rand *rand);
/* An answer is overdue and its connection was silent meanwhile, or it came to nothing. */
bool health_overdue(struct health *health, uint64_t now_ms, struct rand *rand);
/* It asks to be left alone for that long; it is, within HEALTH_REST_MAX_MS. */
bool health_rest(struct health *health, uint64_t now_ms, uint64_t rest_ms);

/* A round-trip time. */
void health_measure(struct health *health, uint64_t rtt_ms);

/* A handshake succeeded: who is down may be tried by the next query. */
void health_reached(struct health *health, uint64_t now_ms);

/* May it be asked? */
bool health_due(const struct health *health, uint64_t now_ms);

/* Somebody who is down is being tried: nobody else tries until the backoff is over again. */
void health_tried(struct health *health, uint64_t now_ms, struct rand *rand);

/* After how long another upstream is asked too: about the 95th percentile of its times. */
uint64_t health_patience_ms(const struct health *health);

/* 0 before the first measure. */
uint64_t health_rtt_ms(const struct health *health);
