/* SPDX-License-Identifier: MIT */
/* The reply's octets: what a client with any resolver library takes for the answer to what it
 * asked, that fits where it must fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "replay/written.h"
#include "support/failmalloc.h"
#include "unit/resolve/resolving.h"

#define WWW "www.example. 300 A 192.0.2.1"

static uint8_t buffer[MESSAGE_LEN_MAX];
static struct arena arena;
static struct entry *entry;
static struct asked asked;
static struct name_space asked_name;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, 1024 * 1024);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	entry_release(entry);
	entry = NULL;
	arena_done(&arena);
	return 0;
}

/* An entry stored at second 1000 that has these records, all of them with that TTL. */
static void keep(const char *name, const char *type, uint32_t ttl_s, const char *records)
{
	static uint8_t wire[MESSAGE_LEN_MAX];
	struct name_space space;
	struct message message;
	struct rrset *rrsets;
	struct written written = {
		.question = written_question(name, type, &space),
		.records = records,
	};
	struct entry_source source = {
		.question = written.question, .ttl_s = ttl_s, .now_s = 1000
	};
	size_t len = written_compose(&written, wire);

	assert_int_equal(message_read(bytes_of(wire, len), &arena, &message), 0);
	assert_int_equal(rrsets_group(&message, &arena, &rrsets, &source.rrset_count), 0);
	source.rrsets = rrsets;
	entry_release(entry);
	assert_int_equal(entry_new(&source, &entry), 0);
}

static void keep_failure(const char *name)
{
	struct name_space space;
	struct entry_source source = {
		.question = written_question(name, "A", &space),
		.rcode = RCODE_SERVFAIL,
		.ttl_s = 1,
		.now_s = 1000,
		.ede = { .present = true,
			.code = EDE_NO_REACHABLE_AUTHORITY,
			.text = "no upstream answered in time" },
		.failure_count = 1,
	};
	entry_release(entry);
	assert_int_equal(entry_new(&source, &entry), 0);
}

static void ask(const char *name, const char *type)
{
	asked = (struct asked){
		.head.header = { .id = 0xabcd, .rd = true },
		.head.question = written_question(name, type, &asked_name),
		.limit = 512,
		.udp_size = 1232,
	};
}

static void ask_with_edns(const char *name, const char *type, size_t limit)
{
	ask(name, type);
	asked.head.edns = (struct edns){ .present = true, .udp_size = 4096 };
	asked.limit = limit;
}

static struct bytes reply(const struct answer *answer)
{
	memset(buffer, 0xee, sizeof(buffer));
	size_t len = answer_write(answer, &asked, buffer);
	assert_true(len <= asked.limit);
	return bytes_of(buffer, len);
}

static struct bytes reply_at(uint32_t now_s)
{
	return reply(&(struct answer){ .entry = entry, .from_cache = true, .now_s = now_s });
}

static struct message_head head_of(struct bytes wire)
{
	struct message_head head;
	assert_int_equal(message_head_read(wire, &head), 0);
	return head;
}

/* L8: a client drops what does not bring its own ID, flags and question back. */
static void flags_come_back_as_sent(void **state)
{
	(void)state;
	keep("www.example.", "A", 300, WWW);
	for (unsigned bits = 0; bits < 8; bits++) {
		ask("www.example.", "A");
		asked.head.header.rd = bits & 1;
		asked.head.header.cd = bits & 2;
		asked.head.header.ad = bits & 4; /* AD is an answer's, not to be echoed */
		struct message_head head = head_of(reply_at(1000));
		assert_int_equal(head.header.id, 0xabcd);
		assert_true(head.header.qr && head.header.ra);
		assert_false(head.header.aa || head.header.tc || head.header.ad);
		assert_int_equal(head.header.rd, bits & 1);
		assert_int_equal(head.header.cd, (bits & 2) >> 1);
		assert_int_equal(head.header.opcode, 0);
		/* Z, the bit that nobody may set (RFC 1035 section 4.1.1). */
		assert_int_equal(buffer[3] & 0x40, 0);
	}
}

