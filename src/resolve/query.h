/* SPDX-License-Identifier: MIT */
/* A question's life: policy, cache, flight, upstream, answer. */
#pragma once

#include "resolve/answer.h"
#include "resolve/resolver.h"

/* What can be said at once, without waiting: from policy or the cache. True with *out set;
 * answer_done(out) is then the caller's. Allocates nothing on a cache hit. */
bool resolver_answer_now(
	struct resolver *resolver, const struct message_head *head, struct answer *out);

struct query;

/* When resolver_answer_now() said false. done() is called exactly once on the loop's stack, never
 * from within this call, unless query_cancel() comes first; *answer and its entry are borrowed.
 * head must stay until then. NULL: out of memory or too much in flight. */
struct query *query_start(struct resolver *resolver, const struct message_head *head,
	void (*done)(void *owner, const struct answer *answer), void *owner);

/* What is said when query_start() said NULL, or when there is no room to wait: an expired answer if
 * there is one, else SERVFAIL. answer_done(out) is then the caller's. Allocates nothing. */
void resolver_answer_shed(
	struct resolver *resolver, const struct message_head *head, struct answer *out);

/* The owner is gone. What was asked upstream goes on for the cache's sake. Only before done(). */
void query_cancel(struct query *query);
