/* SPDX-License-Identifier: MIT */
/* Sockets that wait for others: made, set up and bound alike for UDP and TCP. */
#pragma once

#include "base/address.h"

/* setsockopt() of a number. ERR_SYSTEM with errno, which may not matter. */
int socket_set(int fd, int level, int option, int value);

/* A non-blocking, close-on-exec socket of that type (SOCK_DGRAM, SOCK_STREAM) bound to address:
 * SO_REUSEPORT when shared, SO_REUSEADDR for TCP, IPv6-only for IPv6. ERR_SYSTEM with errno. */
MUST_USE int socket_bind(const struct address *address, int type, bool shared, int *fd);

/* Closes what could not be set up; errno stays. Returns ERR_SYSTEM. */
int socket_discard(int fd);