static void local_data_is_authoritative(void **state)
{
	(void)state;
	keep("www.example.", "A", 300, WWW);
	ask("www.example.", "A");
	struct answer answer = { .entry = entry, .authoritative = true, .now_s = 1000 };
	assert_true(head_of(reply(&answer)).header.aa);
	answer.entry = NULL;
	answer.rcode = RCODE_NXDOMAIN;
	assert_true(head_of(reply(&answer)).header.aa);
}

/* L8: clients that mix the letters' case against forgery (0x20) compare it octet by octet. */
static void case_is_the_clients_in_question_and_owners(void **state)
{
	static const uint8_t sent[] = "\003wWw\007eXaMpLe";
	(void)state;

	keep("www.example.", "MX", 300,
		"www.example. 300 MX 10 mail.example.; authority: example. 300 NS ns.other.test.");
	ask("wWw.eXaMpLe.", "MX");
	struct message_head head = head_of(reply_at(1000));
	assert_memory_equal(head.question.name.octets, sent, sizeof(sent));
	assert_records(
		bytes_of(buffer, answer_write(&(struct answer){ .entry = entry, .now_s = 1000 },
					 &asked, buffer)),
		"wWw.eXaMpLe. 300 MX 10 mail.eXaMpLe.; authority: eXaMpLe. 300 NS ns.other.test.");
	/* The next client's letters are its own again. */
	ask("www.example.", "MX");
	assert_records(reply_at(1000), "www.example. 300 MX 10 mail.example.;"
				       "authority: example. 300 NS ns.other.test.");
}

/* C2: a client that keeps a record longer than its owner allowed goes to the old address. */
static void ttls_count_down_and_stop_at_zero(void **state)
{
	(void)state;
	keep("www.example.", "A", 300, WWW "; www.example. 300 A 192.0.2.2");
	ask("www.example.", "A");
	assert_records(
		reply_at(1000), "www.example. 300 A 192.0.2.1; www.example. 300 A 192.0.2.2");
	assert_records(
		reply_at(1001), "www.example. 299 A 192.0.2.1; www.example. 299 A 192.0.2.2");
	assert_records(reply_at(1299), "www.example. 1 A 192.0.2.1; www.example. 1 A 192.0.2.2");
	assert_records(reply_at(1300), "www.example. 0 A 192.0.2.1; www.example. 0 A 192.0.2.2");
	assert_records(reply_at(1301), "www.example. 0 A 192.0.2.1; www.example. 0 A 192.0.2.2");
	assert_records(
		reply_at(UINT32_MAX), "www.example. 0 A 192.0.2.1; www.example. 0 A 192.0.2.2");
	/* A worker whose clock was read a moment before the entry was stored. */
	assert_records(reply_at(999), "www.example. 300 A 192.0.2.1; www.example. 300 A 192.0.2.2");
}

/* L9: a part of an RRset taken for the whole of it is a wrong answer. */
static void what_does_not_fit_is_left_out_whole(void **state)
{
	(void)state;
	keep("www.example.", "TXT", 300, "www.example. 300 TXT *400; www.example. 300 TXT *300");
	ask("www.example.", "TXT");
	asked.limit = 4096;
	const size_t whole = reply_at(1000).len;
	asked.limit = whole;
	assert_false(head_of(reply_at(1000)).header.tc);
	asked.limit = whole - 1;
	struct bytes cut = reply_at(1000);
	struct message_head head = head_of(cut);
	assert_true(head.header.tc);
	assert_int_equal(cut.len, HEADER_LEN + asked.head.question.name.len + 4);
	assert_int_equal(head.header.record_count[SECTION_ANSWER], 0);
	assert_int_equal(head.header.record_count[SECTION_AUTHORITY], 0);
	assert_int_equal(head.header.record_count[SECTION_ADDITIONAL], 0);
}

