/* SPDX-License-Identifier: MIT */
/* Queries must reach whom the user chose and nobody else, and when they cannot, the user must
 * read why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/tls.h"
#include "support/failmalloc.h"
#include "tls_server.h"

#define HOST "dns.example"

/* Authorities and certificates that most tests share: keys take time to make. */
static struct pass root, weak_root, good, intermediate;
static struct trust *trust;
static struct loop *loop;
static struct timer guard;

enum plan { PLAN_GO_ON, PLAN_CLOSE_WHEN_READY, PLAN_CLOSE_WHEN_RECEIVED, PLAN_STOP_WHEN_READY };

struct client {
	struct tls *tls;
	enum plan plan;
	const char *question; /* sent when ready */
	size_t enough;	      /* octets; stops the loop */
	unsigned ready, failed, pieces;
	int err;
	size_t received;
	uint8_t got[200000];
};

static struct client client;

static void close_it(void)
{
	tls_close(client.tls);
	client.tls = NULL;
}

static void on_ready(void *owner)
{
	assert_ptr_equal(owner, &client);
	client.ready++;
	assert_true(tls_ready(client.tls));
	if (client.plan == PLAN_CLOSE_WHEN_READY) {
		close_it();
		loop_stop(loop);
	} else if (client.question)
		assert_int_equal(
			tls_send(client.tls, bytes_of(client.question, strlen(client.question))),
			0);
	if (client.plan == PLAN_STOP_WHEN_READY)
		loop_stop(loop);
}

static void on_received(void *owner, struct bytes data)
{
	(void)owner;
	assert_true(data.len > 0 && client.received + data.len <= sizeof(client.got));
	memcpy(client.got + client.received, data.at, data.len);
	client.received += data.len;
	client.pieces++;
	if (client.plan == PLAN_CLOSE_WHEN_RECEIVED)
		close_it();
	if (!client.tls || (client.enough && client.received >= client.enough))
		loop_stop(loop);
}

static void on_failed(void *owner, int err)
{
	(void)owner;
	client.failed++;
	client.err = err;
	assert_false(tls_ready(client.tls));
	loop_stop(loop);
}

static const struct tls_events events = {
	.ready = on_ready,
	.received = on_received,
	.failed = on_failed,
};

static void too_long(void *owner)
{
	(void)owner;
	fail_msg("nothing happened for 30 s");
}

static void make_good(struct pass *pass, struct pass_wish wish)
{
	if (!wish.dns && !wish.ip && !wish.common_name)
		wish.dns = HOST;
	if (!wish.purpose)
		wish.purpose = GNUTLS_KP_TLS_WWW_SERVER;
	if (!wish.issuer)
		wish.issuer = &root;
	pass_make(pass, &wish);
}

static int setup_group(void **state)
{
	const struct pass *roots[] = { &root, &weak_root };
	char path[64], why[TRUST_TEXT_LEN];
	(void)state;

	pass_make(&root, &(struct pass_wish){ .common_name = "Lab Root", .ca = true });
	pass_make(&weak_root,
		&(struct pass_wish){ .common_name = "Weak Root", .ca = true, .rsa_bits = 1024 });
	pass_make(&intermediate,
		&(struct pass_wish){
			.common_name = "Lab Intermediate", .ca = true, .issuer = &root });
	make_good(&good,
		(struct pass_wish){ .dns = HOST, .dns2 = "*.wild.example", .ip = "127.0.0.1" });
	pass_write(roots, 2, path);
	int err = trust_new(&(struct trust_options){ .ca_file = path }, &trust, why);
	unlink(path);
	return err;
}

static int teardown_group(void **state)
{
	(void)state;
	trust_release(trust);
	pass_done(&root);
	pass_done(&weak_root);
	pass_done(&intermediate);
	pass_done(&good);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	loop = loop_new();
	timer_init(&guard, too_long, NULL);
	loop_start(loop, &guard, 30000);
	client = (struct client){ 0 };
	return loop ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	tls_close(client.tls);
	loop_stop_timer(loop, &guard);
	loop_free(loop);
	return 0;
}

static void dial(const struct address *address, const char *host, enum tls_version least)
{
	struct tls_peer peer = {
		.host = host,
		.alpn = "dot",
		.min_version = least,
		.trust = trust,
	};
	client.tls = tls_connect(loop, &peer, address, &events, &client);
	assert_non_null(client.tls);
	assert_int_equal(client.ready + client.failed, 0);
	assert_string_equal(tls_description(client.tls), "");
	assert_int_equal(tls_days_left(client.tls), INT_MAX);
}

