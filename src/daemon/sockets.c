/* SPDX-License-Identifier: MIT */
#include "daemon/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/port_holder.h"
#include "net/socket.h"
#include "net/stream.h"
#include "net/udp.h"

#define INHERITED_FIRST_FD 3  /* SD_LISTEN_FDS_START */
#define INHERITED_MAX	   64 /* more descriptors than that are a mistake of the unit file */

static void log_bind_failure(const struct address *address, const char *transport, bool udp)
{
	char text[ADDRESS_TEXT_LEN], holder[PORT_HOLDER_LEN];
	const int cause = errno;

	address_write(address, text);
	switch (cause) {
	case EADDRINUSE:
		port_holder_find(address, udp, holder);
		log_error("cannot listen on %s (%s): the port is taken by %s; stop it, or choose "
			  "another address or port in listen:",
			text, transport, holder);
		break;
	case EACCES:
		log_error(
			"cannot listen on %s (%s): ports below %d need root or "
			"CAP_NET_BIND_SERVICE; start as root (user: is dropped to afterwards), or "
			"choose a higher port in listen:",
			text, transport, 1024);
		break;
	case EADDRNOTAVAIL:
		log_error("cannot listen on %s (%s): this machine does not have the address; "
			  "correct listen:, or wait until the interface is up",
			text, transport);
		break;
	case EAFNOSUPPORT:
		log_error("cannot listen on %s (%s): the address family is switched off on this "
			  "machine; remove the address from listen:",
			text, transport);
		break;
	default: log_error("cannot listen on %s (%s): %s", text, transport, strerror(cause)); break;
	}
}

/* Can anything be bound there at all? */
static bool is_of_this_machine(const struct address *address)
{
	struct address any_port = *address;
	int fd;

	address_set_port(&any_port, 0);
	if (socket_bind(&any_port, SOCK_DGRAM, false, &fd) != 0)
		return errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL;
	close(fd);
	return true;
}

void sockets_fit(struct address *addresses, size_t *count)
{
	char text[ADDRESS_TEXT_LEN];
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++) {
		if (addresses[i].any.sa_family != AF_INET6 || is_of_this_machine(&addresses[i]))
			addresses[kept++] = addresses[i];
		else
			log_info("not listening on %s: IPv6 is switched off on this machine",
				address_write(&addresses[i], text));
	}
	*count = kept;
}

static int sockets_alloc(struct sockets *sockets, size_t udp, size_t tcp, unsigned workers)
{
	*sockets = (struct sockets){
		.udp = malloc((udp * workers + 1) * sizeof(int)),
		.tcp = malloc((tcp * workers + 1) * sizeof(int)),
		.udp_per_worker = udp,
		.tcp_per_worker = tcp,
		.workers = workers,
	};
	if (!sockets->udp || !sockets->tcp) {
		log_error("cannot open the listening sockets: out of memory");
		free(sockets->udp);
		free(sockets->tcp);
		*sockets = (struct sockets){ 0 };
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < udp * workers; i++)
		sockets->udp[i] = -1;
	for (size_t i = 0; i < tcp * workers; i++)
		sockets->tcp[i] = -1;
	return 0;
}

static void close_all(int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
	free(fds);
}

void sockets_close(struct sockets *sockets)
{
	const size_t sets = sockets->inherited ? 1 : sockets->workers;

	close_all(sockets->udp, sockets->udp_per_worker * sets);
	close_all(sockets->tcp, sockets->tcp_per_worker * sets);
	*sockets = (struct sockets){ 0 };
}

static int bind_all(struct sockets *sockets, const struct address *addresses, size_t count)
{
	const bool shared = sockets->workers > 1;

	for (size_t i = 0; i < count * sockets->workers; i++) {
		const struct address *address = &addresses[i % count];
		if (udp_bind(address, shared, &sockets->udp[i]) != 0) {
			log_bind_failure(address, "UDP", true);
			return ERR_SYSTEM;
		}
		if (stream_bind(address, shared, &sockets->tcp[i]) != 0) {
			log_bind_failure(address, "TCP", false);
			return ERR_SYSTEM;
		}
	}
	return 0;
}

/* How many descriptors systemd passed to this very process. */
static size_t inherited_count(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");

	if (!pid || !fds || strtol(pid, NULL, 10) != (long)getpid())
		return 0;
	const long count = strtol(fds, NULL, 10);
	return count > 0 && count <= INHERITED_MAX ? (size_t)count : 0;
}

static int socket_type(int fd)
{
	int type = 0;
	socklen_t len = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 ? type : -1;
}

static int inherit(struct sockets *sockets, size_t count, unsigned workers)
{
	int err = sockets_alloc(sockets, count, count, workers);
	if (err)
		return err;
	sockets->inherited = true;
	sockets->udp_per_worker = sockets->tcp_per_worker = 0;
	for (int fd = INHERITED_FIRST_FD; fd < INHERITED_FIRST_FD + (int)count; fd++) {
		const int type = socket_type(fd);
		if (type == SOCK_DGRAM && udp_adopt(fd) == 0) {
			sockets->udp[sockets->udp_per_worker++] = fd;
		} else if (type == SOCK_STREAM && fcntl(fd, F_SETFL, O_NONBLOCK) == 0) {
			sockets->tcp[sockets->tcp_per_worker++] = fd;
		} else {
			log_error("descriptor %d passed by the service manager is not a UDP or TCP "
				  "socket: correct ListenDatagram= and ListenStream= of the socket "
				  "unit",
				fd);
			sockets_close(sockets);
			return ERR_SYSTEM;
		}
		(void)fcntl(fd, F_SETFD, FD_CLOEXEC); /* we start no programs */
	}
	return 0;
}

int sockets_open(
	struct sockets *sockets, const struct address *addresses, size_t count, unsigned workers)
{
	const size_t passed = inherited_count();
	if (passed > 0)
		return inherit(sockets, passed, workers);
	int err = sockets_alloc(sockets, count, count, workers);
	if (err)
		return err;
	err = bind_all(sockets, addresses, count);
	if (err)
		sockets_close(sockets);
	return err;
}

int sockets_udp(const struct sockets *sockets, unsigned worker, size_t i)
{
	return sockets->udp[(sockets->inherited ? 0 : worker * sockets->udp_per_worker) + i];
}

int sockets_tcp(const struct sockets *sockets, unsigned worker, size_t i)
{
	return sockets->tcp[(sockets->inherited ? 0 : worker * sockets->tcp_per_worker) + i];
}
