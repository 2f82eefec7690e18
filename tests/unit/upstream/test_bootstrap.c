/* SPDX-License-Identifier: MIT */
/* Without its upstream's address nothing is answered at all; and whoever is asked for it must be
 * whom the user meant, never ourselves. c-ares asks servers of this test over real sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/udp.h"
#include "support/failmalloc.h"
#include "upstream/bootstrap.h"
#include "wire/message.h"
#include "wire/reader.h"

#define HOST	    "dns.example"
#define SERVERS	    3
#define REPLY_LEN   1024
#define NAME_OFFSET 0xc00c /* the question's, as a compression pointer */

/* What a server says to A and to AAAA. */
struct script {
	bool silent;
	uint8_t rcode;
	size_t a, aaaa;		     /* addresses 192.0.2.1 on, 2001:db8::1 on */
	bool any;		     /* 0.0.0.0 instead */
	uint32_t ttl_s, alias_ttl_s; /* alias: 0: none */
};

struct server {
	int fd;
	struct watch *watch;
	struct address address;
	struct script script;
	unsigned asked;
	char name[NAME_TEXT_LEN];
};

static struct trial {
	struct loop *loop;
	struct server servers[SERVERS];
	struct address addresses[SERVERS];
	struct bootstrap *bootstrap;
	struct bootstrap_answer answers[2];
	unsigned told;
	struct count sent;
	bool free_when_told;
} trial;

static void rr_begin(struct writer *w, uint16_t type, uint32_t ttl_s, uint16_t len)
{
	writer_u16(w, NAME_OFFSET);
	writer_u16(w, type);
	writer_u16(w, CLASS_IN);
	writer_u32(w, ttl_s);
	writer_u16(w, len);
}

static uint16_t answer_write(struct writer *w, const struct script *script, uint16_t type)
{
	static const uint8_t v6[15] = { 0x20, 0x01, 0x0d, 0xb8 };
	static const uint8_t v4[3] = { 192, 0, 2 }, none[4] = { 0 };
	const size_t count = type == TYPE_A ? script->a : script->aaaa;
	uint16_t records = (uint16_t)count;

	if (script->alias_ttl_s > 0 && count > 0) {
		/* An alias of itself stands for any. */
		rr_begin(w, TYPE_CNAME, script->alias_ttl_s, 2);
		writer_u16(w, NAME_OFFSET);
		records++;
	}
	for (size_t i = 1; i <= count; i++) {
		rr_begin(w, type, script->ttl_s, type == TYPE_A ? 4 : 16);
		if (script->any)
			writer_bytes(w, bytes_of(none, sizeof(none)));
		else if (type == TYPE_A)
			writer_bytes(w, bytes_of(v4, sizeof(v4)));
		else
			writer_bytes(w, bytes_of(v6, sizeof(v6)));
		if (!script->any)
			writer_u8(w, (uint8_t)i);
	}
	return records;
}

static void serve(void *owner, int events)
{
	struct server *server = owner;
	const struct script *script = &server->script;
	uint8_t query[512], reply[REPLY_LEN];
	struct message_head head;
	struct address from;
	socklen_t from_len = sizeof(from);
	(void)events;
	ssize_t len = recvfrom(server->fd, query, sizeof(query), 0, &from.any, &from_len);
	assert_true(len > 0);
	assert_int_equal(message_head_read(bytes_of(query, (size_t)len), &head), 0);
	server->asked++;
	name_print(head.question.name, server->name);
	if (script->silent)
		return;
	const size_t question_len = head.question.name.len + 4;
	struct writer w = writer_into(reply, sizeof(reply));
	struct writer answers = writer_into(
		reply + HEADER_LEN + question_len, sizeof(reply) - HEADER_LEN - question_len);
	const struct header header = {
		.id = head.header.id,
		.qr = true,
		.rd = true,
		.ra = true,
		.rcode = script->rcode,
		.question_count = 1,
		.record_count = { answer_write(&answers, script, head.question.type) },
	};
	header_write(&w, &header);
	writer_bytes(&w, bytes_of(query + HEADER_LEN, question_len));
	assert_false(w.failed || answers.failed);
	(void)sendto(server->fd, reply, w.len + answers.len, 0, &from.any, from_len);
}

static void server_init(struct server *server)
{
	socklen_t len = sizeof(server->address);

	assert_int_equal(address_parse("127.0.0.1", 0, &server->address), 0);
	assert_int_equal(udp_bind(&server->address, false, &server->fd), 0);
	assert_int_equal(getsockname(server->fd, &server->address.any, &len), 0);
	server->watch = watch_new(trial.loop, server->fd, serve, server);
	assert_non_null(server->watch);
	watch_set(server->watch, WATCH_READ);
	server->script = (struct script){ .a = 1, .aaaa = 1, .ttl_s = 300 };
}

