/* SPDX-License-Identifier: MIT */
/* A client that is slow, rude or gone must cost itself, nobody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "net/stream.h"
#include "support/failmalloc.h"

#define QUEUE_MAX 65536

enum plan { PLAN_STOP, PLAN_CLOSE };

/* A stream, the client's end of it, and what was heard. */
struct talk {
	struct stream *stream;
	int client;
	char got[64];
	size_t received, pieces;
	int half_closed, drained, failed, err;
	enum plan plan;
};

static struct loop *loop;
static struct timer guard;
static struct talk talk;

static void too_long(void *owner)
{
	(void)owner;
	fail_msg("nothing happened for 20 s");
}

static void over(struct talk *self)
{
	if (self->plan == PLAN_CLOSE) {
		stream_close(self->stream);
		self->stream = NULL;
	}
	loop_stop(loop);
}

static void received(void *owner, struct bytes data)
{
	struct talk *self = owner;
	for (size_t i = 0; i < data.len && self->received + i < sizeof(self->got) - 1; i++)
		self->got[self->received + i] = (char)data.at[i];
	self->received += data.len;
	self->pieces++;
	over(self);
}

static void half_closed(void *owner)
{
	struct talk *self = owner;
	self->half_closed++;
	over(self);
}

static void drained(void *owner)
{
	struct talk *self = owner;
	self->drained++;
	over(self);
}

static void failed(void *owner, int err)
{
	struct talk *self = owner;
	self->failed++;
	self->err = err;
	over(self);
}

static const struct stream_events events = {
	.received = received,
	.half_closed = half_closed,
	.drained = drained,
	.failed = failed,
};

static int setup(void **state)
{
	(void)state;
	loop = loop_new();
	timer_init(&guard, too_long, NULL);
	loop_start_timer(loop, &guard, 20000);
	talk = (struct talk){ .client = -1 };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stream_close(talk.stream);
	if (talk.client >= 0)
		close(talk.client);
	loop_stop_timer(loop, &guard);
	loop_free(loop);
	return 0;
}

static struct address loopback(void)
{
	struct address address;
	assert_int_equal(address_parse("127.0.0.1", 0, &address), 0);
	return address;
}

static int listen_anywhere(struct address *address)
{
	socklen_t len = sizeof(*address);
	int fd = -1;
	*address = loopback();
	assert_int_equal(stream_bind(address, false, &fd), 0);
	assert_int_equal(getsockname(fd, &address->any, &len), 0);
	return fd;
}

static int dial(const struct address *address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, &address->any, address_len(address)), 0);
	return fd;
}

