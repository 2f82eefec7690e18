/* SPDX-License-Identifier: MIT */
/* One UDP socket: batches in, batches out, and the questions that wait. */
#pragma once

#include "net/udp.h"
#include "serve/request.h"

struct udp_listener;

/* Reads from fd, which stays the caller's; batch may be shared by all listeners of a worker.
 * NULL: out of memory. */
struct udp_listener *udp_listener_new(struct serving *serving, int fd, struct udp_batch *batch);

/* No more questions are taken; those that wait are still answered. */
void udp_listener_drain(struct udp_listener *listener);

size_t udp_listener_waiting(const struct udp_listener *listener);

/* What waits is forgotten. NULL is accepted. */
void udp_listener_free(struct udp_listener *listener);
