/* SPDX-License-Identifier: MIT */
/* Notices that the network has changed: at once, and once more when it has calmed down, but not all
 * the time where links come and go all the time. On the main thread. */
#pragma once

#include "net/loop.h"

/* Milliseconds without another change after which a burst is over; a burst that does not end is
 * told all the same after the second number. */
#define NETWORK_QUIET_MS 100
#define NETWORK_BUSY_MS	 1000

/* That many may be told in a row, and then one in that many milliseconds: a host whose containers
 * come and go is no reason to look at every connection all the time. */
#define NETWORK_BURST	 8
#define NETWORK_PAUSE_MS 10000

struct network_watch;

/* Over netlink_open()'s descriptor, which is closed at the end, and if this fails: NULL, out of
 * memory. changed() is called on the loop's stack. */
struct network_watch *network_watch_new(
	struct loop *loop, int fd_take, void (*changed)(void *owner), void *owner);
void network_watch_free(struct network_watch *watch); /* NULL is accepted */
