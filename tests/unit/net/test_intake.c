/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/intake.h"

struct pair {
	int ours, peers;
	struct intake intake;
};

static int setup(void **state)
{
	static struct pair pair;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0)
		return -1;
	pair.ours = fds[0];
	pair.peers = fds[1];
	intake_init(&pair.intake, pair.ours);
	*state = &pair;
	return 0;
}

static int teardown(void **state)
{
	const struct pair *pair = *state;

	close(pair->ours);
	close(pair->peers);
	return 0;
}

static void say(const struct pair *pair, const void *octets, size_t len)
{
	assert_int_equal(send(pair->peers, octets, len, 0), (ssize_t)len);
}

/* Octets out of order, lost or twice would break every TLS record. */
static void test_gives_what_came_in_order(void **state)
{
	struct pair *pair = *state;
	char got[8] = { 0 };

	say(pair, "abcdef", 6);
	assert_int_equal(intake_pull(&pair->intake, got, 2), 2);
	assert_int_equal(intake_pull(&pair->intake, got + 2, 1), 1);
	assert_int_equal(intake_waiting(&pair->intake), 3);
	assert_int_equal(intake_pull(&pair->intake, got + 3, 5), 3);
	assert_string_equal(got, "abcdef");
}

/* Nobody would come back for octets that were sent after the kernel said that it had no more. */
static void test_asks_again_after_it_said_no(void **state)
{
	struct pair *pair = *state;
	char octet;

	say(pair, "a", 1);
	assert_int_equal(intake_pull(&pair->intake, &octet, 1), 1);
	say(pair, "b", 1);
	errno = 0;
	assert_int_equal(intake_pull(&pair->intake, &octet, 1), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(intake_pull(&pair->intake, &octet, 1), 1);
	assert_int_equal(octet, 'b');
}

/* A full buffer says nothing about what else the kernel has. */
static void test_goes_on_when_its_room_was_full(void **state)
{
	struct pair *pair = *state;
	static uint8_t sent[INTAKE_LEN + 10], got[INTAKE_LEN + 10];
	size_t have = 0;

	memset(sent, 'x', sizeof(sent));
	say(pair, sent, sizeof(sent));
	while (have < sizeof(got)) {
		ssize_t len = intake_pull(&pair->intake, got + have, sizeof(got) - have);
		assert_true(len > 0);
		have += (size_t)len;
	}
	assert_memory_equal(got, sent, sizeof(sent));
}

/* A peer that is gone must be seen to be gone. */
static void test_tells_the_end(void **state)
{
	struct pair *pair = *state;
	char octet;

	shutdown(pair->peers, SHUT_WR);
	assert_int_equal(intake_pull(&pair->intake, &octet, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_gives_what_came_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_asks_again_after_it_said_no, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_goes_on_when_its_room_was_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_tells_the_end, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
