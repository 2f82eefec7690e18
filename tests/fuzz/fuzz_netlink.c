/* SPDX-License-Identifier: MIT */
/* Whatever a netlink socket gives, what is heard depends on that alone, and not on what an earlier
 * message has left in the buffer; and what is known of the network stays bounded. */
#include <stdlib.h>
#include <string.h>

#include "net/netlink.h"
#include "net/network.h"
#include "support/fake_kernel.h"
#include "support/fake_loop.h"

/* Octets that are told at once at most, and of a buffer for them. */
#define TOLD_MAX 4096
#define BUFFER	 32768

#define EVENTS_MAX (2 * TOLD_MAX / NLMSG_HDRLEN)

struct heard {
	struct netlink_event events[EVENTS_MAX];
	size_t count;
	struct network network;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void hear(void *owner, const struct netlink_event *event)
{
	struct heard *heard = owner;
	char text[NETLINK_TEXT_LEN];

	if (heard->count == EVENTS_MAX || netlink_write(event, text) != text)
		abort();
	heard->events[heard->count++] = *event;
	(void)network_learn(&heard->network, event);
	(void)network_connected(&heard->network);
	if (heard->network.count > NETWORK_FACTS_MAX)
		abort();
}

static void tell(struct loop *loop, struct fake_kernel *kernel, const void *octets, size_t len)
{
	fake_kernel_send(kernel, octets, len);
	fake_loop_ready(loop, kernel->listener_fd, WATCH_READ);
	fake_loop_settle(loop);
}

/* What is heard where the buffer was full of that octet before. */
static void overhear(const uint8_t *data, size_t len, int before, struct heard *heard)
{
	static uint8_t filler[BUFFER];
	struct loop *loop = loop_new();
	struct fake_kernel kernel;

	memset(filler, before, sizeof(filler));
	memset(heard, 0, sizeof(*heard));
	network_init(&heard->network);
	fake_kernel_init(&kernel);
	struct netlink *netlink = loop ? netlink_new(loop, kernel.listener_fd, hear, heard) : NULL;
	if (!netlink)
		abort();
	fake_loop_settle(loop);
	tell(loop, &kernel, filler, sizeof(filler));
	tell(loop, &kernel, data, len);
	netlink_free(netlink);
	fake_kernel_done(&kernel);
	loop_free(loop);
	network_done(&heard->network);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct heard first, second;

	if (len == 0 || len > TOLD_MAX)
		return 0;
	overhear(data, len, 0xff, &first);
	overhear(data, len, 0xfe, &second);
	if (first.count != second.count ||
		memcmp(first.events, second.events, first.count * sizeof(first.events[0])) != 0)
		abort();
	return 0;
}
