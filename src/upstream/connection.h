/* SPDX-License-Identifier: MIT */
/* What a pool knows of a connection, whatever the protocol. A transport embeds it. */
#pragma once

#include "base/rand.h"
#include "net/loop.h"
#include "upstream/endpoint.h"
#include "upstream/exchange.h"

struct transport;

/* Idle connections are closed after that many milliseconds even if the server would let them stay:
 * middleboxes forget them at an unknown time, and one handshake then is cheaper than a silence. */
#define CONNECTION_IDLE_CAP_MS 180000

/* Milliseconds before the server's idle limit, or a quarter of a short one, and two round trips
 * more, at which we close first; half the limit at most, as a connection that is closed when it has
 * just been opened is of no use. */
#define CONNECTION_IDLE_MARGIN_MS 500

/*  OPENING ──→ READY ──→ DRAINING ──→ CLOSED
 *     │          └─────────────────────↑
 *     └────────────────────────────────┘
 * DRAINING takes no query and closes when the last answer is in; CLOSED waits to be freed. */
enum connection_state {
	CONNECTION_OPENING,
	CONNECTION_READY,
	CONNECTION_DRAINING,
	CONNECTION_CLOSED,
};

/* On the loop's stack, but ended() with nothing unanswered, which may come from within a cancel. */
struct connection_events {
	/* Before ready(), at most once, and never without the endpoint's early_data: queries that
	 * are sent within the call go with the handshake. It is OPENING. May be NULL. */
	void (*early)(void *owner, struct connection *connection);
	/* The upstream is who it should be. days_left: until its certificate expires. */
	void (*ready)(void *owner, struct connection *connection, int days_left);
	/* One exchange is over, the connection is not. It is no longer in sent. */
	void (*answered)(void *owner, struct connection *connection, struct exchange *exchange,
		const struct exchange_result *result);
	/* The response to an exchange that was cancelled came, which was sent at that time; answer:
	 * by its rcode it is one. */
	void (*late)(void *owner, struct connection *connection, uint64_t sent_ms, bool answer);
	/* It takes more queries than it did. */
	void (*room)(void *owner, struct connection *connection);
	/* It was asked for a sign of life, and gave one. */
	void (*alive)(void *owner, struct connection *connection);
	/* These exchanges, of those it had, it will never answer, and takes no more; the others it
	 * still may. They are the owner's again; why is borrowed. */
	void (*returned)(void *owner, struct connection *connection, int err, const char *why,
		struct list *unanswered);
	/* It is CLOSED: the owner unlinks and buries it. The unanswered exchanges are the owner's
	 * again; why is borrowed. */
	void (*ended)(void *owner, struct connection *connection, int err, const char *why,
		struct list *unanswered);
};

struct connection_options {
	struct loop *loop;
	struct rand *rand;
	struct endpoint *endpoint;
	size_t address;		/* which of the endpoint's */
	unsigned capacity;	/* of the last connection that answered; 0: there was none */
	uint64_t idle_limit_ms; /* learnt of the server; 0: nothing was */
	const struct connection_events *events;
	void *owner;
};

struct connection {
	const struct transport *transport;
	const struct connection_events *events;
	void *owner;
	struct loop *loop;
	struct rand *rand;
	struct endpoint *endpoint; /* held */
	size_t address;
	enum connection_state state;
	struct list link; /* of its pool, then of the graveyard */
	struct list sent; /* exchanges without an answer, oldest first */

	unsigned capacity;  /* queries that it takes at most */
	unsigned in_flight; /* queries without an answer, cancelled ones too */
	unsigned cancelled; /* of them, those that nobody waits for */

	/* The last octets of a response, or the first query after it was idle. */
	uint64_t quiet_since_ms;
	uint64_t heard_ms;  /* the last octets of any kind, or when it became READY */
	uint64_t asked_ms;  /* the first query that no octets have followed; 0: there is none */
	uint64_t probed_ms; /* when it was asked for a sign of life since; 0: it was not */
	uint64_t idled_ms;  /* how long it was idle before the query that nothing followed yet */
	uint64_t idle_limit_ms; /* how long the server lets it idle */
	uint64_t rtt_ms;	/* the pool's smoothed one, for the margin */
	const char *remark;	/* of the peer that was let in; NULL or "": none. Before ready() */
	const struct tls *tls;	/* its session, the transport's own; NULL before ready() */
	bool opened;		/* was READY once */
	bool spare;		/* an attempt beside the round's */
	unsigned answers;	/* responses that counted */
	bool doubted;		/* an answer is overdue, and so is a sign of life */
};

/* Starts to connect, by what the endpoint speaks. NULL: out of memory or descriptors. */
struct connection *connection_open(const struct connection_options *options);

/* For transports: holds the endpoint. */
void connection_init(struct connection *connection, const struct transport *transport,
	const struct connection_options *options);
void connection_done(struct connection *connection);

const struct address *connection_address(const struct connection *connection);

/* The only place where a state changes. */
void connection_move(struct connection *connection, enum connection_state to);

/* Moves to CLOSED and tells the owner, who may be gone afterwards. */
void connection_end(struct connection *connection, int err, const char *why);

/* For transports: this exchange was sent on it. */
void connection_sent(struct connection *connection, struct exchange *exchange);

/* For transports: octets of any kind came. */
void connection_heard(struct connection *connection);

/* For how long nothing may come after a query. */
struct silence_limits {
	/* Then the server is asked for a sign of life, which one slow name does not delay. */
	uint64_t probe_ms;
	uint64_t doubt_ms; /* by then there should have been one; it is longer */
};

/* When connection_look() will have something to do, unless octets come; UINT64_MAX: never. */
uint64_t connection_look_ms(
	const struct connection *connection, const struct silence_limits *limits);

/* Asks for a sign of life if that is due; and if there should have been one the connection is
 * doubted: it gets no more queries until something comes. True: that is news. */
bool connection_look(struct connection *connection, const struct silence_limits *limits);

/* How long it has idled; 0: a query is under way. */
uint64_t connection_idle_ms(const struct connection *connection);

/* Does the network still lead from here to there? Half a handshake is not worth a look. */
bool connection_stands(const struct connection *connection);

/* When an idle connection is too near the server's limit to be used, in ms on the loop's clock. */
uint64_t connection_idle_end_ms(const struct connection *connection);
