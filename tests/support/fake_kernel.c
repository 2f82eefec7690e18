/* SPDX-License-Identifier: MIT */
#include "support/fake_kernel.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MESSAGE_LEN 512

/* A message under construction. */
struct parcel {
	uint8_t octets[MESSAGE_LEN];
	size_t len;
};

static void put(struct parcel *parcel, const void *octets, size_t len)
{
	assert(parcel->len + NLMSG_ALIGN(len) <= sizeof(parcel->octets));
	memset(parcel->octets + parcel->len, 0, NLMSG_ALIGN(len));
	memcpy(parcel->octets + parcel->len, octets, len);
	parcel->len += NLMSG_ALIGN(len);
}

static void put_attribute(struct parcel *parcel, unsigned type, const void *value, size_t len)
{
	const struct rtattr head = { .rta_len = (unsigned short)RTA_LENGTH(len),
		.rta_type = (unsigned short)type };

	put(parcel, &head, sizeof(head));
	put(parcel, value, len);
}

void fake_kernel_init(struct fake_kernel *kernel)
{
	int pair[2];
	int failed = socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair);

	assert(!failed);
	(void)failed;
	*kernel = (struct fake_kernel){ .fd = pair[0], .listener_fd = pair[1] };
}

void fake_kernel_done(struct fake_kernel *kernel)
{
	close(kernel->fd);
}

int fake_kernel_asked(struct fake_kernel *kernel)
{
	struct nlmsghdr request[4];
	const ssize_t len = recv(kernel->fd, request, sizeof(request), 0);

	if (len < (ssize_t)sizeof(request[0]))
		return 0;
	assert(request[0].nlmsg_len == (size_t)len);
	assert(request[0].nlmsg_flags == (NLM_F_REQUEST | NLM_F_DUMP));
	kernel->sequence = request[0].nlmsg_seq;
	return request[0].nlmsg_type;
}

void fake_kernel_send(struct fake_kernel *kernel, const void *octets, size_t len)
{
	const ssize_t sent = send(kernel->fd, octets, len, 0);
	assert(sent == (ssize_t)len);
	(void)sent;
}

void fake_kernel_tell(struct fake_kernel *kernel, int type, const void *body, size_t len)
{
	struct parcel parcel = { .len = 0 };
	const struct nlmsghdr header = {
		.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + len),
		.nlmsg_type = (uint16_t)type,
		.nlmsg_flags = kernel->answering ? NLM_F_MULTI : 0,
		.nlmsg_seq = kernel->answering ? kernel->sequence : 0,
	};

	put(&parcel, &header, sizeof(header));
	put(&parcel, body, len);
	fake_kernel_send(kernel, parcel.octets, header.nlmsg_len);
}

void fake_kernel_link(struct fake_kernel *kernel, int type, int index, unsigned flags, int master)
{
	const struct ifinfomsg link = { .ifi_index = index, .ifi_flags = flags };
	struct parcel body = { .len = 0 };
	char name[IFNAMSIZ];

	snprintf(name, sizeof(name), "eth%d", index);
	put(&body, &link, sizeof(link));
	put_attribute(&body, IFLA_IFNAME, name, strlen(name) + 1);
	if (master != 0)
		put_attribute(&body, IFLA_MASTER, &master, sizeof(master));
	fake_kernel_tell(kernel, type, body.octets, body.len);
}

/* The family of "ADDRESS/BITS". */
static uint8_t text_read(const char *text, uint8_t octets[static 16], uint8_t *bits)
{
	char host[INET6_ADDRSTRLEN];
	unsigned number;
	const int fields = sscanf(text, "%45[^/]/%u", host, &number);
	const uint8_t family = strchr(host, ':') ? AF_INET6 : AF_INET;
	const int good = inet_pton(family, host, octets);

	assert(fields == 2 && good == 1);
	(void)fields;
	(void)good;
	*bits = (uint8_t)number;
	return family;
}

void fake_kernel_address(
	struct fake_kernel *kernel, int type, const char *text, int scope, uint32_t flags)
{
	struct ifaddrmsg address = { .ifa_scope = (uint8_t)scope, .ifa_index = 2 };
	struct parcel body = { .len = 0 };
	uint8_t octets[16];

	address.ifa_family = text_read(text, octets, &address.ifa_prefixlen);
	const size_t len = address.ifa_family == AF_INET ? 4 : 16;
	put(&body, &address, sizeof(address));
	put_attribute(&body, IFA_ADDRESS, octets, len);
	put_attribute(&body, IFA_FLAGS, &flags, sizeof(flags));
	fake_kernel_tell(kernel, type, body.octets, body.len);
}

void fake_kernel_route(
	struct fake_kernel *kernel, int type, const char *text, int protocol, uint32_t table)
{
	struct rtmsg route = { .rtm_protocol = (uint8_t)protocol, .rtm_type = RTN_UNICAST };
	struct parcel body = { .len = 0 };
	uint8_t octets[16];

	route.rtm_family = text_read(text, octets, &route.rtm_dst_len);
	route.rtm_table = (uint8_t)(table < 256 ? table : RT_TABLE_UNSPEC);
	put(&body, &route, sizeof(route));
	if (route.rtm_dst_len > 0)
		put_attribute(&body, RTA_DST, octets, route.rtm_family == AF_INET ? 4 : 16);
	put_attribute(&body, RTA_TABLE, &table, sizeof(table));
	fake_kernel_tell(kernel, type, body.octets, body.len);
}

void fake_kernel_end(struct fake_kernel *kernel, int type)
{
	const int status = 0;

	kernel->answering = true;
	fake_kernel_tell(kernel, type, &status, sizeof(status));
	kernel->answering = false;
}
