/* SPDX-License-Identifier: MIT */
/* upstream/group.h with the test in the upstreams' place: what is asked waits here until the test
 * says how it ends. Link fake_group.c before the upstream room. */
#pragma once

#include "upstream/group.h"

/* name is what the group's one endpoint is called. NULL: out of memory.
 * After group_release() it stays until its last ask has ended. */
struct group *fake_group_new(const char *name);

/* A second upstream, for asks that avoid the first. False: out of memory. */
bool fake_group_add(struct group *group, const char *name);

/* What group_is_down() says; at first it is not. */
void fake_group_set_down(struct group *group, bool down);

/* Its upstream, or the second one; and what it was judged to be last. */
struct endpoint *fake_group_endpoint(const struct group *group, bool second);
bool fake_group_is_unfit(const struct group *group, bool second);

/* From now on group_ask() finds no memory. */
void fake_group_refuse(struct group *group, bool refuse);

/* Asks since the beginning, and those that still wait. */
size_t fake_group_asked(const struct group *group);
size_t fake_group_waiting(const struct group *group);

/* The ask that has waited longest; there must be one. */
const struct ask_options *fake_group_first(const struct group *group);

/* Ends it with a response, read as an upstream's would be; ERR_NOMEM ends it if that needs more
 * memory than the arena has. Whether the question is the same is not checked. */
void fake_group_answer(struct group *group, struct bytes wire);

/* Ends it without one. */
void fake_group_fail(struct group *group, int err, const char *why);
