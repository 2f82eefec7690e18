/* SPDX-License-Identifier: MIT */
/* When an upstream cannot be reached or trusted, the user must read why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls_client.h"

static void old_versions_only(void **state)
{
	struct tls_server server = {
		.chain = { &good },
		.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0",
	};
	(void)state;
	expect_refused(&server, ERR_TLS, "TLS 1.2 or 1.3", "version");
}

static void say_canned(int fd, const void *octets, size_t len)
{
	char sink[4096];
	(void)recv(fd, sink, sizeof(sink), 0);
	(void)send(fd, octets, len, MSG_NOSIGNAL);
	(void)recv(fd, sink, sizeof(sink), 0);
}

static void say_protocol_version(struct tls_server *server, gnutls_session_t session, int fd)
{
	static const uint8_t alert[] = { 21, 3, 1, 0, 2, 2, 70 };
	(void)server;
	(void)session;
	say_canned(fd, alert, sizeof(alert));
}

/* A ServerHello of TLS 1.1. */
static void say_hello_1_1(struct tls_server *server, gnutls_session_t session, int fd)
{
	static const uint8_t hello[5 + 42] = { 22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2, [44] = 0x2f };
	(void)server;
	(void)session;
	say_canned(fd, hello, sizeof(hello));
}

static void other_ways_to_say_that_only_old_versions_are_known(void **state)
{
	struct tls_server server = { .talk = say_protocol_version };
	(void)state;
	expect_refused(&server, ERR_TLS, "TLS 1.2 or 1.3", "only older protocol versions");
	client = (struct client){ 0 };
	server = (struct tls_server){ .talk = say_hello_1_1 };
	expect_refused(
		&server, ERR_TLS, "TLS 1.2 or 1.3", "offers no protocol version that is safe");
}

static void tls_1_2_where_1_3_is_demanded(void **state)
{
	struct tls_server server = {
		.chain = { &good },
		.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.2",
	};
	(void)state;
	tls_server_start(&server);
	dial(&server.address, HOST, TLS_VERSION_1_3);
	loop_run(loop);
	assert_int_equal(client.failed, 1);
	print_message("# %s\n", tls_failure(client.tls));
	assert_non_null(strstr(tls_failure(client.tls), "expected TLS 1.3"));
	close_it();
	tls_server_stop(&server);
}

static void weak_suites_only(void **state)
{
	static const char *const priorities[] = {
		"NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC:-MAC-ALL:+SHA1",
		"NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+DHE-RSA",
		"NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA",
		"NORMAL:-GROUP-ALL:+GROUP-FFDHE2048",
	};
	struct pass rsa;
	(void)state;
	make_good(&rsa, (struct pass_wish){ .rsa_bits = 2048 });
	for (unsigned i = 0; i < 4; i++) {
		struct tls_server server = { .chain = { &rsa }, .priority = priorities[i] };
		client = (struct client){ 0 };
		expect_refused(&server, ERR_TLS, "refused the TLS handshake", "");
	}
	pass_done(&rsa);
}

static void another_protocol_on_the_port(void **state)
{
	struct tls_server server = { .chain = { &good }, .alpn = "h2" };
	(void)state;
	expect_refused(&server, ERR_TLS, "another protocol", "check the port");
}

static void the_right_protocol_on_the_port(void **state)
{
	struct tls_server server = { .chain = { &good }, .alpn = "dot" };
	(void)state;
	expect_good(&server, HOST, TLS_VERSION_1_2);
}

/* DNS over HTTPS cannot do with less: a server that knows no ALPN knows no HTTP/2. */
static void no_protocol_agreed(void **state)
{
	struct tls_server server = { .chain = { &good } };
	(void)state;
	alpn_required = true;
	expect_refused(
		&server, ERR_TLS, "did not agree to the protocol \"dot\" (ALPN)", "check the port");
	/* The server's operator reads of it too (RFC 7301 section 3.2). */
	assert_int_equal(server.alert, GNUTLS_A_NO_APPLICATION_PROTOCOL);
}

static void no_protocol_agreed_and_tls_1_2(void **state)
{
	struct tls_server server = {
		.chain = { &good },
		.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.2",
	};
	(void)state;
	alpn_required = true;
	expect_refused(&server, ERR_TLS, "did not agree to the protocol", "HTTP/1.1");
}

static void the_protocol_that_is_required(void **state)
{
	struct tls_server server = { .chain = { &good }, .alpn = "dot" };
	(void)state;
	alpn_required = true;
	expect_good(&server, HOST, TLS_VERSION_1_2);
}

