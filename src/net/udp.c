/* SPDX-License-Identifier: MIT */
#include "net/udp.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "net/socket.h"

/* Octets that may wait in the kernel while we are busy: about 1000 queries of a burst. */
#define RECEIVE_BUFFER (1024 * 1024)

/* Room for the packet info of either family. */
union control {
	struct cmsghdr header;
	uint8_t octets[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

/* Everything that the system calls need is linked up once, in udp_batch_new(). */
struct udp_batch {
	struct mmsghdr received[UDP_BATCH];
	struct mmsghdr sending[UDP_BATCH];
	unsigned count;	    /* received */
	unsigned committed; /* of sending */
	struct udp_path paths[UDP_BATCH];
	struct address peers[UDP_BATCH]; /* of sending */
	struct iovec received_iov[UDP_BATCH], sending_iov[UDP_BATCH];
	union control received_control[UDP_BATCH], sending_control[UDP_BATCH];
	size_t replied; /* octets of replies committed */

	/* Written before they are read: what no burst has needed yet takes no memory. */
	uint8_t datagrams[UDP_BATCH][UDP_RECEIVE_LEN];
	/* One behind another: small replies touch few pages. */
	uint8_t replies[UDP_BATCH * UDP_SEND_LEN];
};

struct udp_batch *udp_batch_new(void)
{
	struct udp_batch *batch = malloc(sizeof(*batch));
	if (!batch)
		return NULL;
	memset(batch, 0, offsetof(struct udp_batch, datagrams));
	for (unsigned i = 0; i < UDP_BATCH; i++) {
		batch->received_iov[i] = (struct iovec){ batch->datagrams[i], UDP_RECEIVE_LEN };
		batch->received[i].msg_hdr = (struct msghdr){
			.msg_name = &batch->paths[i].peer,
			.msg_namelen = sizeof(struct address),
			.msg_iov = &batch->received_iov[i],
			.msg_iovlen = 1,
			.msg_control = &batch->received_control[i],
			.msg_controllen = sizeof(union control),
		};
		batch->sending[i].msg_hdr = (struct msghdr){
			.msg_name = &batch->peers[i],
			.msg_iov = &batch->sending_iov[i],
			.msg_iovlen = 1,
		};
	}
	return batch;
}

void udp_batch_free(struct udp_batch *batch)
{
	free(batch);
}

/* More than the default, never less than what someone else has set. */
static void widen_buffer(int fd)
{
	int octets = 0;
	socklen_t len = sizeof(octets);

	/* The kernel tells twice what was asked for, socket(7). */
	if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets, &len) == 0 &&
		octets / 2 >= RECEIVE_BUFFER)
		return;
	/* Past net.core.rmem_max only with CAP_NET_ADMIN; without it as much as there is. */
	if (socket_set(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER) != 0)
		(void)socket_set(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
}

/* A socket bound to one address needs no packet info: replies leave from there anyway, and each
 * datagram costs a little less. */
int udp_adopt(int fd)
{
	struct address bound;
	socklen_t len = sizeof(bound);

	if (getsockname(fd, &bound.any, &len) != 0)
		return ERR_SYSTEM;
	bool v6 = bound.any.sa_family == AF_INET6;
	if (address_is_any(&bound)) {
		int err = v6 ? socket_set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
			     : socket_set(fd, IPPROTO_IP, IP_PKTINFO, 1);
		if (err != 0)
			return err;
	}
	/* A forged "fragmentation needed" must not shrink what we send to anybody; OMIT also
	 * keeps the kernel from storing it. */
	int err = v6 ? socket_set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT)
		     : socket_set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
	if (err != 0)
		return err;
	widen_buffer(fd);
	return 0;
}

int udp_bind(const struct address *address, bool shared, int *fd)
{
	int made;

	if (socket_bind(address, SOCK_DGRAM, shared, &made) != 0)
		return ERR_SYSTEM;
	if (udp_adopt(made) != 0)
		return socket_discard(made);
	*fd = made;
	return 0;
}

static void read_v4(struct udp_path *path, const struct cmsghdr *header)
{
	struct in_pktinfo info;
	memcpy(&info, CMSG_DATA(header), sizeof(info));
	/* ipi_spec_dst: where a reply should leave from, even if it came to a broadcast address. */
	path->local.v4 = info.ipi_spec_dst;
	path->interface = (uint32_t)info.ipi_ifindex;
	path->local_known = true;
}

static void read_v6(struct udp_path *path, const struct cmsghdr *header)
{
	struct in6_pktinfo info;
	memcpy(&info, CMSG_DATA(header), sizeof(info));
	path->local.v6 = info.ipi6_addr;
	path->interface = info.ipi6_ifindex;
	/* What came to a group cannot leave from it. */
	path->local_known = !IN6_IS_ADDR_MULTICAST(&info.ipi6_addr);
}

