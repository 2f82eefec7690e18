/* SPDX-License-Identifier: MIT */
/* Special-use names and locally served zones: what the whole Internet agreed is answered here and
 * not asked outside (RFC 6761, RFC 6303 and those that followed). One table. */
#pragma once

#include "policy/policy.h"

size_t special_count(void);

/* The name that it begins at. */
struct name special_name(size_t which);

/* May a route of the user's take the name, or one below it, from us? */
bool special_is_routable(size_t which);

/* What is said to a question at or below it. out must be zeroed; it stays POLICY_PASS for what
 * belongs to the zone above (DS). */
void special_decide(size_t which, const struct question *question, struct decision *out);
