/* SPDX-License-Identifier: MIT */
/* What is asked with the first octets must arrive once whatever the server thinks of it, and must
 * never go to whom nothing would have been sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "net/tls_early.h"
#include "support/failmalloc.h"
#include "tls_client.h"

#define EARLY_MAX 1000

static gnutls_datum_t ticket_key;
static gnutls_anti_replay_t anti_replay;
static struct tickets *tickets;
static const uint8_t key[TICKETS_KEY_LEN] = { 1 };

/* Every hello is a new one; or, if it is said, none is. */
static bool replayed;

static int add_hello(
	void *owner, time_t until, const gnutls_datum_t *hello, const gnutls_datum_t *data)
{
	(void)owner;
	(void)until;
	(void)hello;
	(void)data;
	return replayed ? GNUTLS_E_DB_ENTRY_EXISTS : 0;
}

static int setup_group(void **state)
{
	if (tls_client_setup_group(state) || gnutls_session_ticket_key_generate(&ticket_key) ||
		gnutls_anti_replay_init(&anti_replay))
		return -1;
	gnutls_anti_replay_set_add_function(anti_replay, add_hello);
	return 0;
}

static int teardown_group(void **state)
{
	gnutls_free(ticket_key.data);
	gnutls_anti_replay_deinit(anti_replay);
	return tls_client_teardown_group(state);
}

static int setup(void **state)
{
	tickets = tickets_new();
	replayed = false;
	return tls_client_setup(state) || !tickets;
}

static int teardown(void **state)
{
	int failed = tls_client_teardown(state);
	tickets_free(tickets);
	return failed;
}

static struct tls_server server_of(size_t early_max)
{
	return (struct tls_server){ .chain = { &good },
		.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3",
		.ticket_key = &ticket_key,
		.early = early_max > 0 ? anti_replay : NULL,
		.early_max = early_max };
}

static void expect(bool early_data)
{
	extra.tickets = tickets;
	extra.ticket_key = key;
	extra.early_data = early_data;
}

/* After it tickets are there that allow so much. */
static void first_visit(size_t early_max)
{
	struct tls_server server = server_of(early_max);

	expect(true);
	expect_good(&server, HOST, TLS_VERSION_1_2);
	assert_int_equal(client.early, 0);
	assert_false(server.resumed);
	client = (struct client){ .hurry = "hurry! ", .question = "question", .enough = 15 };
}

static void come_back(struct tls_server *server)
{
	tls_server_start(server);
	dial(&server->address, HOST, TLS_VERSION_1_2);
	loop_run(loop);
	if (client.failed)
		print_message("# %s\n", tls_failure(client.tls));
}

static void leave(struct tls_server *server)
{
	close_it();
	tls_server_stop(server);
}

static void accepted(void **state)
{
	struct tls_server server = server_of(EARLY_MAX);
	(void)state;

	first_visit(EARLY_MAX);
	come_back(&server);
	assert_int_equal(client.early, 1);
	assert_int_equal(client.room, EARLY_MAX);
	assert_int_equal(client.ready, 1);
	assert_memory_equal(client.got, "hurry! question", 15);
	assert_non_null(strstr(tls_description(client.tls), " resumed, early data"));
	assert_null(strstr(tls_description(client.tls), "refused"));
	leave(&server);
	assert_int_equal(server.early_len, 7);
	assert_int_equal(server.application, 15);
}

/* The same octets come a second time, and in front. */
static void refused(void **state)
{
	struct tls_server server = server_of(EARLY_MAX);
	(void)state;

	first_visit(EARLY_MAX);
	replayed = true;
	come_back(&server);
	assert_int_equal(client.early, 1);
	assert_memory_equal(client.got, "hurry! question", 15);
	assert_non_null(strstr(tls_description(client.tls), " resumed, early data refused"));
	leave(&server);
	assert_true(server.resumed);
	assert_int_equal(server.early_len, 0);
	assert_int_equal(server.application, 15);
}

/* It has forgotten us: the ticket is of no use, and it proves itself before it is sent anything
 * again. */
static void not_resumed(void **state)
{
	struct tls_server server = server_of(EARLY_MAX);
	gnutls_datum_t new_key;
	(void)state;

	first_visit(EARLY_MAX);
	assert_int_equal(gnutls_session_ticket_key_generate(&new_key), 0);
	server.ticket_key = &new_key;
	come_back(&server);
	assert_int_equal(client.early, 1);
	assert_memory_equal(client.got, "hurry! question", 15);
	leave(&server);
	assert_false(server.resumed);
	assert_int_equal(server.early_len, 0);
	assert_int_equal(server.application, 15);
	gnutls_free(new_key.data);
}