static void stop(void *owner)
{
	(void)owner;
	loop_stop(loop);
}

/* Everything that is pending now is handled. */
static void run_for_a_moment(void)
{
	struct timer timer;
	timer_init(&timer, stop, NULL);
	loop_start(loop, &timer, 20);
	loop_run(loop);
	loop_stop_timer(loop, &timer);
}

/* Connects, expects an answer to come back, closes. */
static void expect_good(struct tls_server *server, const char *host, enum tls_version least)
{
	tls_server_start(server);
	client.question = "question";
	client.enough = 8;
	dial(&server->address, host, least);
	loop_run(loop);
	if (client.failed)
		fail_msg("%s", tls_failure(client.tls));
	assert_int_equal(client.ready, 1);
	assert_memory_equal(client.got, "question", 8);
	assert_string_equal(tls_failure(client.tls), "");
	assert_int_equal(tls_failure_kind(client.tls), TLS_FAILURE_NONE);
	assert_in_range(tls_days_left(client.tls), 85, 90);
	close_it();
	tls_server_stop(server);
	assert_int_equal(server->application, 8);
}

/* Connects and expects to be refused, once, with those words, and nothing sent. */
static void expect_refused(struct tls_server *server, enum tls_failure_kind kind, int err,
	const char *words, const char *more_words)
{
	tls_server_start(server);
	client.question = "never to be seen";
	dial(&server->address, HOST, TLS_VERSION_1_2);
	loop_run(loop);
	run_for_a_moment();
	print_message("# %s\n", tls_failure(client.tls));
	assert_int_equal(client.failed, 1);
	assert_int_equal(client.ready, 0);
	assert_int_equal(client.err, err);
	assert_int_equal(tls_failure_kind(client.tls), kind);
	if (!strstr(tls_failure(client.tls), words) || !strstr(tls_failure(client.tls), more_words))
		fail_msg(
			"\"%s\" and \"%s\" not in: %s", words, more_words, tls_failure(client.tls));
	assert_true(strlen(tls_failure(client.tls)) < TLS_FAILURE_LEN - 1);
	assert_int_equal(tls_send(client.tls, bytes_of("x", 1)), ERR_CLOSED);
	close_it();
	tls_server_stop(server);
	assert_int_equal(server->application, 0);
}

static void expect_bad_certificate(
	const struct pass *leaf, const struct pass *above, const char *words, const char *more)
{
	struct tls_server server = { .chain = { leaf, above } };
	expect_refused(&server, TLS_FAILURE_CERTIFICATE, ERR_TLS, words, more);
	/* The server's operator reads of it too. */
	assert_int_equal(server.handshake, GNUTLS_E_FATAL_ALERT_RECEIVED);
}

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

