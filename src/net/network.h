/* SPDX-License-Identifier: MIT */
/* The links that run and the addresses that can be used, as the kernel tells of them: so that what
 * it only says again is not taken for a change. */
#pragma once

#include "net/netlink.h"

/* Links and addresses that are kept in mind. Of one beyond each word is taken for news. */
#define NETWORK_FACTS_MAX 4096

struct network_fact;

struct network {
	struct network_fact *facts;
	size_t count, room;
	bool told;   /* of all there are */
	bool lost;   /* some news since */
	bool missed; /* some of them, for want of room */
};

void network_init(struct network *network);
void network_done(struct network *network);

/* True: packets may leave another way from now on, or may at all, or may not any more. Parts of
 * other links, loopback, what is usable on the link alone and the routes that the kernel makes
 * beside an address are no such news, and neither is what was asked for. */
bool network_learn(struct network *network, const struct netlink_event *event);

/* Is all known that there is? */
bool network_whole(const struct network *network);

/* Does a link run, and is there an address that is good beyond it? */
bool network_connected(const struct network *network);
