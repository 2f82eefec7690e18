/* SPDX-License-Identifier: MIT */
/* systemd starts what needs name resolution when we say so, and kills us when we never do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "daemon/notify.h"

struct manager {
	char directory[32], path[64];
	int fd;
};

static int setup(void **state)
{
	static struct manager manager;
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	strcpy(manager.directory, "/tmp/stubborn-notify-XXXXXX");
	assert_non_null(mkdtemp(manager.directory));
	snprintf(manager.path, sizeof(manager.path), "%s/socket", manager.directory);
	memcpy(at.sun_path, manager.path, strlen(manager.path) + 1);
	manager.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(manager.fd >= 0);
	assert_int_equal(bind(manager.fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", manager.path, 1), 0);
	*state = &manager;
	return 0;
}

static int teardown(void **state)
{
	const struct manager *manager = *state;

	unsetenv("NOTIFY_SOCKET");
	close(manager->fd);
	(void)unlink(manager->path); /* a test may have taken it away */
	return rmdir(manager->directory);
}

/* What the manager was told; it is there by the time that the call returns. */
static const char *told(int fd)
{
	static char text[256];

	ssize_t len = recv(fd, text, sizeof(text) - 1, 0);
	text[len > 0 ? len : 0] = '\0';
	return text;
}

static void test_states(void **state)
{
	const struct manager *manager = *state;
	uint64_t at_us = 0;

	notify_ready();
	assert_string_equal(told(manager->fd), "READY=1");
	notify_stopping();
	assert_string_equal(told(manager->fd), "STOPPING=1");

	/* With Type=notify-reload the time tells this reload from the one before. */
	const uint64_t before_us = clock_mono_us();
	notify_reloading();
	assert_int_equal(
		sscanf(told(manager->fd), "RELOADING=1\nMONOTONIC_USEC=%" SCNu64, &at_us), 1);
	assert_in_range(at_us, before_us, clock_mono_us());
}

/* systemd's own socket is a path; a container's may have no file. */
static void test_socket_without_a_file(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char name[64];
	(void)state;

	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	const int len = snprintf(name, sizeof(name), "@stubborn-notify-%d", (int)getpid());
	memcpy(at.sun_path + 1, name + 1, (size_t)len - 1);
	assert_int_equal(bind(fd, (const struct sockaddr *)&at,
				 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)len)),
		0);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	notify_ready();
	assert_string_equal(told(fd), "READY=1");
	close(fd);
}

/* From a shell, or with a manager that died, it is no reason to stop. */
static void test_nobody_listens(void **state)
{
	static const char *const nobody[] = { "", "@", "relative", "/no/such/socket" };
	const struct manager *manager = *state;
	char path[256];

	unsetenv("NOTIFY_SOCKET");
	notify_ready();
	for (size_t i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++) {
		assert_int_equal(setenv("NOTIFY_SOCKET", nobody[i], 1), 0);
		notify_ready();
	}
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
	notify_ready();
	assert_string_equal(told(manager->fd), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_states, setup, teardown),
		cmocka_unit_test_setup_teardown(test_socket_without_a_file, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nobody_listens, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
