/* SPDX-License-Identifier: MIT */
/* One worker's upstreams under a fake loop with fake TLS, and the test as every peer. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "support/fake_loop.h"
#include "support/fake_tls.h"
#include "upstream/group.h"
#include "upstream/upstreams.h"

#define MEMBERS_MAX 6

struct world {
	struct loop *loop;
	struct rand rand;
	struct upstream_counts counts;
	struct upstreams *upstreams;
	struct endpoint *endpoints[MEMBERS_MAX];
	size_t member_count;
	struct group *group;
	/* What was reported. */
	unsigned downs, ups, founds, warnings;
	char why[512], who[64];
};

/* A question under way and what became of it. */
struct client {
	struct world *world;
	struct ask *ask;
	struct arena arena;
	struct name_space space;
	unsigned done;
	int err;
	uint16_t rcode;
	size_t records;
	char by[64], why[512];
	void (*then)(struct client *client); /* called within done() */
	struct client *other;
};

/* A group of members, the i-th named "ui" at 192.0.2.i and, when there are two addresses for each,
 * 198.51.100.i; with none for each, known as ui.example alone. */
void world_init(struct world *world, size_t members, size_t addresses_each);

/* The same over HTTPS, at /dns-query. */
void world_init_https(
	struct world *world, size_t members, size_t addresses_each, enum doh_method method);

/* Releases everything; fails the test on whatever is left over. */
void world_done(struct world *world);

/* The i-th member's endpoint, made anew. */
struct endpoint *world_endpoint(size_t i, size_t addresses_each);

/* From now on there is an outage that is old already: what comes to nothing is told at once. */
void world_old_outage(struct world *world);

void client_init(struct client *client, struct world *world);

/* Asks for name A with 5 s to live, and settles. */
void client_ask(struct client *client, const char *name);
void client_ask_only(struct client *client, const char *name); /* without settling */
void client_done(struct client *client);

/* The connection, a new one, on which u1 has answered it; as if it had not asked yet. */
struct tls *client_works(struct client *client);

/* How a response differs from a good one. */
struct reply {
	uint16_t rcode;
	uint16_t id_off; /* added to the ID */
	bool query;	 /* QR=0 */
	uint8_t opcode;
	bool truncated;
	bool no_question;
	bool upper_case; /* of the name in the question */
	uint16_t type_off, class_off;
	const char *name;     /* in the question instead */
	int keepalive;	      /* in 100 ms, less one; 0: no option */
	size_t keepalive_len; /* octets of the option; 0: two, as it should be */
	size_t filler;	      /* octets of a TXT answer instead of an A */
	bool malformed;	      /* the answer is a TXT without a string */
};

/* Octets of the response to a query, with its length in front. */
size_t reply_write(struct bytes query, const struct reply *reply, uint8_t *out, size_t cap);

/* Queries that it got; those that only want a sign of life are counted apart. */
size_t peer_asked(const struct tls *tls);
size_t peer_probed(const struct tls *tls);

/* The peer gives the sign of life that it was asked for last, and the loop settles. */
void peer_lives(struct world *world, struct tls *tls);
void peer_lives_so(struct world *world, struct tls *tls, const struct reply *reply);

/* The peer answers the i-th query it got, and the loop settles. */
void peer_reply(struct world *world, struct tls *tls, size_t i, const struct reply *reply);
void peer_answer(struct world *world, struct tls *tls, size_t i);
void peer_ready(struct world *world, struct tls *tls);
void peer_fail(struct world *world, struct tls *tls, int err, const char *why);

/* Of the newest connection. */
struct tls *peer_last(void);

/* The member whose address a connection went to, 1 on; with 100 added for its second address. */
unsigned peer_member(const struct tls *tls);

#define ASSERT_ANSWERED(client, name)                                                              \
	do {                                                                                       \
		assert_int_equal((client)->done, 1);                                               \
		assert_int_equal((client)->err, 0);                                                \
		assert_int_equal((client)->rcode, RCODE_NOERROR);                                  \
		assert_string_equal((client)->by, name);                                           \
	} while (0)
