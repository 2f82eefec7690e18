/* SPDX-License-Identifier: MIT */
/* Which of an upstream's connections the next query goes to. Pure: looks at them and changes
 * nothing. */
#pragma once

#include "upstream/connection.h"

/* Queries on one connection from which on another one is opened; fewer where it takes fewer. */
#define CHOICE_BUSY 100

/* Is there a good one among connections, by their link: one that takes queries and is not known to
 * be silent? */
bool choice_any_good(const struct list *connections);

/* Is it idle and so near the time at which the server closes it that no query may go there? */
bool choice_stale(const struct connection *connection, uint64_t now_ms);

/* So full that another connection would serve better? */
bool choice_busy(const struct connection *connection);

/* Is there a place for one more query? */
bool choice_has_room(const struct connection *connection);

/* Of connections, by their link: the oldest good one that is not busy, so that the others may idle
 * out; else the least full of those that have room; else any good one. NULL: there is none. */
struct connection *choice_best(struct list *connections);

/* The one silent for longest, when all of them are good but for their silence; else NULL. */
struct connection *choice_worst(struct list *connections);

/* Queries without an answer on all of them. */
size_t choice_load(const struct list *connections);
