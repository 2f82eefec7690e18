/* SPDX-License-Identifier: MIT */
#include "net/netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"

/* Octets of one reading: what the kernel puts into a message at most when it lists things. */
#define READ_LEN 32768

/* Readings a turn, so that a storm does not keep the loop from everything else. */
#define READS_MAX 16

/* RTMGRP_IPV6_RULE, which the header lacks. */
#define IPV6_RULE (1u << (RTNLGRP_IPV6_RULE - 1))

#define GROUPS                                                                                     \
	(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |               \
		RTMGRP_IPV6_ROUTE | RTMGRP_IPV4_RULE | IPV6_RULE)

/* idle → asking_links → asking_addresses → idle. The kernel lists one thing at a time. */
enum asking { ASKING_NOTHING, ASKING_LINKS, ASKING_ADDRESSES };

struct netlink {
	struct loop *loop;
	int fd;
	struct watch *watch;
	struct task begin;
	enum asking asking;
	bool again;	   /* lost something while asking: ask anew when that is over */
	uint32_t sequence; /* of what was last asked */
	void (*heard)(void *owner, const struct netlink_event *event);
	void *owner;
	union {
		struct nlmsghdr first; /* for its alignment */
		uint8_t octets[READ_LEN];
	} in;
};

/* A message's attributes, those of them that are looked at. */
struct attributes {
	const struct rtattr *of[32];
};

static struct attributes attributes_read(struct bytes octets)
{
	struct attributes found = { 0 };
	const struct rtattr *at = (const void *)octets.at;
	size_t left = octets.len;

	while (left >= sizeof(*at) && at->rta_len >= sizeof(*at) && at->rta_len <= left) {
		const unsigned type = at->rta_type & (unsigned)NLA_TYPE_MASK;
		const size_t step = RTA_ALIGN((size_t)at->rta_len);
		if (type < sizeof(found.of) / sizeof(found.of[0]))
			found.of[type] = at;
		if (step >= left)
			break;
		left -= step;
		at = (const void *)((const uint8_t *)at + step);
	}
	return found;
}

static struct bytes value_of(const struct attributes *attributes, unsigned type)
{
	const struct rtattr *at = attributes->of[type];

	return at ? bytes_of((const uint8_t *)at + RTA_LENGTH(0), at->rta_len - RTA_LENGTH(0))
		  : bytes_of(NULL, 0);
}

static uint32_t number_of(const struct attributes *attributes, unsigned type, uint32_t otherwise)
{
	const struct bytes value = value_of(attributes, type);

	if (value.len == sizeof(otherwise))
		memcpy(&otherwise, value.at, sizeof(otherwise));
	return otherwise;
}

/* What follows the header, at least len octets of it and its padding; NULL: the message is short.
 */
static const void *body_of(const struct nlmsghdr *header, size_t len, struct attributes *attributes)
{
	const uint8_t *body = (const uint8_t *)header + NLMSG_HDRLEN;
	const size_t there = header->nlmsg_len - NLMSG_HDRLEN, fixed = NLMSG_ALIGN(len);

	if (there < len)
		return NULL;
	*attributes = attributes_read(bytes_of(body + fixed, there > fixed ? there - fixed : 0));
	return body;
}

static void address_set(struct address *address, int family, struct bytes value)
{
	if (family == AF_INET && value.len == sizeof(address->v4.sin_addr)) {
		memcpy(&address->v4.sin_addr, value.at, value.len);
		address->v4.sin_family = AF_INET;
	} else if (family == AF_INET6 && value.len == sizeof(address->v6.sin6_addr)) {
		memcpy(&address->v6.sin6_addr, value.at, value.len);
		address->v6.sin6_family = AF_INET6;
	}
}

static bool link_read(const struct nlmsghdr *header, struct netlink_event *out)
{
	struct attributes attributes;
	const struct ifinfomsg *link = body_of(header, sizeof(*link), &attributes);

	if (!link)
		return false;
	const struct bytes name = value_of(&attributes, IFLA_IFNAME);
	const size_t len = name.len < sizeof(out->name) ? name.len : sizeof(out->name) - 1;
	/* AF_BRIDGE: about a port's place in its bridge, not about the link. */
	if (link->ifi_family != AF_UNSPEC || link->ifi_index <= 0)
		return false;
	out->news = NEWS_LINK;
	out->gone = header->nlmsg_type == RTM_DELLINK;
	out->index = (unsigned)link->ifi_index;
	out->up = (link->ifi_flags & IFF_UP) && (link->ifi_flags & IFF_RUNNING);
	out->port = number_of(&attributes, IFLA_MASTER, 0) != 0;
	out->loopback = link->ifi_flags & IFF_LOOPBACK;
	if (len > 0)
		memcpy(out->name, name.at, len);
	return true;
}

