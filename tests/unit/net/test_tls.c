/* SPDX-License-Identifier: MIT */
/* What an upstream says must come whole and in order, over TLS that is sound, and end well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/failmalloc.h"
#include "tls_client.h"

static void tls_1_3(void **state)
{
	struct tls_server server = { .chain = { &good } };
	(void)state;
	tls_server_start(&server);
	dial(&server.address, HOST, TLS_VERSION_1_3);
	client.plan = PLAN_STOP_WHEN_READY;
	loop_run(loop);
	assert_int_equal(client.ready, 1);
	print_message("# %s\n", tls_description(client.tls));
	assert_non_null(strstr(tls_description(client.tls), "TLS1.3 X25519"));
	close_it();
	tls_server_stop(&server);
	assert_string_equal(server.sni, HOST);
}

static void questions_are_answered(void **state)
{
	struct tls_server server = { .chain = { &good } };
	(void)state;
	expect_good(&server, HOST, TLS_VERSION_1_2);
}

static void tls_1_2(void **state)
{
	struct tls_server server = {
		.chain = { &good },
		.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.2",
	};
	(void)state;
	expect_good(&server, HOST, TLS_VERSION_1_2);
}

static void each_cipher_and_group(void **state)
{
	static const char *const priorities[] = {
		"NORMAL:-CIPHER-ALL:+AES-128-GCM:-GROUP-ALL:+GROUP-SECP256R1",
		"NORMAL:-CIPHER-ALL:+AES-256-GCM:-GROUP-ALL:+GROUP-SECP384R1",
		"NORMAL:-CIPHER-ALL:+CHACHA20-POLY1305:-GROUP-ALL:+GROUP-X25519",
	};
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct tls_server server = { .chain = { &good }, .priority = priorities[i] };
		client = (struct client){ 0 };
		expect_good(&server, HOST, TLS_VERSION_1_3);
	}
}

static void octet_by_octet(void **state)
{
	struct tls_server server = { .chain = { &good }, .octet_by_octet = true };
	(void)state;
	expect_good(&server, HOST, TLS_VERSION_1_2);
}

#define BIG 150000

static void send_big(struct tls_server *server, gnutls_session_t session, int fd)
{
	static uint8_t octets[BIG];
	(void)server;
	(void)fd;
	for (size_t i = 0; i < BIG; i++)
		octets[i] = (uint8_t)(i * 7 + i / 251);
	for (size_t at = 0; at < BIG;) {
		ssize_t len = gnutls_record_send(session, octets + at, BIG - at);
		if (len <= 0)
			return;
		at += (size_t)len;
	}
	(void)gnutls_record_recv(session, octets, 1);
}

static void much_data_comes_whole(void **state)
{
	struct tls_server server = { .chain = { &good }, .talk = send_big };
	(void)state;
	tls_server_start(&server);
	client.enough = BIG;
	dial(&server.address, HOST, TLS_VERSION_1_2);
	loop_run(loop);
	assert_int_equal(client.received, BIG);
	for (size_t i = 0; i < BIG; i++) {
		if (client.got[i] != (uint8_t)(i * 7 + i / 251))
			fail_msg("octet %zu differs", i);
	}
	close_it();
	tls_server_stop(&server);
}

static int gate[2]; /* the server reads on when an octet comes through */

static void read_when_told(struct tls_server *server, gnutls_session_t session, int fd)
{
	uint8_t octets[16384];
	uint8_t next = 0;
	ssize_t len;
	(void)fd;

	if (read(gate[0], octets, 1) != 1)
		return;
	while ((len = gnutls_record_recv(session, octets, sizeof(octets))) > 0) {
		for (ssize_t i = 0; i < len; i++) {
			if (octets[i] != next++)
				abort();
		}
		server->application += (size_t)len;
		if (gnutls_record_send(session, "", 1) != 1)
			abort();
	}
}

