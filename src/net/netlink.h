/* SPDX-License-Identifier: MIT */
/* What the kernel says of links, addresses and routes (rtnetlink(7)): first of those that are
 * there, then of each change as it happens. */
#pragma once

#include "base/address.h"
#include "net/loop.h"

enum netlink_news {
	NEWS_LINK,    /* name, index, up, port, loopback */
	NEWS_ADDRESS, /* address, bits, index, up */
	NEWS_ROUTE,   /* address and bits of its destination, local */
	NEWS_RULE,    /* of which table of routes is looked at */
	NEWS_LOST,    /* some events were: links and addresses are told all over again */
	NEWS_TOLD,    /* that were all links and addresses there are */
};

struct netlink_event {
	enum netlink_news news;
	bool gone;     /* it was removed */
	bool dumped;   /* not news: it was there when we asked */
	bool up;       /* of a link: it runs; of an address: it can be used, and beyond the link */
	bool port;     /* of a link: it is a part of another one, such as a bridge */
	bool loopback; /* of a link */
	bool local;    /* of a route: the kernel makes it by itself for an address or a packet */
	unsigned index;
	char name[16];		/* of a link, IFNAMSIZ */
	struct address address; /* family 0: none, or no IP address */
	uint8_t bits;		/* of the address' network */
};

/* Room for netlink_write(). */
#define NETLINK_TEXT_LEN 128

/* "link eth0 is down", "address 192.0.2.7 is gone". Returns text. */
const char *netlink_write(const struct netlink_event *event, char text[static NETLINK_TEXT_LEN]);

struct netlink;

/* A descriptor to listen with. ERR_SYSTEM with errno, where a sandbox does not allow it. */
MUST_USE int netlink_open(int *fd);

/* heard() is called on the loop's stack, never from within, and must not free. The descriptor is
 * closed at the end, and if this fails: NULL, out of memory. */
struct netlink *netlink_new(struct loop *loop, int fd_take,
	void (*heard)(void *owner, const struct netlink_event *event), void *owner);
void netlink_free(struct netlink *netlink); /* NULL is accepted */
