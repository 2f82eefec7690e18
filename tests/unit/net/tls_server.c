/* SPDX-License-Identifier: MIT */
#include "tls_server.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DAY_S	   86400
#define PATIENCE_S 20 /* a test that hangs ends by then */

static void must(int result, const char *what)
{
	if (result >= 0)
		return;
	fprintf(stderr, "%s: %s\n", what, gnutls_strerror(result));
	abort();
}

/* GnuTLS would leave out of a name what does not belong there. */
static void name_oddly(gnutls_x509_crt_t of, const char *const *names)
{
	uint8_t der[256];
	size_t at = 2;

	for (; *names; names++) {
		const size_t len = strlen(*names);
		if (len > 100 || at + 2 + len > 2 + 127)
			abort();
		der[at++] = 0x82; /* dNSName */
		der[at++] = (uint8_t)len;
		memcpy(der + at, *names, len);
		at += len;
	}
	der[0] = 0x30; /* SEQUENCE */
	der[1] = (uint8_t)(at - 2);
	must(gnutls_x509_crt_set_extension_by_oid(of, "2.5.29.17", der, at, 0), "odd names");
}

/* One by one GnuTLS would take minutes. */
static void name_often(gnutls_x509_crt_t of, unsigned names)
{
	static uint8_t der[4 + 3 * 20000] = { 0x30, 0x82 }; /* SEQUENCE, its length in two octets */
	const unsigned len = 3 * names;

	if (len < 256 || 4 + len > sizeof(der))
		abort();
	der[2] = (uint8_t)(len >> 8);
	der[3] = (uint8_t)len;
	for (unsigned i = 0; i < names; i++)
		memcpy(der + 4 + (size_t)3 * i, "\x82\1a", 3);
	must(gnutls_x509_crt_set_extension_by_oid(of, "2.5.29.17", der, 4 + len, 0), "many names");
}

static void name(gnutls_x509_crt_t of, const struct pass_wish *wish)
{
	uint8_t ip[4];

	if (wish->common_name)
		must(gnutls_x509_crt_set_dn_by_oid(of, GNUTLS_OID_X520_COMMON_NAME, 0,
			     wish->common_name, (unsigned)strlen(wish->common_name)),
			"common name");
	if (wish->dns)
		must(gnutls_x509_crt_set_subject_alt_name(of, GNUTLS_SAN_DNSNAME, wish->dns,
			     (unsigned)strlen(wish->dns), GNUTLS_FSAN_APPEND),
			"DNS name");
	if (wish->dns2)
		must(gnutls_x509_crt_set_subject_alt_name(of, GNUTLS_SAN_DNSNAME, wish->dns2,
			     (unsigned)strlen(wish->dns2), GNUTLS_FSAN_APPEND),
			"DNS name");
	if (wish->odd[0])
		name_oddly(of, wish->odd);
	if (wish->names)
		name_often(of, wish->names);
	if (wish->ip && inet_pton(AF_INET, wish->ip, ip) == 1)
		must(gnutls_x509_crt_set_subject_alt_name(
			     of, GNUTLS_SAN_IPADDRESS, ip, 4, GNUTLS_FSAN_APPEND),
			"IP address");
}

static void constrain(gnutls_x509_crt_t of, const char *permitted)
{
	gnutls_x509_name_constraints_t constraints;
	gnutls_datum_t text = { (unsigned char *)(uintptr_t)permitted,
		(unsigned)strlen(permitted) };

	must(gnutls_x509_name_constraints_init(&constraints), "constraints");
	must(gnutls_x509_name_constraints_add_permitted(constraints, GNUTLS_SAN_DNSNAME, &text),
		"permitted");
	must(gnutls_x509_crt_set_name_constraints(of, constraints, 1), "set constraints");
	gnutls_x509_name_constraints_deinit(constraints);
}

/* GnuTLS compares names only in certificates that it has read. */
static void read_again(struct pass *pass)
{
	gnutls_datum_t der;

	must(gnutls_x509_crt_export2(pass->certificate, GNUTLS_X509_FMT_DER, &der), "export");
	gnutls_x509_crt_deinit(pass->certificate);
	must(gnutls_x509_crt_init(&pass->certificate), "certificate");
	must(gnutls_x509_crt_import(pass->certificate, &der, GNUTLS_X509_FMT_DER), "import");
	gnutls_free(der.data);
}

