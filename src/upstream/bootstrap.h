/* SPDX-License-Identifier: MIT */
/* Asks plain DNS servers for the addresses of one upstream's host, as before them there is nobody
 * else to ask. The answers are not validated: the upstream's certificate must be right all the
 * same. c-ares inside; tests/support/fake_bootstrap.c is the other implementation. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/count.h"
#include "net/loop.h"

/* Addresses of a family; more are left out. */
#define BOOTSTRAP_ADDRESSES_MAX 8

/* Servers asked; more are left out. resolv.conf(5) has three. */
#define BOOTSTRAP_SERVERS_MAX 8

/* Room for a list of servers as text; a longer one is cut. */
#define BOOTSTRAP_TEXT_LEN 160

/* Milliseconds that a server has at first (doubled in the next round), rounds over all servers,
 * and what both families together have: the default of limits.query-time. */
#define BOOTSTRAP_TRY_MS 600
#define BOOTSTRAP_TRIES	 3
#define BOOTSTRAP_MS	 5000

struct bootstrap_servers {
	const struct address *servers; /* none: those of /etc/resolv.conf */
	size_t server_count;
	const struct address *own; /* where we listen: never asked */
	size_t own_count;
};

enum bootstrap_family { BOOTSTRAP_V4, BOOTSTRAP_V6 };

/* What came of one family's question. */
struct bootstrap_answer {
	enum bootstrap_family family;
	/* 0: there is an address. ERR_NOT_FOUND: for certain there is none. ERR_TIMEOUT,
	 * ERR_UNREACHABLE, ERR_PROTOCOL, ERR_NOMEM: it is not known. */
	int err;
	const char *why; /* in a sentence after "and"; "" when there is one */
	struct address addresses[BOOTSTRAP_ADDRESSES_MAX]; /* without a port */
	size_t count;
	uint32_t ttl_s; /* the least of all records on the way */
};

struct bootstrap;

struct bootstrap_options {
	struct loop *loop;
	const struct bootstrap_servers *servers; /* read at once, not kept */
	const char *host;			 /* kept as a copy */
	struct count *sent; /* each datagram, and each write to a connection; outlives it */
};

/* answered() is called twice, once a family, on the loop's stack and never from within; the second
 * time it may free. NULL: out of memory or descriptors. */
struct bootstrap *bootstrap_begin(const struct bootstrap_options *options,
	void (*answered)(void *owner, const struct bootstrap_answer *answer), void *owner);

/* What has not been answered will not be. NULL is accepted. */
void bootstrap_free(struct bootstrap *bootstrap);

/* Who is asked, as "192.0.2.1:53, [2001:db8::1]:53"; "": there is nobody. */
const char *bootstrap_asked(const struct bootstrap *bootstrap);

/* Who is not, as it is ourselves. "": none. */
const char *bootstrap_left_out(const struct bootstrap *bootstrap);

/* For the version command. */
const char *bootstrap_library_version(void);
