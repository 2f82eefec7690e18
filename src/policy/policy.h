/* SPDX-License-Identifier: MIT */
/* May we? Looks at a question before the cache does and says one verb. Const once made, shared by
 * all workers. */
#pragma once

#include "wire/message.h"
#include "wire/rrset.h"

enum policy_verb {
	POLICY_PASS,   /* to the default upstreams */
	POLICY_ROUTE,  /* to the upstreams of a route */
	POLICY_ANSWER, /* answered here, with the rcode and records of the decision */
};

#define POLICY_RRSETS_MAX 2

struct decision {
	enum policy_verb verb;
	size_t route;	    /* POLICY_ROUTE: index into policy_options.routes */
	uint16_t rcode;	    /* POLICY_ANSWER */
	bool authoritative; /* POLICY_ANSWER: local data, AA=1 */
	struct ede ede;
	struct rrset rrsets[POLICY_RRSETS_MAX]; /* static data, owners are views of the question
						 * or static */
	size_t rrset_count;
};

struct policy_route {
	const struct name *domains;
	size_t domain_count;
};

struct policy_options {
	const struct policy_route *routes; /* borrowed for policy_new() */
	size_t route_count;
};

struct policy;

/* ERR_NOMEM; ERR_FORMAT when two routes claim the same domain (the configuration is checked for
 * that before). A route takes a special-use name from us if it names it or something below it, not
 * if it merely lies above; localhost., invalid., onion., alt. and resolver.arpa. no route takes:
 * what a route says of them, or below them, counts for nothing. */
MUST_USE int policy_new(const struct policy_options *options, struct policy **out);
void policy_free(struct policy *policy);

/* Classes and types that are never forwarded (RFC 8482 and others), special-use names
 * (RFC 6761 and others), routes: the longest suffix wins. Allocates nothing; question must stay
 * while the decision is used. */
void policy_decide(
	const struct policy *policy, const struct question *question, struct decision *out);
