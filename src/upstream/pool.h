/* SPDX-License-Identifier: MIT */
/* The connections of one upstream: opened on first need, more when one is busy, replaced when one
 * dies; its unanswered queries go to another one, within bounds (exchange.h). A pool belongs to the
 * groups that name its upstream. */
#pragma once

#include "upstream/expiry.h"
#include "upstream/group.h"
#include "upstream/idle.h"
#include "upstream/reach.h"
#include "upstream/site.h"
#include "upstream/standing.h"
#include "upstream/transport.h"
#include "upstream/warmth.h"

struct upstreams;

/* Connections at most: a server has few to give to one client. Beyond it queries wait. */
#define POOL_CONNECTIONS_MAX 4

/* Queries without an answer, waiting ones and cancelled ones included; then ERR_LIMIT. */
#define POOL_LOAD_MAX 4096

/* Milliseconds between rounds of attempts to add a connection to those that work, and between those
 * in place of one that does not. */
#define POOL_GROW_PAUSE_MS 1000

/* Milliseconds: a query that was sent so shortly before the server closed crossed with that, and
 * says what an idle connection does; one that waited for longer does not. */
#define POOL_CROSSED_MS 500

struct pool {
	struct list link; /* of the upstreams */
	struct upstreams *upstreams;
	unsigned holders;	   /* groups, and calls under way that may drop it */
	struct endpoint *endpoint; /* held; as the configuration has it */
	struct standing standing;
	struct idle idle;
	struct site site;
	struct reach reach;
	uint64_t reach_not_before_ms; /* a round that failed is not repeated at once */
	uint64_t grow_not_before_ms;  /* nor one that would only have added a connection */
	uint64_t turn_ms;	      /* of the next connection in place of a silent one */
	struct list connections;      /* oldest first */
	unsigned connection_count;
	unsigned capacity;   /* of the connection that answered last; 0: none did */
	struct list waiting; /* exchanges without a connection, oldest first */
	size_t waiting_count;
	struct task dispatch;
	struct expiry expiry;
	struct warmth warmth;
	bool warming;	       /* a connection is made that nobody waits for so far */
	bool unfit;	       /* for what needs signatures */
	bool warned_resources; /* that there were none for a connection */
};

/* Held once. NULL: out of memory. */
struct pool *pool_new(struct upstreams *upstreams, struct endpoint *endpoint);
struct pool *pool_hold(struct pool *pool);

/* The last one closes the connections; no exchange may be under way then. */
void pool_release(struct pool *pool);

/* An equal endpoint of a newer configuration: for connections to come. */
void pool_adopt(struct pool *pool, struct endpoint *endpoint);

/* Sends it now or as soon as there is a connection; its done() comes later, never from within.
 * ERR_LIMIT, ERR_NOMEM: it is not under way. */
MUST_USE int pool_send(struct pool *pool, struct exchange *exchange);

/* done() will not be called. The exchange must be under way. */
void pool_cancel(struct exchange *exchange);

/* Is there a question that it may still answer? */
bool pool_busy(const struct pool *pool);

/* Closes a connection that leads nowhere; what it was to answer waits for another one, which is no
 * repetition and no failure. No round of attempts may be under way. */
void pool_retire(struct pool *pool, struct connection *connection);

/* Sees to a connection, unless there are enough or one is on its way. On the loop's stack. */
void pool_reach(struct pool *pool);

/* Sees to the first one before anybody needs it, who then is told if there is no way. On the loop's
 * stack. */
void pool_warm(struct pool *pool);
