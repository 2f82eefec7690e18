/* SPDX-License-Identifier: MIT */
/* Half a start is worse than none: who asks the other half gets no answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/sockets.h"
#include "support/child.h"

static struct address loopback(uint16_t port)
{
	struct address address;
	assert_int_equal(address_parse("127.0.0.1", port, &address), 0);
	return address;
}

static int type_of(int fd)
{
	int type = -1;
	socklen_t len = sizeof(type);
	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 ? type : -1;
}

/* A socket bound to that address, -1 if it is taken; a port of 0 is chosen and told. */
static int bound(int type, struct address *address)
{
	socklen_t len = sizeof(*address);

	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, &address->any, sizeof(address->v4)) != 0 ||
		(type == SOCK_STREAM && listen(fd, 1) != 0) ||
		getsockname(fd, &address->any, &len) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* A port that was free a moment ago, for both transports. */
static struct address free_address(void)
{
	for (;;) {
		struct address address = loopback(0);
		int udp = bound(SOCK_DGRAM, &address);
		int tcp = bound(SOCK_STREAM, &address);
		close(udp);
		close(tcp);
		if (udp >= 0 && tcp >= 0)
			return address;
	}
}

/* Where IPv6 is off, nobody could start without a configuration. What is IPv4's is an error all the
 * same: it is not switched off, but wrong. */
static void test_ipv6_that_is_not_there_is_left_out(void **state)
{
	struct address addresses[4];
	size_t count = 3;
	(void)state;

	assert_int_equal(address_parse("2001:db8::53", 53, &addresses[0]), 0);
	assert_int_equal(address_parse("127.0.0.1", 53, &addresses[1]), 0);
	assert_int_equal(address_parse("198.51.100.53", 53, &addresses[2]), 0);
	sockets_fit(addresses, &count);
	assert_int_equal(count, 2);
	assert_int_equal(addresses[0].any.sa_family, AF_INET);
	assert_true(address_is_loopback(&addresses[0]));
	assert_int_equal(address_port(&addresses[1]), 53);
}

static void test_each_worker_has_each_address(void **state)
{
	const struct address addresses[] = { free_address(), free_address() };
	struct sockets sockets;
	(void)state;

	assert_int_equal(sockets_open(&sockets, addresses, 2, 2), 0);
	assert_false(sockets.inherited);
	assert_int_equal(sockets.udp_per_worker, 2);
	assert_int_equal(sockets.tcp_per_worker, 2);
	for (unsigned worker = 0; worker < 2; worker++) {
		for (size_t i = 0; i < 2; i++) {
			struct address at;
			socklen_t len = sizeof(at);
			int udp = sockets_udp(&sockets, worker, i);
			int tcp = sockets_tcp(&sockets, worker, i);
			assert_int_equal(type_of(udp), SOCK_DGRAM);
			assert_int_equal(type_of(tcp), SOCK_STREAM);
			assert_int_equal(getsockname(udp, &at.any, &len), 0);
			assert_true(address_equal(&at, &addresses[i]));
			assert_int_equal(getsockname(tcp, &at.any, &len), 0);
			assert_true(address_equal(&at, &addresses[i]));
		}
	}
	assert_int_not_equal(sockets_udp(&sockets, 0, 0), sockets_udp(&sockets, 1, 0));
	sockets_close(&sockets);
}

static void test_all_or_none(void **state)
{
	struct address addresses[] = { free_address(), loopback(0) };
	struct sockets sockets;
	(void)state;

	int taken = bound(SOCK_STREAM, &addresses[1]);
	assert_true(taken >= 0);
	assert_int_equal(sockets_open(&sockets, addresses, 2, 1), ERR_SYSTEM);
	int udp = bound(SOCK_DGRAM, &addresses[0]);
	int tcp = bound(SOCK_STREAM, &addresses[0]);
	assert_true(udp >= 0);
	assert_true(tcp >= 0);
	close(udp);
	close(tcp);
	close(taken);
}

/* Descriptors 3 and 4 as systemd passes them, for this very process. */
static bool pass(int first, int second)
{
	char pid[16];
	int a = fcntl(first, F_DUPFD, 10), b = fcntl(second, F_DUPFD, 10);

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	return dup2(a, 3) == 3 && dup2(b, 4) == 4 && setenv("LISTEN_PID", pid, 1) == 0 &&
	       setenv("LISTEN_FDS", "2", 1) == 0;
}

static bool takes_what_was_passed(const void *argument)
{
	const struct address elsewhere = { .v4 = { .sin_family = AF_INET } };
	const int *fds = argument;
	struct sockets sockets;

	/* One TCP and one UDP socket in any order, the same for all workers. */
	if (!pass(fds[0], fds[1]) || sockets_open(&sockets, &elsewhere, 1, 3) != 0)
		return false;
	const bool good = sockets.inherited && sockets.udp_per_worker == 1 &&
			  sockets.tcp_per_worker == 1 && sockets_tcp(&sockets, 2, 0) == 3 &&
			  sockets_udp(&sockets, 2, 0) == 4 && (fcntl(3, F_GETFL) & O_NONBLOCK) &&
			  (fcntl(3, F_GETFD) & FD_CLOEXEC);
	sockets_close(&sockets);
	return good && fcntl(3, F_GETFD) < 0 && fcntl(4, F_GETFD) < 0;
}

static bool refuses_what_was_passed(const void *argument)
{
	const int *fds = argument;
	struct sockets sockets;

	return pass(fds[0], fds[1]) && sockets_open(&sockets, NULL, 0, 1) == ERR_SYSTEM &&
	       fcntl(3, F_GETFD) < 0;
}

/* Meant for a parent of ours, which has passed its environment on. */
static bool ignores_what_is_anothers(const void *argument)
{
	const struct address *address = argument;
	struct sockets sockets;

	if (setenv("LISTEN_PID", "1", 1) != 0 || setenv("LISTEN_FDS", "2", 1) != 0 ||
		sockets_open(&sockets, address, 1, 1) != 0)
		return false;
	const bool good = !sockets.inherited && sockets.udp_per_worker == 1;
	sockets_close(&sockets);
	return good;
}

static void test_sockets_of_systemd(void **state)
{
	struct address udp_at = loopback(0), tcp_at = loopback(0);
	const int fds[] = { bound(SOCK_STREAM, &tcp_at), bound(SOCK_DGRAM, &udp_at) };
	int pipes[2];
	(void)state;

	assert_true(fds[0] >= 0 && fds[1] >= 0);
	assert_true(is_true_in_child(takes_what_was_passed, fds));
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	const int wrong[] = { fds[0], pipes[0] };
	assert_true(is_true_in_child(refuses_what_was_passed, wrong));
	const struct address free_one = free_address();
	assert_true(is_true_in_child(ignores_what_is_anothers, &free_one));
	close(pipes[0]);
	close(pipes[1]);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ipv6_that_is_not_there_is_left_out),
		cmocka_unit_test(test_each_worker_has_each_address),
		cmocka_unit_test(test_all_or_none),
		cmocka_unit_test(test_sockets_of_systemd),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
