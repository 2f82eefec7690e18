/* SPDX-License-Identifier: MIT */
/* The way of nearly every query: each client gets the one reply to its own question, strangers
 * get silence, and a flood is cut where it hurts nobody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "serve/udp_listener.h"
#include "support/failmalloc.h"
#include "unit/serve/served.h"

#define WWW "www.example. 300 A 192.0.2.1"

static struct served s;
static struct udp_batch *batch;
static struct udp_listener *listener;
static struct address address;
static int fd;

static int setup(void **state)
{
	socklen_t len = sizeof(address);
	(void)state;

	if (!served_init(&s) || address_parse("127.0.0.1", 0, &address) != 0)
		return -1;
	batch = udp_batch_new();
	if (!batch || udp_bind(&address, false, &fd) != 0)
		return -1;
	listener = udp_listener_new(&s.serving, fd, batch);
	return listener && getsockname(fd, &address.any, &len) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	udp_listener_free(listener);
	udp_batch_free(batch);
	close(fd);
	served_done(&s);
	return 0;
}

/* A client on its own socket that hears the listener alone. */
static int client_from(const char *host)
{
	struct address from;
	int client = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(address_parse(host, 0, &from), 0);
	assert_int_equal(bind(client, &from.any, address_len(&from)), 0);
	assert_int_equal(connect(client, &address.any, address_len(&address)), 0);
	return client;
}

static void ask(int client, uint16_t id, const char *name, const char *type)
{
	asking_send_udp(&(struct asking){ .id = id, .name = name, .type = type }, client);
}

static void assert_reply(int client, uint16_t id, const char *rcode, const char *records)
{
	served_assert(served_receive_udp(&s, client), id, rcode, records);
}

/* C8, L8 */
static void clients_that_ask_the_same_get_each_its_own(void **state)
{
	int a = client_from("127.0.0.1"), b = client_from("127.0.0.1");
	(void)state;

	ask(a, 1, "www.example.", "A");
	ask(b, 2, "WWW.EXAMPLE.", "A");
	ask(a, 3, "wWw.example.", "A");
	served_turn(&s);
	assert_int_equal(udp_listener_waiting(listener), 3);
	assert_int_equal(fake_group_asked(s.resolving.group), 1);
	resolving_answer(&s.resolving, "NOERROR", WWW);
	assert_reply(a, 1, "NOERROR", WWW);
	assert_reply(b, 2, "NOERROR", "WWW.EXAMPLE. 300 A 192.0.2.1");
	assert_reply(a, 3, "NOERROR", "wWw.example. 300 A 192.0.2.1");
	assert_int_equal(udp_listener_waiting(listener), 0);
	assert_int_equal(count_read(&s.counts.udp_queries), 3);
	close(a);
	close(b);
}

static void the_cache_answers_without_memory(void **state)
{
	int a = client_from("127.0.0.1");
	(void)state;

	served_cache_txt(&s, "txt.example.", 5);
	ask(a, 1, "txt.example.", "TXT");
	size_t before = failmalloc_count();
	served_turn(&s);
	assert_int_equal(failmalloc_count(), before);
	assert_reply(a, 1, "NOERROR", "txt.example. 300 TXT xxxxx");
	close(a);
}

/* L14: an answer to a forged address is a weapon. */
static void strangers_get_silence(void **state)
{
	int stranger = client_from("127.0.0.2"), friend = client_from("127.0.0.1");
	uint8_t octet;
	(void)state;

	served_cache_txt(&s, "txt.example.", 5);
	ask(stranger, 1, "txt.example.", "TXT");
	ask(friend, 2, "txt.example.", "TXT");
	assert_reply(friend, 2, "NOERROR", "txt.example. 300 TXT xxxxx");
	assert_int_equal(recv(stranger, &octet, 1, MSG_DONTWAIT), -1);
	assert_int_equal(count_read(&s.counts.dropped), 1);
	assert_int_equal(count_read(&s.counts.udp_queries), 1);
	close(stranger);
	close(friend);
}

