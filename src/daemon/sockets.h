/* SPDX-License-Identifier: MIT */
/* The listening sockets: all of them or none. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/address.h"

struct sockets {
	int *udp; /* by worker and address: udp[worker * per_worker + i] */
	int *tcp;
	size_t udp_per_worker;
	size_t tcp_per_worker;
	unsigned workers;
	bool inherited; /* systemd's: one descriptor serves all workers */
};

/* For addresses that nobody chose: takes those of IPv6 out where it is switched off, and says so.
 */
void sockets_fit(struct address *addresses, size_t *count);

/* Binds every address for every worker (SO_REUSEPORT when there are several), or takes what
 * systemd passed (sd_listen_fds(3)) instead. On failure nothing stays open and the reason, with
 * address, cause and remedy, is logged. ERR_SYSTEM, ERR_NOMEM. */
MUST_USE int sockets_open(
	struct sockets *sockets, const struct address *addresses, size_t count, unsigned workers);
void sockets_close(struct sockets *sockets);

/* The i-th descriptor of a worker; i below udp_per_worker or tcp_per_worker. */
int sockets_udp(const struct sockets *sockets, unsigned worker, size_t i);
int sockets_tcp(const struct sockets *sockets, unsigned worker, size_t i);
