/* SPDX-License-Identifier: MIT */
/* What listeners serve with, over a fake loop and real sockets: time stands still until the test
 * moves it, and octets go through the kernel. */
#pragma once

#include "net/stream.h"
#include "serve/request.h"
#include "unit/resolve/resolving.h"

#define SERVED_TCP_CLIENTS   4
#define SERVED_TCP_IDLE_MS   10000
#define SERVED_IN_FLIGHT_MAX 4
#define SERVED_UDP_SIZE	     1232

struct served {
	struct resolving resolving;
	struct serving serving;
	struct serve_counts counts;
	struct prefix allow; /* 127.0.0.1 alone */
};

bool served_init(struct served *served);
void served_done(struct served *served);

/* Lets all sockets that are ready be served, until none is. */
void served_turn(struct served *served);

/* A client's query. */
struct asking {
	uint16_t id;
	const char *name;
	const char *type;
	uint16_t class; /* 0: IN */
	bool no_rd;
	bool edns;
	bool keepalive;
	uint8_t version;
	uint16_t udp_size;
};

size_t asking_write(const struct asking *asking, uint8_t buffer[static 512]);

/* Sends it as one message on a stream (TCP) or as one datagram. */
void asking_send_tcp(const struct asking *asking, int fd);
void asking_send_udp(const struct asking *asking, int fd);

/* Serves until a reply is here, and gives it: good until the next call. */
struct bytes served_receive_tcp(struct served *served, int fd);
struct bytes served_receive_udp(struct served *served, int fd);

/* Serves until the connection is closed by us; there must be nothing left to read. */
void served_await_close(struct served *served, int fd);

/* The reply has that ID, rcode and records. */
void served_assert(struct bytes reply, uint16_t id, const char *rcode, const char *records);

/* The EDE code, -1 for none. */
int served_ede(struct bytes reply);

/* A TXT answer is put into the cache: the name, its text of len octets. */
void served_cache_txt(struct served *served, const char *name, unsigned len);
