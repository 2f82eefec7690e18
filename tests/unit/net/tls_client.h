/* SPDX-License-Identifier: MIT */
/* A client of tls_server.h under test: what it got, what it was told, and who vouches for whom. */
#pragma once

#include "net/tls.h"
#include "tls_server.h"

#define HOST "dns.example"

/* Authorities and certificates that most tests share: keys take time to make. */
extern struct pass root, weak_root, good, intermediate;
extern struct trust *trust; /* root and weak_root */
extern struct loop *loop;

/* What dial() asks for beyond that; empty before each test. */
extern struct tls_peer extra;

enum plan {
	PLAN_GO_ON,
	PLAN_CLOSE_EARLY,
	PLAN_CLOSE_WHEN_READY,
	PLAN_CLOSE_WHEN_RECEIVED,
	PLAN_STOP_WHEN_READY
};

struct client {
	struct tls *tls;
	enum plan plan;
	const char *question; /* sent when ready */
	const char *hurry;    /* sent early, if that may be */
	unsigned early;
	size_t room;   /* that there was for it */
	size_t enough; /* octets; stops the loop */
	unsigned ready, failed, pieces;
	int err;
	size_t received;
	uint8_t got[200000];
};

extern struct client client;
extern bool alpn_required; /* of the next dial(); false at each test's start */
extern const struct tls_events client_events;

int tls_client_setup_group(void **state);
int tls_client_teardown_group(void **state);
int tls_client_setup(void **state);
int tls_client_teardown(void **state);

#define TLS_TEST(name) cmocka_unit_test_setup_teardown(name, tls_client_setup, tls_client_teardown)

/* A certificate that root vouches for, for HOST and servers unless the wish says otherwise. */
void make_good(struct pass *pass, struct pass_wish wish);

void dial(const struct address *address, const char *host, enum tls_version least);
void close_it(void);
void stop(void *owner);

/* A few turns: what is posted or ready now is handled. */
void settle(void);

/* Connects, expects an answer to come back, closes. */
void expect_good(struct tls_server *server, const char *host, enum tls_version least);

/* Connects and expects to be refused, once, with those words, and nothing sent. */
void expect_refused(struct tls_server *server, int err, const char *words, const char *more_words);
void expect_bad_certificate(
	const struct pass *leaf, const struct pass *above, const char *words, const char *more);