static void a_cut_reply_still_has_its_opt(void **state)
{
	(void)state;
	keep("www.example.", "TXT", 300, "www.example. 300 TXT *1300");
	ask_with_edns("www.example.", "TXT", 1232);
	asked.head.edns.dnssec_ok = true;
	struct message_head head = head_of(reply_at(1000));
	assert_true(head.header.tc);
	assert_true(head.edns.present && head.edns.dnssec_ok);
	assert_int_equal(head.edns.udp_size, 1232);
	assert_int_equal(head.header.record_count[SECTION_ADDITIONAL], 1);
	/* The OPT counts: with it, the reply must fit as well. */
	asked.limit = 65535;
	asked.head.edns.dnssec_ok = false;
	size_t whole = reply_at(1000).len;
	asked.limit = whole;
	assert_false(head_of(reply_at(1000)).header.tc);
	asked.limit = whole - 1;
	assert_true(head_of(reply_at(1000)).header.tc);
}

static void no_opt_for_who_sent_none(void **state)
{
	(void)state;
	keep_failure("www.example.");
	ask("www.example.", "A");
	assert_false(head_of(reply_at(1000)).edns.present);
	assert_int_equal(u16_load(buffer + 10), 0);
	(void)reply(&(struct answer){ .rcode = RCODE_REFUSED, .ede.present = true });
	assert_int_equal(u16_load(buffer + 10), 0);
}

static unsigned edes(struct bytes wire, uint16_t *codes)
{
	struct message_head head = head_of(wire);
	struct reader r = reader_over(head.edns.options);
	unsigned count = 0;

	while (reader_left(&r) > 0) {
		uint16_t code = reader_u16(&r);
		struct bytes data = reader_bytes(&r, reader_u16(&r));
		assert_false(r.failed);
		if (code == EDNS_OPTION_EDE && count < 4)
			codes[count++] = u16_load(data.at);
	}
	return count;
}

static void a_failure_says_why(void **state)
{
	uint16_t codes[4];
	(void)state;

	ask_with_edns("www.example.", "A", 512);
	struct answer answer = {
		.rcode = RCODE_REFUSED,
		.ede = { .present = true, .code = EDE_PROHIBITED, .text = "no" },
	};
	assert_int_equal(edes(reply(&answer), codes), 1);
	assert_int_equal(codes[0], EDE_PROHIBITED);
	assert_int_equal(reply(&answer).at[3] & 0xf, RCODE_REFUSED);
	keep_failure("www.example.");
	answer = (struct answer){ .entry = entry, .now_s = 1000 };
	assert_int_equal(edes(reply(&answer), codes), 1);
	assert_int_equal(codes[0], EDE_NO_REACHABLE_AUTHORITY);
}

/* L13: whoever repairs the upstream and still sees the failure wants to know that it is old. */
static void a_remembered_failure_says_so(void **state)
{
	uint16_t codes[4];
	(void)state;

	keep_failure("www.example.");
	ask_with_edns("www.example.", "A", 512);
	assert_int_equal(edes(reply_at(1000), codes), 2);
	assert_int_equal(codes[0], EDE_NO_REACHABLE_AUTHORITY);
	assert_int_equal(codes[1], EDE_CACHED_ERROR);
}

