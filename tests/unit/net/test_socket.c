/* SPDX-License-Identifier: MIT */
/* Clients must find the ports that the user named, and two workers must be able to share them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "net/socket.h"

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);
	assert_int_equal(getsockopt(fd, level, name, &value, &len), 0);
	return value;
}

static void bound(int type)
{
	struct address address;
	socklen_t len = sizeof(address);
	int first, second, third = -1;

	assert_int_equal(address_parse("127.0.0.1", 0, &address), 0);
	assert_int_equal(socket_bind(&address, type, true, &first), 0);
	assert_true(fcntl(first, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(first, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(option(first, SOL_SOCKET, SO_REUSEPORT), 1);
	assert_int_equal(option(first, SOL_SOCKET, SO_REUSEADDR), type == SOCK_STREAM);
	assert_int_equal(getsockname(first, &address.any, &len), 0);
	assert_int_equal(socket_bind(&address, type, true, &second), 0);
	if (type == SOCK_DGRAM) {
		/* To who does not share it, it is taken. */
		assert_int_equal(socket_bind(&address, type, false, &third), ERR_SYSTEM);
		assert_int_equal(errno, EADDRINUSE);
		assert_int_equal(third, -1);
	}
	close(second);
	close(first);
}

static void datagrams(void **state)
{
	(void)state;
	bound(SOCK_DGRAM);
}

static void streams(void **state)
{
	(void)state;
	bound(SOCK_STREAM);
}

static void what_cannot_be_set_up_is_closed(void **state)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(socket_set(fd, IPPROTO_TCP, 1, 1), ERR_SYSTEM);
	errno = EACCES;
	assert_int_equal(socket_discard(fd), ERR_SYSTEM);
	assert_int_equal(errno, EACCES);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(datagrams),
		cmocka_unit_test(streams),
		cmocka_unit_test(what_cannot_be_set_up_is_closed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
