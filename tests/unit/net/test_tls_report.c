/* SPDX-License-Identifier: MIT */
/* What a person is told about a session must be so, and what a server says of itself must reach no
 * terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "net/tls_report.h"
#include "tls_client.h"

static struct tls_report report;

static void visit(struct tls_server *server)
{
	tls_server_start(server);
	client.question = "question";
	client.enough = 8;
	dial(&server->address, HOST, TLS_VERSION_1_2);
	assert_false(tls_report(client.tls, &report));
	loop_run(loop);
	assert_int_equal(client.ready, 1);
	assert_true(tls_report(client.tls, &report));
	close_it();
	tls_server_stop(server);
}

static void all_of_it(void **state)
{
	struct tls_server server = { .chain = { &good },
		.alpn = "dot",
		.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-GCM:-GROUP-ALL:"
			    "+GROUP-SECP384R1" };
	char pin[PIN_TEXT_LEN];
	struct pin expected;
	(void)state;

	visit(&server);
	assert_string_equal(report.version, "TLS1.3");
	assert_string_equal(report.suite, "AES-128-GCM");
	assert_string_equal(report.group, "SECP384R1");
	assert_string_equal(report.alpn, "dot");
	assert_false(report.resumed);
	assert_string_equal(report.subject, "(no name)");
	assert_string_equal(report.issuer, "CN=Lab Root");
	assert_non_null(strstr(report.names, "\"dns.example\""));
	assert_true(report.from_s < clock_wall_s() && report.expires_s > clock_wall_s());
	assert_string_equal(report.key, "EC/ECDSA");
	assert_int_equal(report.key_bits, 256);
	assert_int_equal(certpath_pin(good.certificate, &expected), 0);
	assert_string_equal(report.pin, pin_write(&expected, pin));
	assert_string_equal(report.ocsp, "none");
}

/* A session that is resumed tells of the certificate that it began with. */
static void resumed(void **state)
{
	static const uint8_t key[TICKETS_KEY_LEN];
	gnutls_datum_t ticket_key;
	struct tls_server server = { .chain = { &good }, .ticket_key = &ticket_key };
	char before[PIN_TEXT_LEN];
	(void)state;

	assert_int_equal(gnutls_session_ticket_key_generate(&ticket_key), 0);
	extra.tickets = tickets_new();
	extra.ticket_key = key;
	visit(&server);
	strcpy(before, report.pin);
	client = (struct client){ 0 };
	visit(&server);
	assert_true(report.resumed);
	assert_string_equal(report.pin, before);
	assert_string_equal(report.issuer, "CN=Lab Root");
	assert_string_equal(report.alpn, "");
	tickets_free(extra.tickets);
	gnutls_free(ticket_key.data);
}

static void hostile_names(void **state)
{
	struct pass leaf;
	struct tls_server server = { .chain = { &leaf } };
	(void)state;

	make_good(&leaf, (struct pass_wish){ .common_name = "a\033[2J\nb\x9b",
				 .odd = { HOST, "x\", \"\033y" } });
	visit(&server);
	assert_string_equal(report.subject, "CN=a\\1B[2J\\0Ab\\9B");
	assert_string_equal(report.names, "\"" HOST "\", \"x\\\", \\\"\\1By\"");
	pass_done(&leaf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TLS_TEST(all_of_it),
		TLS_TEST(resumed),
		TLS_TEST(hostile_names),
	};
	return cmocka_run_group_tests(tests, tls_client_setup_group, tls_client_teardown_group);
}
