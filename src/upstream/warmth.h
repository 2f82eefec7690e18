/* SPDX-License-Identifier: MIT */
/* Is a connection worth having though nobody waits for it? One that ends is replaced if there will
 * be another question soon, and only answers bring that about: a machine that asks nothing keeps no
 * server busy, nor its own radio. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A connection that had so many answers, and ends within so many milliseconds after the last one,
 * is in use: it is replaced at once. One that ends after each answer is not. */
#define WARMTH_ANSWERS 8
#define WARMTH_USE_MS  1000

/* Milliseconds: one that we close as it idled, for less than that, is replaced for the price of
 * WARMTH_ANSWERS answers: people read what they have asked for, and go on. One that nobody used is
 * let go then. */
#define WARMTH_IDLE_MS 30000

struct warmth {
	unsigned answers; /* since a connection was replaced for that price, or as many as matter */
};

/* Something was answered. */
void warmth_add(struct warmth *warmth);

/* Was a connection in use that ended so long after the last of so many answers? */
bool warmth_in_use(unsigned answers, uint64_t idled_ms);

/* Pays for one in place of one that we close as it idled for so long. False: it is let go. */
bool warmth_spend(struct warmth *warmth, uint64_t idled_ms);