static bool ifaddr_read(const struct nlmsghdr *header, struct netlink_event *out)
{
	struct attributes attributes;
	const struct ifaddrmsg *ifaddr = body_of(header, sizeof(*ifaddr), &attributes);

	if (!ifaddr)
		return false;
	/* On a point-to-point link IFA_ADDRESS is the other end's. */
	const bool has_local = attributes.of[IFA_LOCAL] != NULL;
	const uint32_t flags = number_of(&attributes, IFA_FLAGS, ifaddr->ifa_flags);
	const bool waits = (flags & IFA_F_TENTATIVE) && !(flags & IFA_F_OPTIMISTIC);

	out->news = NEWS_ADDRESS;
	out->gone = header->nlmsg_type == RTM_DELADDR;
	out->index = ifaddr->ifa_index;
	out->bits = ifaddr->ifa_prefixlen;
	out->up = ifaddr->ifa_scope < RT_SCOPE_LINK && !waits && !(flags & IFA_F_DADFAILED);
	address_set(&out->address, ifaddr->ifa_family,
		value_of(&attributes, has_local ? IFA_LOCAL : IFA_ADDRESS));
	return out->address.any.sa_family != 0;
}

static bool route_read(const struct nlmsghdr *header, struct netlink_event *out)
{
	struct attributes attributes;
	const struct rtmsg *route = body_of(header, sizeof(*route), &attributes);

	if (!route || (route->rtm_family != AF_INET && route->rtm_family != AF_INET6))
		return false;
	static const uint8_t everywhere[sizeof(struct in6_addr)];
	const size_t len = route->rtm_family == AF_INET ? 4 : 16;
	const bool has_destination = attributes.of[RTA_DST] != NULL;

	out->news = NEWS_ROUTE;
	out->gone = header->nlmsg_type == RTM_DELROUTE;
	out->bits = route->rtm_dst_len;
	out->local = (route->rtm_flags & RTM_F_CLONED) || route->rtm_protocol == RTPROT_KERNEL ||
		     number_of(&attributes, RTA_TABLE, route->rtm_table) == RT_TABLE_LOCAL;
	address_set(&out->address, route->rtm_family,
		has_destination ? value_of(&attributes, RTA_DST) : bytes_of(everywhere, len));
	return out->address.any.sa_family != 0;
}

static bool event_read(const struct nlmsghdr *header, struct netlink_event *out)
{
	*out = (struct netlink_event){ .dumped = header->nlmsg_flags & NLM_F_MULTI };
	switch (header->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK: return link_read(header, out);
	case RTM_NEWADDR:
	case RTM_DELADDR: return ifaddr_read(header, out);
	case RTM_NEWROUTE:
	case RTM_DELROUTE: return route_read(header, out);
	case RTM_NEWRULE:
	case RTM_DELRULE:
		out->news = NEWS_RULE;
		out->gone = header->nlmsg_type == RTM_DELRULE;
		return true;
	}
	return false;
}

static void say(struct netlink *netlink, enum netlink_news news)
{
	const struct netlink_event event = { .news = news };
	netlink->heard(netlink->owner, &event);
}

/* False: it cannot be asked, and the changes must do. */
static bool ask(struct netlink *netlink, enum asking asking)
{
	const struct {
		struct nlmsghdr header;
		struct ifinfomsg any; /* begins with its family, as an ifaddrmsg does */
	} request = {
		.header = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = asking == ASKING_LINKS ? RTM_GETLINK : RTM_GETADDR,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			.nlmsg_seq = ++netlink->sequence,
		},
	};

	netlink->again = false;
	if (send(netlink->fd, &request, sizeof(request), MSG_NOSIGNAL) < 0)
		asking = ASKING_NOTHING;
	netlink->asking = asking;
	return asking != ASKING_NOTHING;
}

static void ask_anew(struct netlink *netlink)
{
	if (!ask(netlink, ASKING_LINKS))
		say(netlink, NEWS_TOLD);
}

/* The end of what was asked, good or bad. */
static void answered(struct netlink *netlink)
{
	const enum asking before = netlink->asking;

	if (netlink->again)
		ask_anew(netlink);
	else if (before != ASKING_LINKS || !ask(netlink, ASKING_ADDRESSES)) {
		netlink->asking = ASKING_NOTHING;
		say(netlink, NEWS_TOLD);
	}
}

static void lost(struct netlink *netlink)
{
	say(netlink, NEWS_LOST);
	if (netlink->asking != ASKING_NOTHING)
		netlink->again = true;
	else
		ask_anew(netlink);
}

static void take(struct netlink *netlink, const struct nlmsghdr *header)
{
	struct netlink_event event;
	const bool ends = header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR;

	if (ends) {
		if (netlink->asking != ASKING_NOTHING && header->nlmsg_seq == netlink->sequence)
			answered(netlink);
	} else if (event_read(header, &event)) {
		netlink->heard(netlink->owner, &event);
	}
}