static void an_rsa_certificate_of_2048_bits(void **state)
{
	struct pass rsa;
	struct tls_server server = { .chain = { &rsa } };
	(void)state;
	make_good(&rsa, (struct pass_wish){ .rsa_bits = 2048 });
	expect_good(&server, HOST, TLS_VERSION_1_2);
	client = (struct client){ 0 };
	server = (struct tls_server){ .chain = { &rsa },
		.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.2" };
	expect_good(&server, HOST, TLS_VERSION_1_2);
	pass_done(&rsa);
}

static void a_chain_with_an_intermediate_and_the_root_sent(void **state)
{
	struct pass leaf;
	struct tls_server server = { .chain = { &leaf, &intermediate, &root } };
	(void)state;
	make_good(&leaf, (struct pass_wish){ .issuer = &intermediate });
	expect_good(&server, HOST, TLS_VERSION_1_2);
	pass_done(&leaf);
}

/* A root signed with SHA-1 long ago is often sent along; nothing rests on it. */
static void what_is_not_on_the_way_up_does_not_matter(void **state)
{
	struct pass other;
	struct tls_server server = { .chain = { &good, &other } };
	(void)state;
	pass_make(&other, &(struct pass_wish){ .common_name = "Old",
				  .ca = true,
				  .rsa_bits = 1024,
				  .hash = GNUTLS_DIG_SHA1 });
	expect_good(&server, HOST, TLS_VERSION_1_2);
	pass_done(&other);
}

static void wildcard_and_address_names(void **state)
{
	struct tls_server server = { .chain = { &good } };
	(void)state;
	expect_good(&server, "a.wild.example", TLS_VERSION_1_2);
	client = (struct client){ 0 };
	server = (struct tls_server){ .chain = { &good } };
	expect_good(&server, "127.0.0.1", TLS_VERSION_1_2);
	assert_string_equal(server.sni, "");
}

static void wrong_name(void **state)
{
	struct pass leaf;
	(void)state;
	make_good(&leaf, (struct pass_wish){ .dns = "other.example", .common_name = HOST });
	expect_bad_certificate(&leaf, NULL, "is for \"other.example\"; expected \"dns.example\"",
		"check the name");
	pass_done(&leaf);
}

static void a_name_in_the_common_name_only(void **state)
{
	struct pass leaf;
	(void)state;
	make_good(&leaf, (struct pass_wish){ .common_name = HOST });
	expect_bad_certificate(&leaf, NULL, "names \"dns.example\" as common name only",
		"expected \"dns.example\" in subjectAltName");
	pass_done(&leaf);
}

static void an_address_wanted_and_only_names_there(void **state)
{
	struct pass leaf;
	struct tls_server server = { .chain = { &leaf } };
	(void)state;
	make_good(&leaf, (struct pass_wish){ .dns = "127.0.0.1", .common_name = "127.0.0.1" });
	tls_server_start(&server);
	dial(&server.address, "127.0.0.1", TLS_VERSION_1_2);
	loop_run(loop);
	assert_int_equal(client.failed, 1);
	assert_int_equal(tls_failure_kind(client.tls), TLS_FAILURE_CERTIFICATE);
	close_it();
	tls_server_stop(&server);
	pass_done(&leaf);
}

static void hostile_names_reach_no_terminal(void **state)
{
	struct pass leaf;
	(void)state;
	make_good(&leaf, (struct pass_wish){ .common_name = "a\033[2J\nb\x9b" });
	expect_bad_certificate(&leaf, NULL, "a?[2J", "common name only");
	pass_done(&leaf);
}

static void expired(void **state)
{
	struct pass leaf;
	(void)state;
	make_good(&leaf, (struct pass_wish){ .from_days = -20, .until_days = -2 });
	expect_bad_certificate(&leaf, NULL, "expired on 2", "clock here says 2");
	pass_done(&leaf);
}

static void not_yet_valid(void **state)
{
	struct pass leaf;
	(void)state;
	make_good(&leaf, (struct pass_wish){ .from_days = 2, .until_days = 20 });
	expect_bad_certificate(&leaf, NULL, "valid only from 2", "is the clock right?");
	pass_done(&leaf);
}

static void an_intermediate_that_expired(void **state)
{
	struct pass leaf, old;
	(void)state;
	pass_make(&old, &(struct pass_wish){ .common_name = "Old Intermediate",
				.ca = true,
				.issuer = &root,
				.from_days = -20,
				.until_days = -2 });
	make_good(&leaf, (struct pass_wish){ .issuer = &old });
	expect_bad_certificate(
		&leaf, &old, "the intermediate certificate \"CN=Old Intermediate\"", "expired on");
	pass_done(&leaf);
	pass_done(&old);
}

static void unknown_authority(void **state)
{
	struct pass other, leaf;
	(void)state;
	pass_make(&other, &(struct pass_wish){ .common_name = "Other Root", .ca = true });
	make_good(&leaf, (struct pass_wish){ .issuer = &other });
	expect_bad_certificate(&leaf, NULL, "comes from \"CN=Other Root\"", "ca-file:");
	client = (struct client){ 0 };
	expect_bad_certificate(&leaf, &other, "comes from \"CN=Other Root\"", "ca-file:");
	pass_done(&leaf);
	pass_done(&other);
}

/* The same name as an authority of ours does not make it one. */
static void an_authority_with_a_borrowed_name(void **state)
{
	struct pass other, leaf;
	(void)state;
	pass_make(&other, &(struct pass_wish){ .common_name = "Lab Root", .ca = true });
	make_good(&leaf, (struct pass_wish){ .issuer = &other });
	expect_bad_certificate(&leaf, &other, "the certificate of dns.example at 127.0.0.1:", "");
	pass_done(&leaf);
	pass_done(&other);
}

static void a_missing_intermediate(void **state)
{
	struct pass leaf;
	(void)state;
	make_good(&leaf, (struct pass_wish){ .issuer = &intermediate });
	expect_bad_certificate(
		&leaf, NULL, "\"CN=Lab Intermediate\"", "does not send its intermediate");
	pass_done(&leaf);
}

static void self_signed(void **state)
{
	struct pass leaf;
	(void)state;
	pass_make(&leaf, &(struct pass_wish){ .common_name = "me", .dns = HOST });
	expect_bad_certificate(&leaf, NULL, "self-signed", "set ca-file: to it");
	pass_done(&leaf);
}

static void a_weak_key(void **state)
{
	struct pass leaf;
	(void)state;
	make_good(&leaf, (struct pass_wish){ .rsa_bits = 1024 });
	expect_bad_certificate(&leaf, NULL, "weak RSA key of 1024 bits", "at least 2048");
	pass_done(&leaf);
}

static void a_weak_intermediate(void **state)
{
	struct pass leaf, weak;
	(void)state;
	pass_make(&weak, &(struct pass_wish){ .common_name = "Weak Intermediate",
				 .ca = true,
				 .issuer = &root,
				 .rsa_bits = 1024 });
	make_good(&leaf, (struct pass_wish){ .issuer = &weak });
	expect_bad_certificate(
		&leaf, &weak, "the intermediate certificate \"CN=Weak Intermediate\"", "1024 bits");
	pass_done(&leaf);
	pass_done(&weak);
}

static void a_weak_authority(void **state)
{
	struct pass leaf;
	(void)state;
	make_good(&leaf, (struct pass_wish){ .issuer = &weak_root });
	expect_bad_certificate(&leaf, NULL, "the authority \"CN=Weak Root\"", "1024 bits");
	pass_done(&leaf);
}

static void a_weak_signature(void **state)
{
	struct pass leaf;
	(void)state;
	make_good(&leaf, (struct pass_wish){ .hash = GNUTLS_DIG_SHA1 });
	expect_bad_certificate(&leaf, NULL, "weak signature", "SHA1");
	pass_done(&leaf);
}

static void a_certificate_for_clients(void **state)
{
	struct pass leaf;
	(void)state;
	make_good(&leaf, (struct pass_wish){ .purpose = GNUTLS_KP_TLS_WWW_CLIENT });
	expect_bad_certificate(&leaf, NULL, "is not made for servers", "extended key usage");
	pass_done(&leaf);
}

static void an_intermediate_for_clients(void **state)
{
	struct pass leaf, clients;
	(void)state;
	pass_make(&clients, &(struct pass_wish){ .common_name = "Client CA",
				    .ca = true,
				    .issuer = &root,
				    .purpose = GNUTLS_KP_TLS_WWW_CLIENT });
	make_good(&leaf, (struct pass_wish){ .issuer = &clients });
	expect_bad_certificate(&leaf, &clients, "\"CN=Client CA\"", "is not made for servers");
	pass_done(&leaf);
	pass_done(&clients);
}

static void signed_by_what_is_no_authority(void **state)
{
	struct pass leaf, plain;
	(void)state;
	make_good(&plain, (struct pass_wish){ .common_name = "No Authority", .dns = HOST });
	make_good(&leaf, (struct pass_wish){ .issuer = &plain });
	expect_bad_certificate(&leaf, &plain, "the certificate of dns.example at", "");
	pass_done(&leaf);
	pass_done(&plain);
}

static void outside_of_name_constraints(void **state)
{
	struct pass leaf, narrow;
	(void)state;
	pass_make(&narrow, &(struct pass_wish){ .common_name = "Narrow",
				   .ca = true,
				   .issuer = &root,
				   .permitted = "corp.example" });
	make_good(&leaf, (struct pass_wish){ .issuer = &narrow });
	expect_bad_certificate(&leaf, &narrow, "outside of what its issuer may sign", "");
	pass_done(&leaf);
	pass_done(&narrow);
}

static void old_versions_only(void **state)
{
	struct tls_server server = {
		.chain = { &good },
		.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.1:+VERS-TLS1.0",
	};
	(void)state;
	expect_refused(&server, TLS_FAILURE_HANDSHAKE, ERR_TLS, "TLS 1.2 or 1.3", "version");
}

static void say_canned(int fd, const uint8_t *octets, size_t len)
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
	expect_refused(&server, TLS_FAILURE_HANDSHAKE, ERR_TLS, "TLS 1.2 or 1.3",
		"only older protocol versions");
	client = (struct client){ 0 };
	server = (struct tls_server){ .talk = say_hello_1_1 };
	expect_refused(&server, TLS_FAILURE_HANDSHAKE, ERR_TLS, "TLS 1.2 or 1.3",
		"offers no protocol version that is safe");
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
	assert_int_equal(tls_failure_kind(client.tls), TLS_FAILURE_HANDSHAKE);
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
		expect_refused(
			&server, TLS_FAILURE_HANDSHAKE, ERR_TLS, "refused the TLS handshake", "");
	}
	pass_done(&rsa);
}