/* C6: told for half a minute, without AD, and with a word about it. */
static void what_is_stale_says_so(void **state)
{
	struct answer answer = { .from_cache = true, .stale = "a reason", .now_s = 5000 };
	struct header header;
	uint16_t codes[4];
	(void)state;

	keep("www.example.", "A", 300, WWW "; www.example. 300 RRSIG A example.");
	answer.entry = entry;
	ask_with_edns("www.example.", "A", 512);
	struct bytes wire = reply(&answer);
	assert_records(wire, "www.example. 30 A 192.0.2.1");
	assert_int_equal(edes(wire, codes), 1);
	assert_int_equal(codes[0], EDE_STALE_ANSWER);
	asked.head.edns.dnssec_ok = true;
	assert_records(
		reply(&answer), "www.example. 30 A 192.0.2.1; www.example. 30 RRSIG A example.");
	ask("www.example.", "A");
	wire = reply(&answer);
	assert_records(wire, "www.example. 30 A 192.0.2.1");
	assert_int_equal(header_read(wire, &header), 0);
	assert_int_equal(header.record_count[SECTION_ADDITIONAL], 0);
}

/* Who checks for itself (CD=1) is not told that somebody else has. RFC 6840 section 5.9 */
static void ad_for_those_who_ask_and_leave_the_checking_to_us(void **state)
{
	struct name_space space;
	const struct entry_source source = {
		.question = written_question("www.example.", "A", &space),
		.rcode = RCODE_NXDOMAIN,
		.ttl_s = 60,
		.now_s = 1000,
		.secure = true,
	};
	(void)state;
	entry_release(entry);
	assert_int_equal(entry_new(&source, &entry), 0);
	for (unsigned bits = 0; bits < 8; bits++) {
		const bool ad = bits & 1, cd = bits & 2, dnssec_ok = bits & 4;
		ask_with_edns("www.example.", "A", 512);
		asked.head.header.ad = ad;
		asked.head.header.cd = cd;
		asked.head.edns.dnssec_ok = dnssec_ok;
		assert_int_equal(head_of(reply_at(1000)).header.ad, !cd && (ad || dnssec_ok));
	}
}

static void what_is_stale_has_no_ad(void **state)
{
	struct name_space space;
	struct header header;
	uint16_t codes[4];
	(void)state;

	for (int stale = 0; stale < 2; stale++) {
		const struct entry_source source = {
			.question = written_question("www.example.", "A", &space),
			.rcode = RCODE_NXDOMAIN,
			.ttl_s = 60,
			.secure = true,
			.ede = { .present = true, .code = EDE_SYNTHESIZED },
		};
		entry_release(entry);
		assert_int_equal(entry_new(&source, &entry), 0);
		ask_with_edns("www.example.", "A", 512);
		asked.head.header.ad = true;
		const struct answer answer = { .entry = entry, .stale = stale ? "a reason" : NULL };
		struct bytes wire = reply(&answer);
		assert_int_equal(header_read(wire, &header), 0);
		assert_int_equal(header.ad, !stale);
		assert_int_equal(edes(wire, codes), 1);
		assert_int_equal(codes[0], stale ? EDE_STALE_NXDOMAIN : EDE_SYNTHESIZED);
	}
}

/* RFC 8914 section 3: an explanation must not cost the answer. */
static void an_explanation_that_does_not_fit_is_left_out(void **state)
{
	uint16_t codes[4];
	struct name_space space;
	struct message message;
	struct rrset *rrsets;
	static uint8_t wire[MESSAGE_LEN_MAX];
	(void)state;

	struct written written = {
		.question = written_question("www.example.", "TXT", &space),
		.records = "www.example. 300 TXT *400",
	};
	struct entry_source source = {
		.question = written.question,
		.ttl_s = 300,
		.now_s = 1000,
		.ede = { .present = true, .code = EDE_SYNTHESIZED, .text = "a reason" },
	};
	size_t len = written_compose(&written, wire);
	assert_int_equal(message_read(bytes_of(wire, len), &arena, &message), 0);
	assert_int_equal(rrsets_group(&message, &arena, &rrsets, &source.rrset_count), 0);
	source.rrsets = rrsets;
	assert_int_equal(entry_new(&source, &entry), 0);

	ask_with_edns("www.example.", "TXT", 4096);
	size_t whole = reply_at(1000).len;
	asked.limit = whole;
	assert_int_equal(edes(reply_at(1000), codes), 1);
	/* Its text goes first. */
	asked.limit = whole - 1;
	assert_int_equal(edes(reply_at(1000), codes), 1);
	assert_int_equal(codes[0], EDE_SYNTHESIZED);
	asked.limit = whole - sizeof("a reason");
	struct bytes shorter = reply_at(1000);
	assert_int_equal(edes(shorter, codes), 0);
	assert_false(head_of(shorter).header.tc);
	assert_records(shorter, "www.example. 300 TXT *400");
}

