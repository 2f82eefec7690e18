/* SPDX-License-Identifier: MIT */
#include "cli/lookup.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rand.h"
#include "net/framing.h"
#include "wire/compose.h"

#define QUERY_LEN_MAX 512 /* octets: header, question and OPT without options need less */

struct query_wire {
	uint8_t octets[QUERY_LEN_MAX];
	size_t len;
	uint16_t id;
};

static void query_write(const struct lookup *lookup, struct query_wire *query)
{
	const struct edns edns = { .udp_size = EDNS_UDP_SIZE, .dnssec_ok = lookup->dnssec_ok };
	struct compose compose;
	struct rand rand;

	rand_init(&rand);
	query->id = rand_u16(&rand);
	/* AD: tell us whether it was validated (RFC 6840 section 5.7). */
	const struct header header = { .id = query->id,
		.rd = true,
		.ad = true,
		.cd = lookup->unchecked,
		.question_count = 1,
		.record_count = { [SECTION_ADDITIONAL] = 1 } };
	compose_init(&compose, query->octets, sizeof(query->octets));
	header_write(&compose.w, &header);
	compose_question(&compose, &lookup->question);
	edns_close(&compose.w, edns_open(&compose.w, &edns));
	assert(!compose.w.failed);
	query->len = compose.w.len;
}

/* A reply to this query? One that only says what was wrong with it may lack the question. */
static bool is_reply(const struct lookup *lookup, const struct query_wire *query, struct bytes wire)
{
	struct header header;
	struct name_space space;
	struct question question;

	if (header_read(wire, &header) != 0 || header.id != query->id || !header.qr)
		return false;
	if (header.question_count == 0)
		return header.rcode != RCODE_NOERROR;
	struct reader r = reader_over(wire);
	reader_skip(&r, HEADER_LEN);
	question.name = name_read(&r, &space);
	question.type = reader_u16(&r);
	question.class = reader_u16(&r);
	return !r.failed && header.question_count == 1 &&
	       question_equal(&question, &lookup->question);
}

static bool is_truncated(const struct lookup *lookup)
{
	struct header header;
	return header_read(bytes_of(lookup->reply, lookup->reply_len), &header) == 0 && header.tc;
}

static int failed(struct lookup *lookup, int err, const char *what)
{
	snprintf(lookup->why, sizeof(lookup->why), "%s", what);
	return err;
}

static int failed_errno(struct lookup *lookup)
{
	/* A socket's own time-out shows as one of these. */
	if (errno == EAGAIN || errno == EINPROGRESS)
		return failed(lookup, ERR_TIMEOUT, "no answer in time");
	return failed(lookup, ERR_SYSTEM, strerror(errno));
}

/* Until octets can be read. */
static int await(struct lookup *lookup, int fd, uint64_t deadline_ms)
{
	for (;;) {
		uint64_t now_ms = clock_mono_ms();
		struct pollfd waiting = { .fd = fd, .events = POLLIN };
		int count =
			now_ms < deadline_ms ? poll(&waiting, 1, (int)(deadline_ms - now_ms)) : 0;
		if (count > 0)
			return 0;
		if (count == 0)
			return failed(lookup, ERR_TIMEOUT, "no answer in time");
		if (errno != EINTR)
			return failed_errno(lookup);
	}
}

static int connect_to(struct lookup *lookup, int type, int *out)
{
	const struct timeval limit = { .tv_sec = LOOKUP_TIME_MS / 1000 };
	const struct address *server = &lookup->server;

	int fd = socket(server->any.sa_family, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return failed_errno(lookup);
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0 ||
		connect(fd, &server->any, address_len(server)) != 0) {
		int err = failed_errno(lookup);
		close(fd);
		return err;
	}
	*out = fd;
	return 0;
}

