/* SPDX-License-Identifier: MIT */
/* Special-use names and locally served zones: what the whole Internet agreed is answered here and
 * not asked outside (RFC 6761, RFC 6303 and those that followed). One table. */
#pragma once

#include "policy/policy.h"

size_t special_count(void);

/* The name that it begins at. */
struct name special_name(size_t which);

/* Is a name not to leave this machine, whatever the user configures? Why, in a few words; NULL if
 * it may. */
const char *special_never_forwarded(struct name name);

/* What is said to a question at or below it. out must be zeroed; it stays POLICY_PASS for what
 * belongs to the zone above (DS). */
void special_decide(size_t which, const struct question *question, struct decision *out);
