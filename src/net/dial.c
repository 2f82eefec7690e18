/* SPDX-License-Identifier: MIT */
#include "net/dial.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <unistd.h>

/* How long octets may go unacknowledged, connecting included, before the kernel gives up: twice
 * the default of limits.query-time. */
#define USER_TIMEOUT_MS 10000

int dial_socket(const struct address *address, int *fd)
{
	const int on = 1;
	const unsigned timeout_ms = USER_TIMEOUT_MS;
	int made = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (made < 0)
		return ERR_SYSTEM;
	/* Without either it works, only later. */
	(void)setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(made, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof(timeout_ms));
	*fd = made;
	return 0;
}

int dial_begin(int fd, const struct address *address)
{
	if (connect(fd, &address->any, address_len(address)) == 0)
		return 0;
	return errno == EINPROGRESS || errno == EINTR ? 0 : errno;
}

int dial_result(int fd)
{
	int cause = 0;
	socklen_t len = sizeof(cause);
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &cause, &len) == 0 ? cause : errno;
}

bool dial_way_stands(int fd)
{
	struct address own, peer, now;
	socklen_t own_len = sizeof(own), peer_len = sizeof(peer), now_len = sizeof(now);

	if (getsockname(fd, &own.any, &own_len) != 0 || getpeername(fd, &peer.any, &peer_len) != 0)
		return false;
	/* A datagram socket's connect() asks for the way and sends nothing. */
	const int probe = socket(peer.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (probe < 0)
		return true; /* that says nothing of the network */
	const bool found = connect(probe, &peer.any, address_len(&peer)) == 0 &&
			   getsockname(probe, &now.any, &now_len) == 0;
	close(probe);
	return found && address_same_host(&own, &now);
}

const char *dial_advice(int cause, const struct address *address)
{
	switch (cause) {
	case ECONNREFUSED:
		return "nothing listens there, or a firewall rejects it; check address and port";
	case ENETUNREACH:
	case EHOSTUNREACH:
	case EADDRNOTAVAIL:
		return address->any.sa_family == AF_INET6
			       ? "there is no way to it; is this machine's network up, with IPv6?"
			       : "there is no way to it; is this machine's network up?";
	case ETIMEDOUT: return "no answer came; the server is down, or a firewall drops the port";
	case EACCES:
	case EPERM: return "a firewall or sandbox on this machine forbids it";
	}
	return "check the address and this machine's network connection";
}