/* L12: DNSSEC records are for who can do something with them, or asked for just them. */
static void signatures_are_for_who_sets_do(void **state)
{
	static const char *records = WWW "; www.example. 300 RRSIG A example.;"
					 "authority: a.example. 300 NSEC z.example.;"
					 "a.example. 300 RRSIG NSEC example.";
	(void)state;

	keep("www.example.", "A", 300, records);
	ask("www.example.", "A");
	assert_records(reply_at(1000), WWW);
	ask_with_edns("www.example.", "A", 1232);
	assert_records(reply_at(1000), WWW);
	assert_false(head_of(bytes_of(buffer, reply_at(1000).len)).edns.dnssec_ok);
	asked.head.edns.dnssec_ok = true;
	assert_records(reply_at(1100), "www.example. 200 A 192.0.2.1;"
				       "www.example. 200 RRSIG A example.;"
				       "authority: a.example. 200 NSEC z.example.;"
				       "a.example. 200 RRSIG NSEC example.");
}

static void signatures_that_were_asked_for_need_no_do(void **state)
{
	(void)state;
	keep("www.example.", "RRSIG", 300, "www.example. 300 RRSIG A example.");
	ask("www.example.", "RRSIG");
	assert_records(reply_at(1000), "www.example. 300 RRSIG A example.");
}

/* DO comes back in every reply (RFC 3225 section 3). */
static void do_is_copied_even_without_records(void **state)
{
	(void)state;
	ask_with_edns("www.example.", "A", 1232);
	asked.head.edns.dnssec_ok = true;
	struct message_head head = head_of(reply(&(struct answer){ .rcode = RCODE_SERVFAIL }));
	assert_true(head.edns.dnssec_ok);
	assert_int_equal(head.edns.udp_size, 1232);
	assert_int_equal(head.edns.version, 0);
}

static void an_rcode_of_twelve_bits_is_split(void **state)
{
	(void)state;
	ask_with_edns("www.example.", "A", 1232);
	asked.head.edns.version = 1;
	struct message_head head = head_of(reply(&(struct answer){ .rcode = RCODE_BADVERS }));
	assert_int_equal(head.header.rcode, 0);
	assert_int_equal(head.edns.extended_rcode, 1);
	assert_int_equal(head.edns.version, 0);
}

/* L10, RFC 7828: over TCP, for who asks. */
static void keepalive_tells_the_idle_time(void **state)
{
	struct message_head head;
	struct bytes option;
	(void)state;

	ask_with_edns("www.example.", "A", 65535);
	head = head_of(reply(&(struct answer){ 0 }));
	assert_false(edns_option(&head.edns, EDNS_OPTION_TCP_KEEPALIVE, &option));
	asked.keepalive = true;
	asked.keepalive_ds = 100;
	head = head_of(reply(&(struct answer){ 0 }));
	assert_true(edns_option(&head.edns, EDNS_OPTION_TCP_KEEPALIVE, &option));
	assert_int_equal(option.len, 2);
	assert_int_equal(u16_load(option.at), 100);
}

/* A name of 255 octets and all that we may have to say about it: still a legal datagram. */
static void the_longest_question_and_reason_fit_512(void **state)
{
	char name[NAME_TEXT_LEN] = "";
	(void)state;

	for (int i = 0; i < 127; i++)
		strcat(name, "x.");
	keep_failure(name);
	ask_with_edns(name, "A", 512);
	struct message_head head = head_of(reply_at(1000));
	assert_false(head.header.tc);
	assert_int_equal(head.question.name.len, 255);
}