static int setup(void **state)
{
	(void)state;
	memset(&trial, 0, sizeof(trial));
	trial.loop = loop_new();
	assert_non_null(trial.loop);
	for (size_t i = 0; i < SERVERS; i++) {
		server_init(&trial.servers[i]);
		trial.addresses[i] = trial.servers[i].address;
	}
	return 0;
}

static void server_stop(struct server *server)
{
	watch_free(server->watch);
	server->watch = NULL;
	if (server->fd >= 0)
		close(server->fd);
	server->fd = -1;
}

static int teardown(void **state)
{
	(void)state;
	bootstrap_free(trial.bootstrap);
	for (size_t i = 0; i < SERVERS; i++)
		server_stop(&trial.servers[i]);
	loop_free(trial.loop);
	return 0;
}

static void answered(void *owner, const struct bootstrap_answer *answer)
{
	struct trial *told = owner;

	told->answers[answer->family] = *answer;
	if (++told->told < 2)
		return;
	if (told->free_when_told) {
		bootstrap_free(told->bootstrap);
		told->bootstrap = NULL;
	}
	loop_stop(told->loop);
}

static void begin(const struct bootstrap_servers *servers)
{
	const struct bootstrap_options options = {
		.loop = trial.loop, .servers = servers, .host = HOST, .sent = &trial.sent
	};
	trial.bootstrap = bootstrap_begin(&options, answered, &trial);
	assert_non_null(trial.bootstrap);
	assert_int_equal(trial.told, 0);
}

/* Asks the first of the servers, so many. */
static void look_up(size_t servers)
{
	const struct bootstrap_servers of = {
		.servers = trial.addresses,
		.server_count = servers,
	};
	begin(&of);
	loop_run(trial.loop);
	assert_int_equal(trial.told, 2);
}

static void assert_first(enum bootstrap_family family, const char *text)
{
	char written[ADDRESS_TEXT_LEN];
	assert_int_equal(trial.answers[family].err, 0);
	assert_string_equal(address_write(&trial.answers[family].addresses[0], written), text);
}

static void test_both_families(void **state)
{
	char text[ADDRESS_TEXT_LEN];
	(void)state;
	trial.servers[0].script.a = 2;
	look_up(1);
	assert_first(BOOTSTRAP_V4, "192.0.2.1:0");
	assert_first(BOOTSTRAP_V6, "[2001:db8::1]:0");
	assert_int_equal(trial.answers[BOOTSTRAP_V4].count, 2);
	assert_int_equal(trial.answers[BOOTSTRAP_V6].count, 1);
	assert_int_equal(trial.answers[BOOTSTRAP_V4].ttl_s, 300);
	assert_int_equal(trial.servers[0].asked, 2);
	assert_int_equal(count_read(&trial.sent), 2);
	assert_string_equal(trial.servers[0].name, HOST ".");
	assert_string_equal(
		bootstrap_asked(trial.bootstrap), address_write(&trial.addresses[0], text));
	assert_string_equal(bootstrap_left_out(trial.bootstrap), "");
}

static void test_the_least_ttl_counts(void **state)
{
	(void)state;
	trial.servers[0].script.alias_ttl_s = 60;
	look_up(1);
	assert_int_equal(trial.answers[BOOTSTRAP_V4].ttl_s, 60);
	assert_int_equal(trial.answers[BOOTSTRAP_V6].ttl_s, 60);
}

static void test_more_than_are_kept(void **state)
{
	(void)state;
	trial.servers[0].script.a = BOOTSTRAP_ADDRESSES_MAX + 5;
	look_up(1);
	assert_int_equal(trial.answers[BOOTSTRAP_V4].count, BOOTSTRAP_ADDRESSES_MAX);
}

static void test_nothing_there(void **state)
{
	(void)state;
	trial.servers[0].script = (struct script){ .rcode = RCODE_NXDOMAIN };
	look_up(2);
	assert_int_equal(trial.answers[BOOTSTRAP_V4].err, ERR_NOT_FOUND);
	assert_int_equal(trial.answers[BOOTSTRAP_V6].err, ERR_NOT_FOUND);
	assert_non_null(strstr(trial.answers[BOOTSTRAP_V4].why, "no such name"));
	assert_int_equal(trial.servers[1].asked, 0); /* that was an answer */
}