void pass_make(struct pass *pass, const struct pass_wish *wish)
{
	static unsigned char serial = 1;
	bool always = wish->from_days == 0 && wish->until_days == 0;
	time_t now_s = time(NULL);
	uint8_t id[20];
	size_t len = sizeof(id);

	must(gnutls_x509_privkey_init(&pass->key), "key");
	must(gnutls_x509_privkey_generate(pass->key,
		     wish->rsa_bits ? GNUTLS_PK_RSA : GNUTLS_PK_ECDSA,
		     wish->rsa_bits ? wish->rsa_bits
				    : GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1),
		     0),
		"generate");
	must(gnutls_x509_crt_init(&pass->certificate), "certificate");
	gnutls_x509_crt_t of = pass->certificate;
	must(gnutls_x509_crt_set_version(of, 3), "version");
	serial++;
	must(gnutls_x509_crt_set_serial(of, &serial, 1), "serial");
	must(gnutls_x509_crt_set_key(of, pass->key), "set key");
	must(gnutls_x509_crt_get_key_id(of, 0, id, &len), "key id");
	must(gnutls_x509_crt_set_subject_key_id(of, id, len), "subject key id");
	must(gnutls_x509_crt_set_activation_time(
		     of, now_s + (always ? -1 : wish->from_days) * DAY_S),
		"from");
	must(gnutls_x509_crt_set_expiration_time(
		     of, now_s + (always ? 90 : wish->until_days) * DAY_S + wish->until_s),
		"until");
	name(of, wish);
	must(gnutls_x509_crt_set_ca_status(of, wish->ca), "ca");
	must(gnutls_x509_crt_set_key_usage(
		     of, wish->ca ? GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN
				  : GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_KEY_ENCIPHERMENT),
		"usage");
	if (wish->purpose)
		must(gnutls_x509_crt_set_key_purpose_oid(of, wish->purpose, 0), "purpose");
	if (wish->permitted)
		constrain(of, wish->permitted);
	const struct pass *issuer = wish->issuer ? wish->issuer : pass;
	must(gnutls_x509_crt_sign2(of, issuer->certificate, issuer->key,
		     wish->hash ? wish->hash : GNUTLS_DIG_SHA256, 0),
		"sign");
	read_again(pass);
}

void pass_done(struct pass *pass)
{
	gnutls_x509_crt_deinit(pass->certificate);
	gnutls_x509_privkey_deinit(pass->key);
}

void pass_write(const struct pass *const *passes, unsigned count, char path[static 64])
{
	snprintf(path, 64, "/tmp/stubborn-test-XXXXXX");
	int fd = mkstemp(path);
	must(fd, "mkstemp");
	for (unsigned i = 0; i < count; i++) {
		gnutls_datum_t pem;
		must(gnutls_x509_crt_export2(passes[i]->certificate, GNUTLS_X509_FMT_PEM, &pem),
			"export");
		if (write(fd, pem.data, pem.size) != (ssize_t)pem.size)
			abort();
		gnutls_free(pem.data);
	}
	close(fd);
}

void pass_write_key(const struct pass *pass, char path[static 64])
{
	gnutls_datum_t pem;

	snprintf(path, 64, "/tmp/stubborn-test-XXXXXX");
	int fd = mkstemp(path);
	must(fd, "mkstemp");
	must(gnutls_x509_privkey_export2(pass->key, GNUTLS_X509_FMT_PEM, &pem), "export");
	if (write(fd, pem.data, pem.size) != (ssize_t)pem.size)
		abort();
	gnutls_free(pem.data);
	close(fd);
}

static ssize_t push_octets(gnutls_transport_ptr_t to, const void *data, size_t len)
{
	const uint8_t *octets = data;
	for (size_t i = 0; i < len; i++) {
		if (send((int)(intptr_t)to, octets + i, 1, MSG_NOSIGNAL) != 1)
			return i > 0 ? (ssize_t)i : -1;
		/* Sleeping lets each be read alone, often; nothing depends on it. */
		if (i % 16 == 0)
			usleep(100);
	}
	return (ssize_t)len;
}

static void echo(struct tls_server *server, gnutls_session_t session)
{
	char octets[16384];
	for (;;) {
		ssize_t len = server->early ? gnutls_record_recv_early_data(
						      session, octets, sizeof(octets))
					    : -1;
		if (len > 0)
			server->early_len += (size_t)len;
		else
			len = gnutls_record_recv(session, octets, sizeof(octets));
		if (len == GNUTLS_E_FATAL_ALERT_RECEIVED)
			server->alert = gnutls_alert_get(session);
		server->bye = len == 0;
		if (len <= 0)
			break;
		server->application += (size_t)len;
		if (gnutls_record_send(session, octets, (size_t)len) != len)
			break;
	}
	(void)gnutls_bye(session, GNUTLS_SHUT_WR);
}

static int note_sni(gnutls_session_t session)
{
	struct tls_server *server = gnutls_session_get_ptr(session);
	size_t len = sizeof(server->sni);
	unsigned type;
	if (gnutls_server_name_get(session, server->sni, &len, &type, 0) != 0)
		server->sni[0] = '\0';
	return 0;
}

