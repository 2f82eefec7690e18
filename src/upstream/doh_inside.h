/* SPDX-License-Identifier: MIT */
/* The inside of upstream/doh.h: the connection, which doh.c leads, and the queries under way on it,
 * which doh_stream.c keeps. */
#pragma once

#include "net/tls.h"
#include "upstream/doh.h"
#include "upstream/doh_outcome.h"
#include "upstream/doh_record.h"
#include "upstream/doh_request.h"

/* Said of a server that takes no streams. */
#define DOH_SHUT_WHY                                                                               \
	"it takes no queries at all (HTTP/2 SETTINGS_MAX_CONCURRENT_STREAMS is 0); its operator "  \
	"has to allow some"

struct doh {
	struct connection base;
	struct tls *tls;
	struct h2 *h2;
	struct list streams;   /* all, by their link */
	struct list forsaken;  /* of them those that nobody waits for, oldest first */
	uint64_t progress;     /* of h2's, when it was looked at last */
	char why[DOH_WHY_LEN]; /* of an exchange's failure */

	struct doh_record record; /* what h2 put out in this turn */
	size_t early_room;	  /* octets that may go with the handshake; 0 but within early() */
	struct task flush;

	/* One timer for all deadlines, late rather than moved with every octet. */
	struct timer timer;
	uint64_t opened_ms; /* when the connect began */
	uint64_t shut_ms;   /* since when the server takes no streams; 0: it takes some */
	uint64_t
		pinged_ms; /* when the PING was sent that no octet has followed; 0: there is none */
};

/* A query under way. */
struct doh_stream {
	struct h2_stream h2;
	struct exchange *exchange; /* NULL: nobody waits */
	struct list link, forsaken;
	uint64_t sent_ms;
	uint64_t forsaken_ms; /* since when nobody waits */
	bool early;	      /* it went with the handshake */
	size_t len;
	uint8_t query[];
};

/* A new one, with the query if it is the request's body. NULL: out of memory. */
struct doh_stream *doh_new_stream(
	struct doh *doh, const struct doh_request *request, struct exchange *exchange);

/* The one that nobody has waited for for longest; NULL: none. */
struct doh_stream *doh_oldest_forsaken(const struct doh *doh);

void doh_free_stream(struct doh *doh, struct doh_stream *stream);

/* Over, or reset: one less in flight. */
void doh_drop_stream(struct doh *doh, struct doh_stream *stream);

/* Nobody waits for that stream's answer any more. */
void doh_leave_stream(struct doh *doh, struct doh_stream *stream);

/* What to say of a query's failure: who never took one fails for that reason, however it looks. */
const char *doh_reason(const struct doh *doh, const char *why);

/* Is what came on a stream a DNS message? If not, result says why and whose fault it is. */
bool doh_judge(struct doh *doh, const struct h2_stream *stream, struct exchange_result *result);

/* What the server never looked at goes back, or, if it is not to be waited for, whatever it did not
 * answer: all at once, so that no event finds some of it between two owners. */
void doh_return(struct doh *doh, bool whatever, const char *why);

/* As its GOAWAY says. */
void doh_pass_over(struct doh *doh);
