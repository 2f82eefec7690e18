/* SPDX-License-Identifier: MIT */
/* The way of nearly every query: a reply from the wrong address is dropped by the client, and an
 * ICMP error must not stop the listener. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "net/udp.h"
#include "support/failmalloc.h"

static struct udp_batch *batch;

static int setup(void **state)
{
	(void)state;
	batch = udp_batch_new();
	return batch ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	udp_batch_free(batch);
	return 0;
}

static struct address address_of(const char *text)
{
	struct address address;
	assert_int_equal(address_parse(text, 0, &address), 0);
	return address;
}

static uint16_t port_of(int fd)
{
	struct address address;
	socklen_t len = sizeof(address);
	assert_int_equal(getsockname(fd, &address.any, &len), 0);
	return address_port(&address);
}

/* A listener of ours on any free port. */
static int listener(const char *text)
{
	struct address address = address_of(text);
	int fd = -1;
	assert_int_equal(udp_bind(&address, false, &fd), 0);
	return fd;
}

/* A client that hears only what comes from the address that it asks. */
static int client_to(const char *host, uint16_t port)
{
	char text[ADDRESS_TEXT_LEN];
	snprintf(text, sizeof(text), "%s@%u", host, port);
	struct address address = address_of(text);
	int fd = socket(address.any.sa_family, SOCK_DGRAM, 0);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, &address.any, address_len(&address)), 0);
	return fd;
}

static void await(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	assert_int_equal(poll(&poll_fd, 1, 10000), 1);
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
}

static void expect(int fd, const char *text)
{
	char got[UDP_SEND_LEN + 1];
	await(fd);
	ssize_t len = recv(fd, got, sizeof(got) - 1, 0);
	assert_true(len >= 0);
	got[len] = '\0';
	assert_string_equal(got, text);
}

/* Receives until count datagrams are here, in one batch as they were sent before. */
static void receive(int fd, unsigned count)
{
	await(fd);
	assert_int_equal(udp_receive(batch, fd), count);
}

static void reply(unsigned i, const char *text)
{
	memcpy(udp_reply_room(batch), text, strlen(text));
	udp_reply_commit(batch, i, strlen(text));
}

static void the_reply_leaves_from_the_address_asked(const char *any, const char *one)
{
	int fd = listener(any), client = client_to(one, port_of(fd));

	say(client, "at once?");
	receive(fd, 1);
	assert_true(bytes_equal(udp_datagram(batch, 0), bytes_of("at once?", 8)));
	assert_true(udp_datagram_path(batch, 0)->local_known);
	assert_int_equal(address_port(&udp_datagram_path(batch, 0)->peer), port_of(client));
	reply(0, "at once");
	assert_int_equal(udp_send_batch(batch, fd), 1);
	expect(client, "at once");

	struct udp_path path = *udp_datagram_path(batch, 0);
	assert_true(udp_send(fd, &path, bytes_of("later", 5)));
	expect(client, "later");
	close(client);
	close(fd);
}

static void a_wildcard_listener_replies_from_where_it_was_asked_v4(void **state)
{
	(void)state;
	the_reply_leaves_from_the_address_asked("0.0.0.0", "127.0.0.2");
}

static bool have_ipv6(void)
{
	struct address address = address_of("::1");
	int fd = -1;
	if (udp_bind(&address, false, &fd) != 0)
		return false;
	close(fd);
	return true;
}

static void a_wildcard_listener_replies_from_where_it_was_asked_v6(void **state)
{
	(void)state;
	if (!have_ipv6())
		skip();
	the_reply_leaves_from_the_address_asked("::", "::1");
}

/* As systemd passes "[::]:53": both families on one socket. */
static void an_inherited_dual_stack_socket_works(void **state)
{
	struct address any = address_of("::");
	int off = 0;
	(void)state;

	if (!have_ipv6())
		skip();
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_int_equal(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)), 0);
	assert_int_equal(bind(fd, &any.any, address_len(&any)), 0);
	assert_int_equal(udp_adopt(fd), 0);
	int client = client_to("127.0.0.3", port_of(fd));
	say(client, "v4?");
	receive(fd, 1);
	reply(0, "mapped");
	assert_int_equal(udp_send_batch(batch, fd), 1);
	expect(client, "mapped");
	close(client);
	close(fd);
}

static void a_listener_on_one_address_answers(void **state)
{
	int fd = listener("127.0.0.1"), client = client_to("127.0.0.1", port_of(fd));
	(void)state;

	say(client, "q");
	receive(fd, 1);
	assert_false(udp_datagram_path(batch, 0)->local_known);
	reply(0, "a");
	assert_int_equal(udp_send_batch(batch, fd), 1);
	expect(client, "a");
	close(client);
	close(fd);
}

static void a_full_batch_and_the_rest(void **state)
{
	int fd = listener("0.0.0.0"), client = client_to("127.0.0.1", port_of(fd));
	char text[16];
	(void)state;

	assert_int_equal(udp_receive(batch, fd), 0);
	for (int i = 0; i < UDP_BATCH + 3; i++) {
		snprintf(text, sizeof(text), "%d", i);
		say(client, text);
	}
	size_t before = failmalloc_count();
	for (unsigned first = 0; first < UDP_BATCH + 3;) {
		receive(fd, first == 0 ? UDP_BATCH : 3);
		unsigned count = first == 0 ? UDP_BATCH : 3;
		/* Only every other one is answered; a room not committed is given again. */
		for (unsigned i = 0; i < count; i += 2) {
			assert_ptr_equal(udp_reply_room(batch), udp_reply_room(batch));
			snprintf(text, sizeof(text), "re %u", first + i);
			reply(i, text);
		}
		assert_int_equal(udp_send_batch(batch, fd), (count + 1) / 2);
		assert_int_equal(udp_send_batch(batch, fd), 0);
		first += count;
	}
	assert_int_equal(failmalloc_count(), before);
	for (unsigned i = 0; i < UDP_BATCH + 3; i += 2) {
		snprintf(text, sizeof(text), "re %u", i);
		expect(client, text);
	}
	close(client);
	close(fd);
}

