/* SPDX-License-Identifier: MIT */
/* stubborn query against a server that behaves as the first label of the name says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "base/address.h"
#include "capture.h"
#include "cli/cli.h"
#include "wire/compose.h"
#include "wire/rrset.h"

static struct captured captured;

static struct {
	int udp, tcp, stop[2];
	pthread_t thread;
	char at[ADDRESS_TEXT_LEN + 1]; /* "@127.0.0.1:PORT" */
} server;

#define QUERY(...) CAPTURE(&captured, cli_query, "stubborn query", server.at, __VA_ARGS__)

struct behaviour {
	uint16_t id;
	struct question question;
	bool qr, tc, answer;
	uint8_t rcode;
	const char *ede;
};

static size_t reply_write(const struct behaviour *behaviour, uint8_t *buffer, size_t cap)
{
	static const uint8_t address[] = { 192, 0, 2, 1 };
	const struct bytes rdata = bytes_of(address, sizeof(address));
	const struct rrset rrset = { .owner = behaviour->question.name,
		.type = TYPE_A,
		.class = CLASS_IN,
		.ttl_s = 60,
		.count = 1,
		.rdata = &rdata };
	const struct header header = { .id = behaviour->id,
		.qr = behaviour->qr,
		.rd = true,
		.ra = true,
		.tc = behaviour->tc,
		.rcode = behaviour->rcode,
		.question_count = 1,
		.record_count = { behaviour->answer, 0, 1 } };
	const struct edns edns = { .udp_size = 1232 };
	struct compose compose;

	compose_init(&compose, buffer, cap);
	header_write(&compose.w, &header);
	compose_question(&compose, &behaviour->question);
	if (behaviour->answer)
		(void)compose_rrset(&compose, &rrset, NULL); /* the buffer has room */
	size_t opened = edns_open(&compose.w, &edns);
	if (behaviour->ede)
		edns_add_ede(&compose.w, EDE_NO_REACHABLE_AUTHORITY, behaviour->ede);
	edns_close(&compose.w, opened);
	return compose.w.len;
}

static bool is_asked(const struct message_head *head, const char *label)
{
	const struct name name = head->question.name;
	return name.octets[0] == strlen(label) &&
	       memcmp(name.octets + 1, label, name.octets[0]) == 0;
}

/* The reply, or nothing. Over UDP some send others before it. */
static size_t serve(struct bytes query, bool tcp, uint8_t *buffer, size_t cap)
{
	struct message_head head;
	if (message_head_read(query, &head) != 0)
		return 0;
	struct behaviour behaviour = {
		.id = head.header.id, .question = head.question, .qr = true, .answer = true
	};
	if (is_asked(&head, "servfail")) {
		behaviour.rcode = RCODE_SERVFAIL;
		behaviour.answer = false;
		behaviour.ede = "all upstreams are down";
	}
	if (is_asked(&head, "nxdomain")) {
		behaviour.rcode = RCODE_NXDOMAIN;
		behaviour.answer = false;
	}
	if ((is_asked(&head, "long") || is_asked(&head, "close")) && !tcp) {
		behaviour.tc = true;
		behaviour.answer = false;
	}
	if (is_asked(&head, "close") && tcp)
		return 0;
	if (is_asked(&head, "foreign") && tcp)
		behaviour.id ^= 1;
	size_t len = reply_write(&behaviour, buffer, cap);
	if (is_asked(&head, "garbage"))
		buffer[7]++; /* one answer more than there are */
	if (is_asked(&head, "notimp")) {
		u16_store(buffer + 2, 0x8004);
		memset(buffer + 4, 0, 8);
		len = HEADER_LEN;
	}
	return len;
}

/* What others might send to the port while the answer is awaited. */
static void send_foreign(struct bytes query, const struct sockaddr *to, socklen_t to_len)
{
	static const struct name other = { .octets = (const uint8_t *)"\5other", .len = 7 };
	struct message_head head;
	uint8_t buffer[512];

	if (message_head_read(query, &head) != 0 || !is_asked(&head, "foreign"))
		return;
	struct behaviour right = {
		.id = head.header.id, .question = head.question, .qr = true, .rcode = RCODE_REFUSED
	};
	struct behaviour id = right, name = right, direction = right;
	id.id ^= 1;
	name.question.name = other;
	direction.qr = false;
	const struct behaviour *all[] = { &id, &name, &direction };
	for (size_t i = 0; i < 3; i++) {
		size_t len = reply_write(all[i], buffer, sizeof(buffer));
		(void)sendto(server.udp, buffer, len, 0, to, to_len); /* seen by its absence */
	}
	(void)sendto(server.udp, buffer, 5, 0, to, to_len);
}