static void another_protocol_on_the_port(void **state)
{
	struct tls_server server = { .chain = { &good }, .alpn = "h2" };
	(void)state;
	expect_refused(
		&server, TLS_FAILURE_HANDSHAKE, ERR_TLS, "another protocol", "check the port");
}

static void the_right_protocol_on_the_port(void **state)
{
	struct tls_server server = { .chain = { &good }, .alpn = "dot" };
	(void)state;
	expect_good(&server, HOST, TLS_VERSION_1_2);
}

static void say_http(struct tls_server *server, gnutls_session_t session, int fd)
{
	static const char text[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
	char sink[4096];
	(void)server;
	(void)session;
	(void)recv(fd, sink, sizeof(sink), 0);
	(void)send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL);
	(void)recv(fd, sink, sizeof(sink), 0);
}

static void not_tls_at_all(void **state)
{
	struct tls_server server = { .talk = say_http };
	(void)state;
	expect_refused(&server, TLS_FAILURE_HANDSHAKE, ERR_TLS, "does not speak TLS",
		"got \"HTTP/1.1 400\"");
}

static void say_garbage(struct tls_server *server, gnutls_session_t session, int fd)
{
	static const uint8_t octets[] = { 22, 3, 3, 0, 8, 2, 0, 0, 4, 1, 2, 3, 4 };
	char sink[4096];
	(void)server;
	(void)session;
	(void)recv(fd, sink, sizeof(sink), 0);
	(void)send(fd, octets, sizeof(octets), MSG_NOSIGNAL);
	(void)recv(fd, sink, sizeof(sink), 0);
}

