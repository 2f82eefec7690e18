/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tls_client.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

/* Authorities and certificates that most tests share: keys take time to make. */
struct pass root, weak_root, good, intermediate;
struct trust *trust;
struct loop *loop;
struct tls_peer extra;
static struct timer guard;

bool alpn_required;
struct client client;

void close_it(void)
{
	tls_close(client.tls);
	client.tls = NULL;
}

static void on_early(void *owner, size_t room)
{
	assert_ptr_equal(owner, &client);
	assert_int_equal(client.ready, 0);
	client.early++;
	client.room = room;
	if (client.plan == PLAN_CLOSE_EARLY) {
		close_it();
		loop_stop(loop);
	} else if (client.hurry) {
		const struct bytes hurry = bytes_of(client.hurry, strlen(client.hurry));
		assert_int_equal(tls_send(client.tls, hurry), hurry.len <= room ? 0 : ERR_LIMIT);
	}
}

static void on_ready(void *owner)
{
	assert_ptr_equal(owner, &client);
	client.ready++;
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
	loop_stop(loop);
}

const struct tls_events client_events = {
	.early = on_early,
	.ready = on_ready,
	.received = on_received,
	.failed = on_failed,
};

static void too_long(void *owner)
{
	(void)owner;
	fail_msg("nothing happened for 30 s");
}

void make_good(struct pass *pass, struct pass_wish wish)
{
	if (!wish.dns && !wish.odd[0] && !wish.ip && !wish.common_name)
		wish.dns = HOST;
	if (!wish.purpose)
		wish.purpose = GNUTLS_KP_TLS_WWW_SERVER;
	if (!wish.issuer)
		wish.issuer = &root;
	pass_make(pass, &wish);
}

int tls_client_setup_group(void **state)
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

int tls_client_teardown_group(void **state)
{
	(void)state;
	trust_release(trust);
	pass_done(&root);
	pass_done(&weak_root);
	pass_done(&intermediate);
	pass_done(&good);
	return 0;
}

int tls_client_setup(void **state)
{
	(void)state;
	loop = loop_new();
	timer_init(&guard, too_long, NULL);
	loop_start_timer(loop, &guard, 30000);
	client = (struct client){ 0 };
	alpn_required = false;
	extra = (struct tls_peer){ 0 };
	return loop ? 0 : -1;
}

int tls_client_teardown(void **state)
{
	(void)state;
	tls_close(client.tls);
	loop_stop_timer(loop, &guard);
	loop_free(loop);
	return 0;
}

void dial(const struct address *address, const char *host, enum tls_version least)
{
	struct tls_peer peer = extra;
	peer.host = host;
	peer.alpn = "dot";
	peer.alpn_required = alpn_required;
	peer.min_version = least;
	if (!peer.trust)
		peer.trust = trust;
	client.tls = tls_connect(loop, &peer, address, &client_events, &client);
	assert_non_null(client.tls);
	assert_int_equal(client.ready + client.failed, 0);
	assert_string_equal(tls_description(client.tls), "");
	assert_int_equal(tls_days_left(client.tls), INT_MAX);
}

void stop(void *owner)
{
	(void)owner;
	loop_stop(loop);
}

void settle(void)
{
	for (int i = 0; i < 3; i++) {
		struct task task;
		task_init(&task, stop, NULL);
		loop_post(loop, &task);
		loop_run(loop);
	}
}

/* Connects, expects an answer to come back, closes. */
void expect_good(struct tls_server *server, const char *host, enum tls_version least)
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
	assert_in_range(tls_days_left(client.tls), 85, 90);
	close_it();
	tls_server_stop(server);
	assert_int_equal(server->application, 8);
	assert_true(server->bye); /* RFC 8446 section 6.1 */
}

/* Connects and expects to be refused, once, with those words, and nothing sent. */
void expect_refused(struct tls_server *server, int err, const char *words, const char *more_words)
{
	tls_server_start(server);
	client.question = "never to be seen";
	dial(&server->address, HOST, TLS_VERSION_1_2);
	loop_run(loop);
	settle();
	print_message("# %s\n", tls_failure(client.tls));
	assert_int_equal(client.failed, 1);
	assert_int_equal(client.ready, 0);
	assert_int_equal(client.err, err);
	if (!strstr(tls_failure(client.tls), words) || !strstr(tls_failure(client.tls), more_words))
		fail_msg(
			"\"%s\" and \"%s\" not in: %s", words, more_words, tls_failure(client.tls));
	assert_true(strlen(tls_failure(client.tls)) < TLS_FAILURE_LEN - 1);
	assert_int_equal(tls_send(client.tls, bytes_of("x", 1)), ERR_CLOSED);
	close_it();
	tls_server_stop(server);
	assert_int_equal(server->application, 0);
}

void expect_bad_certificate(
	const struct pass *leaf, const struct pass *above, const char *words, const char *more)
{
	struct tls_server server = { .chain = { leaf, above } };
	expect_refused(&server, ERR_TLS, words, more);
	/* The server's operator reads of it too. */
	assert_int_equal(server.handshake, GNUTLS_E_FATAL_ALERT_RECEIVED);
}
