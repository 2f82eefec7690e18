/* SPDX-License-Identifier: MIT */
/* "The port is taken" is half an answer: a person must know what to stop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/port_holder.h"

/* A socket of ours on a free port, which address gets; -1: no such address family here. */
static int hold(const char *text, bool udp, struct address *address)
{
	socklen_t len = sizeof(*address);

	assert_int_equal(address_parse(text, 0, address), 0);
	int fd = socket(address->any.sa_family, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, &address->any, address_len(address)) != 0) {
		close(fd);
		return -1;
	}
	if (!udp)
		assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, &address->any, &len), 0);
	return fd;
}

static void assert_found(const char *host, bool udp)
{
	char text[PORT_HOLDER_LEN], expected[PORT_HOLDER_LEN];
	struct address address;

	int fd = hold(host, udp, &address);
	if (fd < 0 && address.any.sa_family == AF_INET6)
		return; /* switched off on this machine */
	assert_true(fd >= 0);
	snprintf(expected, sizeof(expected), "%.15s (process %d)", program_invocation_short_name,
		(int)getpid());
	assert_string_equal(port_holder_find(&address, udp, text), expected);
	close(fd);
	assert_string_equal(port_holder_find(&address, udp, text), PORT_HOLDER_UNKNOWN);
}

static void test_udp(void **state)
{
	(void)state;
	assert_found("127.0.0.1", true);
	assert_found("0.0.0.0", true);
	assert_found("::1", true);
}

static void test_tcp(void **state)
{
	(void)state;
	assert_found("127.0.0.1", false);
	assert_found("0.0.0.0", false);
	assert_found("::1", false);
}

/* A server on the other address is in the way as well, if it has that port on all of them. */
static void test_wildcard_is_in_the_way(void **state)
{
	char text[PORT_HOLDER_LEN];
	struct address taken, wanted;
	(void)state;

	int fd = hold("0.0.0.0", true, &taken);
	assert_true(fd >= 0);
	assert_int_equal(address_parse("127.0.0.1", address_port(&taken), &wanted), 0);
	assert_non_null(strstr(port_holder_find(&wanted, true, text), "(process "));
	close(fd);
}

/* Somebody would stop systemd-resolved, which has 127.0.0.53, and not what is in the way. */
static void test_another_address_is_not(void **state)
{
	char text[PORT_HOLDER_LEN];
	struct address other, wanted;
	(void)state;

	int fd = hold("127.0.0.53", true, &other);
	assert_true(fd >= 0);
	assert_int_equal(address_parse("127.0.0.1", address_port(&other), &wanted), 0);
	assert_string_equal(port_holder_find(&wanted, true, text), PORT_HOLDER_UNKNOWN);
	assert_int_equal(address_parse("::1", address_port(&other), &wanted), 0);
	assert_string_equal(port_holder_find(&wanted, true, text), PORT_HOLDER_UNKNOWN);
	assert_int_equal(address_parse("0.0.0.0", address_port(&other), &wanted), 0);
	assert_non_null(strstr(port_holder_find(&wanted, true, text), "(process "));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_udp),
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_wildcard_is_in_the_way),
		cmocka_unit_test(test_another_address_is_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