/* Both ends of a TCP connection with small buffers. */
static void open_talk(void)
{
	struct address address;
	int listening = listen_anywhere(&address), small = 4096;

	assert_int_equal(setsockopt(listening, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	talk.client = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(talk.client, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	assert_int_equal(connect(talk.client, &address.any, address_len(&address)), 0);
	int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	assert_true(fd >= 0);
	close(listening);
	talk.stream = stream_open(loop, fd, QUEUE_MAX, &events, &talk);
	assert_non_null(talk.stream);
}

static void say(const char *text)
{
	assert_int_equal(write(talk.client, text, strlen(text)), strlen(text));
}

static void stop(void *owner)
{
	(void)owner;
	loop_stop(loop);
}

/* Everything that is pending now is handled. */
static void run_for_a_moment(void)
{
	struct timer timer;
	timer_init(&timer, stop, NULL);
	loop_start_timer(loop, &timer, 30);
	loop_run(loop);
	loop_stop_timer(loop, &timer);
}

static void octets_go_both_ways(void **state)
{
	char got[16];
	(void)state;

	open_talk();
	say("question");
	loop_run(loop);
	assert_string_equal(talk.got, "question");
	size_t before = failmalloc_count();
	assert_int_equal(stream_send(talk.stream, bytes_of("\0\6", 2), bytes_of("answer", 6)), 0);
	assert_int_equal(stream_send(talk.stream, bytes_of(NULL, 0), bytes_of(NULL, 0)), 0);
	assert_int_equal(failmalloc_count(), before);
	assert_int_equal(stream_queued(talk.stream), 0);
	assert_int_equal(recv(talk.client, got, 8, MSG_WAITALL), 8);
	assert_memory_equal(got, "\0\6answer", 8);
}

/* RFC 7766 section 6.2.4: who half-closes still wants its answers. */
static void a_half_closed_client_still_gets_its_answers(void **state)
{
	char got[16];
	(void)state;

	open_talk();
	shutdown(talk.client, SHUT_WR);
	loop_run(loop);
	assert_int_equal(talk.half_closed, 1);
	run_for_a_moment();
	assert_int_equal(talk.half_closed, 1);
	assert_int_equal(talk.failed, 0);
	assert_int_equal(stream_send(talk.stream, bytes_of("ab", 2), bytes_of("c", 1)), 0);
	assert_int_equal(recv(talk.client, got, 3, MSG_WAITALL), 3);
	assert_memory_equal(got, "abc", 3);
}

static const uint8_t *pattern(void)
{
	static uint8_t octets[QUEUE_MAX];
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(i * 7 + i / 251);
	return octets;
}

/* Sends until something had to be queued; octets sent and queued in all. */
static size_t fill(void)
{
	size_t total = 0;
	while (stream_queued(talk.stream) == 0) {
		struct bytes head = bytes_of(pattern(), 5000);
		struct bytes body = bytes_of(pattern() + 5000, 5000);
		assert_int_equal(stream_send(talk.stream, head, body), 0);
		total += 10000;
	}
	return total;
}

static void what_the_socket_does_not_take_is_queued_and_comes_in_order(void **state)
{
	uint8_t got[10000];
	(void)state;

	open_talk();
	size_t total = fill();
	assert_int_equal(
		stream_send(talk.stream, bytes_of(pattern(), 1), bytes_of(pattern() + 1, 9999)), 0);
	total += 10000;
	for (size_t at = 0; at < total; at += 10000) {
		size_t have = 0;
		while (have < 10000) {
			ssize_t len = recv(talk.client, got + have, 10000 - have, MSG_DONTWAIT);
			if (len > 0)
				have += (size_t)len;
			else
				run_for_a_moment();
		}
		assert_memory_equal(got, pattern(), 10000);
	}
	if (talk.drained == 0)
		loop_run(loop);
	assert_int_equal(talk.drained, 1);
	assert_int_equal(stream_queued(talk.stream), 0);
	assert_int_equal(talk.failed, 0);
}

/* One that does not read is let go when its queue passes its bound. */
static void a_client_that_does_not_read_reaches_the_bound(void **state)
{
	int err = 0;
	(void)state;

	open_talk();
	for (int i = 0; i < 10000 && err == 0; i++)
		err = stream_send(talk.stream, bytes_of(pattern(), 2), bytes_of(pattern(), 1000));
	assert_int_equal(err, ERR_LIMIT);
	assert_true(stream_queued(talk.stream) <= QUEUE_MAX);
	assert_int_equal(stream_send(talk.stream, bytes_of("x", 1), bytes_of(NULL, 0)), ERR_CLOSED);
	run_for_a_moment();
	assert_int_equal(talk.failed, 0);
}

static void a_reset_is_an_error_and_no_signal(void **state)
{
	struct linger hard = { .l_onoff = 1 };
	(void)state;

	open_talk();
	setsockopt(talk.client, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(talk.client);
	talk.client = -1;
	loop_run(loop);
	assert_int_equal(talk.failed, 1);
	assert_int_equal(talk.err, ERR_CLOSED);
	run_for_a_moment();
	assert_int_equal(talk.failed, 1);
	assert_int_equal(stream_send(talk.stream, bytes_of("x", 1), bytes_of(NULL, 0)), ERR_CLOSED);
}

static void a_reset_before_sending_is_an_error_and_no_signal(void **state)
{
	struct linger hard = { .l_onoff = 1 };
	(void)state;

	open_talk();
	setsockopt(talk.client, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(talk.client);
	talk.client = -1;
	assert_int_equal(stream_send(talk.stream, bytes_of("x", 1), bytes_of(NULL, 0)), ERR_CLOSED);
	run_for_a_moment();
	assert_int_equal(talk.failed, 0);
}

static void a_broken_queue_fails_once(void **state)
{
	struct linger hard = { .l_onoff = 1 };
	(void)state;

	open_talk();
	fill();
	stream_read_pause(talk.stream, true);
	setsockopt(talk.client, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(talk.client);
	talk.client = -1;
	loop_run(loop);
	run_for_a_moment();
	assert_int_equal(talk.failed, 1);
	assert_int_equal(talk.err, ERR_CLOSED);
}

static void paused_reading_makes_the_client_wait(void **state)
{
	(void)state;

	open_talk();
	stream_read_pause(talk.stream, true);
	say("abc");
	run_for_a_moment();
	assert_int_equal(talk.received, 0);
	stream_read_pause(talk.stream, false);
	loop_run(loop);
	assert_string_equal(talk.got, "abc");
}

static void closing_in_each_event_is_safe(void **state)
{
	(void)state;

	open_talk();
	talk.plan = PLAN_CLOSE;
	assert_int_equal(write(talk.client, pattern(), 20000), 20000);
	loop_run(loop);
	assert_int_equal(talk.pieces, 1);
	close(talk.client);

	talk = (struct talk){ 0 };
	open_talk();
	talk.plan = PLAN_CLOSE;
	shutdown(talk.client, SHUT_WR);
	loop_run(loop);
	assert_null(talk.stream);
	close(talk.client);

	talk = (struct talk){ 0 };
	open_talk();
	talk.plan = PLAN_CLOSE;
	fill();
	say("and read too");
	struct pollfd readable = { .fd = talk.client, .events = POLLIN };
	while (talk.stream && poll(&readable, 1, 0) >= 0) {
		uint8_t sink[8192];
		if (readable.revents & POLLIN)
			(void)recv(talk.client, sink, sizeof(sink), MSG_DONTWAIT);
		run_for_a_moment();
	}
	assert_int_equal(talk.drained + talk.half_closed + (int)talk.pieces, 1);
	stream_close(NULL);
}

struct door {
	struct stream_listener *listener;
	int fds[8];
	unsigned count, until;
	bool free_at_once;
	struct address peer;
};

static void accepted(void *owner, int fd, const struct address *peer)
{
	struct door *door = owner;
	door->fds[door->count++] = fd;
	door->peer = *peer;
	if (door->free_at_once)
		stream_listener_free(door->listener);
	if (door->count == door->until)
		loop_stop(loop);
}

static void connections_are_accepted(void **state)
{
	struct door door = { .until = 3 };
	struct address address, self;
	socklen_t len = sizeof(self);
	int clients[3], on = 0;
	(void)state;

	int fd = listen_anywhere(&address);
	door.listener = stream_listener_new(loop, fd, accepted, &door);
	for (int i = 0; i < 3; i++)
		clients[i] = dial(&address);
	loop_run(loop);
	assert_int_equal(door.count, 3);
	assert_int_equal(getsockname(clients[2], &self.any, &len), 0);
	assert_true(address_equal(&door.peer, &self));
	assert_true(fcntl(door.fds[0], F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(door.fds[0], F_GETFD) & FD_CLOEXEC);
	len = sizeof(on);
	assert_int_equal(getsockopt(door.fds[0], IPPROTO_TCP, TCP_NODELAY, &on, &len), 0);
	assert_int_equal(on, 1);
	for (int i = 0; i < 3; i++) {
		close(clients[i]);
		close(door.fds[i]);
	}
	stream_listener_free(door.listener);
	stream_listener_free(NULL);
	close(fd);
}

static void a_listener_freed_by_what_it_accepts(void **state)
{
	struct door door = { .until = 1, .free_at_once = true };
	struct address address;
	(void)state;

	int fd = listen_anywhere(&address);
	door.listener = stream_listener_new(loop, fd, accepted, &door);
	int a = dial(&address), b = dial(&address);
	loop_run(loop);
	run_for_a_moment();
	assert_int_equal(door.count, 1);
	close(door.fds[0]);
	close(a);
	close(b);
	close(fd);
}

/* Without descriptors the listener rests, and takes the connection when there are some again. */
static void without_descriptors_accepting_rests(void **state)
{
	struct door door = { .until = 1 };
	struct rlimit limit, none;
	struct address address;
	(void)state;

	int fd = listen_anywhere(&address);
	door.listener = stream_listener_new(loop, fd, accepted, &door);
	int client = dial(&address), highest = dup(client);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = (rlim_t)highest;
	close(highest);
	int filler = -1, fillers[64], count = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	while (count < 64 && (filler = dup(client)) >= 0)
		fillers[count++] = filler;
	run_for_a_moment();
	assert_int_equal(door.count, 0);
	while (count > 0)
		close(fillers[--count]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	/* valgrind takes the first one from the queue to refuse it. */
	int second = dial(&address);
	loop_run(loop);
	assert_in_range(door.count, 1, 2);
	close(second);
	while (door.count > 0)
		close(door.fds[--door.count]);
	close(client);
	stream_listener_free(door.listener);
	close(fd);
}

static void binding_says_why_not(void **state)
{
	struct address address;
	int fd = -1, a = listen_anywhere(&address);
	(void)state;

	assert_int_equal(stream_bind(&address, false, &fd), ERR_SYSTEM);
	assert_int_equal(errno, EADDRINUSE);
	assert_int_equal(fd, -1);
	close(a);
	address = loopback();
	assert_int_equal(stream_bind(&address, true, &a), 0);
	socklen_t len = sizeof(address);
	assert_int_equal(getsockname(a, &address.any, &len), 0);
	assert_int_equal(stream_bind(&address, true, &fd), 0);
	close(a);
	close(fd);
}

static void out_of_memory_is_told(void **state)
{
	int pair[2];
	(void)state;

	for (size_t n = 0; n < 2; n++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		failmalloc_arm(n);
		assert_null(stream_open(loop, pair[0], 1, &events, &talk));
		assert_true(failmalloc_disarm());
		/* It was taken and closed. */
		assert_int_equal(fcntl(pair[0], F_GETFD), -1);
		failmalloc_arm(n);
		assert_null(stream_listener_new(loop, pair[1], accepted, NULL));
		assert_true(failmalloc_disarm());
		close(pair[1]);
	}
	open_talk();
	failmalloc_arm(0);
	int err = 0;
	for (int i = 0; i < 10000 && err == 0; i++)
		err = stream_send(talk.stream, bytes_of(pattern(), 2), bytes_of(pattern(), 1000));
	assert_true(failmalloc_disarm());
	assert_int_equal(err, ERR_NOMEM);
}

#define STREAM_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STREAM_TEST(octets_go_both_ways),
		STREAM_TEST(a_half_closed_client_still_gets_its_answers),
		STREAM_TEST(what_the_socket_does_not_take_is_queued_and_comes_in_order),
		STREAM_TEST(a_client_that_does_not_read_reaches_the_bound),
		STREAM_TEST(a_reset_is_an_error_and_no_signal),
		STREAM_TEST(a_reset_before_sending_is_an_error_and_no_signal),
		STREAM_TEST(a_broken_queue_fails_once),
		STREAM_TEST(paused_reading_makes_the_client_wait),
		STREAM_TEST(closing_in_each_event_is_safe),
		STREAM_TEST(connections_are_accepted),
		STREAM_TEST(a_listener_freed_by_what_it_accepts),
		STREAM_TEST(without_descriptors_accepting_rests),
		STREAM_TEST(binding_says_why_not),
		STREAM_TEST(out_of_memory_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
