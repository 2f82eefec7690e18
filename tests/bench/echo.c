/* SPDX-License-Identifier: MIT */
/* The floor of the bench: no server that waits for readability and moves datagrams in batches can
 * answer for less. It reads a batch, sets QR, sends the batch back, and knows nothing of DNS.
 * Usage: echo PORT, on 127.0.0.1; says "ready" and runs until a signal ends it. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BATCH = 32,	    /* datagrams a system call: the same as stubborn's */
	RECEIVE_LEN = 4096, /* octets of a datagram */
	FLAGS_AT = 2,	    /* octet of a DNS header with QR in its top bit */
	QR = 0x80,
};

struct batch {
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	struct sockaddr_in peers[BATCH];
	uint8_t octets[BATCH][RECEIVE_LEN];
};

static void batch_init(struct batch *batch)
{
	memset(batch, 0, sizeof(*batch));
	for (unsigned i = 0; i < BATCH; i++) {
		struct msghdr *header = &batch->messages[i].msg_hdr;
		batch->parts[i].iov_base = batch->octets[i];
		header->msg_iov = &batch->parts[i];
		header->msg_iovlen = 1;
		header->msg_name = &batch->peers[i];
	}
}

/* How many datagrams came. */
static unsigned batch_receive(struct batch *batch, int fd)
{
	for (unsigned i = 0; i < BATCH; i++) {
		batch->parts[i].iov_len = RECEIVE_LEN;
		batch->messages[i].msg_hdr.msg_namelen = sizeof(batch->peers[i]);
	}
	int count = recvmmsg(fd, batch->messages, BATCH, MSG_DONTWAIT, NULL);
	return count < 0 ? 0 : (unsigned)count;
}

/* What the socket does not take is dropped, as UDP may. */
static void batch_send_back(struct batch *batch, int fd, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		batch->parts[i].iov_len = batch->messages[i].msg_len;
		if (batch->messages[i].msg_len > FLAGS_AT)
			batch->octets[i][FLAGS_AT] |= QR;
	}
	if (count > 0)
		(void)sendmmsg(fd, batch->messages, count, MSG_DONTWAIT);
}

static int bound_socket(uint16_t port)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		perror("echo: bind");
		exit(EXIT_FAILURE);
	}
	return fd;
}

static int readiness_of(int fd)
{
	int poll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
	if (poll < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) != 0) {
		perror("echo: epoll");
		exit(EXIT_FAILURE);
	}
	return poll;
}

int main(int argc, char **argv)
{
	static struct batch batch;

	if (argc != 2) {
		fputs("usage: echo PORT\n", stderr);
		return EXIT_FAILURE;
	}
	int fd = bound_socket((uint16_t)strtoul(argv[1], NULL, 10));
	int poll = readiness_of(fd);

	batch_init(&batch);
	fputs("ready\n", stderr);
	for (;;) {
		struct epoll_event event;
		if (epoll_wait(poll, &event, 1, -1) == 1)
			batch_send_back(&batch, fd, batch_receive(&batch, fd));
	}
}