static void test_one_family_alone(void **state)
{
	(void)state;
	trial.servers[0].script.aaaa = 0;
	look_up(1);
	assert_first(BOOTSTRAP_V4, "192.0.2.1:0");
	assert_int_equal(trial.answers[BOOTSTRAP_V6].err, ERR_NOT_FOUND);
}

static void test_a_blocked_name(void **state)
{
	(void)state;
	trial.servers[0].script.aaaa = 0;
	trial.servers[0].script.any = true;
	look_up(1);
	assert_int_equal(trial.answers[BOOTSTRAP_V4].err, ERR_NOT_FOUND);
	assert_int_equal(trial.answers[BOOTSTRAP_V4].count, 0);
	assert_non_null(strstr(trial.answers[BOOTSTRAP_V4].why, "block a name"));
}

static void test_the_next_server(void **state)
{
	static const uint8_t rcodes[] = { RCODE_SERVFAIL, RCODE_REFUSED, RCODE_NOTIMP };
	(void)state;
	for (size_t i = 0; i < sizeof(rcodes); i++) {
		trial.servers[0].script = (struct script){ .rcode = rcodes[i] };
		trial.told = 0;
		look_up(2);
		assert_first(BOOTSTRAP_V4, "192.0.2.1:0");
		bootstrap_free(trial.bootstrap);
	}
	trial.bootstrap = NULL;
	trial.told = 0;
	server_stop(&trial.servers[0]); /* nobody listens */
	look_up(2);
	assert_first(BOOTSTRAP_V4, "192.0.2.1:0");
}

static void test_a_silent_server(void **state)
{
	(void)state;
	trial.servers[0].script.silent = true;
	look_up(2);
	assert_first(BOOTSTRAP_V4, "192.0.2.1:0");
	assert_first(BOOTSTRAP_V6, "[2001:db8::1]:0");
	assert_int_equal(trial.servers[0].asked, 2);
}

static void test_all_fail(void **state)
{
	(void)state;
	server_stop(&trial.servers[0]);
	look_up(1);
	assert_int_equal(trial.answers[BOOTSTRAP_V4].err, ERR_UNREACHABLE);
	assert_string_not_equal(trial.answers[BOOTSTRAP_V4].why, "");
}

static void test_silence_ends(void **state)
{
	(void)state;
	trial.servers[0].script.silent = true;
	trial.servers[1].script.silent = true;
	const uint64_t began_ms = clock_mono_ms();
	look_up(2);
	assert_int_equal(trial.answers[BOOTSTRAP_V4].err, ERR_TIMEOUT);
	assert_int_equal(trial.answers[BOOTSTRAP_V6].err, ERR_TIMEOUT);
	/* A datagram may be lost; but a client does not wait until all rounds are over. */
	assert_true(trial.servers[0].asked > 2);
	assert_true(clock_mono_ms() - began_ms < 7000);
}

static void test_never_ourselves(void **state)
{
	char first[ADDRESS_TEXT_LEN], second[ADDRESS_TEXT_LEN];
	const struct bootstrap_servers servers = {
		.servers = trial.addresses,
		.server_count = 2,
		.own = &trial.addresses[0],
		.own_count = 1,
	};
	(void)state;
	begin(&servers);
	assert_string_equal(
		bootstrap_left_out(trial.bootstrap), address_write(&trial.addresses[0], first));
	assert_string_equal(
		bootstrap_asked(trial.bootstrap), address_write(&trial.addresses[1], second));
	loop_run(trial.loop);
	assert_int_equal(trial.servers[0].asked, 0);
	assert_first(BOOTSTRAP_V4, "192.0.2.1:0");
}

static void test_nobody_left(void **state)
{
	const struct bootstrap_servers servers = {
		.servers = trial.addresses,
		.server_count = 1,
		.own = trial.addresses,
		.own_count = SERVERS,
	};
	(void)state;
	trial.free_when_told = true;
	begin(&servers);
	assert_string_equal(bootstrap_asked(trial.bootstrap), "");
	loop_run(trial.loop);
	assert_int_equal(trial.answers[BOOTSTRAP_V4].err, ERR_UNREACHABLE);
	assert_int_equal(trial.answers[BOOTSTRAP_V6].err, ERR_UNREACHABLE);
	assert_int_equal(trial.servers[0].asked, 0);
}

