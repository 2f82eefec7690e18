/* SPDX-License-Identifier: MIT */
/* What a reply looks like to a person and to a program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/reply.h"
#include "wire/compose.h"
#include "wire/rrset.h"

static uint8_t wire[512];

/* NXDOMAIN with an A record in answer (which nobody minds here) and an extended error. */
static struct bytes reply_wire(void)
{
	static const uint8_t address[] = { 192, 0, 2, 1 };
	const struct bytes rdata = bytes_of(address, sizeof(address));
	const struct header header = { .qr = true,
		.rd = true,
		.ra = true,
		.rcode = RCODE_NXDOMAIN,
		.question_count = 1,
		.record_count = { 1, 0, 1 } };
	const struct edns edns = { .udp_size = 1232 };
	struct name_space space;
	struct question question = { .type = TYPE_A, .class = CLASS_IN };
	struct compose compose;

	assert_int_equal(name_parse("a\"b.example", &space, &question.name), 0);
	const struct rrset rrset = { .owner = question.name,
		.type = TYPE_A,
		.class = CLASS_IN,
		.ttl_s = 60,
		.count = 1,
		.rdata = &rdata };
	compose_init(&compose, wire, sizeof(wire));
	header_write(&compose.w, &header);
	compose_question(&compose, &question);
	assert_int_equal(compose_rrset(&compose, &rrset, NULL), 1);
	size_t opened = edns_open(&compose.w, &edns);
	edns_add_ede(&compose.w, EDE_BLOCKED, NULL);
	edns_add_option(&compose.w, EDNS_OPTION_PADDING, bytes_of(NULL, 0));
	edns_add_ede(&compose.w, EDE_OTHER, "say \"no\"\x1b[31m");
	edns_close(&compose.w, opened);
	assert_false(compose.w.failed);
	return bytes_of(wire, compose.w.len);
}

static char *printed(struct bytes octets, bool json)
{
	struct reply reply = { .wire = octets, .took_us = 1234, .tcp = json };
	struct arena arena;
	char *text = NULL;
	size_t len = 0;

	arena_init(&arena, REPLY_MEMORY_MAX);
	assert_int_equal(address_parse("[::1]:53", 53, &reply.server), 0);
	assert_int_equal(reply_read(&reply, &arena), 0);
	FILE *out = open_memstream(&text, &len);
	assert_non_null(out);
	if (json)
		assert_int_equal(reply_print_json(&reply, out), 0);
	else
		reply_print(&reply, out);
	assert_int_equal(fclose(out), 0);
	arena_done(&arena);
	return text;
}

static void test_text(void **state)
{
	(void)state;
	char *text = printed(reply_wire(), false);
	assert_string_equal(text, ";; status: NXDOMAIN, flags: qr rd ra\n"
				  ";; question\n"
				  ";a\\\"b.example. IN A\n"
				  ";; answer\n"
				  "a\\\"b.example. 60 IN A 192.0.2.1\n"
				  ";; extended error: 15 (Blocked)\n"
				  ";; extended error: 0 (Other Error): say \"no\"\\027[31m\n"
				  ";; server: [::1]:53 over UDP, time: 1.2 ms, size: 85 octets\n");
	free(text);
}

static void test_json(void **state)
{
	(void)state;
	char *text = printed(reply_wire(), true);
	assert_string_equal(text,
		"{\"status\":\"NXDOMAIN\",\"flags\":[\"qr\",\"rd\",\"ra\"],"
		"\"question\":{\"name\":\"a\\\\\\\"b.example.\",\"class\":\"IN\",\"type\":\"A\"},"
		"\"answer\":[{\"name\":\"a\\\\\\\"b.example.\",\"ttl\":60,\"class\":\"IN\","
		"\"type\":\"A\",\"data\":\"192.0.2.1\"}],\"authority\":[],\"additional\":[],"
		"\"extended-errors\":[{\"code\":15,\"meaning\":\"Blocked\",\"text\":\"\"},"
		"{\"code\":0,\"meaning\":\"Other Error\",\"text\":\"say \\\"no\\\"\\u001b[31m\"}],"
		"\"server\":\"[::1]:53\",\"transport\":\"tcp\",\"time-ms\":1.234,\"size\":85}\n");
	free(text);
}

/* A server that cannot even read the question says so with a header alone. */
static void test_header_alone(void **state)
{
	static const uint8_t header[HEADER_LEN] = { 0, 0, 0x80, 4 };
	(void)state;
	char *text = printed(bytes_of(header, sizeof(header)), false);
	assert_non_null(strstr(text, ";; status: NOTIMP, flags: qr\n;; server:"));
	free(text);
	text = printed(bytes_of(header, sizeof(header)), true);
	assert_non_null(strstr(text, "\"question\":null,\"answer\":[]"));
	free(text);
}

static void test_malformed(void **state)
{
	struct reply reply = { .wire = reply_wire() };
	struct arena arena;
	(void)state;

	arena_init(&arena, REPLY_MEMORY_MAX);
	for (size_t len = 0; len < reply_wire().len; len++) {
		reply.wire.len = len;
		assert_int_equal(reply_read(&reply, &arena), ERR_FORMAT);
	}
	arena_done(&arena);
}

static void test_is_good(void **state)
{
	struct reply reply = { 0 };
	(void)state;
	assert_true(reply_is_good(&reply));
	reply.message.rcode = RCODE_NXDOMAIN;
	assert_true(reply_is_good(&reply));
	reply.message.rcode = RCODE_SERVFAIL;
	assert_false(reply_is_good(&reply));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_header_alone),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_is_good),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
