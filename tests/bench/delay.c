/* SPDX-License-Identifier: MIT */
/* TCP ways that are long: delay ONE-WAY-MS PORT=TARGET..., on 127.0.0.1. Each hands octets on as
 * they are, each so much later. Connections are accepted at once, as the kernel does that; what a
 * handshake over that way would have taken is added to the first octets of each. On SIGUSR1 it says
 * for each way how many connections, octets to the target, octets from it, TLS handshakes and
 * resumed ones among them it has had. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "hello.h"

enum {
	WAYS = 64,
	EVENTS = 64,
	READ_LEN = 65536,
	LISTEN_BACKLOG = 128,
};

static const int64_t ns_per_s = 1000000000, ns_per_ms = 1000000;

struct way {
	uint16_t port, target;
	uint64_t connections, up, down, handshakes, resumed;
};

/* A chunk without octets is the end. */
struct chunk {
	struct chunk *next;
	int64_t due_ns;
	size_t len, sent;
	uint8_t octets[];
};

/* A listening socket, or one of the two of a connection; then other is where its octets go, and the
 * chunks wait here for their time to leave from this socket. */
struct end {
	int fd;
	struct way *way;
	struct end *other;
	struct chunk *first, **last;
	bool is_near, has_ended; /* has_ended: it says no more */
	bool is_done;		 /* it is told no more */
};

struct connection {
	struct end near, far;
	struct hello hello;
	int64_t earliest_ns; /* of the first octets */
	struct connection *next;
};

struct relay {
	int64_t one_way_ns;
	int poll, signals;
	unsigned way_count;
	struct way ways[WAYS];
	struct end listeners[WAYS];
	struct connection *connections;
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * ns_per_s + now.tv_nsec;
}

static void give_up(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static void watch(const struct relay *relay, int fd, void *end)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = end };

	if (epoll_ctl(relay->poll, EPOLL_CTL_ADD, fd, &event) != 0)
		give_up("delay: epoll_ctl");
}

static void prepare(int fd)
{
	int yes = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
}

