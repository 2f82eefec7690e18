/* SPDX-License-Identifier: MIT */
/* What a file says over the defaults, key by key. A draft holds values of the right kind and within
 * bounds; whether they make sense, alone and together, is config.c's question. */
#pragma once

#include "daemon/config_fault.h"
#include "daemon/config_yaml.h"

/* Each value knows its line, 0 for a default; an absent text is NULL. */
struct text {
	const char *at;
	unsigned line;
};

struct number {
	uint64_t value;
	unsigned line;
};

struct texts {
	struct text *items;
	size_t count;
	unsigned line;
};

struct draft_upstream {
	struct text url, name, ca_file;
	struct texts addresses, pins;
	struct text pin_bypass_until, client_cert, client_key;
	struct number method, profile, early_data;
};

struct draft_route {
	struct texts domains, upstreams;
	struct number insecure;
};

struct draft_negative {
	struct text name, until;
};

/* items of one size, as their schema has it. */
struct sections {
	void *items;
	size_t count;
	unsigned line;
};

struct draft {
	struct texts listen, allow;
	struct number workers; /* 0: auto */
	struct text user, state_dir;
	struct sections upstreams; /* struct draft_upstream */
	struct texts bootstrap;
	struct number strategy;
	struct text ca_file, crl_file;
	struct number min_version, tickets, ocsp, early_data;
	struct number query_time_ms, tcp_clients, tcp_idle_ms, in_flight, udp_size;
	struct number cache_size, min_ttl_s, max_ttl_s, max_negative_ttl_s;
	struct number serve_stale_s, prefetch, persist;
	struct sections routes; /* struct draft_route */
	struct number validate;
	struct texts trust_anchors;
	struct sections negatives; /* struct draft_negative */
	struct texts time_servers;
	struct number log_level, log_queries;
};

/* What root (NULL: nothing) says over the defaults. Texts lie in the arena. Faults are in faults;
 * a value with a fault
 * is zero or absent. */
void draft_read(
	struct draft *draft, const struct node *root, struct arena *arena, struct faults *faults);
