/* SPDX-License-Identifier: MIT */
/* The kernel's end of a netlink socket (rtnetlink(7)): what it is asked, and what it tells. */
#pragma once

#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fake_kernel {
	int fd;
	int listener_fd;   /* the other end; whoever listens closes it */
	uint32_t sequence; /* of what was asked last */
	bool answering;	   /* what is told is a part of the answer, not news */
};

void fake_kernel_init(struct fake_kernel *kernel);
void fake_kernel_done(struct fake_kernel *kernel);

/* What was asked since, RTM_GETLINK or RTM_GETADDR; 0: nothing. */
int fake_kernel_asked(struct fake_kernel *kernel);

/* type is RTM_NEWLINK or RTM_DELLINK; master 0: it is no part of another one. */
void fake_kernel_link(struct fake_kernel *kernel, int type, int index, unsigned flags, int master);

/* RTM_NEWADDR or RTM_DELADDR, "192.0.2.7/24". */
void fake_kernel_address(
	struct fake_kernel *kernel, int type, const char *text, int scope, uint32_t flags);

/* RTM_NEWROUTE or RTM_DELROUTE, "192.0.2.0/24" or "0.0.0.0/0". */
void fake_kernel_route(
	struct fake_kernel *kernel, int type, const char *text, int protocol, uint32_t table);

/* NLMSG_DONE or NLMSG_ERROR: the end of the answer. */
void fake_kernel_end(struct fake_kernel *kernel, int type);

/* A message of that type with any octets behind its header. */
void fake_kernel_tell(struct fake_kernel *kernel, int type, const void *body, size_t len);

/* Octets as they are. */
void fake_kernel_send(struct fake_kernel *kernel, const void *octets, size_t len);
