/* SPDX-License-Identifier: MIT */
/* The root's keys as they come and go (RFC 5011), kept in the state directory over restarts. It
 * asks nobody: whoever owns it fetches the root's DNSKEY set when it is time and shows what came.
 *
 *     anchor_keeper_new() ─► anchor_keeper_wait_s() ──0──► fetch ". DNSKEY" (CD=1, DO=1)
 *                                   ▲                               │
 *                                   └────── anchor_keeper_see() ◄───┘
 *                                                  │ true
 *                                                  ▼
 *                               anchor_keeper_anchors() for new snapshots
 *
 * Belongs to one thread. Anchors that a person wrote into the configuration are not rolled: they
 * stay as they were written. */
#pragma once

#include "dnssec/anchor.h"
#include "dnssec/crypto.h"
#include "wire/message.h"

/* In the state directory; anchors_parse() and other resolvers can read it. */
#define ANCHOR_KEEPER_FILE "root.key"

struct anchor_keeper_options {
	const char *state_dir;	/* "": keep nothing; copied */
	const char *system_dir; /* ROOT_ANCHOR_DIRECTORY; outlives the keeper */
	struct crypto *crypto;	/* outlives the keeper */
};

struct anchor_keeper;

/* Reads what was kept, as the user that will write it. What is damaged is warned of, set aside as
 * root.key.bad, and the keys that are built in count. NULL: out of memory. */
struct anchor_keeper *anchor_keeper_new(const struct anchor_keeper_options *options);
void anchor_keeper_free(struct anchor_keeper *keeper); /* NULL is accepted */

/* What is trusted now. Until the next anchor_keeper_see() or _reload(), or longer with a hold, also
 * in other threads. */
struct anchors *anchor_keeper_anchors(const struct anchor_keeper *keeper);

/* By its signer's clock the root's DNSKEY set was signed then or later: no clock of ours, and so no
 * wrong one, has a part in that. 0: not known. */
int64_t anchor_keeper_signed_s(const struct anchor_keeper *keeper);

/* Seconds until the root's DNSKEY set is to be fetched; 0: now. An hour at most, then it is to be
 * asked again: the clock may have been set meanwhile.                 RFC 5011 section 2.3 */
uint32_t anchor_keeper_wait_s(const struct anchor_keeper *keeper, int64_t wall_s);

/* The response to the question for them, not validated, or NULL when none came. Changes are logged
 * and written, which waits for the disk, a few times in a year. Is something else trusted now?
 * Out of memory is like no response. */
bool anchor_keeper_see(
	struct anchor_keeper *keeper, const struct message *response, int64_t wall_s);

/* The configuration is read again: so are the keys of the distribution, which count besides those
 * kept until the next set has come. That is to be fetched now. Is something else trusted now? */
bool anchor_keeper_reload(struct anchor_keeper *keeper);
