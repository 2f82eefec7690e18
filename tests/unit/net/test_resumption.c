/* SPDX-License-Identifier: MIT */
/* Coming back must be cheap, and only to whom one was with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <string.h>

#include "base/clock.h"
#include "net/resumption.h"
#include "tls_client.h"

static gnutls_datum_t ticket_key;
static struct tickets *tickets;
static const uint8_t key[TICKETS_KEY_LEN] = { 1 }, other_key[TICKETS_KEY_LEN] = { 2 };

static int setup_group(void **state)
{
	return tls_client_setup_group(state) || gnutls_session_ticket_key_generate(&ticket_key);
}

static int teardown_group(void **state)
{
	gnutls_free(ticket_key.data);
	return tls_client_teardown_group(state);
}

static int setup(void **state)
{
	tickets = tickets_new();
	return tls_client_setup(state) || !tickets;
}

static int teardown(void **state)
{
	int failed = tls_client_teardown(state);
	tickets_free(tickets);
	return failed;
}

/* One connection with a question and its answer, after which tickets are there. */
static bool visit(const char *priority, const uint8_t *as)
{
	struct tls_server server = {
		.chain = { &good }, .priority = priority, .ticket_key = &ticket_key
	};
	client = (struct client){ 0 };
	extra.tickets = tickets;
	extra.ticket_key = as;
	expect_good(&server, HOST, TLS_VERSION_1_2);
	return server.resumed;
}

#define ONLY_1_3 "NORMAL:-VERS-ALL:+VERS-TLS1.3"
#define ONLY_1_2 "NORMAL:-VERS-ALL:+VERS-TLS1.2"

static void tls_1_3(void **state)
{
	(void)state;
	assert_false(visit(ONLY_1_3, key));
	assert_true(tickets_count(tickets) > 0);
	for (int i = 0; i < 4; i++)
		assert_true(visit(ONLY_1_3, key));
	assert_true(tickets_count(tickets) <= TICKETS_EACH);
}

static void tls_1_2(void **state)
{
	(void)state;
	assert_false(visit(ONLY_1_2, key));
	assert_int_equal(tickets_count(tickets), 1);
	assert_true(visit(ONLY_1_2, key));
	/* The only ticket is used up. */
	assert_int_equal(tickets_count(tickets), 0);
	assert_false(visit(ONLY_1_2, key));
}

static void not_as_another(void **state)
{
	(void)state;
	assert_false(visit(ONLY_1_3, key));
	assert_false(visit(ONLY_1_3, other_key));
	assert_true(visit(ONLY_1_3, key));
}

static void only_if_asked(void **state)
{
	struct tls_server server = { .chain = { &good }, .ticket_key = &ticket_key };
	(void)state;
	expect_good(&server, HOST, TLS_VERSION_1_2);
	assert_false(visit(ONLY_1_3, key));
}

static int64_t end_of_newest(void)
{
	struct ticket ticket;
	assert_true(tickets_take(tickets, key, clock_wall_s(), &ticket));
	int64_t until_s = ticket.until_s;
	tickets_put(tickets, key, &ticket, clock_wall_s());
	ticket_done(&ticket);
	return until_s;
}

/* Resumed again and again, a session would outlive everything that it was believed for. */
static void the_end_is_that_of_the_first(void **state)
{
	struct ticket ticket;
	(void)state;

	assert_false(visit(ONLY_1_3, key));
	while (tickets_count(tickets) > 1) {
		assert_true(tickets_take(tickets, key, clock_wall_s(), &ticket));
		ticket_done(&ticket);
	}
	assert_true(tickets_take(tickets, key, clock_wall_s(), &ticket));
	ticket.until_s -= 1000;
	tickets_put(tickets, key, &ticket, clock_wall_s());
	const int64_t end_s = ticket.until_s;
	ticket_done(&ticket);
	assert_true(visit(ONLY_1_3, key));
	assert_int_equal(end_of_newest(), end_s);
}

static void not_beyond_the_certificate(void **state)
{
	struct pass leaf;
	struct tls_server server = { .chain = { &leaf }, .ticket_key = &ticket_key };
	(void)state;

	make_good(&leaf, (struct pass_wish){ .from_days = -3, .until_s = 3600 });
	extra.tickets = tickets;
	extra.ticket_key = key;
	client.question = "question";
	client.enough = 8;
	tls_server_start(&server);
	dial(&server.address, HOST, TLS_VERSION_1_2);
	loop_run(loop);
	close_it();
	tls_server_stop(&server);
	assert_int_equal(end_of_newest(), gnutls_x509_crt_get_expiration_time(leaf.certificate));
	pass_done(&leaf);
}

