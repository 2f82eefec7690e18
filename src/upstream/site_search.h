/* SPDX-License-Identifier: MIT */
/* How a site looks its host's name up: what is known, asked and told of it. */
#pragma once

#include "upstream/bootstrap.h"
#include "upstream/roll.h"
#include "upstream/unfound.h"

struct site;

/* Seconds that addresses are kept, whatever their TTL: below, each query might be a look-up in
 * clear; beyond, an upstream that has moved is not found again. */
#define SITE_TTL_MIN_S 30
#define SITE_TTL_MAX_S 86400

/* Milliseconds that IPv4 waits for IPv6 (RFC 8305 sections 3 and 8, "Resolution Delay"). */
#define SITE_V6_WAIT_MS 50

/* Milliseconds that a look-up has before addresses past their TTL are used all the same. */
#define SITE_HEAD_START_MS 250

/* Milliseconds between look-ups, doubled with each one in vain; up to a quarter less. */
#define SITE_PAUSE_MIN_MS 500
#define SITE_PAUSE_MAX_MS 16000

#define SITE_WHY_LEN UNFOUND_LEN

/*  REST ──nothing to use──→ ASKING ──something to use──→ OPEN ──both families known──→ REST
 *    │                        │ ↑                         │ ↑
 *    │                        │ └──that failed, too───────┘ │
 *    │                        └──both families known──→ REST│
 *    └──────────────────refresh ahead───────────────────────┘
 * ASKING: who wants a connection waits. OPEN: there are addresses to try meanwhile. */
enum site_state { SITE_REST, SITE_ASKING, SITE_OPEN };

enum site_way {
	SITE_WAY_KNOWN,
	SITE_WAY_AWAITED, /* found() or settled() follows */
	SITE_WAY_UNKNOWN, /* site_why() says why */
};

struct site_family {
	struct address addresses[BOOTSTRAP_ADDRESSES_MAX];
	size_t count;
};

/* Of a host that is looked up. */
struct site_search {
	enum site_state state;
	struct site_family known[2]; /* by enum bootstrap_family */
	uint32_t fresh_until_s, refresh_s;
	bool doubted;	   /* all that were known failed: only others are of use */
	bool others_first; /* in the next round, as the last one's failed */
	bool told;	   /* where it is, since it was last warned */
	bool warned, warned_own;
	unsigned vain;		/* look-ups in a row */
	uint64_t not_before_ms; /* the next one */

	struct bootstrap *lookup; /* NULL: none under way */
	uint64_t asked_ms;	  /* when it began */
	struct timer wait;	  /* of ASKING */
	struct bootstrap_answer came[2];
	bool answered[2];
	char why[SITE_WHY_LEN]; /* the last look-up failed */
};

/* ERR_NOMEM. */
MUST_USE int site_search_init(struct site *site);
void site_search_done(struct site *site); /* of none, too */

/* What may be tried now, best first. */
void site_search_roll(const struct site *site, struct roll *roll);

/* As site.h has them, of a site that is looked up. */
enum site_way site_search_seek(struct site *site);
bool site_search_doubt(struct site *site);
void site_search_forgive(struct site *site);
void site_search_use(struct site *site);
bool site_search_awaited(const struct site *site, uint64_t *since_ms);
