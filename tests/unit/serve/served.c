/* SPDX-License-Identifier: MIT */
#include "unit/serve/served.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "replay/written.h"

/* Descriptors that a test has open at once. */
#define FDS_MAX 256

/* Waits for an event of 10 ms before a test is given up. */
#define PATIENCE 1000

bool served_init(struct served *served)
{
	*served = (struct served){ 0 };
	if (!resolving_init(&served->resolving))
		return false;
	assert_int_equal(prefix_parse("127.0.0.1", &served->allow), 0);
	served->serving = (struct serving){
		.loop = served->resolving.loop,
		.resolver = served->resolving.resolver,
		.counts = &served->counts,
		.options = {
			.clients = { .allow = &served->allow, .allow_count = 1 },
			.udp_size = SERVED_UDP_SIZE,
			.tcp_clients = SERVED_TCP_CLIENTS,
			.tcp_idle_ms = SERVED_TCP_IDLE_MS,
			.in_flight_max = SERVED_IN_FLIGHT_MAX,
		},
		.tcp_idle_ms = SERVED_TCP_IDLE_MS,
	};
	return true;
}

void served_done(struct served *served)
{
	resolving_done(&served->resolving);
}

/* What of the watched events is there now. */
static int ready_of(int fd, int watched)
{
	struct pollfd poll_fd = { .fd = fd };
	int events = 0;

	if (watched & WATCH_READ)
		poll_fd.events |= POLLIN;
	if (watched & WATCH_WRITE)
		poll_fd.events |= POLLOUT;
	if (poll(&poll_fd, 1, 0) != 1)
		return 0;
	if (poll_fd.revents & (POLLERR | POLLHUP))
		return watched;
	if (poll_fd.revents & POLLIN)
		events |= WATCH_READ;
	if (poll_fd.revents & POLLOUT)
		events |= WATCH_WRITE;
	return events;
}

void served_turn(struct served *served)
{
	struct loop *loop = served->serving.loop;
	bool any = true;

	while (any) {
		any = false;
		for (int fd = 0; fd < FDS_MAX; fd++) {
			int watched = fake_loop_watched(loop, fd);
			int events = watched ? ready_of(fd, watched) : 0;
			if (events)
				any |= fake_loop_ready(loop, fd, events);
		}
		fake_loop_settle(loop);
	}
}

size_t asking_write(const struct asking *asking, uint8_t buffer[static 512])
{
	struct writer w = writer_into(buffer, 512);
	struct name_space space;
	struct question question = written_question(asking->name, asking->type, &space);
	const struct header header = {
		.id = asking->id,
		.rd = !asking->no_rd,
		.question_count = 1,
		.record_count = { [SECTION_ADDITIONAL] = asking->edns },
	};

	header_write(&w, &header);
	name_write(&w, question.name);
	writer_u16(&w, question.type);
	writer_u16(&w, asking->class ? asking->class : CLASS_IN);
	if (asking->edns) {
		size_t opened = edns_open(&w,
			&(struct edns){ .udp_size = asking->udp_size, .version = asking->version });
		if (asking->keepalive)
			edns_add_option(&w, EDNS_OPTION_TCP_KEEPALIVE, bytes_of(NULL, 0));
		edns_close(&w, opened);
	}
	assert_false(w.failed);
	return w.len;
}

void asking_send_tcp(const struct asking *asking, int fd)
{
	uint8_t buffer[2 + 512];
	size_t len = asking_write(asking, buffer + 2);
	u16_store(buffer, (uint16_t)len);
	assert_int_equal(send(fd, buffer, len + 2, MSG_NOSIGNAL), len + 2);
}

void asking_send_udp(const struct asking *asking, int fd)
{
	uint8_t buffer[512];
	size_t len = asking_write(asking, buffer);
	assert_int_equal(send(fd, buffer, len, 0), len);
}

/* What recv() gives once it gives anything but "not yet"; an error is a closed connection too. */
static size_t receive(struct served *served, int fd, uint8_t *at, size_t len)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	for (int i = 0; i < PATIENCE; i++) {
		served_turn(served);
		ssize_t got = recv(fd, at, len, MSG_DONTWAIT);
		if (got >= 0)
			return (size_t)got;
		if (errno != EAGAIN)
			return 0;
		(void)poll(&poll_fd, 1, 10);
	}
	fail_msg("nothing came");
	return 0;
}

static void receive_whole(struct served *served, int fd, uint8_t *at, size_t len)
{
	for (size_t have = 0; have < len;) {
		size_t got = receive(served, fd, at + have, len - have);
		assert_true(got > 0);
		have += got;
	}
}

struct bytes served_receive_tcp(struct served *served, int fd)
{
	static uint8_t buffer[MESSAGE_LEN_MAX];
	uint8_t len[2];

	receive_whole(served, fd, len, sizeof(len));
	receive_whole(served, fd, buffer, u16_load(len));
	return bytes_of(buffer, u16_load(len));
}

struct bytes served_receive_udp(struct served *served, int fd)
{
	static uint8_t buffer[MESSAGE_LEN_MAX];
	return bytes_of(buffer, receive(served, fd, buffer, sizeof(buffer)));
}

void served_await_close(struct served *served, int fd)
{
	uint8_t octet;
	assert_int_equal(receive(served, fd, &octet, 1), 0);
}

void served_assert(struct bytes reply, uint16_t id, const char *rcode, const char *records)
{
	struct message_head head;

	assert_int_equal(message_head_read(reply, &head), 0);
	assert_true(head.header.qr);
	assert_int_equal(head.header.id, id);
	assert_int_equal(head.header.rcode, written_rcode(rcode));
	assert_records(reply, records);
}

int served_ede(struct bytes reply)
{
	struct message_head head;
	struct bytes option;

	assert_int_equal(message_head_read(reply, &head), 0);
	if (!head.edns.present || !edns_option(&head.edns, EDNS_OPTION_EDE, &option))
		return -1;
	assert_true(option.len >= 2);
	return u16_load(option.at);
}

void served_cache_txt(struct served *served, const char *name, unsigned len)
{
	static struct asker asker;
	char records[NAME_TEXT_LEN + 64];

	asker_init(&asker, &served->resolving, 0, name, "TXT");
	assert_int_equal(asker_ask(&asker), ASKER_WAITS);
	asker_cancel(&asker);
	snprintf(records, sizeof(records), "%s 300 TXT *%u", name, len);
	resolving_answer(&served->resolving, "NOERROR", records);
}
