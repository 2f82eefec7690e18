/* SPDX-License-Identifier: MIT */
#include "daemon/network_watch.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "net/network.h"

#define CREDIT_MAX_MS ((uint64_t)NETWORK_BURST * NETWORK_PAUSE_MS)

enum connected { CONNECTED_UNKNOWN, CONNECTED_NOT, CONNECTED };

struct network_watch {
	struct loop *loop;
	struct netlink *netlink;
	struct network network;
	enum connected connected; /* as last said */
	struct timer timer;	  /* runs: a burst is not over */
	bool pending;		  /* something changed that has not been told */
	uint64_t pending_since_ms;
	uint64_t credit_ms, credited_ms; /* each telling costs NETWORK_PAUSE_MS of it */
	void (*changed)(void *owner);
	void *owner;
};

static void say_connected(struct network_watch *watch)
{
	const enum connected now = network_connected(&watch->network) ? CONNECTED : CONNECTED_NOT;

	/* What is only half known looks as if it were not there. */
	if (!network_whole(&watch->network) || now == watch->connected)
		return;
	if (now == CONNECTED_NOT)
		log_info("there is no network: no link is up, or none has an address");
	else if (watch->connected == CONNECTED_NOT)
		log_info("there is a network again");
	watch->connected = now;
}

static void credit(struct network_watch *watch)
{
	const uint64_t now_ms = loop_now_ms(watch->loop);

	watch->credit_ms += now_ms - watch->credited_ms;
	if (watch->credit_ms > CREDIT_MAX_MS)
		watch->credit_ms = CREDIT_MAX_MS;
	watch->credited_ms = now_ms;
}

/* When to tell of what is pending, from now. */
static uint64_t due_in_ms(const struct network_watch *watch)
{
	const uint64_t now_ms = loop_now_ms(watch->loop);
	const uint64_t busy_ms = watch->pending_since_ms + NETWORK_BUSY_MS;
	const uint64_t calm_ms = busy_ms <= now_ms		       ? 0
				 : busy_ms - now_ms < NETWORK_QUIET_MS ? busy_ms - now_ms
								       : NETWORK_QUIET_MS;
	const uint64_t broke_ms =
		watch->credit_ms >= NETWORK_PAUSE_MS ? 0 : NETWORK_PAUSE_MS - watch->credit_ms;

	return calm_ms > broke_ms ? calm_ms : broke_ms;
}

static void tell(struct network_watch *watch)
{
	watch->pending = false;
	watch->credit_ms -= NETWORK_PAUSE_MS;
	loop_start_timer(watch->loop, &watch->timer, NETWORK_QUIET_MS);
	watch->changed(watch->owner);
}

static void due(void *owner)
{
	struct network_watch *watch = owner;

	credit(watch);
	if (watch->pending && watch->credit_ms >= NETWORK_PAUSE_MS)
		tell(watch);
}

static void heard(void *owner, const struct netlink_event *event)
{
	struct network_watch *watch = owner;
	const bool matters = network_learn(&watch->network, event);
	char text[NETLINK_TEXT_LEN];

	if (event->news == NEWS_TOLD)
		log_debug("links that are up and addresses, %zu in all, are watched",
			watch->network.count);
	say_connected(watch);
	if (!matters)
		return;
	log_debug("the network has changed: %s", netlink_write(event, text));
	credit(watch);
	if (!timer_running(&watch->timer) && watch->credit_ms >= NETWORK_PAUSE_MS) {
		tell(watch);
		return;
	}
	if (!watch->pending)
		watch->pending_since_ms = loop_now_ms(watch->loop);
	watch->pending = true;
	loop_start_timer(watch->loop, &watch->timer, due_in_ms(watch));
}

struct network_watch *network_watch_new(
	struct loop *loop, int fd_take, void (*changed)(void *owner), void *owner)
{
	struct network_watch *watch = calloc(1, sizeof(*watch));

	if (!watch) {
		close(fd_take);
		return NULL;
	}
	watch->loop = loop;
	watch->changed = changed;
	watch->owner = owner;
	watch->credit_ms = CREDIT_MAX_MS;
	watch->credited_ms = loop_now_ms(loop);
	timer_init(&watch->timer, due, watch);
	network_init(&watch->network);
	watch->netlink = netlink_new(loop, fd_take, heard, watch);
	if (!watch->netlink) {
		network_watch_free(watch);
		return NULL;
	}
	return watch;
}

void network_watch_free(struct network_watch *watch)
{
	if (!watch)
		return;
	netlink_free(watch->netlink);
	network_done(&watch->network);
	loop_stop_timer(watch->loop, &watch->timer);
	free(watch);
}