/* L2 */
static void what_is_no_query_is_dropped_and_counted(void **state)
{
	int a = client_from("127.0.0.1");
	uint8_t query[512];
	(void)state;

	served_cache_txt(&s, "txt.example.", 5);
	const struct asking asking = { .id = 1, .name = "txt.example.", .type = "TXT" };
	size_t len = asking_write(&asking, query);
	assert_int_equal(send(a, query, 0, 0), 0);
	assert_int_equal(send(a, query, HEADER_LEN - 1, 0), HEADER_LEN - 1);
	query[2] |= 0x80;
	assert_int_equal(send(a, query, len, 0), len);
	ask(a, 2, "txt.example.", "TXT");
	assert_reply(a, 2, "NOERROR", "txt.example. 300 TXT xxxxx");
	assert_int_equal(count_read(&s.counts.dropped), 3);
	close(a);
}

/* L9: cached or fetched, to the octet. */
static void a_long_answer_is_cut_for_who_cannot_take_it(void **state)
{
	int a = client_from("127.0.0.1");
	const struct asking wide = {
		.id = 2, .name = "txt.example.", .type = "TXT", .edns = true, .udp_size = 4096
	};
	struct message_head head;
	(void)state;

	ask(a, 1, "txt.example.", "TXT");
	served_turn(&s);
	resolving_answer(&s.resolving, "NOERROR", "txt.example. 300 TXT *600");
	for (int i = 0; i < 2; i++) {
		struct bytes reply = served_receive_udp(&s, a);
		assert_int_equal(message_head_read(reply, &head), 0);
		assert_true(head.header.tc);
		assert_int_equal(head.header.record_count[SECTION_ANSWER], 0);
		ask(a, 1, "txt.example.", "TXT");
	}
	(void)served_receive_udp(&s, a);
	asking_send_udp(&wide, a);
	assert_reply(a, 2, "NOERROR", "txt.example. 300 TXT *600");
	close(a);
}

/* L16 */
static void beyond_its_bound_new_questions_fail_and_the_cache_goes_on(void **state)
{
	int a = client_from("127.0.0.1");
	(void)state;

	served_cache_txt(&s, "old.example.", 5);
	fake_loop_advance(s.resolving.loop, 300 * 1000);
	served_cache_txt(&s, "txt.example.", 5);
	for (uint16_t id = 1; id <= SERVED_IN_FLIGHT_MAX; id++)
		ask(a, id, "www.example.", "A");
	ask(a, 50, "www.example.", "A");
	assert_reply(a, 50, "SERVFAIL", "");
	ask(a, 53, "old.example.", "TXT");
	assert_reply(a, 53, "NOERROR", "old.example. 30 TXT xxxxx");
	ask(a, 51, "txt.example.", "TXT");
	assert_reply(a, 51, "NOERROR", "txt.example. 300 TXT xxxxx");
	assert_int_equal(udp_listener_waiting(listener), SERVED_IN_FLIGHT_MAX);
	resolving_answer(&s.resolving, "NOERROR", WWW);
	for (uint16_t id = 1; id <= SERVED_IN_FLIGHT_MAX; id++)
		assert_reply(a, id, "NOERROR", WWW);
	ask(a, 52, "other.example.", "A");
	served_turn(&s);
	assert_int_equal(udp_listener_waiting(listener), 1);
	resolving_answer(&s.resolving, "NOERROR", "other.example. 1 A 192.0.2.2");
	assert_reply(a, 52, "NOERROR", "other.example. 1 A 192.0.2.2");
	close(a);
}

/* The resolver's bound, not the listener's: four different names. */
static void too_many_names_at_once_fail(void **state)
{
	static const char *const names[] = { "a.example.", "b.example.", "c.example.",
		"d.example." };
	int a = client_from("127.0.0.1");
	(void)state;

	s.serving.options.in_flight_max = 100;
	for (uint16_t i = 0; i < 4; i++)
		ask(a, i, names[i], "A");
	ask(a, 60, "e.example.", "A");
	assert_reply(a, 60, "SERVFAIL", "");
	close(a);
}

/* SIGTERM: those who have asked are not left standing. */
static void draining_answers_those_who_wait(void **state)
{
	int a = client_from("127.0.0.1");
	uint8_t octet;
	(void)state;

	served_cache_txt(&s, "txt.example.", 5);
	ask(a, 1, "www.example.", "A");
	served_turn(&s);
	udp_listener_drain(listener);
	ask(a, 2, "txt.example.", "TXT");
	served_turn(&s);
	assert_int_equal(recv(a, &octet, 1, MSG_DONTWAIT), -1);
	resolving_answer(&s.resolving, "NOERROR", WWW);
	assert_reply(a, 1, "NOERROR", WWW);
	assert_int_equal(udp_listener_waiting(listener), 0);
	close(a);
}

