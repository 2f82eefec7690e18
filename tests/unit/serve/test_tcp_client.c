/* SPDX-License-Identifier: MIT */
/* L10: one connection, many questions; who is slow, silent or half gone costs only itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "serve/tcp_client.h"
#include "support/failmalloc.h"
#include "unit/serve/served.h"

#define WWW "www.example. 300 A 192.0.2.1"

/* Of tcp_client.c: questions of one connection that may wait. */
#define WAITING_MAX 100

static struct served s;
static struct tcp_client *client;
static struct address peer;
static int here, there; /* the test's end, and the server's */
static unsigned active, closed;

static void on_active(void *owner, struct tcp_client *which)
{
	assert_ptr_equal(owner, &s);
	assert_ptr_equal(which, client);
	active++;
	tcp_client_set_idle(which, SERVED_TCP_IDLE_MS);
}

static void on_closed(void *owner)
{
	assert_ptr_equal(owner, &s);
	client = NULL;
	closed++;
}

static const struct tcp_client_events events = { .active = on_active, .closed = on_closed };

static int setup(void **state)
{
	int ends[2];
	(void)state;

	active = closed = 0;
	if (!served_init(&s) || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
		return -1;
	here = ends[0];
	there = ends[1];
	if (fcntl(there, F_SETFL, O_NONBLOCK) != 0 || address_parse("127.0.0.1", 4711, &peer) != 0)
		return -1;
	client = tcp_client_open(&s.serving, there, &peer, &events, &s);
	if (!client)
		return -1;
	tcp_client_set_idle(client, SERVED_TCP_IDLE_MS);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (client)
		tcp_client_close(client);
	assert_int_equal(closed, 1);
	close(here);
	served_done(&s);
	return 0;
}

static void ask(uint16_t id, const char *name, const char *type)
{
	asking_send_tcp(&(struct asking){ .id = id, .name = name, .type = type }, here);
}

static void assert_reply(uint16_t id, const char *rcode, const char *records)
{
	served_assert(served_receive_tcp(&s, here), id, rcode, records);
}

static void replies_come_in_the_order_of_readiness(void **state)
{
	(void)state;
	served_cache_txt(&s, "txt.example.", 5);
	ask(1, "www.example.", "A");
	ask(2, "other.example.", "A");
	ask(3, "txt.example.", "TXT");
	assert_reply(3, "NOERROR", "txt.example. 300 TXT xxxxx");
	assert_true(tcp_client_busy(client));
	fake_group_fail(s.resolving.group, ERR_UNREACHABLE, "down");
	assert_reply(1, "SERVFAIL", "");
	resolving_answer(&s.resolving, "NOERROR", "other.example. 1 A 192.0.2.2");
	assert_reply(2, "NOERROR", "other.example. 1 A 192.0.2.2");
	assert_false(tcp_client_busy(client));
	assert_int_equal(count_read(&s.counts.tcp_queries), 3);
	/* Each question and each reply keeps it alive. */
	assert_int_equal(active, 5);
}

static void octets_may_come_one_by_one(void **state)
{
	uint8_t query[2 + 512];
	const struct asking asking = { .id = 1, .name = "txt.example.", .type = "TXT" };
	(void)state;

	served_cache_txt(&s, "txt.example.", 60000);
	size_t len = asking_write(&asking, query + 2);
	u16_store(query, (uint16_t)len);
	for (size_t i = 0; i < len + 2; i++) {
		assert_int_equal(active, 0);
		assert_int_equal(send(here, query + i, 1, 0), 1);
		served_turn(&s);
	}
	struct bytes reply = served_receive_tcp(&s, here);
	assert_true(reply.len > 60000);
	assert_int_equal(u16_load(reply.at), 1);
	assert_int_equal(reply.at[2] & 2, 0); /* TC */
}

/* RFC 7766 section 6.2.4: "printf question | nc" wants its answer. */
static void a_client_that_half_closes_still_gets_its_answers(void **state)
{
	(void)state;
	ask(1, "www.example.", "A");
	ask(2, "other.example.", "A");
	assert_int_equal(shutdown(here, SHUT_WR), 0);
	served_turn(&s);
	assert_int_equal(closed, 0);
	resolving_answer(&s.resolving, "NOERROR", WWW);
	assert_reply(1, "NOERROR", WWW);
	assert_int_equal(closed, 0);
	resolving_answer(&s.resolving, "NOERROR", "other.example. 1 A 192.0.2.2");
	assert_reply(2, "NOERROR", "other.example. 1 A 192.0.2.2");
	served_await_close(&s, here);
	assert_int_equal(closed, 1);
}

static void one_that_half_closes_and_waits_for_nothing_is_closed(void **state)
{
	(void)state;
	assert_int_equal(send(here, "\0\100half", 6, 0), 6);
	assert_int_equal(shutdown(here, SHUT_WR), 0);
	served_await_close(&s, here);
	assert_int_equal(closed, 1);
}

static void one_that_breaks_off_is_forgotten(void **state)
{
	(void)state;
	ask(1, "www.example.", "A");
	served_turn(&s);
	close(here);
	here = open("/dev/null", O_RDONLY | O_CLOEXEC);
	served_turn(&s);
	resolving_answer(&s.resolving, "NOERROR", WWW);
	served_turn(&s);
	assert_int_equal(closed, 1);
}

static void errors_are_answered_and_the_connection_goes_on(void **state)
{
	(void)state;
	served_cache_txt(&s, "txt.example.", 5);
	/* FORMERR, then nothing for a reply and for a length of 0, then as ever. */
	assert_int_equal(send(here, "\0\014\0\011\1\0\0\0\0\0\0\0\0\0", 14, 0), 14);
	struct bytes reply = served_receive_tcp(&s, here);
	assert_int_equal(reply.len, HEADER_LEN);
	assert_int_equal(reply.at[3] & 0xf, RCODE_FORMERR);
	assert_int_equal(send(here, "\0\014\0\012\200\0\0\0\0\0\0\0\0\0\0\0", 16, 0), 16);
	ask(3, "txt.example.", "TXT");
	assert_reply(3, "NOERROR", "txt.example. 300 TXT xxxxx");
	assert_int_equal(count_read(&s.counts.dropped), 2);
}

/* L14: told once, and then shown the door. */
static void a_stranger_is_refused(void **state)
{
	(void)state;
	assert_int_equal(prefix_parse("192.0.2.0/24", &s.allow), 0);
	asking_send_tcp(
		&(struct asking){ .id = 9, .name = "localhost.", .type = "A", .edns = true }, here);
	struct bytes reply = served_receive_tcp(&s, here);
	served_assert(reply, 9, "REFUSED", "");
	assert_int_equal(served_ede(reply), EDE_PROHIBITED);
	assert_int_equal(count_read(&s.counts.refused), 1);
	assert_int_equal(count_read(&s.counts.tcp_queries), 0);
	served_await_close(&s, here);
}

/* What gets no reply from anybody gets none here. */
static void a_stranger_who_sends_nonsense_hears_nothing(void **state)
{
	(void)state;
	assert_int_equal(prefix_parse("192.0.2.0/24", &s.allow), 0);
	assert_int_equal(send(here, "\0\002xx", 4, 0), 4);
	served_await_close(&s, here);
	assert_int_equal(count_read(&s.counts.dropped), 1);
}

static void quiet_for_its_time_it_is_closed(void **state)
{
	(void)state;
	served_cache_txt(&s, "txt.example.", 5);
	fake_loop_advance(s.serving.loop, SERVED_TCP_IDLE_MS - 1);
	assert_int_equal(closed, 0);
	ask(1, "txt.example.", "TXT");
	assert_reply(1, "NOERROR", "txt.example. 291 TXT xxxxx");
	fake_loop_advance(s.serving.loop, SERVED_TCP_IDLE_MS - 1);
	assert_int_equal(closed, 0);
	/* Octets that make no question do not keep it open. */
	assert_int_equal(send(here, "\0", 1, 0), 1);
	served_turn(&s);
	fake_loop_advance(s.serving.loop, 1);
	assert_int_equal(closed, 1);
	served_await_close(&s, here);
}

static void while_it_waits_for_us_it_is_not_idle(void **state)
{
	(void)state;
	ask(1, "www.example.", "A");
	served_turn(&s);
	fake_loop_advance(s.serving.loop, 10 * SERVED_TCP_IDLE_MS);
	assert_int_equal(closed, 0);
	resolving_answer(&s.resolving, "NOERROR", WWW);
	assert_reply(1, "NOERROR", WWW);
	fake_loop_advance(s.serving.loop, SERVED_TCP_IDLE_MS - 1);
	assert_int_equal(closed, 0);
	fake_loop_advance(s.serving.loop, 1);
	assert_int_equal(closed, 1);
}

/* RFC 7828 section 3.3.2 */
static void the_idle_time_is_told_to_who_asks(void **state)
{
	struct message_head head;
	struct bytes option;
	(void)state;

	served_cache_txt(&s, "txt.example.", 5);
	asking_send_tcp(&(struct asking){ .id = 1,
				.name = "txt.example.",
				.type = "TXT",
				.edns = true,
				.keepalive = true },
		here);
	assert_int_equal(message_head_read(served_receive_tcp(&s, here), &head), 0);
	assert_true(edns_option(&head.edns, EDNS_OPTION_TCP_KEEPALIVE, &option));
	assert_int_equal(u16_load(option.at), SERVED_TCP_IDLE_MS / 100);
}

/* Asks without end for what is large and reads none of it. */
static void one_that_does_not_read_is_closed_at_its_bound(void **state)
{
	unsigned asked = 0;
	(void)state;

	served_cache_txt(&s, "txt.example.", 60000);
	while (closed == 0) {
		assert_true(++asked < 200);
		ask(1, "txt.example.", "TXT");
		served_turn(&s);
	}
}

/* Neither does it get time without end for what is below the bound. */
static void one_that_leaves_its_replies_lying_is_closed_in_time(void **state)
{
	(void)state;
	served_cache_txt(&s, "txt.example.", 60000);
	for (unsigned asked = 0; !tcp_client_busy(client); asked++) {
		assert_true(asked < 200);
		ask(1, "txt.example.", "TXT");
		served_turn(&s);
	}
	fake_loop_advance(s.serving.loop, SERVED_TCP_IDLE_MS);
	assert_int_equal(closed, 1);
}

static void a_slow_reader_gets_all_of_it(void **state)
{
	unsigned asked = 0;
	(void)state;

	served_cache_txt(&s, "txt.example.", 60000);
	while (!tcp_client_busy(client)) {
		ask((uint16_t)asked++, "txt.example.", "TXT");
		served_turn(&s);
	}
	for (unsigned i = 0; i < asked; i++)
		assert_int_equal(u16_load(served_receive_tcp(&s, here).at), i);
	assert_false(tcp_client_busy(client));
	assert_int_equal(closed, 0);
}

/* Half-closed and slow: it is waited for until all is taken, and not longer. */
static void one_that_half_closes_gets_what_is_still_to_be_sent(void **state)
{
	unsigned asked = 0;
	(void)state;

	served_cache_txt(&s, "txt.example.", 60000);
	while (!tcp_client_busy(client)) {
		ask((uint16_t)asked++, "txt.example.", "TXT");
		served_turn(&s);
	}
	assert_int_equal(shutdown(here, SHUT_WR), 0);
	served_turn(&s);
	assert_int_equal(closed, 0);
	for (unsigned i = 0; i < asked; i++)
		assert_int_equal(u16_load(served_receive_tcp(&s, here).at), i);
	served_await_close(&s, here);
	assert_int_equal(closed, 1);
}

/* L16: one client must not fill the table of questions under way alone. */
static void with_too_many_waiting_it_is_not_read_from(void **state)
{
	(void)state;
	for (uint16_t id = 0; id < WAITING_MAX; id++) {
		assert_int_equal(fake_loop_watched(s.serving.loop, there), WATCH_READ);
		ask(id, "www.example.", "A");
		served_turn(&s);
	}
	assert_int_equal(fake_loop_watched(s.serving.loop, there), 0);
	ask(WAITING_MAX, "www.example.", "A");
	served_turn(&s);
	assert_int_equal(count_read(&s.counts.tcp_queries), WAITING_MAX);
	resolving_answer(&s.resolving, "NOERROR", WWW);
	for (uint16_t id = 0; id <= WAITING_MAX; id++)
		assert_reply(id, "NOERROR", WWW);
	assert_int_equal(fake_loop_watched(s.serving.loop, there), WATCH_READ);
}

/* L16: what is read already cannot be left to the client's side of the connection. */
static void what_one_read_brings_beyond_its_bound_is_shed(void **state)
{
	(void)state;
	for (uint16_t id = 0; id < 2 * WAITING_MAX + 20; id++)
		ask(id, "www.example.", "A");
	for (uint16_t id = 2 * WAITING_MAX; id < 2 * WAITING_MAX + 20; id++)
		assert_reply(id, "SERVFAIL", "");
	assert_int_equal(closed, 0);
	resolving_answer(&s.resolving, "NOERROR", WWW);
	for (uint16_t id = 0; id < 2 * WAITING_MAX; id++)
		assert_reply(id, "NOERROR", WWW);
	assert_false(tcp_client_busy(client));
}

static void what_cannot_be_started_is_shed(void **state)
{
	static const char *const names[] = { "a.example.", "b.example.", "c.example.",
		"d.example." };
	(void)state;

	for (uint16_t i = 0; i < 4; i++)
		ask(i, names[i], "A");
	ask(60, "e.example.", "A");
	assert_reply(60, "SERVFAIL", "");
	assert_int_equal(closed, 0);
}

static void draining_answers_and_then_closes(void **state)
{
	(void)state;
	ask(1, "www.example.", "A");
	served_turn(&s);
	tcp_client_drain(client);
	ask(2, "www.example.", "A");
	served_turn(&s);
	assert_int_equal(closed, 0);
	resolving_answer(&s.resolving, "NOERROR", WWW);
	assert_reply(1, "NOERROR", WWW);
	assert_int_equal(closed, 1);
}

static void draining_an_idle_one_closes_it(void **state)
{
	(void)state;
	tcp_client_drain(client);
	assert_int_equal(closed, 1);
	served_await_close(&s, here);
}

static void closing_forgets_what_waits(void **state)
{
	(void)state;
	ask(1, "www.example.", "A");
	ask(2, "www.example.", "A");
	served_turn(&s);
	tcp_client_close(client);
	assert_int_equal(closed, 1);
	served_await_close(&s, here);
	resolving_answer(&s.resolving, "NOERROR", WWW);
}

static void it_knows_who_it_is(void **state)
{
	(void)state;
	assert_true(address_equal(tcp_client_peer(client), &peer));
	assert_ptr_equal(tcp_client_of(tcp_client_link(client)), client);
}

static void each_allocation_that_fails_is_survived(void **state)
{
	(void)state;
	for (size_t n = 0; n < 2; n++) {
		int ends[2];
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
		failmalloc_arm(n);
		assert_null(tcp_client_open(&s.serving, ends[1], &peer, &events, &s));
		assert_true(failmalloc_disarm());
		served_await_close(&s, ends[0]);
		close(ends[0]);
	}
	/* Whole, or in two pieces as framing needs memory only then. */
	for (uint16_t n = 0; n < 24 && closed == 0; n++) {
		uint8_t query[2 + 512];
		const struct asking asking = { .id = n, .name = "www.example.", .type = "A" };
		size_t len = 2 + asking_write(&asking, query + 2);
		u16_store(query, (uint16_t)(len - 2));
		failmalloc_arm(n / 2u);
		size_t first = n % 2 ? len : 7;
		assert_int_equal(send(here, query, first, 0), first);
		served_turn(&s);
		if (closed == 0 && first < len) {
			assert_int_equal(send(here, query + first, len - first, 0), len - first);
			served_turn(&s);
		}
		if (fake_group_waiting(s.resolving.group) > 0)
			resolving_answer(&s.resolving, "NOERROR", "www.example. 0 A 192.0.2.1");
		(void)failmalloc_disarm();
		if (closed == 0)
			assert_int_equal(u16_load(served_receive_tcp(&s, here).at), n);
	}
}

#define CLIENT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLIENT_TEST(replies_come_in_the_order_of_readiness),
		CLIENT_TEST(octets_may_come_one_by_one),
		CLIENT_TEST(a_client_that_half_closes_still_gets_its_answers),
		CLIENT_TEST(one_that_half_closes_and_waits_for_nothing_is_closed),
		CLIENT_TEST(one_that_breaks_off_is_forgotten),
		CLIENT_TEST(errors_are_answered_and_the_connection_goes_on),
		CLIENT_TEST(a_stranger_is_refused),
		CLIENT_TEST(a_stranger_who_sends_nonsense_hears_nothing),
		CLIENT_TEST(quiet_for_its_time_it_is_closed),
		CLIENT_TEST(while_it_waits_for_us_it_is_not_idle),
		CLIENT_TEST(the_idle_time_is_told_to_who_asks),
		CLIENT_TEST(one_that_does_not_read_is_closed_at_its_bound),
		CLIENT_TEST(one_that_leaves_its_replies_lying_is_closed_in_time),
		CLIENT_TEST(a_slow_reader_gets_all_of_it),
		CLIENT_TEST(one_that_half_closes_gets_what_is_still_to_be_sent),
		CLIENT_TEST(with_too_many_waiting_it_is_not_read_from),
		CLIENT_TEST(what_one_read_brings_beyond_its_bound_is_shed),
		CLIENT_TEST(what_cannot_be_started_is_shed),
		CLIENT_TEST(draining_answers_and_then_closes),
		CLIENT_TEST(draining_an_idle_one_closes_it),
		CLIENT_TEST(closing_forgets_what_waits),
		CLIENT_TEST(it_knows_who_it_is),
		CLIENT_TEST(each_allocation_that_fails_is_survived),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
