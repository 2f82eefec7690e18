/* SPDX-License-Identifier: MIT */
/* A resolver with all that it needs, fake loop and fake upstreams, and clients that ask it: what
 * the tests of resolve and serve stand on. */
#pragma once

#include "resolve/query.h"
#include "support/fake_group.h"
#include "support/fake_loop.h"

/* Names at and below it go to route_group. */
#define RESOLVING_ROUTED "routed.example."

#define RESOLVING_QUERY_TIME_MS	 5000
#define RESOLVING_ASKING_TIME_MS 4750 /* of it upstreams have */
#define RESOLVING_IN_FLIGHT_MAX	 4
#define RESOLVING_MAX_NEGATIVE_S 1800
#define RESOLVING_SERVE_STALE_S	 86400

struct resolving {
	struct loop *loop;
	struct cache *cache;
	struct policy *policy;
	struct group *group, *route_group; /* the routing's */
	struct resolver *resolver;
	struct resolve_counts counts;

	/* The last report. */
	unsigned reports;
	uint16_t rcode;
	char source[32], why[256];
	uint32_t took_ms;

	char doubted[32]; /* the last upstream that was, "" for none */
};

/* False: out of memory, and nothing is left behind. */
bool resolving_init(struct resolving *resolving);

/* The same with a resolver that validates; both must outlive it. */
bool resolving_init_validating(
	struct resolving *resolving, struct crypto *crypto, struct anchors *anchors);

/* As a reload does: from now on these anchors. False: out of memory. */
bool resolving_reload(struct resolving *resolving, struct anchors *anchors);
void resolving_done(struct resolving *resolving);

/* The oldest ask of the default group ends with these records ("" for none). */
void resolving_answer(struct resolving *resolving, const char *rcode, const char *records);

struct asker {
	struct resolving *resolving;
	struct asked asked; /* RD=1, no EDNS, 512 octets; change it before asking */
	struct name_space name;
	struct query *query; /* while it waits */
	unsigned replies;
	uint8_t reply[MESSAGE_LEN_MAX];
	size_t reply_len;
	void (*then)(struct asker *asker); /* within its completion, NULL: nothing */
	struct asker *other;		   /* for then() */
};

enum asker_state { ASKER_ANSWERED, ASKER_WAITS, ASKER_SHED };

/* id is its message ID. */
void asker_init(struct asker *asker, struct resolving *resolving, uint16_t id, const char *name,
	const char *type);

/* As serve/ does: at once, or by a query. */
enum asker_state asker_ask(struct asker *asker);
void asker_cancel(struct asker *asker);

/* Its reply when it was shed, or did not even wait. */
void asker_shed(struct asker *asker);

/* It has exactly one reply since it asked, with its own ID, question and RD, that rcode and those
 * records. */
void asker_assert(const struct asker *asker, const char *rcode, const char *records);

/* The first Extended DNS Error of its reply; -1: none. */
int asker_ede(const struct asker *asker);

/* A message's records as text are those written in records. */
void assert_records(struct bytes wire, const char *records);