static void take_all(struct netlink *netlink, size_t len)
{
	const uint8_t *octets = netlink->in.octets;
	size_t at = 0;

	while (len - at >= NLMSG_HDRLEN) {
		const struct nlmsghdr *header = (const void *)(octets + at);
		if (header->nlmsg_len < NLMSG_HDRLEN || header->nlmsg_len > len - at)
			break;
		const size_t step = NLMSG_ALIGN((size_t)header->nlmsg_len);
		take(netlink, header);
		if (step > len - at)
			break;
		at += step;
	}
}

static void readable(void *owner, int events)
{
	struct netlink *netlink = owner;
	(void)events;

	for (int i = 0; i < READS_MAX; i++) {
		struct sockaddr_nl from = { 0 };
		struct iovec part = { netlink->in.octets, sizeof(netlink->in.octets) };
		struct msghdr message = { .msg_name = &from,
			.msg_namelen = sizeof(from),
			.msg_iov = &part,
			.msg_iovlen = 1 };
		const ssize_t len = recvmsg(netlink->fd, &message, 0);

		if (len < 0 && errno == ENOBUFS)
			lost(netlink);
		if (len < 0 || from.nl_pid != 0) {
			/* Any process can send us something; the kernel is 0. */
			if (len < 0 && errno != EINTR && errno != ENOBUFS)
				return;
			continue;
		}
		if (message.msg_flags & MSG_TRUNC)
			lost(netlink);
		take_all(netlink, (size_t)len);
	}
}

static void begin(void *owner)
{
	struct netlink *netlink = owner;

	if (netlink->asking == ASKING_NOTHING)
		ask_anew(netlink);
}

int netlink_open(int *fd)
{
	const struct sockaddr_nl us = { .nl_family = AF_NETLINK, .nl_groups = GROUPS };
	const int made = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (made < 0)
		return ERR_SYSTEM;
	if (bind(made, (const struct sockaddr *)&us, sizeof(us)) != 0) {
		const int error = errno;
		close(made);
		errno = error;
		return ERR_SYSTEM;
	}
	*fd = made;
	return 0;
}

struct netlink *netlink_new(struct loop *loop, int fd_take,
	void (*heard)(void *owner, const struct netlink_event *event), void *owner)
{
	struct netlink *netlink = calloc(1, sizeof(*netlink));

	if (!netlink) {
		close(fd_take);
		return NULL;
	}
	netlink->loop = loop;
	netlink->fd = fd_take;
	netlink->heard = heard;
	netlink->owner = owner;
	task_init(&netlink->begin, begin, netlink);
	netlink->watch = watch_new(loop, fd_take, readable, netlink);
	if (!netlink->watch) {
		netlink_free(netlink);
		return NULL;
	}
	watch_set(netlink->watch, WATCH_READ);
	loop_post(loop, &netlink->begin);
	return netlink;
}

void netlink_free(struct netlink *netlink)
{
	if (!netlink)
		return;
	task_cancel(&netlink->begin);
	watch_free(netlink->watch);
	close(netlink->fd);
	free(netlink);
}

/* Without a port, which address_write() would add. */
static const char *host_write(const struct address *address, char text[static INET6_ADDRSTRLEN])
{
	const bool v6 = address->any.sa_family == AF_INET6;
	const void *octets = v6 ? (const void *)&address->v6.sin6_addr : &address->v4.sin_addr;

	return inet_ntop(v6 ? AF_INET6 : AF_INET, octets, text, INET6_ADDRSTRLEN);
}

const char *netlink_write(const struct netlink_event *event, char text[static NETLINK_TEXT_LEN])
{
	char host[INET6_ADDRSTRLEN];
	const char *news = event->gone ? "gone" : "new";

	switch (event->news) {
	case NEWS_LINK:
		snprintf(text, NETLINK_TEXT_LEN, "link %s is %s", event->name,
			event->gone ? "gone"
			: event->up ? "up"
				    : "down");
		break;
	case NEWS_ADDRESS:
		snprintf(text, NETLINK_TEXT_LEN, "address %s is %s",
			host_write(&event->address, host), event->up ? news : "gone");
		break;
	case NEWS_ROUTE:
		snprintf(text, NETLINK_TEXT_LEN, "a route to %s/%u is %s",
			host_write(&event->address, host), event->bits, news);
		break;
	case NEWS_RULE: snprintf(text, NETLINK_TEXT_LEN, "a rule of routing is %s", news); break;
	case NEWS_LOST:
		snprintf(text, NETLINK_TEXT_LEN, "more than the kernel kept for us to read");
		break;
	case NEWS_TOLD: snprintf(text, NETLINK_TEXT_LEN, "all is known again"); break;
	}
	return text;
}