/* Datagrams that are no reply to this query are passed over: anybody can send some. */
static int udp_receive_reply(
	struct lookup *lookup, const struct query_wire *query, int fd, uint64_t deadline_ms)
{
	for (;;) {
		int err = await(lookup, fd, deadline_ms);
		if (err != 0)
			return err;
		ssize_t len = recv(fd, lookup->reply, sizeof(lookup->reply), 0);
		if (len < 0 && errno != EINTR)
			return failed_errno(lookup);
		if (len >= 0 && is_reply(lookup, query, bytes_of(lookup->reply, (size_t)len))) {
			lookup->reply_len = (size_t)len;
			return 0;
		}
	}
}

static int udp_ask(struct lookup *lookup, const struct query_wire *query)
{
	const uint64_t deadline_ms = clock_mono_ms() + LOOKUP_TIME_MS;
	int fd;
	int err = connect_to(lookup, SOCK_DGRAM, &fd);
	if (err != 0)
		return err;
	if (send(fd, query->octets, query->len, MSG_NOSIGNAL) < 0)
		err = failed_errno(lookup);
	else
		err = udp_receive_reply(lookup, query, fd, deadline_ms);
	close(fd);
	return err;
}

static int tcp_read(struct lookup *lookup, int fd, struct writer *into, uint64_t deadline_ms)
{
	while (into->len < into->cap) {
		int err = await(lookup, fd, deadline_ms);
		if (err != 0)
			return err;
		ssize_t len = recv(fd, into->base + into->len, into->cap - into->len, 0);
		if (len == 0)
			return failed(lookup, ERR_CLOSED,
				"the server closed the connection without an answer");
		if (len < 0 && errno != EINTR)
			return failed_errno(lookup);
		into->len += len > 0 ? (size_t)len : 0;
	}
	return 0;
}

static int tcp_receive_reply(
	struct lookup *lookup, const struct query_wire *query, int fd, uint64_t deadline_ms)
{
	uint8_t length[FRAMING_LENGTH_LEN];
	struct writer head = writer_into(length, sizeof(length));

	int err = tcp_read(lookup, fd, &head, deadline_ms);
	if (err != 0)
		return err;
	struct writer body = writer_into(lookup->reply, u16_load(length));
	err = tcp_read(lookup, fd, &body, deadline_ms);
	if (err != 0)
		return err;
	if (!is_reply(lookup, query, bytes_of(body.base, body.len)))
		return failed(lookup, ERR_PROTOCOL,
			"the server answered something else than what was asked");
	lookup->reply_len = body.len;
	return 0;
}

static int tcp_ask(struct lookup *lookup, const struct query_wire *query)
{
	const uint64_t deadline_ms = clock_mono_ms() + LOOKUP_TIME_MS;
	uint8_t framed[FRAMING_LENGTH_LEN + QUERY_LEN_MAX];
	int fd;
	int err = connect_to(lookup, SOCK_STREAM, &fd);
	if (err != 0)
		return err;
	u16_store(framed, (uint16_t)query->len);
	memcpy(framed + FRAMING_LENGTH_LEN, query->octets, query->len);
	/* Whole at once: an empty send buffer has room for so little. */
	if (send(fd, framed, FRAMING_LENGTH_LEN + query->len, MSG_NOSIGNAL) < 0)
		err = failed_errno(lookup);
	else
		err = tcp_receive_reply(lookup, query, fd, deadline_ms);
	close(fd);
	return err;
}

int lookup_run(struct lookup *lookup)
{
	struct query_wire query;
	uint64_t began_us = clock_mono_us();
	int err = 0;

	query_write(lookup, &query);
	if (!lookup->tcp) {
		err = udp_ask(lookup, &query);
		if (err != 0)
			return err;
		lookup->took_us = clock_mono_us() - began_us;
		if (!is_truncated(lookup))
			return 0;
	}
	began_us = clock_mono_us();
	err = tcp_ask(lookup, &query);
	if (err != 0)
		return err;
	lookup->tcp = true;
	lookup->took_us = clock_mono_us() - began_us;
	return 0;
}
