/* SPDX-License-Identifier: MIT */
/* A set of domain suffixes, each with a number: which is the longest that a name lies within? */
#pragma once

#include "wire/name.h"

struct suffix_set;

struct suffix_set *suffix_set_new(void); /* NULL: out of memory */
void suffix_set_free(struct suffix_set *set);

/* ERR_NOMEM, ERR_FORMAT when it is there already, ERR_LIMIT for a value above 32 bits or when all
 * names together take more than 4 GiB; the set is as before then. The name is copied. */
MUST_USE int suffix_set_add(struct suffix_set *set, struct name suffix, size_t value);

/* The value of the longest suffix that name is at or below; false if none. *labels (may be NULL)
 * gets that suffix's label count. Work: one look-up a label. */
bool suffix_set_find(
	const struct suffix_set *set, struct name name, size_t *value, unsigned *labels);
