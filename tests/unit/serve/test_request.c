/* SPDX-License-Identifier: MIT */
/* Any octets that a client sends: the right error, or none, and never a guess. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "replay/written.h"
#include "unit/serve/served.h"

static struct served s;
static uint8_t query[1024], room[MESSAGE_LEN_MAX];
static size_t query_len;
static struct reply reply = { .octets = room };
static struct asked asked;

static int setup(void **state)
{
	(void)state;
	return served_init(&s) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	served_done(&s);
	return 0;
}

static enum request_outcome read_query(bool tcp)
{
	reply.len = 0;
	memset(room, 0xee, sizeof(room));
	return request_read(&s.serving, bytes_of(query, query_len), tcp, &asked, &reply);
}

static void compose(const struct asking *asking)
{
	query_len = asking_write(asking, query);
}

static void compose_www(void)
{
	compose(&(struct asking){ .id = 77, .name = "www.example.", .type = "A" });
}

static void append(const void *octets, size_t len)
{
	memcpy(query + query_len, octets, len);
	query_len += len;
}

/* Replied at once, a header alone with that rcode. */
static void assert_bare(uint16_t rcode)
{
	struct header header;

	assert_int_equal(read_query(false), REQUEST_REPLIED);
	assert_int_equal(reply.len, HEADER_LEN);
	assert_int_equal(header_read(bytes_of(reply.octets, reply.len), &header), 0);
	assert_true(header.qr);
	assert_int_equal(header.id, 77);
	assert_int_equal(header.rcode, rcode);
	assert_int_equal(header.question_count, 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(header.record_count[i], 0);
}

/* Replied at once, with question and that rcode. */
static struct message_head assert_replied(uint16_t rcode)
{
	struct message_head head;

	assert_int_equal(read_query(false), REQUEST_REPLIED);
	assert_int_equal(message_head_read(bytes_of(reply.octets, reply.len), &head), 0);
	assert_int_equal(head.header.id, 77);
	assert_int_equal(head.edns.extended_rcode << 4 | head.header.rcode, rcode);
	return head;
}

static void a_question_without_an_answer_waits(void **state)
{
	(void)state;
	compose_www();
	assert_int_equal(read_query(false), REQUEST_WAITS);
	assert_int_equal(asked.head.question.type, TYPE_A);
	assert_int_equal(asked.head.header.id, 77);
	assert_int_equal(fake_group_asked(s.resolving.group), 0);
}

/* L2: two servers that answer each other's replies never end. */
static void replies_and_fragments_get_no_reply(void **state)
{
	(void)state;
	compose_www();
	query[2] |= 0x80;
	assert_int_equal(read_query(false), REQUEST_DROPPED);
	assert_int_equal(read_query(true), REQUEST_DROPPED);
	query[2] &= 0x7f;
	for (query_len = 0; query_len < HEADER_LEN; query_len++)
		assert_int_equal(read_query(false), REQUEST_DROPPED);
}

/* L3 */
static void other_opcodes_are_not_implemented(void **state)
{
	(void)state;
	for (unsigned opcode = 1; opcode < 16; opcode++) {
		compose_www();
		query[2] = (uint8_t)(opcode << 3 | 1);
		assert_bare(RCODE_NOTIMP);
		assert_int_equal(room[2] >> 3 & 0xf, opcode);
	}
}

/* L3: also when nothing but the header is readable. */
static void one_question_and_no_other_number(void **state)
{
	(void)state;
	compose_www();
	query[5] = 0;
	assert_bare(RCODE_FORMERR);
	query_len = HEADER_LEN;
	assert_bare(RCODE_FORMERR);
	compose_www();
	append(query + HEADER_LEN, query_len - HEADER_LEN);
	query[5] = 2;
	assert_bare(RCODE_FORMERR);
}

/* L3: whatever is cut off, wherever. */
static void every_cut_is_a_format_error(void **state)
{
	(void)state;
	compose(&(struct asking){ .id = 77, .name = "www.example.", .type = "A", .edns = true });
	const size_t whole = query_len;
	for (query_len = HEADER_LEN; query_len < whole; query_len++)
		assert_bare(RCODE_FORMERR);
}

static void garbage_behind_the_end_is_a_format_error(void **state)
{
	(void)state;
	compose_www();
	append("x", 1);
	assert_bare(RCODE_FORMERR);
}

static void a_compressed_or_overlong_question_is_a_format_error(void **state)
{
	static const uint8_t pointer[] = { 0xc0, 0x0c, 0, 1, 0, 1 };
	(void)state;

	compose_www();
	query_len = HEADER_LEN;
	append(pointer, sizeof(pointer));
	assert_bare(RCODE_FORMERR);
	query_len = HEADER_LEN;
	for (int i = 0; i < 5; i++) {
		uint8_t label[64] = { 63 };
		append(label, sizeof(label));
	}
	append("\0\0\1\0\1", 5);
	assert_bare(RCODE_FORMERR);
}

/* Fixed part of an OPT at the root. */
static const uint8_t opt[] = { 0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 0 };

/* RFC 6891 section 7: a reply without an OPT would say that we know no EDNS. */
static void assert_opt_refused(void)
{
	struct message_head head = assert_replied(RCODE_FORMERR);
	assert_true(head.edns.present);
	assert_int_equal(head.question.type, TYPE_A);
}

/* L4 */
static void opt_where_it_must_not_be_is_a_format_error(void **state)
{
	static const uint8_t named[] = { 1, 'x', 0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 0 };
	(void)state;

	compose_www();
	append(opt, sizeof(opt));
	append(opt, sizeof(opt));
	query[11] = 2;
	assert_opt_refused();
	compose_www();
	append(named, sizeof(named));
	query[11] = 1;
	assert_opt_refused();
	for (int at = 7; at <= 9; at += 2) {
		compose_www();
		append(opt, sizeof(opt));
		query[at] = 1;
		assert_opt_refused();
	}
}

static void broken_options_are_a_format_error(void **state)
{
	static const uint8_t broken[] = { 0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 5, 0, 3, 0, 2, 0 };
	(void)state;

	compose_www();
	append(broken, sizeof(broken));
	query[11] = 1;
	assert_opt_refused();
}

/* RFC 6891 section 6.1.3: so that new versions can be tried out at all. */
static void a_later_edns_version_is_told_ours(void **state)
{
	(void)state;
	compose(&(struct asking){ .id = 77,
		.name = "www.example.",
		.type = "A",
		.edns = true,
		.version = 1,
		.udp_size = 1232 });
	struct message_head head = assert_replied(RCODE_BADVERS);
	assert_true(head.edns.present);
	assert_int_equal(head.edns.version, 0);
	assert_int_equal(head.header.question_count, 1);
}

static void unknown_options_are_ignored(void **state)
{
	static const uint8_t unknown[] = { 0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 6, 0xfd, 0xe9, 0, 2, 1,
		2 };
	(void)state;

	compose_www();
	append(unknown, sizeof(unknown));
	query[11] = 1;
	assert_int_equal(read_query(false), REQUEST_WAITS);
}

/* L5: none of it is forwarded: the names are about this machine. */
static void other_classes_are_not_forwarded(void **state)
{
	static const char *const names[] = { "version.bind.", "version.server.", "id.server.",
		"hostname.bind." };
	(void)state;

	for (size_t i = 0; i < 4; i++) {
		compose(&(struct asking){
			.id = 77, .name = names[i], .type = "TXT", .class = CLASS_CH });
		assert_replied(RCODE_REFUSED);
	}
	compose(&(struct asking){
		.id = 77, .name = "www.example.", .type = "A", .class = CLASS_HS });
	assert_replied(RCODE_NOTIMP);
	compose(&(struct asking){
		.id = 77, .name = "www.example.", .type = "A", .class = CLASS_ANY });
	assert_replied(RCODE_NOTIMP);
}

/* L6 */
static void types_that_are_not_for_resolving(void **state)
{
	static const struct {
		const char *type;
		uint16_t rcode;
	} cases[] = {
		{ "AXFR", RCODE_REFUSED },
		{ "IXFR", RCODE_REFUSED },
		{ "MAILA", RCODE_REFUSED },
		{ "MAILB", RCODE_REFUSED },
		{ "OPT", RCODE_FORMERR },
		{ "TSIG", RCODE_FORMERR },
		{ "TKEY", RCODE_FORMERR },
		{ "TYPE0", RCODE_FORMERR },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		compose(&(struct asking){
			.id = 77, .name = "www.example.", .type = cases[i].type });
		assert_replied(cases[i].rcode);
	}
}

/* L6, RFC 8482: the largest of all answers, for whoever wants to flood somebody with it. */
static void any_gets_one_small_record(void **state)
{
	(void)state;
	compose(&(struct asking){ .id = 77, .name = "www.example.", .type = "ANY" });
	assert_replied(RCODE_NOERROR);
	assert_records(bytes_of(reply.octets, reply.len),
		"www.example. 3600 HINFO 075246433834383200"); /* "RFC8482" "" */
}

/* L7 */
static void without_recursion_desired_it_is_refused(void **state)
{
	(void)state;
	compose(&(struct asking){
		.id = 77, .name = "www.example.", .type = "A", .no_rd = true, .edns = true });
	assert_replied(RCODE_REFUSED);
	assert_int_equal(served_ede(bytes_of(reply.octets, reply.len)), EDE_PROHIBITED);
}

/* L9: what a client cannot take is lost, or fragmented, or somebody's amplifier. */
static void the_reply_may_be_as_long_as_both_allow(void **state)
{
	static const struct {
		bool edns, tcp;
		uint16_t udp_size;
		size_t limit;
	} cases[] = {
		{ false, false, 0, 512 },
		{ true, false, 0, 512 },
		{ true, false, 511, 512 },
		{ true, false, 512, 512 },
		{ true, false, 700, 700 },
		{ true, false, SERVED_UDP_SIZE, SERVED_UDP_SIZE },
		{ true, false, 65535, SERVED_UDP_SIZE },
		{ false, true, 0, 65535 },
		{ true, true, 512, 65535 },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		compose(&(struct asking){ .id = 77,
			.name = "www.example.",
			.type = "A",
			.edns = cases[i].edns,
			.udp_size = cases[i].udp_size });
		assert_int_equal(read_query(cases[i].tcp), REQUEST_WAITS);
		assert_int_equal(asked.limit, cases[i].limit);
		assert_int_equal(asked.udp_size, SERVED_UDP_SIZE);
	}
}

/* RFC 7828 section 3.2.1: over UDP the option means nothing and is not answered. */
static void keepalive_is_for_tcp(void **state)
{
	(void)state;
	compose(&(struct asking){
		.id = 77, .name = "www.example.", .type = "A", .edns = true, .keepalive = true });
	assert_int_equal(read_query(true), REQUEST_WAITS);
	assert_true(asked.keepalive);
	assert_int_equal(asked.keepalive_ds, SERVED_TCP_IDLE_MS / 100);
	assert_int_equal(read_query(false), REQUEST_WAITS);
	assert_false(asked.keepalive);
	compose_www();
	assert_int_equal(read_query(true), REQUEST_WAITS);
	assert_false(asked.keepalive);
}

static void the_cache_answers_at_once(void **state)
{
	(void)state;
	served_cache_txt(&s, "txt.example.", 5);
	compose(&(struct asking){ .id = 77, .name = "TXT.example.", .type = "TXT" });
	assert_replied(RCODE_NOERROR);
	assert_records(bytes_of(reply.octets, reply.len), "TXT.example. 300 TXT xxxxx");
}

/* L14: over TCP, where the address is not forged, it is said. */
static void who_may_not_ask_is_refused(void **state)
{
	(void)state;
	compose(&(struct asking){
		.id = 77, .name = "www.example.", .type = "A", .edns = true, .udp_size = 512 });
	request_refuse(&s.serving, bytes_of(query, query_len), &reply);
	served_assert(bytes_of(reply.octets, reply.len), 77, "REFUSED", "");
	assert_int_equal(served_ede(bytes_of(reply.octets, reply.len)), EDE_PROHIBITED);
	/* Unreadable behind the header, a reply, and less than a header. */
	request_refuse(&s.serving, bytes_of(query, HEADER_LEN), &reply);
	assert_int_equal(reply.len, HEADER_LEN);
	assert_int_equal(room[3] & 0xf, RCODE_REFUSED);
	request_refuse(&s.serving, bytes_of(query, HEADER_LEN - 1), &reply);
	assert_int_equal(reply.len, 0);
	query[2] |= 0x80;
	request_refuse(&s.serving, bytes_of(query, query_len), &reply);
	assert_int_equal(reply.len, 0);
}

/* L16: "too much" is said at once, so that the client goes elsewhere. */
static void what_cannot_be_started_fails_at_once(void **state)
{
	(void)state;
	compose(&(struct asking){
		.id = 77, .name = "www.example.", .type = "A", .edns = true, .udp_size = 512 });
	assert_int_equal(read_query(false), REQUEST_WAITS);
	request_shed(&s.serving, &asked, &reply);
	served_assert(bytes_of(reply.octets, reply.len), 77, "SERVFAIL", "");
	assert_int_equal(served_ede(bytes_of(reply.octets, reply.len)), EDE_OTHER);
}

#define REQUEST_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		REQUEST_TEST(a_question_without_an_answer_waits),
		REQUEST_TEST(replies_and_fragments_get_no_reply),
		REQUEST_TEST(other_opcodes_are_not_implemented),
		REQUEST_TEST(one_question_and_no_other_number),
		REQUEST_TEST(every_cut_is_a_format_error),
		REQUEST_TEST(garbage_behind_the_end_is_a_format_error),
		REQUEST_TEST(a_compressed_or_overlong_question_is_a_format_error),
		REQUEST_TEST(opt_where_it_must_not_be_is_a_format_error),
		REQUEST_TEST(broken_options_are_a_format_error),
		REQUEST_TEST(a_later_edns_version_is_told_ours),
		REQUEST_TEST(unknown_options_are_ignored),
		REQUEST_TEST(other_classes_are_not_forwarded),
		REQUEST_TEST(types_that_are_not_for_resolving),
		REQUEST_TEST(any_gets_one_small_record),
		REQUEST_TEST(without_recursion_desired_it_is_refused),
		REQUEST_TEST(the_reply_may_be_as_long_as_both_allow),
		REQUEST_TEST(keepalive_is_for_tcp),
		REQUEST_TEST(the_cache_answers_at_once),
		REQUEST_TEST(who_may_not_ask_is_refused),
		REQUEST_TEST(what_cannot_be_started_fails_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