static void lengths_at_the_edges(void **state)
{
	static uint8_t octets[UDP_SEND_LEN + 100];
	int fd = listener("127.0.0.1"), client = client_to("127.0.0.1", port_of(fd));
	(void)state;

	assert_int_equal(send(client, octets, 0, 0), 0);
	assert_int_equal(send(client, octets, UDP_RECEIVE_LEN, 0), UDP_RECEIVE_LEN);
	assert_int_equal(send(client, octets, sizeof(octets), 0), sizeof(octets));
	receive(fd, 3);
	assert_int_equal(udp_datagram(batch, 0).len, 0);
	assert_int_equal(udp_datagram(batch, 1).len, UDP_RECEIVE_LEN);
	assert_int_equal(udp_datagram(batch, 2).len, UDP_RECEIVE_LEN);
	memset(udp_reply_room(batch), 1, UDP_SEND_LEN);
	udp_reply_commit(batch, 1, UDP_SEND_LEN);
	assert_int_equal(udp_send_batch(batch, fd), 1);
	await(client);
	assert_int_equal(recv(client, octets, sizeof(octets), 0), UDP_SEND_LEN);
	close(client);
	close(fd);
}

/* One client that has gone must not cost the others their replies. */
static void what_cannot_be_sent_is_skipped(void **state)
{
	int fd = listener("0.0.0.0"), client = client_to("127.0.0.1", port_of(fd));
	(void)state;

	for (int i = 0; i < 3; i++)
		say(client, "q");
	receive(fd, 3);
	/* An address that is not ours, as if it had been taken away meanwhile. */
	struct udp_path *path = (struct udp_path *)(uintptr_t)udp_datagram_path(batch, 1);
	path->local.v4.s_addr = inet_addr("192.0.2.77");
	reply(0, "first");
	reply(1, "lost");
	reply(2, "third");
	assert_int_equal(udp_send_batch(batch, fd), 2);
	assert_false(udp_send(fd, path, bytes_of("lost", 4)));
	expect(client, "first");
	expect(client, "third");
	close(client);
	close(fd);
}

static void an_icmp_error_is_taken_and_forgotten(void **state)
{
	int gone = listener("127.0.0.1"), fd = client_to("127.0.0.1", port_of(gone));
	struct address self;
	socklen_t len = sizeof(self);
	(void)state;

	close(gone);
	say(fd, "anybody there?");
	await(fd);
	assert_int_equal(udp_receive(batch, fd), 0);
	assert_int_equal(getsockname(fd, &self.any, &len), 0);
	assert_int_equal(udp_receive(batch, fd), 0);
	assert_int_equal(errno, EAGAIN);
	close(fd);
}

static void sharing_a_port_must_be_asked_for(void **state)
{
	struct address address = address_of("127.0.0.1");
	int a = -1, b = -1;
	(void)state;

	assert_int_equal(udp_bind(&address, true, &a), 0);
	address.v4.sin_port = htons(port_of(a));
	assert_int_equal(udp_bind(&address, true, &b), 0);
	close(b);
	b = -1;
	assert_int_equal(udp_bind(&address, false, &b), ERR_SYSTEM);
	assert_int_equal(errno, EADDRINUSE);
	assert_int_equal(b, -1);
	close(a);
	address = address_of("192.0.2.1");
	assert_int_equal(udp_bind(&address, false, &b), ERR_SYSTEM);
	assert_int_equal(errno, EADDRNOTAVAIL);
	assert_int_equal(udp_adopt(-1), ERR_SYSTEM);
}

static void the_receive_buffer_is_wide(void **state)
{
	int fd = listener("127.0.0.1"), octets = 0, plain = 0;
	socklen_t len = sizeof(octets);
	(void)state;

	int other = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(getsockopt(other, SOL_SOCKET, SO_RCVBUF, &plain, &len), 0);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets, &len), 0);
	assert_true(octets >= plain);
	close(other);
	close(fd);
}

static void out_of_memory_is_told(void **state)
{
	(void)state;
	failmalloc_arm(0);
	assert_null(udp_batch_new());
	assert_true(failmalloc_disarm());
	udp_batch_free(NULL);
}

#define UDP_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UDP_TEST(a_wildcard_listener_replies_from_where_it_was_asked_v4),
		UDP_TEST(a_wildcard_listener_replies_from_where_it_was_asked_v6),
		UDP_TEST(an_inherited_dual_stack_socket_works),
		UDP_TEST(a_listener_on_one_address_answers),
		UDP_TEST(a_full_batch_and_the_rest),
		UDP_TEST(lengths_at_the_edges),
		UDP_TEST(what_cannot_be_sent_is_skipped),
		UDP_TEST(an_icmp_error_is_taken_and_forgotten),
		UDP_TEST(sharing_a_port_must_be_asked_for),
		UDP_TEST(the_receive_buffer_is_wide),
		UDP_TEST(out_of_memory_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
