/* SPDX-License-Identifier: MIT */
/* One TCP connection of a client. */
#pragma once

#include "base/list.h"
#include "serve/request.h"

struct tcp_client;

struct tcp_client_events {
	void (*active)(void *owner, struct tcp_client *client); /* a question or a reply passed */
	void (*closed)(void *owner);				/* it is gone, by whatever cause */
};

/* Takes fd. NULL: out of memory (and closed() is not called). */
struct tcp_client *tcp_client_open(struct serving *serving, int fd, const struct address *peer,
	const struct tcp_client_events *events, void *owner);

/* What waits is forgotten; calls closed(). */
void tcp_client_close(struct tcp_client *client);

/* Reads no more and closes once all is answered and sent. */
void tcp_client_drain(struct tcp_client *client);

/* From now on it is closed after that long without a question or reply. */
void tcp_client_set_idle(struct tcp_client *client, uint32_t idle_ms);

/* Questions wait, or replies are not sent yet. */
bool tcp_client_busy(const struct tcp_client *client);

const struct address *tcp_client_peer(const struct tcp_client *client);

/* Its place in the server's list, and back. */
struct list *tcp_client_link(struct tcp_client *client);
struct tcp_client *tcp_client_of(struct list *link);
