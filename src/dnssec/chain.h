/* SPDX-License-Identifier: MIT */
/* The way down from the closest trust anchor, or the deepest zone known, to a name: by DS and
 * DNSKEY, cut by cut.                                                RFC 4035 section 5.1, 5.2 */
#pragma once

#include "dnssec/anchor.h"
#include "dnssec/keycache.h"
#include "dnssec/supply.h"

enum chain_state {
	CHAIN_BEGIN,
	CHAIN_ANCHOR,	 /* the anchor's zone needs its keys */
	CHAIN_DESCEND,	 /* zone is secure; is there a cut at the next label? */
	CHAIN_DELEGATED, /* there is a DS; the keys of the zone below must fit it */
	CHAIN_DONE,
};

struct chain {
	const struct anchors *anchors;
	struct keycache *keycache;
	struct checker checker;
	struct supplies *supplies;
	uint32_t now_s; /* monotonic */

	enum chain_state state;
	struct name target;
	bool claimed;		     /* target signs itself: it will be a zone, keys and all */
	struct name at;		     /* the way is known down to here */
	struct zone zone;	     /* the deepest zone at or above at */
	const struct anchor *anchor; /* in CHAIN_ANCHOR */
	const struct rrset *ds;	     /* in CHAIN_DELEGATED, of the name one label below at */
	uint32_t ds_ttl_s;
	struct signature keys;	/* of the zone at hand, its check may take several turns */
	unsigned failed_before; /* checks of this query that had failed before */
};

/* To the deepest zone at or above target. claimed: data says that target is a signed zone. */
void chain_begin(struct chain *chain, struct name target, bool claimed);

/* Goes on until zone is found (true: chain->zone is what target lies in, of any state but INSIDE)
 * or something is needed that the supplies have not got (false: all that is known to be needed has
 * been asked of them). ERR_NOMEM, and ERR_AGAIN when the budget's turn is over, by *err, and then
 * true. */
bool chain_step(struct chain *chain, int *err);
