/* SPDX-License-Identifier: MIT */
/* One query sent to one upstream, and what came back, whatever the protocol. */
#pragma once

#include "base/list.h"
#include "upstream/upstream_query.h"

struct connection;
struct pool;

/* Whose failure was it, the question's or its upstream's? */
enum fault {
	FAULT_NONE,    /* nothing is known of the upstream by it */
	FAULT_LIKELY,  /* the upstream's, if more of them come and nothing good between them */
	FAULT_CERTAIN, /* the upstream's: no other question would fare better */
};

struct exchange_result {
	int err;		       /* 0: message is set */
	const struct message *message; /* valid during the call */
	const char *why;	       /* as long as the pool; never NULL */
	enum fault fault;
	uint64_t rest_ms; /* for which the upstream wants to be left alone; 0: it does not */
};

/* One query sent to one upstream, and its one completion. Embedded in what asks. */
struct exchange {
	/* Of its owner, set before pool_send(). */
	const struct upstream_query *query; /* its id and keepalive are the transport's business */
	struct arena *arena;		    /* for the response */
	void (*done)(void *owner, struct exchange *exchange, const struct exchange_result *result);
	void *owner;

	/* Of the pool. */
	struct pool *pool; /* NULL: not under way */
	unsigned resends;  /* times that it was sent again as its connection had ended */
	bool overdue;	   /* was already counted as such, */
	bool silent;	   /* and so was that its connection is doubted */

	/* Of whoever has it now: the pool's waiting list, or a connection's sent list. */
	struct list link;
	struct connection *connection; /* NULL: waits for one */
	uint64_t sent_ms;
	uint16_t id;		  /* on that connection */
	void *carrier;		  /* that connection's own */
	struct arena_mark before; /* the response was read into the arena */
};

/* Parses a copy of wire as the response to exchange's query, whose ID the caller has checked.
 * ERR_PROTOCOL: the connection cannot be trusted to keep questions and answers together.
 * ERR_FORMAT, ERR_NOMEM: this response is of no use, whatever else the connection carries is; a
 * name whose owner publishes malformed records must not cost others their answers. *why is set on
 * each. RFC 5452 section 9.1 */
MUST_USE int exchange_read(
	struct exchange *exchange, struct bytes wire, struct message *out, const char **why);

/* May wire, which nobody reads any more, be the response to that query? Where exchange_read() would
 * say ERR_PROTOCOL it is none, and *why says why. */
bool exchange_is_reply(struct bytes wire, struct bytes query, const char **why);

/* What is kept of a question that nobody waits for any more; letter case does not matter. */
uint64_t exchange_mark(const struct hash_key *key, const struct question *question);

/* The same as exchange_is_reply(), of the question with that mark. */
bool exchange_is_marked(
	struct bytes wire, const struct hash_key *key, uint64_t mark, const char **why);

/* Is that message, which nobody reads, an answer by its rcode? */
bool exchange_is_answer(struct bytes wire);

/* Sent again as a connection ended once, or so many times while each one had had answers to so many
 * others: there are servers that close after a number of them. */
#define EXCHANGE_RESENDS_MAX	4
#define EXCHANGE_RESEND_ANSWERS 8

/* That connection will never answer it: may another one be asked? */
bool exchange_may_move(const struct exchange *exchange, const struct connection *from);

/* Is nothing known that speaks against that exchange being answered soon? */
bool exchange_hopeful(const struct exchange *exchange);

/* Has anything come on its connection since it was sent? */
bool exchange_heard(const struct exchange *exchange);

/* How long to wait for that exchange before another upstream is asked too: a connection that has
 * yet to be opened takes its round trips. */
uint64_t exchange_patience_ms(const struct exchange *exchange);