/* Nor beyond anything else that the proof rests on. */
static void not_beyond_the_proof(void **state)
{
	const int64_t now_s = clock_wall_s();
	struct resumption resumption = { 0 };
	(void)state;

	resumption_prove(&resumption, now_s + 100, now_s + 200);
	assert_int_equal(resumption.until_s, now_s + 100);
	assert_int_equal(resumption.expires_s, now_s + 200);
	resumption_prove(&resumption, now_s + 2 * TICKET_LIFE_S, now_s + 3 * TICKET_LIFE_S);
	assert_in_range(resumption.until_s, now_s + TICKET_LIFE_S, now_s + TICKET_LIFE_S + 60);
}

/* Days are not counted past what a number holds. */
static void an_end_beyond_all_days(void **state)
{
	struct tls_server server = { .chain = { &good }, .ticket_key = &ticket_key };
	struct ticket ticket;
	(void)state;

	assert_false(visit(ONLY_1_3, key));
	assert_true(tickets_take(tickets, key, clock_wall_s(), &ticket));
	ticket.expires_s = INT64_MAX - 1;
	tickets_put(tickets, key, &ticket, clock_wall_s());
	ticket_done(&ticket);
	client = (struct client){ .plan = PLAN_STOP_WHEN_READY };
	tls_server_start(&server);
	dial(&server.address, HOST, TLS_VERSION_1_2);
	loop_run(loop);
	assert_int_equal(tls_days_left(client.tls), INT_MAX);
	close_it();
	tls_server_stop(&server);
	assert_true(server.resumed);
}

/* A ticket that GnuTLS cannot read costs a full handshake, no more. */
static void nonsense(void **state)
{
	uint8_t octets[100] = { 0 };
	const struct ticket ticket = {
		.octets = octets, .len = sizeof(octets), .until_s = clock_wall_s() + 100
	};
	(void)state;
	tickets_put(tickets, key, &ticket, clock_wall_s());
	assert_false(visit(ONLY_1_3, key));
}

/* It had proved itself once, has forgotten our ticket, and cannot prove itself any more. */
static void let_in_by_the_profile_now(void **state)
{
	struct pass stranger;
	struct tls_server server = { .chain = { &stranger }, .priority = ONLY_1_3 };
	gnutls_datum_t new_key;
	(void)state;

	assert_int_equal(gnutls_session_ticket_key_generate(&new_key), 0);
	server.ticket_key = &new_key;
	extra.profile = TLS_OPPORTUNISTIC;
	assert_false(visit(ONLY_1_3, key));
	const size_t before = tickets_count(tickets);
	pass_make(&stranger, &(struct pass_wish){ .common_name = "me", .dns = HOST });
	client = (struct client){ .question = "question", .enough = 8 };
	tls_server_start(&server);
	dial(&server.address, HOST, TLS_VERSION_1_2);
	loop_run(loop);
	assert_int_equal(client.ready, 1);
	close_it();
	tls_server_stop(&server);
	assert_false(server.resumed);
	assert_int_equal(tickets_count(tickets), before - 1);
	gnutls_free(new_key.data);
	pass_done(&stranger);
}

static void every_difference_counts(void **state)
{
	const struct resumption_about base = { .host = bytes_of("a", 1),
		.trust = bytes_of("b", 1),
		.pins = bytes_of("c", 1),
		.credential = bytes_of("d", 1),
		.port = 853 };
	struct resumption_about others[9];
	uint8_t first[TICKETS_KEY_LEN], second[TICKETS_KEY_LEN];
	(void)state;

	for (unsigned i = 0; i < 9; i++)
		others[i] = base;
	others[1].host = bytes_of("x", 1);
	others[2].trust = bytes_of("x", 1);
	others[3].pins = bytes_of("x", 1);
	others[4].credential = bytes_of("", 0);
	others[5].port = 854;
	others[6].version = 1;
	others[7].profile = 1;
	others[8].protocol = 1;
	assert_int_equal(resumption_key(&base, first), 0);
	for (unsigned i = 0; i < 9; i++) {
		assert_int_equal(resumption_key(&others[i], second), 0);
		assert_int_equal(memcmp(first, second, sizeof(first)) == 0, i == 0);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(tls_1_3),
		T(tls_1_2),
		T(not_as_another),
		T(only_if_asked),
		T(the_end_is_that_of_the_first),
		T(not_beyond_the_certificate),
		T(not_beyond_the_proof),
		T(an_end_beyond_all_days),
		T(nonsense),
		T(let_in_by_the_profile_now),
		T(every_difference_counts),
	};
	return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