/* A server that stops reading costs 64 KiB, not all memory; when it reads again all is there. */
static void sending_is_bounded_and_in_order(void **state)
{
	struct tls_server server = { .chain = { &good }, .talk = read_when_told };
	uint8_t octets[1000], next = 0;
	size_t total = 0;
	int err = 0;
	(void)state;

	assert_int_equal(pipe(gate), 0);
	tls_server_start(&server);
	client.plan = PLAN_STOP_WHEN_READY;
	dial(&server.address, HOST, TLS_VERSION_1_2);
	loop_run(loop);
	for (int i = 0; i < 100000; i++) {
		for (size_t j = 0; j < sizeof(octets); j++)
			octets[j] = next++;
		err = tls_send(client.tls, bytes_of(octets, sizeof(octets)));
		if (err != 0)
			break;
		total += sizeof(octets);
	}
	assert_int_equal(err, ERR_LIMIT);
	assert_int_equal(write(gate[1], "x", 1), 1);
	/* The queue goes out; a last octet gets through and the server hears the end. */
	next = (uint8_t)total;
	while (tls_send(client.tls, bytes_of(&next, 1)) == ERR_LIMIT) {
		client.enough = client.received + 1;
		loop_run(loop);
		assert_int_equal(client.failed, 0);
	}
	/* It says an octet for each record that it has read. */
	client.enough = total / sizeof(octets) + 1;
	total++;
	if (client.received < client.enough)
		loop_run(loop);
	assert_int_equal(client.received, client.enough);
	assert_int_equal(client.failed, 0);
	close_it();
	tls_server_stop(&server);
	assert_int_equal(server.application, total);
	close(gate[0]);
	close(gate[1]);
}

static void renegotiate(struct tls_server *server, gnutls_session_t session, int fd)
{
	uint8_t octets[64];
	(void)fd;
	(void)gnutls_record_recv(session, octets, sizeof(octets));
	(void)gnutls_rehandshake(session);
	server->handshake = gnutls_handshake(session);
}

static void renegotiation_is_refused(void **state)
{
	struct tls_server server = {
		.chain = { &good },
		.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.2",
		.talk = renegotiate,
	};
	(void)state;
	client.question = "q";
	tls_server_start(&server);
	dial(&server.address, HOST, TLS_VERSION_1_2);
	loop_run(loop);
	assert_int_equal(client.failed, 1);
	assert_int_equal(client.err, ERR_TLS);
	assert_non_null(strstr(tls_failure(client.tls), "renegotiation"));
	close_it();
	tls_server_stop(&server);
	assert_true(server.handshake < 0);
}

static void update_keys(struct tls_server *server, gnutls_session_t session, int fd)
{
	char octets[64];
	(void)fd;
	for (int i = 0; i < 3; i++) {
		ssize_t len;
		/* After an update it says AGAIN, even on a blocking socket. */
		do
			len = gnutls_record_recv(session, octets, sizeof(octets));
		while (len == GNUTLS_E_AGAIN);
		if (len <= 0)
			return;
		server->application += (size_t)len;
		if (gnutls_session_key_update(session, GNUTLS_KU_PEER) != 0)
			abort();
		(void)gnutls_record_send(session, octets, (size_t)len);
	}
	(void)gnutls_record_recv(session, octets, sizeof(octets));
}

static void keys_are_updated(void **state)
{
	struct tls_server server = {
		.chain = { &good },
		.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3",
		.talk = update_keys,
	};
	(void)state;
	client.question = "one";
	tls_server_start(&server);
	dial(&server.address, HOST, TLS_VERSION_1_2);
	for (size_t i = 1; i <= 3; i++) {
		client.enough = 3 * i;
		loop_run(loop);
		assert_int_equal(client.failed, 0);
		assert_int_equal(client.received, 3 * i);
		if (i < 3)
			assert_int_equal(tls_send(client.tls, bytes_of("two", 3)), 0);
	}
	close_it();
	tls_server_stop(&server);
	assert_int_equal(server.application, 9);
}

/* Those that the client has read at least are all there is to be. */
static void give_tickets(struct tls_server *server, gnutls_session_t session, int fd)
{
	uint8_t octet;
	(void)fd;
	for (int i = 0; i < 2000; i++) {
		if (gnutls_session_ticket_send(session, 1, 0) != 0)
			break;
		server->application++;
	}
	(void)gnutls_record_recv(session, &octet, 1);
}

/* Tickets without end are kept by GnuTLS one and all: who sends nothing else is cut off. */
static void records_without_data_have_an_end(void **state)
{
	gnutls_datum_t ticket_key;
	struct tls_server server = {
		.chain = { &good },
		.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3",
		.ticket_key = &ticket_key,
		.talk = give_tickets,
	};
	(void)state;
	assert_int_equal(gnutls_session_ticket_key_generate(&ticket_key), 0);
	tls_server_start(&server);
	dial(&server.address, HOST, TLS_VERSION_1_3);
	loop_run(loop);
	assert_int_equal(client.ready, 1);
	assert_int_equal(client.failed, 1);
	assert_int_equal(client.err, ERR_TLS);
	close_it();
	tls_server_stop(&server);
	assert_true(server.application > 250); /* a few of them are no offence */
	gnutls_free(ticket_key.data);
}

static uint8_t segment[4000];
static size_t segment_len;

