/* SPDX-License-Identifier: MIT */
#include "net/socket.h"

#include <errno.h>
#include <unistd.h>

int socket_set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0 ? 0 : ERR_SYSTEM;
}

static int prepare(int fd, const struct address *address, int type, bool shared)
{
	/* Connections of before may linger on the port. For UDP it would let others take it. */
	if (type == SOCK_STREAM && socket_set(fd, SOL_SOCKET, SO_REUSEADDR, 1) != 0)
		return ERR_SYSTEM;
	if (shared && socket_set(fd, SOL_SOCKET, SO_REUSEPORT, 1) != 0)
		return ERR_SYSTEM;
	if (address->any.sa_family == AF_INET6 && socket_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) != 0)
		return ERR_SYSTEM;
	return bind(fd, &address->any, address_len(address)) == 0 ? 0 : ERR_SYSTEM;
}

int socket_bind(const struct address *address, int type, bool shared, int *fd)
{
	int made = socket(address->any.sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (made < 0)
		return ERR_SYSTEM;
	if (prepare(made, address, type, shared) != 0)
		return socket_discard(made);
	*fd = made;
	return 0;
}

int socket_discard(int fd)
{
	int cause = errno;
	close(fd);
	errno = cause;
	return ERR_SYSTEM;
}