static void serve_udp(void)
{
	uint8_t query[512], reply[512];
	struct sockaddr_in peer;
	socklen_t peer_len = sizeof(peer);

	ssize_t len =
		recvfrom(server.udp, query, sizeof(query), 0, (struct sockaddr *)&peer, &peer_len);
	if (len < 0)
		return;
	send_foreign(bytes_of(query, (size_t)len), (struct sockaddr *)&peer, peer_len);
	size_t reply_len = serve(bytes_of(query, (size_t)len), false, reply, sizeof(reply));
	(void)sendto(server.udp, reply, reply_len, 0, (struct sockaddr *)&peer, peer_len);
}

static void serve_tcp(void)
{
	uint8_t query[514], reply[514];
	int fd = accept(server.tcp, NULL, NULL);
	ssize_t len = recv(fd, query, sizeof(query), 0);

	if (len > 2) {
		size_t reply_len =
			serve(bytes_of(query + 2, (size_t)len - 2), true, reply + 2, 512);
		u16_store(reply, (uint16_t)reply_len);
		for (size_t i = 0; reply_len > 0 && i < reply_len + 2; i++)
			(void)send(fd, reply + i, 1, MSG_NOSIGNAL);
	}
	close(fd);
}

static void *run(void *unused)
{
	struct pollfd fds[] = { { .fd = server.udp, .events = POLLIN },
		{ .fd = server.tcp, .events = POLLIN },
		{ .fd = server.stop[0], .events = POLLIN } };
	while (poll(fds, 3, -1) > 0 && !fds[2].revents) {
		if (fds[0].revents)
			serve_udp();
		if (fds[1].revents)
			serve_tcp();
	}
	return unused;
}

static int start(void **state)
{
	struct address address;
	socklen_t len = sizeof(address.v4);
	(void)state;

	if (address_parse("127.0.0.1", 1, &address) != 0)
		return -1;
	address.v4.sin_port = 0;
	server.tcp = socket(AF_INET, SOCK_STREAM, 0);
	server.udp = socket(AF_INET, SOCK_DGRAM, 0);
	if (bind(server.tcp, &address.any, len) != 0 || listen(server.tcp, 5) != 0 ||
		getsockname(server.tcp, &address.any, &len) != 0 ||
		bind(server.udp, &address.any, len) != 0 || pipe(server.stop) != 0)
		return -1;
	server.at[0] = '@';
	address_write(&address, server.at + 1);
	return pthread_create(&server.thread, NULL, run, NULL);
}

static int stop(void **state)
{
	(void)state;
	if (write(server.stop[1], "", 1) != 1 || pthread_join(server.thread, NULL) != 0)
		return -1;
	close(server.udp);
	close(server.tcp);
	close(server.stop[0]);
	return close(server.stop[1]);
}

static void assert_has(const char *text, const char *piece)
{
	if (!strstr(text, piece))
		fail_msg("\"%s\" is not in: %s", piece, text);
}

static void test_answer(void **state)
{
	(void)state;
	QUERY("www.example");
	assert_int_equal(captured.code, EXIT_GOOD);
	assert_has(captured.out, "\nwww.example. 60 IN A 192.0.2.1\n");
	assert_has(captured.out, "over UDP");
	QUERY("nxdomain.example", "AAAA", "--json");
	assert_int_equal(captured.code, EXIT_GOOD);
	assert_has(captured.out, "{\"status\":\"NXDOMAIN\"");
	assert_has(captured.out, "\"type\":\"AAAA\"");
	QUERY("--tcp", "--dnssec", "www.example", "TYPE65280");
	assert_int_equal(captured.code, EXIT_GOOD);
	assert_has(captured.out, "over TCP");
}

/* The scripts that look at the exit code, and the person that looks at the reason. */
static void test_servfail(void **state)
{
	(void)state;
	QUERY("servfail.example");
	assert_int_equal(captured.code, EXIT_BAD);
	assert_has(captured.out, ";; status: SERVFAIL");
	assert_has(captured.out, "22 (No Reachable Authority): all upstreams are down\n");
	QUERY("notimp.example");
	assert_int_equal(captured.code, EXIT_BAD);
	assert_has(captured.out, ";; status: NOTIMP");
}