static ssize_t push_to_segment(gnutls_transport_ptr_t to, const void *octets, size_t len)
{
	(void)to;
	assert_true(len <= sizeof(segment) - segment_len);
	memcpy(segment + segment_len, octets, len);
	segment_len += len;
	return (ssize_t)len;
}

static void several_records_at_once(struct tls_server *server, gnutls_session_t session, int fd)
{
	uint8_t octet;
	(void)server;
	segment_len = 0;
	gnutls_transport_set_push_function(session, push_to_segment);
	gnutls_record_cork(session);
	(void)gnutls_record_send(session, "\0\1a\0\1b", 6);
	(void)gnutls_record_uncork(session, GNUTLS_RECORD_WAIT);
	for (int i = 0; i < 40; i++)
		(void)gnutls_record_send(session, "x", 1);
	if (send(fd, segment, segment_len, MSG_NOSIGNAL) != (ssize_t)segment_len)
		abort();
	(void)gnutls_record_recv(session, &octet, 1);
}

static void many_records_in_one_segment(void **state)
{
	struct tls_server server = { .chain = { &good }, .talk = several_records_at_once };
	(void)state;
	tls_server_start(&server);
	client.enough = 46;
	dial(&server.address, HOST, TLS_VERSION_1_2);
	loop_run(loop);
	assert_int_equal(client.received, 46);
	assert_memory_equal(client.got, "\0\1a\0\1bxxxx", 10);
	close_it();
	tls_server_stop(&server);
}

static void closing_in_each_event_is_safe(void **state)
{
	struct tls_server server = { .chain = { &good } };
	(void)state;
	tls_server_start(&server);
	client.plan = PLAN_CLOSE_WHEN_READY;
	dial(&server.address, HOST, TLS_VERSION_1_2);
	loop_run(loop);
	assert_null(client.tls);
	settle();
	assert_int_equal(client.ready, 1);
	tls_server_stop(&server);

	client = (struct client){ .plan = PLAN_CLOSE_WHEN_RECEIVED };
	server = (struct tls_server){ .chain = { &good }, .talk = send_big };
	tls_server_start(&server);
	dial(&server.address, HOST, TLS_VERSION_1_2);
	loop_run(loop);
	assert_null(client.tls);
	settle();
	assert_int_equal(client.pieces, 1);
	assert_int_equal(client.failed, 0);
	tls_server_stop(&server);
}

static void closing_at_any_moment_is_safe(void **state)
{
	(void)state;
	/* Some of them end before the handshake is done, some in it, some after. */
	for (unsigned turns = 0; turns < 4096; turns = turns * 2 + 1) {
		struct tls_server server = { .chain = { &good } };
		client = (struct client){ .question = "q" };
		tls_server_start(&server);
		dial(&server.address, HOST, TLS_VERSION_1_2);
		for (unsigned i = 0; i < turns; i++) {
			struct task task;
			task_init(&task, stop, NULL);
			loop_post(loop, &task);
			loop_run(loop);
		}
		close_it();
		settle();
		tls_server_stop(&server);
	}
	tls_close(NULL);
}

static void closing_before_the_failure_is_told(void **state)
{
	struct address address;
	(void)state;
	assert_int_equal(address_parse("255.255.255.255", 853, &address), 0);
	dial(&address, HOST, TLS_VERSION_1_2);
	close_it();
	settle();
	assert_int_equal(client.failed, 0);
}

static void out_of_memory_is_told(void **state)
{
	struct address address;
	struct tls_peer peer = { .host = HOST, .trust = trust };
	(void)state;
	assert_int_equal(address_parse("127.0.0.1", 1, &address), 0);
	for (size_t n = 0; n < 2; n++) {
		failmalloc_arm(n);
		assert_null(tls_connect(loop, &peer, &address, &client_events, &client));
		assert_true(failmalloc_disarm());
	}
	assert_true(tls_library_version()[0] == '3');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TLS_TEST(tls_1_3),
		TLS_TEST(questions_are_answered),
		TLS_TEST(tls_1_2),
		TLS_TEST(each_cipher_and_group),
		TLS_TEST(octet_by_octet),
		TLS_TEST(much_data_comes_whole),
		TLS_TEST(sending_is_bounded_and_in_order),
		TLS_TEST(renegotiation_is_refused),
		TLS_TEST(keys_are_updated),
		TLS_TEST(records_without_data_have_an_end),
		TLS_TEST(many_records_in_one_segment),
		TLS_TEST(closing_in_each_event_is_safe),
		TLS_TEST(closing_at_any_moment_is_safe),
		TLS_TEST(closing_before_the_failure_is_told),
		TLS_TEST(out_of_memory_is_told),
	};
	return cmocka_run_group_tests(tests, tls_client_setup_group, tls_client_teardown_group);
}
