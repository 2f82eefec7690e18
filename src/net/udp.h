/* SPDX-License-Identifier: MIT */
/* UDP in batches: many datagrams a system call, each with the local address that it came to, so
 * that the reply leaves from there (IP_PKTINFO, IPV6_RECVPKTINFO). */
#pragma once

#include "base/address.h"
#include "base/bytes.h"

/* Datagrams a batch: enough that the system call's cost is shared, few enough that the first one
 * is answered without waiting for many others. */
#define UDP_BATCH 32

/* Octets of a datagram that are looked at: what arrives unfragmented (DNS flag day 2020), several
 * times a padded query; one that is longer is cut and thus malformed. */
#define UDP_RECEIVE_LEN 1232

/* Octets of a reply: the largest udp-size that can be configured. */
#define UDP_SEND_LEN 4096

/* Where a datagram came from and where to: what a reply needs, small enough to be kept for each
 * question under way. */
struct udp_path {
	struct address peer;
	union {
		struct in_addr v4;
		struct in6_addr v6;
	} local;
	uint32_t interface; /* for link-local addresses; 0: any */
	bool local_known; /* false on a socket bound to one address: replies leave from it anyway */
};

struct udp_batch; /* buffers for UDP_BATCH datagrams in and out */

struct udp_batch *udp_batch_new(void); /* NULL: out of memory */
void udp_batch_free(struct udp_batch *batch);

/* A non-blocking socket bound to address with SO_REUSEPORT when shared, packet info on if that is
 * a wildcard, IPv6-only for IPv6, IP_MTU_DISCOVER so that replies may be fragmented rather than
 * follow a forged MTU. ERR_SYSTEM with errno. */
MUST_USE int udp_bind(const struct address *address, bool shared, int *fd);

/* Sets what every socket of ours needs on one that was inherited. ERR_SYSTEM. */
MUST_USE int udp_adopt(int fd);

/* Receives up to UDP_BATCH datagrams without blocking; returns how many (0: none waits, or an
 * ICMP error was taken). */
unsigned udp_receive(struct udp_batch *batch, int fd);

/* The i-th datagram received, good until the next udp_receive(). */
struct bytes udp_datagram(const struct udp_batch *batch, unsigned i);
const struct udp_path *udp_datagram_path(const struct udp_batch *batch, unsigned i);

/* Room for a reply of UDP_SEND_LEN octets along the path of the i-th datagram; write it and then
 * udp_reply_commit(). A room that is not committed is given out again. What is committed must be
 * sent before the next udp_receive(), which forgets it. */
uint8_t *udp_reply_room(struct udp_batch *batch);
void udp_reply_commit(struct udp_batch *batch, unsigned i, size_t len);

/* Sends what was committed; what the socket does not take is dropped, as UDP may. Returns how
 * many went out. */
unsigned udp_send_batch(struct udp_batch *batch, int fd);

/* One reply later than its batch. False: dropped. */
bool udp_send(int fd, const struct udp_path *path, struct bytes reply);
