/* SPDX-License-Identifier: MIT */
/* The inside of a resolver, for this room alone. */
#pragma once

#include "resolve/flight.h"
#include "resolve/resolver.h"

struct resolver {
	struct resolver_setup setup;
	struct routing routing;
	struct keycache *keycache;
	struct denial_cache *denials; /* of names that no route takes */
	struct flights flights;
};
