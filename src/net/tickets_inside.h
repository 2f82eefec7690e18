/* SPDX-License-Identifier: MIT */
/* The inside of net/tickets.h, which tickets_image.c knows too. */
#pragma once

#include <pthread.h>

#include "base/list.h"
#include "net/tickets.h"

/* Those of one upstream. */
struct shelf {
	struct list link;
	uint8_t key[TICKETS_KEY_LEN];
	struct ticket items[TICKETS_EACH]; /* oldest first */
	size_t count;
};

struct tickets {
	pthread_mutex_t lock;
	struct list shelves; /* the one used last in front */
	size_t shelf_count;
	size_t len; /* octets of all tickets */
};

struct shelf *shelf_at(struct list *link);
bool ticket_usable(const struct ticket *ticket, int64_t now_s);