static void test_truncated(void **state)
{
	(void)state;
	QUERY("long.example");
	assert_int_equal(captured.code, EXIT_GOOD);
	assert_has(captured.out, "\nlong.example. 60 IN A 192.0.2.1\n");
	assert_has(captured.out, "over TCP");
}

/* Only what answers this query is shown. */
static void test_foreign(void **state)
{
	(void)state;
	QUERY("foreign.example");
	assert_int_equal(captured.code, EXIT_GOOD);
	assert_has(captured.out, ";; status: NOERROR");
	QUERY("foreign.example", "--tcp");
	assert_int_equal(captured.code, EXIT_NO_ANSWER);
	assert_has(captured.err, "something else than what was asked");
	QUERY("garbage.example");
	assert_int_equal(captured.code, EXIT_NO_ANSWER);
	assert_has(captured.err, "the answer cannot be read");
}

static void test_no_server(void **state)
{
	(void)state;
	QUERY("close.example");
	assert_int_equal(captured.code, EXIT_NO_ANSWER);
	assert_has(captured.err, "closed the connection");
	CAPTURE(&captured, cli_query, "stubborn query", "www.example", "@127.0.0.1:1");
	assert_int_equal(captured.code, EXIT_NO_ANSWER);
	assert_has(captured.err, "127.0.0.1:1: Connection refused");
}

static void test_reverse(void **state)
{
	(void)state;
	QUERY("-x", "192.0.2.9");
	assert_int_equal(captured.code, EXIT_GOOD);
	assert_has(captured.out, ";9.2.0.192.in-addr.arpa. IN PTR\n");
	QUERY("--reverse", "2001:db8::f1");
	assert_int_equal(captured.code, EXIT_GOOD);
	assert_has(captured.out, ";1.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2."
				 "ip6.arpa. IN PTR\n");
	QUERY("-x", "192.0.2.9:53");
	assert_int_equal(captured.code, EXIT_USAGE);
	QUERY("-x", "www.example");
	assert_int_equal(captured.code, EXIT_USAGE);
}

/* -c asks where the configured resolver listens. */
static void test_configured(void **state)
{
	char text[128];
	(void)state;
	snprintf(text, sizeof(text), "listen: %s\n", server.at + 1);
	CAPTURE(&captured, cli_query, "stubborn query", "-c", capture_file(text),
		"b\xc3\xbc"
		"cher.example");
	capture_unlink();
	assert_int_equal(captured.code, EXIT_GOOD);
	assert_has(captured.out, ";xn--bcher-kva.example. IN A\n");

	snprintf(text, sizeof(text), "listen: 0.0.0.0%s\nallow: 127.0.0.0/8\n",
		strchr(server.at, ':'));
	CAPTURE(&captured, cli_query, "stubborn query", "-c", capture_file(text), "www.example");
	capture_unlink();
	assert_int_equal(captured.code, EXIT_GOOD);

	CAPTURE(&captured, cli_query, "stubborn query", "-c", capture_file("x: 1\n"),
		"www.example");
	capture_unlink();
	assert_int_equal(captured.code, EXIT_BAD);
}

static void test_usage(void **state)
{
	(void)state;
	QUERY("--help");
	assert_int_equal(captured.code, EXIT_GOOD);
	assert_has(captured.out, "Usage: stubborn query");
	CAPTURE(&captured, cli_query, "stubborn query", "--nonsense");
	assert_int_equal(captured.code, EXIT_USAGE);
	CAPTURE(&captured, cli_query, "stubborn query", "@127.0.0.1");
	assert_int_equal(captured.code, EXIT_USAGE);
	assert_has(captured.err, "a NAME is missing");
	QUERY("a..b");
	assert_int_equal(captured.code, EXIT_USAGE);
	QUERY("AAAA", "www.example");
	assert_int_equal(captured.code, EXIT_USAGE);
	assert_has(captured.err, "after NAME comes TYPE");
	QUERY("a", "A", "b");
	assert_int_equal(captured.code, EXIT_USAGE);
	CAPTURE(&captured, cli_query, "stubborn query", "a", "@dns.example");
	assert_int_equal(captured.code, EXIT_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_servfail),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_no_server),
		cmocka_unit_test(test_reverse),
		cmocka_unit_test(test_configured),
		cmocka_unit_test(test_usage),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
