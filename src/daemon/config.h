/* SPDX-License-Identifier: MIT */
/* The configuration file as the rooms' own options: YAML in, one const snapshot out, or every
 * error at once. */
#pragma once

#include <stdatomic.h>
#include <stdio.h>

#include "base/log.h"
#include "cache/cache.h"
#include "dnssec/anchor.h"
#include "policy/policy.h"
#include "resolve/resolver.h"
#include "serve/serve.h"
#include "upstream/group.h"

/* Read by run and check when no file is named. */
#define CONFIG_DEFAULT_FILE "/etc/stubborn/stubborn.yaml"

/* CONFIG_DEFAULT_FILE if it exists, else "": the built-in defaults. */
const char *config_default_file(void);

/* Where an address to listen on names no other (RFC 1035 section 4.2). */
#define DNS_PORT 53

/* Limits of the configuration itself, beyond which a file is refused. */
#define CONFIG_FILE_LEN_MAX	(1024 * 1024) /* octets */
#define CONFIG_LISTEN_MAX	64
#define CONFIG_UPSTREAMS_MAX	64
#define CONFIG_WORKERS_MAX	64
#define CONFIG_ANCHORS_MAX	64 /* records and files; a file has as many as fit it */
#define CONFIG_NEGATIVES_MAX	1024
#define CONFIG_TIME_SERVERS_MAX 64
#define CONFIG_WORKERS_AUTO	4		   /* at most, as workers: auto has it */
#define CONFIG_MEMORY_MAX	(64 * 1024 * 1024) /* octets, while it is read and afterwards */

enum log_queries { LOG_QUERIES_OFF, LOG_QUERIES_FAILED, LOG_QUERIES_ALL };

struct config_route {
	struct name *domains;
	size_t domain_count;
	struct endpoint **upstreams; /* borrowed from config.upstreams */
	size_t upstream_count;
	bool insecure; /* not validated */
};

/* A negative trust anchor as written; it counts until then whether or not it is over already. */
struct config_negative {
	struct name name;
	const char *typed; /* the name as a person knows it */
	const char *until; /* the same of until_s */
	int64_t until_s;   /* wall clock */
	unsigned line;
};

/* Where what an upstream is known by is written; 0: nowhere. */
struct config_lines {
	unsigned ca_file; /* its own, or that of tls: */
	unsigned pins, pin_bypass, client_cert, client_key, profile;
};

struct config {
	struct address *listen;
	size_t listen_count;
	bool listen_written;	     /* somebody chose them */
	unsigned workers;	     /* auto is resolved: at least 1 */
	char *user;		     /* "": stay who we are */
	char *state_dir;	     /* "": keep nothing */
	struct endpoint **upstreams; /* trust not loaded yet */
	size_t upstream_count;
	struct address *bootstrap; /* none: the network's own */
	size_t bootstrap_count;
	enum strategy strategy;
	struct config_route *routes;
	size_t route_count;
	bool validate;
	struct anchors *anchors; /* positive ones as written, negative ones also of routes */
	struct config_negative *negatives;
	size_t negative_count;
	struct name *time_servers; /* not validated while the clock is not set */
	size_t time_server_count;
	struct serve_options serve;
	struct resolve_options resolve;
	struct cache_options cache;
	enum log_level log_level;
	enum log_queries log_queries;
	struct prefix *allow;	    /* what serve.clients.allow borrows */
	struct config_lines *lines; /* by upstream */
	bool tickets;		    /* sessions are resumed */
	bool persist;		    /* the cache outlives a restart */
	enum trust_ocsp ocsp;
	char *crl_file; /* "": none */
	unsigned crl_file_line;
	struct arena arena; /* everything above but listen, which is malloc's, endpoints and anchors
			     */
};

/* Reads path ("" : built-in defaults alone). Errors are written to errors, one a line, as
 * "file:line: what is wrong; what would be right", all of them. NULL when there was any. */
struct config *config_read(const char *path, FILE *errors);

/* The same from memory; name is how errors call it. */
struct config *config_parse(const char *name, const char *text, size_t len, FILE *errors);

/* NULL is accepted. */
void config_free(struct config *config);

/* Room for what a person is told of something that stops nothing. */
#define CONFIG_NOTE_LEN 512

/* What validation begins with, for anchors_free(): what is written, the keys of the root if no
 * anchor of the root is, and while the clock is not set the time servers as negative ones. Those
 * are in root; NULL: what root_anchors_add() has. *out is NULL when nothing is to be validated.
 * note says what is wrong with a file of the distribution that was passed over, or is "".
 * ERR_NOMEM. */
MUST_USE int config_anchors(const struct config *config, const struct anchors *root,
	struct anchors **out, char note[static CONFIG_NOTE_LEN]);

/* Does validation begin with the keys of the root that nobody wrote down? Only they roll. */
bool config_follows_root(const struct config *config);

/* Is it over at wall_s? Then note says so. Such a one stops nothing: a machine that was off when
 * it ended must start all the same. */
bool config_negative_ended(
	const struct config_negative *negative, int64_t wall_s, char note[static CONFIG_NOTE_LEN]);

/* Reads the files that say whom the upstreams are known by, and makes them ready to be connected
 * to. Errors are written as config_read() does, all of them; name is how they call the
 * configuration. tickets may be NULL. ERR_FORMAT when there was any, ERR_NOMEM. */
MUST_USE int config_trust_load(
	struct config *config, const char *name, struct tickets *tickets, FILE *errors);

/* What is allowed and still deserves a word: says each, a sentence with its line (0: none). */
void config_trust_remark(const struct config *config,
	void (*say)(void *owner, unsigned line, const char *sentence), void *owner);

/* For stubborn check --keys: one key a line, its path, kind and default with tabs between them. */
void config_print_keys(FILE *out);

/* A domain name as typed, IDNs included. It lies in space.  ERR_FORMAT, ERR_NOMEM. */
MUST_USE int config_name_parse(const char *text, struct name_space *space, struct name *out);

/* For the version command: libyaml's and libidn2's. */
const char *config_library_version(void);
const char *config_idn_library_version(void);