static void say_http(struct tls_server *server, gnutls_session_t session, int fd)
{
	static const char text[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
	(void)server;
	(void)session;
	say_canned(fd, text, sizeof(text) - 1);
}

/* It begins as a record does, and is none. */
static void say_one_octet_of_tls(struct tls_server *server, gnutls_session_t session, int fd)
{
	static const char text[] = "\x16"
				   "220 mail.example ESMTP\r\n";
	(void)server;
	(void)session;
	say_canned(fd, text, sizeof(text) - 1);
}

static void not_tls_at_all(void **state)
{
	struct tls_server server = { .talk = say_http };
	(void)state;
	expect_refused(&server, ERR_TLS, "does not speak TLS", "got \"HTTP/1.1 400 Bad ");
	client = (struct client){ 0 };
	server = (struct tls_server){ .talk = say_one_octet_of_tls };
	expect_refused(&server, ERR_TLS, "does not speak TLS", "got \"\\16220 mail.example ESMTP");
}

static void say_garbage(struct tls_server *server, gnutls_session_t session, int fd)
{
	static const uint8_t octets[] = { 22, 3, 3, 0, 8, 2, 0, 0, 4, 1, 2, 3, 4 };
	(void)server;
	(void)session;
	say_canned(fd, octets, sizeof(octets));
}

static void tls_and_yet_garbage(void **state)
{
	struct tls_server server = { .talk = say_garbage };
	(void)state;
	expect_refused(&server, ERR_TLS, "handshake", "");
}

static void close_at_once(struct tls_server *server, gnutls_session_t session, int fd)
{
	char sink[4096];
	(void)server;
	(void)session;
	(void)recv(fd, sink, sizeof(sink), 0);
	(void)send(fd, "\26\3\3", 3, MSG_NOSIGNAL);
}

static void reset_now(int fd)
{
	struct linger hard = { .l_onoff = 1 };
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

static void reset_at_once(struct tls_server *server, gnutls_session_t session, int fd)
{
	char sink[4096];
	(void)server;
	(void)session;
	(void)recv(fd, sink, sizeof(sink), 0);
	reset_now(fd);
}

static void closed_in_mid_handshake(void **state)
{
	struct tls_server server = { .talk = close_at_once };
	(void)state;
	expect_refused(&server, ERR_TLS, "closed the connection during the TLS handshake", "");
	client = (struct client){ 0 };
	server = (struct tls_server){ .talk = reset_at_once };
	expect_refused(&server, ERR_TLS, "closed the connection during the TLS handshake", "reset");
}

static void say_bye(struct tls_server *server, gnutls_session_t session, int fd)
{
	(void)server;
	(void)fd;
	(void)gnutls_record_send(session, "last", 4);
	(void)gnutls_bye(session, GNUTLS_SHUT_WR);
}

static void say_no_bye(struct tls_server *server, gnutls_session_t session, int fd)
{
	(void)server;
	(void)gnutls_record_send(session, "last", 4);
	shutdown(fd, SHUT_WR);
}

static void say_reset(struct tls_server *server, gnutls_session_t session, int fd)
{
	uint8_t octet;
	(void)server;
	(void)gnutls_record_recv(session, &octet, 1);
	reset_now(fd);
}

static void expect_end(
	void (*talk)(struct tls_server *, gnutls_session_t, int), int err, const char *words)
{
	struct tls_server server = { .chain = { &good }, .talk = talk };
	client = (struct client){ .question = "q" };
	tls_server_start(&server);
	dial(&server.address, HOST, TLS_VERSION_1_2);
	loop_run(loop);
	settle();
	print_message("# %s\n", tls_failure(client.tls));
	assert_int_equal(client.ready, 1);
	assert_int_equal(client.failed, 1);
	assert_int_equal(client.err, err);
	assert_non_null(strstr(tls_failure(client.tls), words));
	assert_int_equal(tls_send(client.tls, bytes_of("x", 1)), ERR_CLOSED);
	close_it();
	tls_server_stop(&server);
}

static void ways_to_end(void **state)
{
	(void)state;
	expect_end(say_bye, ERR_CLOSED, "closed the connection");
	assert_memory_equal(client.got, "last", 4);
	expect_end(say_no_bye, ERR_CLOSED, "no close_notify");
	assert_memory_equal(client.got, "last", 4);
	expect_end(say_reset, ERR_SYSTEM, "reset");
}

static void reset_after_handshake(struct tls_server *server, gnutls_session_t session, int fd)
{
	(void)server;
	(void)session;
	reset_now(fd);
}

/* No signal, and the event that an owner who waits for it expects. */
static void sending_to_who_has_gone(void **state)
{
	struct tls_server server = { .chain = { &good }, .talk = reset_after_handshake };
	(void)state;
	tls_server_start(&server);
	client.plan = PLAN_STOP_WHEN_READY;
	dial(&server.address, HOST, TLS_VERSION_1_2);
	loop_run(loop);
	assert_int_equal(client.ready, 1);
	tls_server_stop(&server);
	assert_int_equal(tls_send(client.tls, bytes_of("x", 1)), 0);
	assert_int_equal(tls_send(client.tls, bytes_of("x", 1)), 0);
	assert_int_equal(client.failed, 0);
	loop_run(loop);
	settle();
	assert_int_equal(client.failed, 1);
	assert_int_equal(tls_send(client.tls, bytes_of("x", 1)), ERR_CLOSED);
}

static void say_bad_record(struct tls_server *server, gnutls_session_t session, int fd)
{
	uint8_t octets[64] = { 23, 3, 3, 0, 59 };
	(void)server;
	(void)session;
	(void)send(fd, octets, sizeof(octets), MSG_NOSIGNAL);
	(void)recv(fd, octets, sizeof(octets), 0);
	(void)recv(fd, octets, sizeof(octets), 0);
}

static void a_forged_record(void **state)
{
	(void)state;
	expect_end(say_bad_record, ERR_TLS, "bad");
}

static void without_safe_renegotiation(void **state)
{
	struct tls_server server = {
		.chain = { &good },
		.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.2:%DISABLE_SAFE_RENEGOTIATION",
	};
	(void)state;
	expect_refused(&server, ERR_TLS, "safe renegotiation", "RFC 5746");
}

static void expect_no_connection(const char *text, uint16_t port, const char *words)
{
	struct address address;
	client = (struct client){ 0 };
	assert_int_equal(address_parse(text, port, &address), 0);
	dial(&address, HOST, TLS_VERSION_1_2);
	loop_run(loop);
	print_message("# %s\n", tls_failure(client.tls));
	assert_int_equal(client.failed, 1);
	assert_int_equal(client.err, ERR_UNREACHABLE);
	assert_non_null(strstr(tls_failure(client.tls), words));
	close_it();
}

/* With either version of TLS. */
static void expect_measured(const struct pass *leaf, const char *words, const char *more_words)
{
	static const char *const priorities[] = { NULL, "NORMAL:-VERS-ALL:+VERS-TLS1.2" };

	for (unsigned i = 0; i < 2; i++) {
		struct tls_server server = { .chain = { leaf }, .priority = priorities[i] };
		client = (struct client){ 0 };
		expect_refused(&server, ERR_TLS, words, more_words);
	}
}

/* One whose certificate had no end would have us calculate, and keep, without one. */
static void a_certificate_without_measure(void **state)
{
	static char name[70000];
	struct pass leaf;
	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	make_good(&leaf, (struct pass_wish){ .dns = HOST, .dns2 = name });
	expect_measured(&leaf, "broke the TLS handshake", "too large");
	pass_done(&leaf);
	name[33000] = '\0';
	make_good(&leaf, (struct pass_wish){ .dns = HOST, .dns2 = name });
	expect_measured(
		&leaf, "sent certificates of 33", "too long to read; expected at most 32768");
	pass_done(&leaf);
}

/* Short, and yet it would take long to read. */
static void a_certificate_for_everybody(void **state)
{
	struct pass leaf;
	(void)state;
	make_good(&leaf, (struct pass_wish){ .names = 2000 });
	expect_measured(&leaf, "sent certificates with 20", "names and other elements, too long");
	pass_done(&leaf);
}

static void a_certificate_for_many(void **state)
{
	struct pass leaf;
	(void)state;
	make_good(&leaf, (struct pass_wish){ .names = 1500 });
	expect_measured(&leaf, "is for \"a\", \"a\", \"a\" and 1497 more", "check the name");
	pass_done(&leaf);
}

static void no_connection(void **state)
{
	struct tls_server server = { .chain = { &good } };
	(void)state;
	/* A port that was just somebody's and is closed. */
	server.listening = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in any = { .sin_family = AF_INET };
	any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	socklen_t len = sizeof(any);
	assert_int_equal(bind(server.listening, (struct sockaddr *)&any, len), 0);
	assert_int_equal(getsockname(server.listening, (struct sockaddr *)&any, &len), 0);
	close(server.listening);
	expect_no_connection("127.0.0.1", ntohs(any.sin_port), "Connection refused");
	/* No socket may connect there; the system says so at once. */
	expect_no_connection("255.255.255.255", 853, "no TCP connection to dns.example at 255.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TLS_TEST(old_versions_only),
		TLS_TEST(other_ways_to_say_that_only_old_versions_are_known),
		TLS_TEST(tls_1_2_where_1_3_is_demanded),
		TLS_TEST(weak_suites_only),
		TLS_TEST(another_protocol_on_the_port),
		TLS_TEST(the_right_protocol_on_the_port),
		TLS_TEST(no_protocol_agreed),
		TLS_TEST(no_protocol_agreed_and_tls_1_2),
		TLS_TEST(the_protocol_that_is_required),
		TLS_TEST(not_tls_at_all),
		TLS_TEST(tls_and_yet_garbage),
		TLS_TEST(closed_in_mid_handshake),
		TLS_TEST(ways_to_end),
		TLS_TEST(sending_to_who_has_gone),
		TLS_TEST(a_forged_record),
		TLS_TEST(without_safe_renegotiation),
		TLS_TEST(a_certificate_without_measure),
		TLS_TEST(a_certificate_for_everybody),
		TLS_TEST(a_certificate_for_many),
		TLS_TEST(no_connection),
	};
	return cmocka_run_group_tests(tests, tls_client_setup_group, tls_client_teardown_group);
}