static void listen_at(struct relay *relay, unsigned number)
{
	struct way *way = &relay->ways[number];
	struct end *listener = &relay->listeners[number];
	struct sockaddr_in address = loopback(way->port);

	listener->way = way;
	listener->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (listener->fd < 0 ||
		bind(listener->fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
		listen(listener->fd, LISTEN_BACKLOG) != 0)
		give_up("delay: listen");
	watch(relay, listener->fd, listener);
}

static void end_init(struct end *end, int fd, struct way *way, struct end *other)
{
	*end = (struct end){ .fd = fd, .way = way, .other = other };
	end->last = &end->first;
}

static void accept_one(struct relay *relay, const struct end *listener)
{
	struct sockaddr_in target = loopback(listener->way->target);
	struct connection *made = calloc(1, sizeof(*made));
	int near = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
	int far = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (!made || near < 0 || far < 0 ||
		connect(far, (const struct sockaddr *)&target, sizeof(target)) != 0) {
		perror("delay: connect");
		close(near);
		close(far);
		free(made);
		return;
	}
	prepare(near);
	prepare(far);
	listener->way->connections++;
	end_init(&made->near, near, listener->way, &made->far);
	end_init(&made->far, far, listener->way, &made->near);
	made->near.is_near = true;
	made->earliest_ns = now_ns() + 3 * relay->one_way_ns;
	made->next = relay->connections;
	relay->connections = made;
	watch(relay, near, &made->near);
	watch(relay, far, &made->far);
}

static struct connection *connection_of(struct end *end)
{
	struct end *near = end->is_near ? end : end->other;

	return (struct connection *)((char *)near - offsetof(struct connection, near));
}

static void count(
	struct connection *connection, const struct end *from, const uint8_t *octets, size_t len)
{
	struct way *way = from->way;

	if (from->is_near) {
		way->up += len;
		return;
	}
	way->down += len;
	switch (hello_take(&connection->hello, octets, len)) {
	case HELLO_UNKNOWN: return;
	case HELLO_RESUMED:
		way->resumed++;
		way->handshakes++;
		return;
	case HELLO_FULL: way->handshakes++; return;
	}
}

/* What came from one end waits at the other one. */
static void take(const struct relay *relay, struct end *from)
{
	static uint8_t octets[READ_LEN];
	struct connection *connection = connection_of(from);
	ssize_t came = recv(from->fd, octets, sizeof(octets), 0);
	if (came < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	size_t len = came > 0 ? (size_t)came : 0;
	struct chunk *chunk = malloc(sizeof(*chunk) + len);
	if (!chunk)
		give_up("delay: malloc");
	*chunk = (struct chunk){ .due_ns = now_ns() + relay->one_way_ns, .len = len };
	if (from->is_near && chunk->due_ns < connection->earliest_ns)
		chunk->due_ns = connection->earliest_ns;
	if (len > 0) {
		memcpy(chunk->octets, octets, len);
		count(connection, from, octets, len);
	} else {
		from->has_ended = true;
		(void)epoll_ctl(relay->poll, EPOLL_CTL_DEL, from->fd, NULL);
	}
	*from->other->last = chunk;
	from->other->last = &chunk->next;
}

static void drop_first(struct end *end)
{
	struct chunk *chunk = end->first;

	end->first = chunk->next;
	if (!end->first)
		end->last = &end->first;
	free(chunk);
}

/* False: what is left is not due yet. */
static bool leave_one(struct end *end, int64_t until_ns)
{
	struct chunk *chunk = end->first;

	if (!chunk || chunk->due_ns > until_ns)
		return false;
	if (chunk->len == 0) {
		(void)shutdown(end->fd, SHUT_WR);
		end->is_done = true;
		drop_first(end);
		return true;
	}
	ssize_t sent =
		send(end->fd, chunk->octets + chunk->sent, chunk->len - chunk->sent, MSG_NOSIGNAL);
	if (sent < 0 && errno == EAGAIN) {
		chunk->due_ns = until_ns + ns_per_ms;
		return false;
	}
	chunk->sent += sent > 0 ? (size_t)sent : chunk->len; /* who is gone is told nothing */
	if (chunk->sent >= chunk->len)
		drop_first(end);
	return true;
}

static void leave(struct end *end)
{
	while (leave_one(end, now_ns()))
		;
}

static void close_end(struct end *end)
{
	while (end->first)
		drop_first(end);
	close(end->fd);
}

static bool is_over(const struct connection *connection)
{
	return connection->near.is_done && connection->far.is_done;
}

/* Lets go what is due; returns when the next is, or a second from now. */
static int64_t leave_all(struct relay *relay)
{
	int64_t next_ns = now_ns() + ns_per_s;

	for (struct connection **at = &relay->connections; *at;) {
		struct connection *one = *at;
		leave(&one->near);
		leave(&one->far);
		if (is_over(one)) {
			*at = one->next;
			close_end(&one->near);
			close_end(&one->far);
			free(one);
			continue;
		}
		if (one->near.first && one->near.first->due_ns < next_ns)
			next_ns = one->near.first->due_ns;
		if (one->far.first && one->far.first->due_ns < next_ns)
			next_ns = one->far.first->due_ns;
		at = &one->next;
	}
	return next_ns;
}

static void say(const struct relay *relay)
{
	struct signalfd_siginfo info;

	if (read(relay->signals, &info, sizeof(info)) != sizeof(info))
		return;
	printf("counted");
	for (unsigned i = 0; i < relay->way_count; i++) {
		const struct way *way = &relay->ways[i];
		printf(" %llu %llu %llu %llu %llu", (unsigned long long)way->connections,
			(unsigned long long)way->up, (unsigned long long)way->down,
			(unsigned long long)way->handshakes, (unsigned long long)way->resumed);
	}
	printf("\n");
	fflush(stdout);
}

static void serve(struct relay *relay)
{
	struct epoll_event events[EVENTS];

	for (;;) {
		int64_t wait_ns = leave_all(relay) - now_ns();
		if (wait_ns < 0)
			wait_ns = 0;
		struct timespec wait = { .tv_sec = wait_ns / ns_per_s,
			.tv_nsec = wait_ns % ns_per_s };
		int ready = epoll_pwait2(relay->poll, events, EVENTS, &wait, NULL);
		for (int i = 0; i < ready; i++) {
			struct end *end = events[i].data.ptr;
			if (!end)
				say(relay);
			else if (!end->other)
				accept_one(relay, end);
			else
				take(relay, end);
		}
	}
}

static void read_arguments(struct relay *relay, int argc, char **argv)
{
	if (argc < 3 || argc > 2 + WAYS) {
		fputs("usage: delay ONE-WAY-MS PORT=TARGET...\n", stderr);
		exit(EXIT_FAILURE);
	}
	relay->one_way_ns = (int64_t)(strtod(argv[1], NULL) * (double)ns_per_ms);
	relay->way_count = (unsigned)argc - 2;
	for (unsigned i = 0; i < relay->way_count; i++) {
		char *target;
		relay->ways[i].port = (uint16_t)strtoul(argv[2 + i], &target, 10);
		relay->ways[i].target = (uint16_t)strtoul(target + (*target == '='), NULL, 10);
	}
}

int main(int argc, char **argv)
{
	static struct relay relay;
	sigset_t said;

	read_arguments(&relay, argc, argv);
	(void)prctl(PR_SET_TIMERSLACK, 1);
	sigemptyset(&said);
	sigaddset(&said, SIGUSR1);
	sigprocmask(SIG_BLOCK, &said, NULL);
	relay.poll = epoll_create1(EPOLL_CLOEXEC);
	relay.signals = signalfd(-1, &said, SFD_CLOEXEC);
	if (relay.poll < 0 || relay.signals < 0)
		give_up("delay: epoll_create1");
	watch(&relay, relay.signals, NULL);
	for (unsigned i = 0; i < relay.way_count; i++)
		listen_at(&relay, i);
	puts("ready");
	fflush(stdout);
	serve(&relay);
}