static void set_certificate(
	const struct tls_server *server, gnutls_certificate_credentials_t credentials)
{
	gnutls_x509_crt_t list[CHAIN_LEN];
	int count = 0;

	while (server->chain[count]) {
		list[count] = server->chain[count]->certificate;
		count++;
	}
	must(gnutls_certificate_set_x509_key(credentials, list, count, server->chain[0]->key),
		"set certificate");
}

static void set_alpn(const struct tls_server *server, gnutls_session_t session)
{
	gnutls_datum_t alpn = { (unsigned char *)(uintptr_t)server->alpn, 0 };
	if (!server->alpn)
		return;
	alpn.size = (unsigned)strlen(server->alpn);
	must(gnutls_alpn_set_protocols(session, &alpn, 1, GNUTLS_ALPN_MANDATORY), "alpn");
}

static void note_session(struct tls_server *server, gnutls_session_t session)
{
	unsigned count = 0;
	const gnutls_datum_t *shown = gnutls_certificate_get_peers(session, &count);

	server->resumed = gnutls_session_is_resumed(session);
	server->shown = shown && count > 0 ? shown[0].size : 0;
}

/* Who the client is, and what it may come back with. */
static void set_client(const struct tls_server *server, gnutls_session_t session,
	gnutls_certificate_credentials_t credentials)
{
	if (server->ticket_key)
		must(gnutls_session_ticket_enable_server(session, server->ticket_key), "tickets");
	if (!server->wants)
		return;
	gnutls_x509_crt_t authority = server->wants->certificate;
	must(gnutls_certificate_set_x509_trust(credentials, &authority, 1), "trust");
	gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
	gnutls_session_set_verify_cert(session, NULL, 0);
}

static void serve(struct tls_server *server, int fd)
{
	gnutls_certificate_credentials_t credentials;
	gnutls_session_t session;

	must(gnutls_certificate_allocate_credentials(&credentials), "credentials");
	set_certificate(server, credentials);
	must(gnutls_init(&session, GNUTLS_SERVER | GNUTLS_NO_SIGNAL |
					   (server->early ? GNUTLS_ENABLE_EARLY_DATA : 0)),
		"init");
	if (server->early) {
		gnutls_anti_replay_enable(session, server->early);
		must(gnutls_record_set_max_early_data_size(session, server->early_max), "early");
	}
	must(gnutls_priority_set_direct(
		     session, server->priority ? server->priority : "NORMAL", NULL),
		"priority");
	must(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials), "set");
	gnutls_session_set_ptr(session, server);
	gnutls_handshake_set_post_client_hello_function(session, note_sni);
	set_alpn(server, session);
	set_client(server, session, credentials);
	gnutls_transport_set_int(session, fd);
	if (server->octet_by_octet) {
		gnutls_transport_set_ptr(session, (gnutls_transport_ptr_t)(intptr_t)fd);
		gnutls_transport_set_push_function(session, push_octets);
	}
	do
		server->handshake = gnutls_handshake(session);
	while (server->handshake < 0 && !gnutls_error_is_fatal(server->handshake));
	if (server->handshake == GNUTLS_E_FATAL_ALERT_RECEIVED)
		server->alert = gnutls_alert_get(session);
	if (server->handshake < 0) {
		(void)gnutls_alert_send_appropriate(session, server->handshake);
	} else {
		note_session(server, session);
		if (server->talk)
			server->talk(server, session, fd);
		else
			echo(server, session);
	}
	gnutls_deinit(session);
	gnutls_certificate_free_credentials(credentials);
}

static void *run(void *owner)
{
	struct tls_server *server = owner;
	struct pollfd knock = { .fd = server->listening, .events = POLLIN };
	struct timeval patience = { .tv_sec = PATIENCE_S };
	int on = 1;

	if (poll(&knock, 1, PATIENCE_S * 1000) != 1)
		return NULL;
	int fd = accept(server->listening, NULL, NULL);
	if (fd < 0)
		return NULL;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (server->chain[0])
		serve(server, fd);
	else
		server->talk(server, NULL, fd);
	close(fd);
	return NULL;
}

void tls_server_start(struct tls_server *server)
{
	socklen_t len = sizeof(server->address);

	must(address_parse("127.0.0.1", 0, &server->address), "address");
	server->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(server->listening, "socket");
	must(bind(server->listening, &server->address.any, address_len(&server->address)), "bind");
	must(listen(server->listening, 1), "listen");
	must(getsockname(server->listening, &server->address.any, &len), "getsockname");
	must(-pthread_create(&server->thread, NULL, run, server), "thread");
}

void tls_server_stop(struct tls_server *server)
{
	pthread_join(server->thread, NULL);
	close(server->listening);
}
