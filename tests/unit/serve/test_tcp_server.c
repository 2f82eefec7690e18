/* SPDX-License-Identifier: MIT */
/* L10: places are few: who is quiet makes room for who comes, nobody takes them all, and those
 * who are served stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "serve/tcp_server.h"
#include "support/failmalloc.h"
#include "unit/serve/served.h"

/* Of tcp_server.c. */
#define IDLE_MIN_MS 1000

int __real_accept4(int fd, struct sockaddr *address, socklen_t *len, int flags);
int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *len, int flags);

static struct served s;
static struct tcp_server *server;
static struct address address;
static int listening;
static const char *pretended; /* where the next connections seem to come from; NULL: the truth */

int __wrap_accept4(int fd, struct sockaddr *from, socklen_t *len, int flags)
{
	struct address other;
	int made = __real_accept4(fd, from, len, flags);

	if (made >= 0 && pretended) {
		assert_int_equal(address_parse(pretended, 4711, &other), 0);
		*len = address_len(&other);
		memcpy(from, &other.any, *len);
	}
	return made;
}

static int setup(void **state)
{
	socklen_t len = sizeof(address);
	(void)state;

	pretended = NULL;
	if (!served_init(&s) || address_parse("127.0.0.1", 0, &address) != 0 ||
		stream_bind(&address, false, &listening) != 0 ||
		getsockname(listening, &address.any, &len) != 0)
		return -1;
	server = tcp_server_new(&s.serving);
	return server && tcp_server_listen(server, listening) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	tcp_server_free(server);
	close(listening);
	served_done(&s);
	return 0;
}

static int connect_client(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, &address.any, address_len(&address)), 0);
	served_turn(&s);
	return fd;
}

static void ask(int fd, uint16_t id, const char *name, const char *type)
{
	asking_send_tcp(&(struct asking){ .id = id, .name = name, .type = type }, fd);
}

/* Asks for what is cached, and has it: alive, and the last to be active. */
static void assert_alive(int fd)
{
	ask(fd, 7, "txt.example.", "TXT");
	assert_int_equal(u16_load(served_receive_tcp(&s, fd).at), 7);
}

static void fill(int *fds)
{
	served_cache_txt(&s, "txt.example.", 5);
	for (int i = 0; i < SERVED_TCP_CLIENTS; i++) {
		fds[i] = connect_client();
		assert_alive(fds[i]);
	}
}

static void close_all(const int *fds, int count)
{
	for (int i = 0; i < count; i++)
		close(fds[i]);
}

static void the_one_quiet_longest_makes_room(void **state)
{
	int fds[SERVED_TCP_CLIENTS], newest;
	(void)state;

	fill(fds);
	assert_alive(fds[0]); /* so the second is the one quiet longest now */
	newest = connect_client();
	served_await_close(&s, fds[1]);
	assert_alive(newest);
	assert_alive(fds[0]);
	assert_alive(fds[2]);
	assert_alive(fds[3]);
	assert_int_equal(count_read(&s.counts.tcp_connections), SERVED_TCP_CLIENTS + 1);
	close(newest);
	close_all(fds, SERVED_TCP_CLIENTS);
}

/* Whoever waits for an answer is served first, however long ago it asked. */
static void one_that_waits_is_not_idle(void **state)
{
	int fds[SERVED_TCP_CLIENTS], newest;
	(void)state;

	fill(fds);
	ask(fds[0], 1, "www.example.", "A");
	for (int i = 1; i < SERVED_TCP_CLIENTS; i++)
		assert_alive(fds[i]);
	newest = connect_client();
	served_await_close(&s, fds[1]);
	resolving_answer(&s.resolving, "NOERROR", "www.example. 300 A 192.0.2.1");
	served_assert(served_receive_tcp(&s, fds[0]), 1, "NOERROR", "www.example. 300 A 192.0.2.1");
	close(newest);
	close_all(fds, SERVED_TCP_CLIENTS);
}

/* L16: the newest is turned away. */
static void when_all_wait_there_is_no_place(void **state)
{
	int fds[SERVED_TCP_CLIENTS], newest;
	(void)state;

	fill(fds);
	for (int i = 0; i < SERVED_TCP_CLIENTS; i++)
		ask(fds[i], 1, "www.example.", "A");
	served_turn(&s);
	newest = connect_client();
	served_await_close(&s, newest);
	close(newest);
	resolving_answer(&s.resolving, "NOERROR", "www.example. 300 A 192.0.2.1");
	for (int i = 0; i < SERVED_TCP_CLIENTS; i++)
		served_assert(served_receive_tcp(&s, fds[i]), 1, "NOERROR",
			"www.example. 300 A 192.0.2.1");
	close_all(fds, SERVED_TCP_CLIENTS);
}

/* One machine of many must not keep all others out; all programs of this one are one address. */
static void one_host_has_half_of_the_places(void **state)
{
	int fds[3], newest;
	(void)state;

	assert_int_equal(prefix_parse("192.0.2.0/24", &s.allow), 0);
	pretended = "192.0.2.1";
	fds[0] = connect_client();
	fds[1] = connect_client();
	served_cache_txt(&s, "txt.example.", 5);
	assert_alive(fds[0]); /* so the second is the one quiet longest now */
	fds[2] = connect_client();
	served_await_close(&s, fds[1]);
	assert_alive(fds[0]);
	assert_alive(fds[2]);
	/* While both wait for answers there is no place for a third. */
	ask(fds[0], 1, "www.example.", "A");
	ask(fds[2], 1, "www.example.", "A");
	served_turn(&s);
	newest = connect_client();
	served_await_close(&s, newest);
	close(newest);
	pretended = "192.0.2.2";
	newest = connect_client();
	assert_alive(newest);
	close(newest);
	close_all(fds, 3);
}

