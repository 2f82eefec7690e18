/* SPDX-License-Identifier: MIT */
#include "net/network.h"

#include <stdlib.h>

/* A link that runs, or an address that can be used. */
struct network_fact {
	enum netlink_news news;
	unsigned index;
	struct address address;
	uint8_t bits;
};

#define FIRST_ROOM 16

void network_init(struct network *network)
{
	*network = (struct network){ 0 };
}

void network_done(struct network *network)
{
	free(network->facts);
	network_init(network);
}

static struct network_fact *find(const struct network *network, const struct netlink_event *event)
{
	for (size_t i = 0; i < network->count; i++) {
		struct network_fact *fact = &network->facts[i];
		if (fact->news != event->news || fact->index != event->index)
			continue;
		if (fact->news == NEWS_LINK ||
			(fact->bits == event->bits &&
				address_same_host(&fact->address, &event->address)))
			return fact;
	}
	return NULL;
}

static void add(struct network *network, const struct netlink_event *event)
{
	if (network->count == network->room) {
		const size_t room = network->room > 0 ? 2 * network->room : FIRST_ROOM;
		struct network_fact *facts = NULL;
		if (room <= NETWORK_FACTS_MAX)
			facts = realloc(network->facts, room * sizeof(*facts));
		if (!facts) {
			network->missed = true;
			return;
		}
		network->facts = facts;
		network->room = room;
	}
	network->facts[network->count++] = (struct network_fact){
		.news = event->news,
		.index = event->index,
		.address = event->address,
		.bits = event->bits,
	};
}

/* True: it is not as it was. */
static bool keep(struct network *network, const struct netlink_event *event, bool there)
{
	struct network_fact *fact = find(network, event);

	if (there == (fact != NULL))
		return false;
	if (there)
		add(network, event);
	else
		*fact = network->facts[--network->count];
	return !event->dumped;
}

/* True: until now something may have been lost. */
static bool all_told(struct network *network)
{
	const bool lost = network->lost;

	network->told = true;
	network->lost = false;
	return lost;
}

bool network_learn(struct network *network, const struct netlink_event *event)
{
	const bool there = event->up && !event->gone;
	const bool aside = event->port || event->loopback;
	/* What ends without being known to have begun. */
	const bool unknown = (network->lost || network->missed) && !event->dumped;

	switch (event->news) {
	case NEWS_LINK:
		return keep(network, event, there && !aside) || (unknown && !there && !aside);
	case NEWS_ADDRESS:
		return keep(network, event, there) || (unknown && event->up && event->gone);
	case NEWS_ROUTE: return !event->local && !event->dumped;
	case NEWS_RULE: return !event->dumped;
	case NEWS_LOST:
		network->count = 0;
		network->lost = true;
		network->told = network->missed = false;
		return true;
	case NEWS_TOLD: return all_told(network);
	}
	return false;
}

bool network_whole(const struct network *network)
{
	return network->told && !network->missed;
}

bool network_connected(const struct network *network)
{
	bool link = false, address = false;

	for (size_t i = 0; i < network->count; i++) {
		link = link || network->facts[i].news == NEWS_LINK;
		address = address || network->facts[i].news == NEWS_ADDRESS;
	}
	return link && address;
}
