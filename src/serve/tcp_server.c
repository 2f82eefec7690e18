/* SPDX-License-Identifier: MIT */
#include "serve/tcp_server.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/framing.h"
#include "serve/tcp_client.h"

#define LISTENERS_MAX 64 /* as many as the configuration can name */

/* Below it a client in a slow network would be cut off before its first question arrives. */
#define IDLE_MIN_MS 1000

struct tcp_server {
	struct serving *serving;
	struct stream_listener *listeners[LISTENERS_MAX];
	size_t listener_count;
	struct list clients; /* the one that has been quiet longest comes first */
	size_t client_count;
};

struct tcp_server *tcp_server_new(struct serving *serving)
{
	struct tcp_server *server = calloc(1, sizeof(*server));
	if (!server)
		return NULL;
	server->serving = serving;
	list_init(&server->clients);
	return server;
}

/* The full time while less than half of the places are taken, then less the fewer are left
 * (RFC 7766 section 6.2.3). */
static uint32_t idle_ms(const struct tcp_server *server)
{
	const uint64_t max = server->serving->options.tcp_clients;
	const uint64_t full = server->serving->options.tcp_idle_ms;
	const uint64_t left = max > server->client_count ? max - server->client_count : 0;
	const uint64_t ms = left * 2 >= max ? full : full * left * 2 / max;

	return (uint32_t)(ms > IDLE_MIN_MS ? ms : IDLE_MIN_MS);
}

/* One host has many IPv6 addresses, but seldom more than a /64 (RFC 6177). */
static bool same_host(const struct address *a, const struct address *b)
{
	if (a->any.sa_family == AF_INET6 && b->any.sa_family == AF_INET6)
		return memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, 8) == 0;
	return address_same_host(a, b);
}

/* The one that has been quiet longest and waits for nothing; of one host, unless host is NULL. */
static struct tcp_client *first_idle(struct tcp_server *server, const struct address *host)
{
	for (struct list *link = server->clients.next; link != &server->clients;
		link = link->next) {
		struct tcp_client *client = tcp_client_of(link);
		if (!tcp_client_busy(client) && (!host || same_host(tcp_client_peer(client), host)))
			return client;
	}
	return NULL;
}

static size_t count_from(const struct tcp_server *server, const struct address *host)
{
	size_t count = 0;
	for (struct list *link = server->clients.next; link != &server->clients; link = link->next)
		count += same_host(tcp_client_peer(tcp_client_of(link)), host);
	return count;
}

/* Half of the places at most are one host's; a loopback address stands for all programs of this
 * machine and has no such bound. */
static bool host_is_full(const struct tcp_server *server, const struct address *host)
{
	return !address_is_loopback(host) &&
	       count_from(server, host) >= (server->serving->options.tcp_clients + 1) / 2;
}

/* The oldest idle connection, of that host if it has too many, makes room for a new one. */
static bool has_place(struct tcp_server *server, const struct address *peer)
{
	const uint32_t max = server->serving->options.tcp_clients;
	const bool host_full = host_is_full(server, peer);

	/* Whoever may not ask is told so where there is plenty of room, and drives out nobody. */
	if (!client_allowed(&server->serving->options.clients, peer))
		return server->client_count < max / 2 && !host_full;
	if (!host_full && server->client_count < max)
		return true;
	struct tcp_client *idle = first_idle(server, host_full ? peer : NULL);
	if (!idle)
		return false;
	tcp_client_close(idle);
	return true;
}

static void client_active(void *owner, struct tcp_client *client)
{
	struct tcp_server *server = owner;
	struct list *link = tcp_client_link(client);

	list_unlink(link);
	list_push_back(&server->clients, link);
	tcp_client_set_idle(client, server->serving->tcp_idle_ms);
}

static void client_closed(void *owner)
{
	struct tcp_server *server = owner;
	server->client_count--;
	server->serving->tcp_idle_ms = idle_ms(server);
}

static const struct tcp_client_events client_events = {
	.active = client_active,
	.closed = client_closed,
};

static void accepted(void *owner, int fd, const struct address *peer)
{
	struct tcp_server *server = owner;

	if (!has_place(server, peer)) {
		close(fd);
		return;
	}
	struct tcp_client *client =
		tcp_client_open(server->serving, fd, peer, &client_events, server);
	if (!client)
		return;
	server->client_count++;
	server->serving->tcp_idle_ms = idle_ms(server);
	count_add(&server->serving->counts->tcp_connections, 1);
	list_push_back(&server->clients, tcp_client_link(client));
	tcp_client_set_idle(client, server->serving->tcp_idle_ms);
}

int tcp_server_listen(struct tcp_server *server, int fd)
{
	assert(server->listener_count < LISTENERS_MAX);
	struct stream_listener *listener =
		stream_listener_new(server->serving->loop, fd, accepted, server);
	if (!listener)
		return ERR_NOMEM;
	server->listeners[server->listener_count++] = listener;
	return 0;
}

void tcp_server_drain(struct tcp_server *server)
{
	while (server->listener_count > 0)
		stream_listener_free(server->listeners[--server->listener_count]);
	for (struct list *link = server->clients.next, *next; link != &server->clients;
		link = next) {
		next = link->next;
		tcp_client_drain(tcp_client_of(link));
	}
}

bool tcp_server_busy(const struct tcp_server *server)
{
	return server->client_count > 0;
}

void tcp_server_free(struct tcp_server *server)
{
	if (!server)
		return;
	while (server->listener_count > 0)
		stream_listener_free(server->listeners[--server->listener_count]);
	while (!list_empty(&server->clients))
		tcp_client_close(tcp_client_of(server->clients.next));
	free(server);
}