/* L14: whoever may not ask is told so while there is plenty of room, and drives out nobody. */
static void strangers_drive_out_nobody(void **state)
{
	int fds[SERVED_TCP_CLIENTS / 2], stranger;
	(void)state;

	pretended = "192.0.2.1";
	stranger = connect_client();
	ask(stranger, 1, "www.example.", "A");
	served_assert(served_receive_tcp(&s, stranger), 1, "REFUSED", "");
	served_await_close(&s, stranger);
	close(stranger);
	pretended = NULL;
	served_cache_txt(&s, "txt.example.", 5);
	for (int i = 0; i < SERVED_TCP_CLIENTS / 2; i++)
		fds[i] = connect_client();
	pretended = "192.0.2.1";
	stranger = connect_client();
	served_await_close(&s, stranger);
	close(stranger);
	for (int i = 0; i < SERVED_TCP_CLIENTS / 2; i++)
		assert_alive(fds[i]);
	close_all(fds, SERVED_TCP_CLIENTS / 2);
}

/* RFC 7766 section 6.2.3: in milliseconds, with 1 to 4 of 4 places taken. */
static void the_idle_time_shrinks_as_places_are_taken(void **state)
{
	static const uint32_t expected_ms[] = { SERVED_TCP_IDLE_MS, SERVED_TCP_IDLE_MS,
		SERVED_TCP_IDLE_MS / 2, IDLE_MIN_MS };
	(void)state;

	for (size_t taken = 1; taken <= SERVED_TCP_CLIENTS; taken++) {
		int fds[SERVED_TCP_CLIENTS];
		for (size_t i = 0; i < taken; i++)
			fds[i] = connect_client();
		uint64_t due_ms;
		assert_true(fake_loop_next(s.serving.loop, &due_ms));
		assert_int_equal(due_ms - loop_now_ms(s.serving.loop), expected_ms[taken - 1]);
		fake_loop_advance(s.serving.loop, SERVED_TCP_IDLE_MS);
		assert_false(tcp_server_busy(server));
		close_all(fds, (int)taken);
	}
}

static void quiet_ones_are_closed_and_give_their_places_back(void **state)
{
	int fds[2];
	(void)state;

	served_cache_txt(&s, "txt.example.", 5);
	fds[0] = connect_client();
	fds[1] = connect_client();
	fake_loop_advance(s.serving.loop, SERVED_TCP_IDLE_MS - 1);
	assert_alive(fds[1]);
	fake_loop_advance(s.serving.loop, 1);
	served_await_close(&s, fds[0]);
	assert_alive(fds[1]);
	assert_true(tcp_server_busy(server));
	close(fds[1]);
	while (tcp_server_busy(server))
		served_turn(&s);
	close(fds[0]);
}

static void draining_answers_those_who_wait_and_takes_no_more(void **state)
{
	int waits = connect_client(), idle = connect_client();
	(void)state;

	ask(waits, 1, "www.example.", "A");
	served_turn(&s);
	tcp_server_drain(server);
	served_await_close(&s, idle);
	assert_true(tcp_server_busy(server));
	int late = connect_client(); /* the kernel's queue takes it, nobody answers */
	assert_int_equal(count_read(&s.counts.tcp_connections), 2);
	resolving_answer(&s.resolving, "NOERROR", "www.example. 300 A 192.0.2.1");
	served_assert(served_receive_tcp(&s, waits), 1, "NOERROR", "www.example. 300 A 192.0.2.1");
	served_await_close(&s, waits);
	assert_false(tcp_server_busy(server));
	close(waits);
	close(idle);
	close(late);
}

static void the_end_closes_all_at_once(void **state)
{
	int waits = connect_client(), idle = connect_client();
	(void)state;

	ask(waits, 1, "www.example.", "A");
	served_turn(&s);
	tcp_server_free(server);
	server = NULL;
	served_await_close(&s, idle);
	served_await_close(&s, waits);
	resolving_answer(&s.resolving, "NOERROR", "www.example. 300 A 192.0.2.1");
	close(waits);
	close(idle);
}

static void without_memory_a_connection_is_lost_and_the_next_is_not(void **state)
{
	(void)state;
	served_cache_txt(&s, "txt.example.", 5);
	for (size_t n = 0; n < 3; n++) {
		failmalloc_arm(n);
		int fd = connect_client();
		assert_true(failmalloc_disarm());
		served_await_close(&s, fd);
		assert_false(tcp_server_busy(server));
		close(fd);
	}
	int fd = connect_client();
	assert_alive(fd);
	close(fd);
	for (size_t n = 0; n < 2; n++) {
		failmalloc_arm(n);
		assert_int_equal(tcp_server_listen(server, listening), ERR_NOMEM);
		assert_true(failmalloc_disarm());
	}
	failmalloc_arm(0);
	assert_null(tcp_server_new(&s.serving));
	assert_true(failmalloc_disarm());
	tcp_server_free(NULL);
}

#define SERVER_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVER_TEST(the_one_quiet_longest_makes_room),
		SERVER_TEST(one_that_waits_is_not_idle),
		SERVER_TEST(when_all_wait_there_is_no_place),
		SERVER_TEST(one_host_has_half_of_the_places),
		SERVER_TEST(strangers_drive_out_nobody),
		SERVER_TEST(the_idle_time_shrinks_as_places_are_taken),
		SERVER_TEST(quiet_ones_are_closed_and_give_their_places_back),
		SERVER_TEST(draining_answers_those_who_wait_and_takes_no_more),
		SERVER_TEST(the_end_closes_all_at_once),
		SERVER_TEST(without_memory_a_connection_is_lost_and_the_next_is_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
