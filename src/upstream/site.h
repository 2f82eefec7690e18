/* SPDX-License-Identifier: MIT */
/* Where an upstream is: the addresses that its user wrote, or those that its host's name has. The
 * latter are looked up when they are needed, kept for their TTL, looked up again a little before
 * its end while they are used, and used past it when nobody tells better ones. */
#pragma once

#include "upstream/endpoint.h"
#include "upstream/pace.h"
#include "upstream/site_search.h"

struct upstreams;

/* Milliseconds between two remarks on peers that were let in: they may change with every try. */
#define SITE_REMARK_PAUSE_MS 60000

/* On the loop's stack. */
struct site_events {
	/* There are addresses to try that were not there before; a look-up goes on. */
	void (*found)(void *owner);
	/* A look-up is over. useful: there are addresses that may be tried now. */
	void (*settled)(void *owner, bool useful);
};

/* What is known of an address, and was told. */
struct site_place {
	struct pace pace;
	uint32_t remark; /* hash of the last one */
	bool proven;	 /* a handshake has shown who is there */
	bool wrong;	 /* that it is not who it should be */
};

struct site {
	struct upstreams *upstreams;
	const struct site_events *events;
	void *owner;
	struct endpoint *named; /* held; as the configuration has it */
	/* Held; with the addresses of this or the last round. NULL: there was none yet. */
	struct endpoint *endpoint;
	size_t first;		   /* of its addresses: worked last */
	struct site_place *places; /* of endpoint's addresses */
	uint64_t remark_not_before_ms;
	struct site_search *search; /* NULL: the addresses are written */
};

/* Takes its own hold of the endpoint. ERR_NOMEM; site_done() is due all the same. */
MUST_USE int site_init(struct site *site, struct upstreams *upstreams, struct endpoint *endpoint,
	const struct site_events *events, void *owner);
void site_done(struct site *site);

/* An equal endpoint of a newer configuration. */
void site_adopt(struct site *site, struct endpoint *endpoint);

/* Are there addresses for a round of attempts? Looks them up if there are none or if they are past
 * their TTL. */
enum site_way site_seek(struct site *site);

/* Every address of a round failed: looks for others. False: there is nothing to wait for. */
bool site_doubt(struct site *site);

/* It is used: looks up ahead of the TTL's end if it is time. */
void site_use(struct site *site);

/* Since when who needs an address has waited for one; false: nobody does. */
bool site_awaited(const struct site *site, uint64_t *since_ms);

/* Look-ups failed for another reason than who was asked: another one is begun in place of one under
 * way, and none waits. On the loop's stack. */
void site_forgive(struct site *site);

/* Before a round, after SITE_WAY_KNOWN: endpoint has the addresses to try, beginning with
 * site_first(). ERR_NOMEM. */
MUST_USE int site_begin_round(struct site *site);

/* Within a round, after found() or settled(): how many addresses there are now. What has become
 * known since is behind what was known; endpoint may be another. What there is no memory or room
 * for is left out. */
size_t site_extend_round(struct site *site);

/* At that address is who should be there: the next round begins with it. */
void site_right(struct site *site, const struct address *address);

/* An answer came from there. */
void site_measure(struct site *site, const struct address *address, uint64_t rtt_ms);

/* No connection came about there, another one was faster, or it fell silent: it is not known how
 * fast it is, and the next round begins with another one. */
void site_failed(struct site *site, const struct address *address);

/* Which address a round begins with: where it worked last, unless another one is known to answer in
 * less than half the time. */
size_t site_first(const struct site *site);

/* Something to be said of who is there: warns, once for each remark; NULL and "" are none. */
void site_remark(struct site *site, const struct address *address, const char *remark);

/* At that address is somebody else. Warns, once until it is right again: somebody may be in the way
 * to it, and nobody would know while another address works. With one address the upstream is down,
 * and that is told. */
void site_wrong(struct site *site, const struct address *address, const char *why);

/* Why nothing is known. Never NULL. */
const char *site_why(const struct site *site);