/* Is a server left out when we listen there? */
static bool left_out(const char *server_text, const char *own_text)
{
	struct address server, own;
	const struct bootstrap_servers servers = {
		.servers = &server,
		.server_count = 1,
		.own = &own,
		.own_count = 1,
	};
	assert_int_equal(address_parse(server_text, 53, &server), 0);
	assert_int_equal(address_parse(own_text, 53, &own), 0);
	begin(&servers);
	bool left = bootstrap_left_out(trial.bootstrap)[0] != '\0';
	assert_int_equal(left, bootstrap_asked(trial.bootstrap)[0] == '\0');
	bootstrap_free(trial.bootstrap);
	trial.bootstrap = NULL;
	return left;
}

/* Nothing is sent: each look-up ends before it begins. */
static void test_what_is_ourselves(void **state)
{
	(void)state;
	assert_true(left_out("127.0.0.1", "127.0.0.1"));
	assert_false(left_out("127.0.0.53", "127.0.0.1"));
	assert_false(left_out("127.0.0.1:5353", "127.0.0.1"));
	assert_true(left_out("127.0.0.53", "0.0.0.0"));
	assert_false(left_out("192.0.2.53", "0.0.0.0"));
	assert_false(left_out("127.0.0.1:5353", "0.0.0.0"));
	assert_true(left_out("0.0.0.0", "127.0.0.1"));
	assert_true(left_out("::1", "::1"));
	assert_false(left_out("::1", "0.0.0.0"));
	assert_false(left_out("2001:db8::53", "::"));
}

/* Where others reach this machine it reaches itself, and a wildcard listens there, too. */
static void test_what_is_ourselves_to_others(void **state)
{
	struct ifaddrs *all;
	char own[INET_ADDRSTRLEN] = "";
	(void)state;
	assert_int_equal(getifaddrs(&all), 0);
	for (const struct ifaddrs *at = all; at; at = at->ifa_next) {
		if (at->ifa_addr && at->ifa_addr->sa_family == AF_INET &&
			!(at->ifa_flags & IFF_LOOPBACK) && at->ifa_flags & IFF_UP)
			inet_ntop(AF_INET,
				&((const struct sockaddr_in *)(const void *)at->ifa_addr)->sin_addr,
				own, sizeof(own));
	}
	freeifaddrs(all);
	if (own[0] == '\0')
		skip(); /* there is but loopback */
	assert_true(left_out(own, "0.0.0.0"));
	assert_false(left_out(own, "127.0.0.1"));
}

/* Whatever /etc/resolv.conf says here, all of it is left out or none: nothing is sent. */
static void test_the_networks_own(void **state)
{
	const struct bootstrap_servers network = { 0 };
	(void)state;
	begin(&network);
	assert_string_not_equal(bootstrap_asked(trial.bootstrap), "");
	assert_string_equal(bootstrap_left_out(trial.bootstrap), "");
}

static void test_freed_under_way(void **state)
{
	const struct bootstrap_servers servers = {
		.servers = trial.addresses,
		.server_count = 1,
	};
	(void)state;
	trial.servers[0].script.silent = true;
	begin(&servers);
	struct task stop;
	task_init(&stop, (void (*)(void *))loop_stop, trial.loop);
	loop_post(trial.loop, &stop);
	loop_run(trial.loop);
	bootstrap_free(trial.bootstrap);
	trial.bootstrap = NULL;
	assert_int_equal(trial.told, 0);
	bootstrap_free(NULL);
}

static void test_freed_when_told(void **state)
{
	(void)state;
	trial.free_when_told = true;
	look_up(1);
	assert_null(trial.bootstrap);
}

static void test_no_memory(void **state)
{
	const struct bootstrap_servers servers = {
		.servers = trial.addresses,
		.server_count = 1,
	};
	const struct bootstrap_options options = {
		.loop = trial.loop, .servers = &servers, .host = HOST, .sent = &trial.sent
	};
	(void)state;
	failmalloc_arm(0);
	assert_null(bootstrap_begin(&options, answered, &trial));
	assert_true(failmalloc_disarm());
	assert_string_not_equal(bootstrap_library_version(), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_both_families),
		TEST(test_the_least_ttl_counts),
		TEST(test_more_than_are_kept),
		TEST(test_nothing_there),
		TEST(test_one_family_alone),
		TEST(test_a_blocked_name),
		TEST(test_the_next_server),
		TEST(test_a_silent_server),
		TEST(test_all_fail),
		TEST(test_silence_ends),
		TEST(test_never_ourselves),
		TEST(test_nobody_left),
		TEST(test_what_is_ourselves),
		TEST(test_what_is_ourselves_to_others),
		TEST(test_the_networks_own),
		TEST(test_freed_under_way),
		TEST(test_freed_when_told),
		TEST(test_no_memory),
	};
	return cmocka_run_group_tests_name("bootstrap", tests, NULL, NULL);
}