static void read_local(struct udp_path *path, const struct msghdr *message)
{
	const struct cmsghdr *header = CMSG_FIRSTHDR(message);

	path->interface = 0;
	path->local_known = false;
	if (!header)
		return;
	if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO)
		read_v4(path, header);
	else if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO)
		read_v6(path, header);
}

unsigned udp_receive(struct udp_batch *batch, int fd)
{
	int count;

	/* The kernel has written over the lengths of those it used. */
	for (unsigned i = 0; i < batch->count; i++) {
		batch->received[i].msg_hdr.msg_namelen = sizeof(struct address);
		batch->received[i].msg_hdr.msg_controllen = sizeof(union control);
	}
	batch->count = 0;
	batch->committed = 0;
	batch->replied = 0;
	do
		count = recvmmsg(fd, batch->received, UDP_BATCH, MSG_DONTWAIT, NULL);
	while (count < 0 && errno == EINTR);
	/* EAGAIN, or an ICMP error (ECONNREFUSED, EHOSTUNREACH …) that is taken with this. */
	if (count <= 0)
		return 0;
	batch->count = (unsigned)count;
	for (unsigned i = 0; i < batch->count; i++)
		read_local(&batch->paths[i], &batch->received[i].msg_hdr);
	return batch->count;
}

struct bytes udp_datagram(const struct udp_batch *batch, unsigned i)
{
	assert(i < batch->count);
	return bytes_of(batch->datagrams[i], batch->received[i].msg_len);
}

const struct udp_path *udp_datagram_path(const struct udp_batch *batch, unsigned i)
{
	assert(i < batch->count);
	return &batch->paths[i];
}

/* The octets of control data that make a datagram leave from path's local address. */
static size_t write_local(union control *control, const struct udp_path *path)
{
	if (!path->local_known)
		return 0;
	if (path->peer.any.sa_family == AF_INET) {
		/* No interface: the reply takes the way that routing knows. */
		struct in_pktinfo info = { .ipi_spec_dst = path->local.v4 };
		control->header = (struct cmsghdr){
			.cmsg_len = CMSG_LEN(sizeof(info)),
			.cmsg_level = IPPROTO_IP,
			.cmsg_type = IP_PKTINFO,
		};
		memcpy(CMSG_DATA(&control->header), &info, sizeof(info));
		return CMSG_SPACE(sizeof(info));
	}
	struct in6_pktinfo info = { .ipi6_addr = path->local.v6 };
	if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
		info.ipi6_ifindex = path->interface;
	control->header = (struct cmsghdr){
		.cmsg_len = CMSG_LEN(sizeof(info)),
		.cmsg_level = IPPROTO_IPV6,
		.cmsg_type = IPV6_PKTINFO,
	};
	memcpy(CMSG_DATA(&control->header), &info, sizeof(info));
	return CMSG_SPACE(sizeof(info));
}

uint8_t *udp_reply_room(struct udp_batch *batch)
{
	assert(batch->committed < UDP_BATCH);
	return batch->replies + batch->replied;
}

void udp_reply_commit(struct udp_batch *batch, unsigned i, size_t len)
{
	assert(i < batch->count && batch->committed < UDP_BATCH && len <= UDP_SEND_LEN);
	unsigned to = batch->committed++;
	struct msghdr *message = &batch->sending[to].msg_hdr;
	const struct udp_path *path = &batch->paths[i];

	batch->peers[to] = path->peer;
	message->msg_namelen = address_len(&path->peer);
	*message->msg_iov = (struct iovec){ batch->replies + batch->replied, len };
	batch->replied += len;
	message->msg_control = &batch->sending_control[to];
	message->msg_controllen = write_local(&batch->sending_control[to], path);
}

unsigned udp_send_batch(struct udp_batch *batch, int fd)
{
	unsigned done = 0, sent = 0;

	while (done < batch->committed) {
		int count = sendmmsg(fd, batch->sending + done, batch->committed - done,
			MSG_DONTWAIT | MSG_NOSIGNAL);
		if (count > 0) {
			done += (unsigned)count;
			sent += (unsigned)count;
		} else if (errno == EAGAIN) {
			break;
		} else if (errno != EINTR) {
			/* This one cannot go: no route, its address has gone, refused by a
			 * filter. The next may. */
			done++;
		}
	}
	batch->committed = 0;
	batch->replied = 0;
	return sent;
}

bool udp_send(int fd, const struct udp_path *path, struct bytes reply)
{
	union control control = { .octets = { 0 } };
	struct address peer = path->peer;
	struct iovec iov = { unconst(reply.at), reply.len };
	struct msghdr message = {
		.msg_name = &peer,
		.msg_namelen = address_len(&peer),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
	};
	ssize_t sent;

	message.msg_controllen = write_local(&control, path);
	do
		sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent >= 0;
}