static void tls_and_yet_garbage(void **state)
{
	struct tls_server server = { .talk = say_garbage };
	(void)state;
	expect_refused(&server, TLS_FAILURE_HANDSHAKE, ERR_TLS, "handshake", "");
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
	expect_refused(&server, TLS_FAILURE_HANDSHAKE, ERR_TLS,
		"closed the connection during the TLS handshake", "");
	client = (struct client){ 0 };
	server = (struct tls_server){ .talk = reset_at_once };
	expect_refused(&server, TLS_FAILURE_HANDSHAKE, ERR_TLS,
		"closed the connection during the TLS handshake", "reset");
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
	while (tls_send(client.tls, bytes_of(&next, 1)) == ERR_LIMIT)
		run_for_a_moment();
	total++;
	for (int i = 0; i < 50; i++)
		run_for_a_moment();
	assert_int_equal(client.failed, 0);
	close_it();
	tls_server_stop(&server);
	assert_int_equal(server.application, total);
	close(gate[0]);
	close(gate[1]);
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
	run_for_a_moment();
	print_message("# %s\n", tls_failure(client.tls));
	assert_int_equal(client.ready, 1);
	assert_int_equal(client.failed, 1);
	assert_int_equal(client.err, err);
	assert_int_equal(tls_failure_kind(client.tls), TLS_FAILURE_BROKEN);
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
	run_for_a_moment();
	assert_int_equal(client.failed, 1);
	assert_int_equal(tls_send(client.tls, bytes_of("x", 1)), ERR_CLOSED);
	assert_int_equal(tls_failure_kind(client.tls), TLS_FAILURE_BROKEN);
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

static void without_safe_renegotiation(void **state)
{
	struct tls_server server = {
		.chain = { &good },
		.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.2:%DISABLE_SAFE_RENEGOTIATION",
	};
	(void)state;
	expect_refused(&server, TLS_FAILURE_HANDSHAKE, ERR_TLS, "safe renegotiation", "RFC 5746");
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

static void several_records_at_once(struct tls_server *server, gnutls_session_t session, int fd)
{
	uint8_t octet;
	(void)server;
	(void)fd;
	gnutls_record_cork(session);
	(void)gnutls_record_send(session, "\0\1a\0\1b", 6);
	(void)gnutls_record_uncork(session, GNUTLS_RECORD_WAIT);
	for (int i = 0; i < 40; i++)
		(void)gnutls_record_send(session, "x", 1);
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
	run_for_a_moment();
	assert_int_equal(client.ready, 1);
	tls_server_stop(&server);

	client = (struct client){ .plan = PLAN_CLOSE_WHEN_RECEIVED };
	server = (struct tls_server){ .chain = { &good }, .talk = send_big };
	tls_server_start(&server);
	dial(&server.address, HOST, TLS_VERSION_1_2);
	loop_run(loop);
	assert_null(client.tls);
	run_for_a_moment();
	assert_int_equal(client.pieces, 1);
	assert_int_equal(client.failed, 0);
	tls_server_stop(&server);
}

static void closing_at_any_moment_is_safe(void **state)
{
	(void)state;
	for (unsigned turns = 0; turns < 8; turns++) {
		struct tls_server server = { .chain = { &good } };
		client = (struct client){ .question = "q" };
		tls_server_start(&server);
		dial(&server.address, HOST, TLS_VERSION_1_2);
		for (unsigned i = 0; i < turns; i++) {
			struct task task;
			task_init(&task, stop, NULL);
			loop_post(loop, &task);
			loop_run(loop);
			usleep(1000);
		}
		close_it();
		run_for_a_moment();
		tls_server_stop(&server);
	}
	tls_close(NULL);
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
	assert_int_equal(tls_failure_kind(client.tls), TLS_FAILURE_CONNECT);
	assert_non_null(strstr(tls_failure(client.tls), words));
	close_it();
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

static void closing_before_the_failure_is_told(void **state)
{
	struct address address;
	(void)state;
	assert_int_equal(address_parse("255.255.255.255", 853, &address), 0);
	dial(&address, HOST, TLS_VERSION_1_2);
	close_it();
	run_for_a_moment();
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
		assert_null(tls_connect(loop, &peer, &address, &events, &client));
		assert_true(failmalloc_disarm());
	}
	assert_true(tls_library_version()[0] == '3');
}

#define TLS_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TLS_TEST(tls_1_3),
		TLS_TEST(questions_are_answered),
		TLS_TEST(tls_1_2),
		TLS_TEST(each_cipher_and_group),
		TLS_TEST(an_rsa_certificate_of_2048_bits),
		TLS_TEST(a_chain_with_an_intermediate_and_the_root_sent),
		TLS_TEST(what_is_not_on_the_way_up_does_not_matter),
		TLS_TEST(wildcard_and_address_names),
		TLS_TEST(wrong_name),
		TLS_TEST(a_name_in_the_common_name_only),
		TLS_TEST(an_address_wanted_and_only_names_there),
		TLS_TEST(hostile_names_reach_no_terminal),
		TLS_TEST(expired),
		TLS_TEST(not_yet_valid),
		TLS_TEST(an_intermediate_that_expired),
		TLS_TEST(unknown_authority),
		TLS_TEST(an_authority_with_a_borrowed_name),
		TLS_TEST(a_missing_intermediate),
		TLS_TEST(self_signed),
		TLS_TEST(a_weak_key),
		TLS_TEST(a_weak_intermediate),
		TLS_TEST(a_weak_authority),
		TLS_TEST(a_weak_signature),
		TLS_TEST(a_certificate_for_clients),
		TLS_TEST(an_intermediate_for_clients),
		TLS_TEST(signed_by_what_is_no_authority),
		TLS_TEST(outside_of_name_constraints),
		TLS_TEST(old_versions_only),
		TLS_TEST(other_ways_to_say_that_only_old_versions_are_known),
		TLS_TEST(tls_1_2_where_1_3_is_demanded),
		TLS_TEST(weak_suites_only),
		TLS_TEST(another_protocol_on_the_port),
		TLS_TEST(the_right_protocol_on_the_port),
		TLS_TEST(not_tls_at_all),
		TLS_TEST(tls_and_yet_garbage),
		TLS_TEST(closed_in_mid_handshake),
		TLS_TEST(octet_by_octet),
		TLS_TEST(much_data_comes_whole),
		TLS_TEST(sending_is_bounded_and_in_order),
		TLS_TEST(ways_to_end),
		TLS_TEST(sending_to_who_has_gone),
		TLS_TEST(a_forged_record),
		TLS_TEST(renegotiation_is_refused),
		TLS_TEST(without_safe_renegotiation),
		TLS_TEST(keys_are_updated),
		TLS_TEST(many_records_in_one_segment),
		TLS_TEST(closing_in_each_event_is_safe),
		TLS_TEST(closing_at_any_moment_is_safe),
		TLS_TEST(no_connection),
		TLS_TEST(closing_before_the_failure_is_told),
		TLS_TEST(out_of_memory_is_told),
	};
	return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