/* And if it cannot, it gets nothing that it could read. */
static void somebody_else(void **state)
{
	struct pass stranger;
	struct tls_server server = server_of(EARLY_MAX);
	gnutls_datum_t new_key;
	(void)state;

	first_visit(EARLY_MAX);
	pass_make(&stranger, &(struct pass_wish){ .common_name = "me", .dns = HOST });
	assert_int_equal(gnutls_session_ticket_key_generate(&new_key), 0);
	server.ticket_key = &new_key;
	server.chain[0] = &stranger;
	come_back(&server);
	assert_int_equal(client.early, 1);
	assert_int_equal(client.failed, 1);
	assert_int_equal(client.err, ERR_TLS);
	leave(&server);
	assert_int_equal(server.application, 0);
	gnutls_free(new_key.data);
	pass_done(&stranger);
}

/* A server that has come to want another key share: GnuTLS fails with what is under way, but once.
 */
static void hello_retry(void **state)
{
	struct tls_server server = server_of(EARLY_MAX);
	(void)state;

	first_visit(EARLY_MAX);
	assert_true(tickets_count(tickets) > 0);
	server.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-SECP384R1";
	come_back(&server);
	assert_int_equal(client.early, 1);
	assert_int_equal(client.failed, 1);
	assert_int_equal(client.received, 0);
	leave(&server);
	assert_int_equal(tickets_count(tickets), 0);
	for (int i = 0; i < 2; i++) {
		client = (struct client){ .hurry = "hurry! ", .question = "question", .enough = 8 };
		come_back(&server);
		assert_int_equal(client.early, 0);
		assert_memory_equal(client.got, "question", 8);
		leave(&server);
		assert_int_equal(server.application, 8);
		server.application = 0;
	}
	/* Who does not send early is resumed even so. */
	expect(false);
	for (int i = 0; i < 2; i++) {
		client = (struct client){ .question = "question", .enough = 8 };
		come_back(&server);
		leave(&server);
	}
	assert_true(server.resumed);
}

static void more_than_the_ticket_allows(void **state)
{
	struct tls_server server = server_of(6);
	(void)state;

	first_visit(6);
	client.enough = 8;
	come_back(&server);
	assert_int_equal(client.early, 1);
	assert_int_equal(client.room, 6);
	assert_memory_equal(client.got, "question", 8);
	leave(&server);
	assert_int_equal(server.application, 8);
}

static void the_ticket_allows_none(void **state)
{
	struct tls_server server = server_of(0);
	(void)state;

	first_visit(0);
	client.enough = 8;
	come_back(&server);
	assert_int_equal(client.early, 0);
	leave(&server);
	assert_true(server.resumed);
	assert_int_equal(server.application, 8);
}

static void only_if_asked(void **state)
{
	struct tls_server server = server_of(EARLY_MAX);
	(void)state;

	first_visit(EARLY_MAX);
	expect(false);
	client.enough = 8;
	come_back(&server);
	assert_int_equal(client.early, 0);
	leave(&server);
	assert_true(server.resumed);
	assert_int_equal(server.early_len, 0);
}

static void nothing_to_say(void **state)
{
	struct tls_server server = server_of(EARLY_MAX);
	(void)state;

	first_visit(EARLY_MAX);
	client.hurry = NULL;
	client.enough = 8;
	come_back(&server);
	assert_int_equal(client.early, 1);
	assert_null(strstr(tls_description(client.tls), "early"));
	leave(&server);
	assert_int_equal(server.early_len, 0);
	assert_int_equal(server.application, 8);
}

static void closed_within(void **state)
{
	struct tls_server server = server_of(EARLY_MAX);
	(void)state;

	first_visit(EARLY_MAX);
	client.plan = PLAN_CLOSE_EARLY;
	come_back(&server);
	assert_int_equal(client.early, 1);
	assert_null(client.tls);
	tls_server_stop(&server);
	assert_int_equal(server.application, 0);
}

static void pieces(void **state)
{
	struct tls_early early = { .room = 9 };
	struct bytes piece;
	(void)state;

	assert_int_equal(tls_early_add(&early, bytes_of("one", 3)), 0);
	assert_int_equal(tls_early_add(&early, bytes_of("threefour", 9)), ERR_LIMIT);
	failmalloc_arm(0);
	assert_int_equal(tls_early_add(&early, bytes_of("threes", 6)), ERR_NOMEM);
	assert_true(failmalloc_disarm());
	assert_int_equal(tls_early_add(&early, bytes_of("threes", 6)), 0);
	assert_int_equal(tls_early_add(&early, bytes_of("x", 1)), ERR_LIMIT);
	assert_true(tls_early_next(&early, &piece));
	assert_int_equal(piece.len, 3);
	assert_memory_equal(piece.at, "one", 3);
	assert_true(tls_early_next(&early, &piece));
	assert_memory_equal(piece.at, "threes", 6);
	assert_false(tls_early_next(&early, &piece));
	tls_early_done(&early);
	assert_int_equal(tls_early_add(&early, bytes_of("x", 1)), ERR_LIMIT);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(accepted),
		T(refused),
		T(not_resumed),
		T(somebody_else),
		T(hello_retry),
		T(more_than_the_ticket_allows),
		T(the_ticket_allows_none),
		T(only_if_asked),
		T(nothing_to_say),
		T(closed_within),
		T(pieces),
	};
	return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
