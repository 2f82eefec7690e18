/* SPDX-License-Identifier: MIT */
/* Who knows? A group of upstreams that serve the same names, asked so that one bad upstream is
 * not noticed. All of this belongs to one worker's thread. */
#pragma once

#include "base/count.h"
#include "base/rand.h"
#include "net/loop.h"
#include "upstream/bootstrap.h"
#include "upstream/endpoint.h"
#include "wire/message.h"

/* STILL_DOWN: for another cause than was told. FOUND: its host's addresses were looked up, and that
 * is news. */
enum upstream_event { UPSTREAM_UP, UPSTREAM_DOWN, UPSTREAM_STILL_DOWN, UPSTREAM_FOUND };

/* Why something left unencrypted. */
enum clear_reason { CLEAR_BOOTSTRAP, CLEAR_REASONS };

struct upstream_counts {
	struct count queries;	  /* sent, repeats included */
	struct count responses;	  /* that counted */
	struct count connections; /* opened */
	struct count failures;	  /* attempts that came to nothing */
	struct count bootstrap;	  /* look-ups of upstreams' hosts */
	/* Datagrams, and writes to connections, that left unencrypted. */
	struct count clear[CLEAR_REASONS];
};

struct upstreams_options {
	struct loop *loop;
	struct rand *rand;
	/* An upstream's state changed; why is a sentence for a person, borrowed. */
	void (*changed)(void *owner, const struct endpoint *endpoint, enum upstream_event event,
		const char *why);
	/* Something to be said once: a certificate about to expire. */
	void (*warned)(void *owner, const struct endpoint *endpoint, const char *what);
	void *owner;
	struct upstream_counts *counts;
	struct memory *memory; /* of earlier runs; NULL: none */
};

/* All pools of one worker. */
struct upstreams;

struct upstreams *upstreams_new(const struct upstreams_options *options); /* NULL: no memory */

/* Whom hosts without addresses are looked up at from now on: at first at the network's own. What it
 * points to is borrowed until the next call or the end. */
void upstreams_set_bootstrap(struct upstreams *upstreams, const struct bootstrap_servers *servers);

/* CHANGED: addresses, links or routes did. RESUMED: the machine slept, and what is between it and
 * the upstreams has forgotten its connections. */
enum network_change { NETWORK_CHANGED, NETWORK_RESUMED };

/* Connections that lead nowhere now are dropped; what they were to answer is asked on fresh ones.
 * Nobody waits any more because of what failed before. On the loop's stack. */
void upstreams_network_changed(struct upstreams *upstreams, enum network_change change);

/* Every group must have been released and every ask be done or cancelled. */
void upstreams_free(struct upstreams *upstreams);

/* FASTEST: who answers soonest. ORDERED: the first that is up. SPREAD: each has its share of the
 * names. PARALLEL: several at once. */
enum strategy { STRATEGY_FASTEST, STRATEGY_ORDERED, STRATEGY_SPREAD, STRATEGY_PARALLEL };

struct group;

/* A group over endpoints (held by it), 64 at most. A pool that another group already has for an
 * equal endpoint is shared, its connections with it: so a reload makes the new groups, then
 * releases the old ones. NULL: out of memory. */
struct group *group_new(struct upstreams *upstreams, struct endpoint *const *endpoints,
	size_t count, enum strategy strategy);

/* Counted, as what asks several things after one another outlives a reload. */
struct group *group_hold(struct group *group);

/* Asks under way go on to their end. NULL is accepted. */
void group_release(struct group *group);

/* Connects to those that it would ask first, if an earlier run has asked them: what is never asked
 * is not kept busy. On the loop's stack. */
void group_warm(struct group *group);

/* Is that upstream in it? And another one than that? */
bool group_has(const struct group *group, const struct endpoint *endpoint);
bool group_has_other(const struct group *group, const struct endpoint *endpoint);

/* Is every upstream in it known to be down, so that an answer is not to be expected soon? */
bool group_is_down(const struct group *group);

/* Its answers lack what validation needs, or not any more. That is kept for as long as anybody has
 * that upstream in a group. */
void group_judge(struct group *group, const struct endpoint *endpoint, bool unfit);

/* One question to a group. */
struct ask_options {
	struct question question; /* its name must stay until the ask is done */
	bool checking_disabled;
	bool dnssec_ok;
	bool signatures; /* they are needed: who is not fit to give them is asked for want of others
			  * alone */
	const struct endpoint *avoid; /* not asked; NULL: all may be */
	const struct endpoint *only;  /* it alone is asked; NULL: all may be */
	uint64_t deadline_ms;	      /* on loop_now_ms()'s clock */
};

struct ask_result {
	int err; /* 0: message is set. ERR_TIMEOUT, ERR_UNREACHABLE, ERR_PROTOCOL (no
		  * response was of use), ERR_NOMEM, ERR_LIMIT */
	/* A response to this very question (RFC 5452 section 9.1 checked), parsed whole. NOERROR,
	 * NXDOMAIN or YXDOMAIN, or another rcode, and then no record, when no upstream had one of
	 * these. Valid during the call; what it points to lies in the arena if it is one of these.
	 */
	const struct message *message;
	const struct endpoint *endpoint; /* who answered, or who failed last; NULL: nobody asked */
	const char *why;		 /* of the last failure, for a person; never NULL */
};

struct ask;

/* done() is called exactly once, on the loop's stack, unless ask_cancel() comes first. The
 * response is parsed into arena, which must live until done() or cancel. NULL: out of memory. */
struct ask *group_ask(struct group *group, const struct ask_options *options, struct arena *arena,
	void (*done)(void *owner, const struct ask_result *result), void *owner);

/* The owner is gone: done() will not be called. Only before done(). */
void ask_cancel(struct ask *ask);
