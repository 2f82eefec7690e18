/* SPDX-License-Identifier: MIT */
/* Why there is no connection is the first thing that a person asks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "net/dial.h"

/* A bound socket on any port of the loopback address. */
static int bound(struct address *address)
{
	socklen_t len = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(address_parse("127.0.0.1", 0, address), 0);
	assert_int_equal(bind(fd, &address->any, address_len(address)), 0);
	assert_int_equal(getsockname(fd, &address->any, &len), 0);
	return fd;
}

static int option(int fd, int which)
{
	int value = 0;
	socklen_t len = sizeof(value);
	assert_int_equal(getsockopt(fd, IPPROTO_TCP, which, &value, &len), 0);
	return value;
}

static int outcome(const struct address *address)
{
	int fd = -1;
	assert_int_equal(dial_socket(address, &fd), 0);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	/* Nothing waits for more to send, nor for ever to be acknowledged. */
	assert_true(option(fd, TCP_NODELAY) != 0);
	assert_int_equal(option(fd, TCP_USER_TIMEOUT), 10000);
	int cause = dial_begin(fd, address);
	struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };
	if (cause == 0) {
		assert_int_equal(poll(&poll_fd, 1, 10000), 1);
		cause = dial_result(fd);
	}
	close(fd);
	return cause;
}

static void a_connection_is_made(void **state)
{
	struct address address;
	int fd = bound(&address);
	(void)state;

	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(outcome(&address), 0);
	close(fd);
}

/* A connection whose address is still the one to leave from is not cut for nothing. */
static void the_way_stands_while_nothing_changes(void **state)
{
	struct address address;
	int fd = bound(&address), to = -1;
	(void)state;

	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(dial_socket(&address, &to), 0);
	assert_false(dial_way_stands(to)); /* it has none yet */
	assert_int_equal(dial_begin(to, &address), 0);
	assert_true(dial_way_stands(to));
	close(to);
	close(fd);
}

static void nobody_listens(void **state)
{
	struct address address;
	int fd = bound(&address);
	(void)state;

	close(fd);
	int cause = outcome(&address);
	assert_int_equal(cause, ECONNREFUSED);
	assert_non_null(strstr(dial_advice(cause, &address), "nothing listens"));
}

static void every_cause_has_an_advice(void **state)
{
	struct address v4, v6;
	(void)state;

	assert_int_equal(address_parse("192.0.2.1", 1, &v4), 0);
	assert_int_equal(address_parse("2001:db8::1", 1, &v6), 0);
	assert_non_null(strstr(dial_advice(ENETUNREACH, &v6), "IPv6"));
	assert_null(strstr(dial_advice(ENETUNREACH, &v4), "IPv6"));
	assert_non_null(strstr(dial_advice(ETIMEDOUT, &v4), "no answer"));
	assert_non_null(strstr(dial_advice(EPERM, &v4), "forbids"));
	assert_non_null(strstr(dial_advice(EIO, &v4), "check"));
	assert_int_equal(dial_result(-1), EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_is_made),
		cmocka_unit_test(the_way_stands_while_nothing_changes),
		cmocka_unit_test(nobody_listens),
		cmocka_unit_test(every_cause_has_an_advice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