static void a_header_alone_answers_what_cannot_be_read(void **state)
{
	struct header header;
	const struct header bad = {
		.id = 0x1234, .opcode = 5, .rd = true, .cd = true, .ad = true, .question_count = 7
	};
	(void)state;

	memset(buffer, 0xee, sizeof(buffer));
	assert_int_equal(answer_write_header(&bad, RCODE_NOTIMP, buffer), HEADER_LEN);
	assert_int_equal(header_read(bytes_of(buffer, HEADER_LEN), &header), 0);
	assert_int_equal(header.id, 0x1234);
	assert_int_equal(header.opcode, 5);
	assert_int_equal(header.rcode, RCODE_NOTIMP);
	assert_true(header.qr && header.rd && header.cd && header.ra);
	assert_false(header.aa || header.tc || header.ad);
	assert_int_equal(header.question_count, 0);
	for (int section = 0; section < 3; section++)
		assert_int_equal(header.record_count[section], 0);
}

/* The batch's buffer is used anew while the question waits. */
static void asked_views_move_with_their_octets(void **state)
{
	static uint8_t wire[MESSAGE_LEN_MAX], copy[MESSAGE_LEN_MAX];
	struct name_space space;
	const struct written written = {
		.query = true,
		.question = written_question("WWW.example.", "A", &space),
		.ede = { .present = true, .code = 1 },
	};
	(void)state;

	size_t len = written_compose(&written, wire);
	assert_int_equal(message_head_read(bytes_of(wire, len), &asked.head), 0);
	memcpy(copy, wire, len);
	asked_rebase(&asked, wire, copy);
	memset(wire, 0xff, len);
	assert_true(question_equal(&asked.head.question, &written.question));
	assert_int_equal(asked.head.edns.options.len, 0);
	assert_true(asked.head.edns.present);
}

static void replies_allocate_nothing(void **state)
{
	(void)state;
	keep("www.example.", "A", 300, WWW);
	ask_with_edns("www.example.", "A", 1232);
	size_t before = failmalloc_count();
	(void)reply_at(1000);
	assert_int_equal(failmalloc_count(), before);
}

#define ANSWER_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ANSWER_TEST(flags_come_back_as_sent),
		ANSWER_TEST(ad_for_those_who_ask_and_leave_the_checking_to_us),
		ANSWER_TEST(local_data_is_authoritative),
		ANSWER_TEST(case_is_the_clients_in_question_and_owners),
		ANSWER_TEST(ttls_count_down_and_stop_at_zero),
		ANSWER_TEST(what_does_not_fit_is_left_out_whole),
		ANSWER_TEST(a_cut_reply_still_has_its_opt),
		ANSWER_TEST(no_opt_for_who_sent_none),
		ANSWER_TEST(a_failure_says_why),
		ANSWER_TEST(a_remembered_failure_says_so),
		ANSWER_TEST(what_is_stale_says_so),
		ANSWER_TEST(what_is_stale_has_no_ad),
		ANSWER_TEST(an_explanation_that_does_not_fit_is_left_out),
		ANSWER_TEST(signatures_are_for_who_sets_do),
		ANSWER_TEST(signatures_that_were_asked_for_need_no_do),
		ANSWER_TEST(do_is_copied_even_without_records),
		ANSWER_TEST(an_rcode_of_twelve_bits_is_split),
		ANSWER_TEST(keepalive_tells_the_idle_time),
		ANSWER_TEST(the_longest_question_and_reason_fit_512),
		ANSWER_TEST(a_header_alone_answers_what_cannot_be_read),
		ANSWER_TEST(asked_views_move_with_their_octets),
		ANSWER_TEST(replies_allocate_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