static void the_end_forgets_those_who_wait(void **state)
{
	int a = client_from("127.0.0.1");
	(void)state;

	ask(a, 1, "www.example.", "A");
	ask(a, 2, "www.example.", "AAAA");
	served_turn(&s);
	assert_int_equal(udp_listener_waiting(listener), 2);
	udp_listener_free(listener);
	listener = NULL;
	resolving_answer(&s.resolving, "NOERROR", WWW);
	close(a);
}

/* More than the batches of one turn: the rest comes in the next one. */
static void a_burst_is_answered_whole(void **state)
{
	int a = client_from("127.0.0.1");
	const uint16_t count = 4 * UDP_BATCH + 7;
	bool seen[4 * UDP_BATCH + 7] = { false };
	(void)state;

	served_cache_txt(&s, "txt.example.", 5);
	for (uint16_t id = 0; id < count; id++)
		ask(a, id, "txt.example.", "TXT");
	assert_true(fake_loop_ready(s.serving.loop, fd, WATCH_READ));
	assert_int_equal(count_read(&s.counts.udp_queries), 4 * UDP_BATCH);
	for (uint16_t i = 0; i < count; i++) {
		struct message_head head;
		assert_int_equal(message_head_read(served_receive_udp(&s, a), &head), 0);
		assert_true(head.header.id < count && !seen[head.header.id]);
		seen[head.header.id] = true;
	}
	close(a);
}

/* A client that is gone costs nobody else anything. */
static void a_reply_to_nobody_is_no_trouble(void **state)
{
	int a = client_from("127.0.0.1"), b = client_from("127.0.0.1");
	(void)state;

	ask(a, 1, "www.example.", "A");
	ask(b, 2, "www.example.", "A");
	served_turn(&s);
	close(a);
	resolving_answer(&s.resolving, "NOERROR", WWW);
	assert_reply(b, 2, "NOERROR", WWW);
	ask(b, 3, "www.example.", "A");
	assert_reply(b, 3, "NOERROR", WWW);
	close(b);
}

static void without_memory_a_question_fails_and_the_next_does_not(void **state)
{
	int a = client_from("127.0.0.1");
	bool happened = true;
	(void)state;

	for (uint16_t n = 0; happened; n++) {
		struct message_head head;
		ask(a, n, "www.example.", "A");
		failmalloc_arm(n);
		served_turn(&s);
		if (fake_group_waiting(s.resolving.group) > 0)
			resolving_answer(&s.resolving, "NOERROR", "www.example. 0 A 192.0.2.1");
		happened = failmalloc_disarm();
		assert_int_equal(message_head_read(served_receive_udp(&s, a), &head), 0);
		assert_int_equal(head.header.id, n);
		assert_true(happened || head.header.record_count[SECTION_ANSWER] == 1);
		assert_int_equal(udp_listener_waiting(listener), 0);
	}
	for (size_t n = 0; n < 2; n++) {
		failmalloc_arm(n);
		assert_null(udp_listener_new(&s.serving, fd, batch));
		assert_true(failmalloc_disarm());
	}
	udp_listener_free(NULL);
	close(a);
}

#define UDP_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UDP_TEST(clients_that_ask_the_same_get_each_its_own),
		UDP_TEST(the_cache_answers_without_memory),
		UDP_TEST(strangers_get_silence),
		UDP_TEST(what_is_no_query_is_dropped_and_counted),
		UDP_TEST(a_long_answer_is_cut_for_who_cannot_take_it),
		UDP_TEST(beyond_its_bound_new_questions_fail_and_the_cache_goes_on),
		UDP_TEST(too_many_names_at_once_fail),
		UDP_TEST(draining_answers_those_who_wait),
		UDP_TEST(the_end_forgets_those_who_wait),
		UDP_TEST(a_burst_is_answered_whole),
		UDP_TEST(a_reply_to_nobody_is_no_trouble),
		UDP_TEST(without_memory_a_question_fails_and_the_next_does_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
