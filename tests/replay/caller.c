/* SPDX-License-Identifier: MIT */
#include "replay/caller.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "replay/written.h"

void caller_init(struct caller *caller, struct resolver *resolver, uint16_t id)
{
	*caller = (struct caller){ .resolver = resolver, .id = id };
}

void caller_done(struct caller *caller)
{
	query_cancel(caller->query);
	caller->query = NULL;
	caller->asking = false;
}

static void take(struct caller *caller, const struct answer *answer)
{
	caller->replies++;
	caller->reply_len = answer_write(answer, &caller->asked, caller->reply);
}

static void done(void *owner, const struct answer *answer)
{
	struct caller *caller = owner;
	caller->query = NULL;
	take(caller, answer);
}

/* "asks NAME TYPE [+do] [+ad] [+cd] [-rd] [+tcp]"; EDNS is on but for "-edns". */
static void read_options(struct caller *caller, struct line *line)
{
	struct message_head *head = &caller->asked.head;
	const char *name = line_next(line);

	*head = (struct message_head){
		.header = { .id = caller->id, .rd = true, .question_count = 1 },
		.question = written_question(name, line_next(line), &caller->space),
		.edns = { .present = true, .udp_size = 1232 },
	};
	caller->asked.udp_size = 1232;
	caller->asked.limit = 1232;
	while (!line_at_end(line)) {
		if (line_take(line, "+do")) {
			head->edns.dnssec_ok = true;
		} else if (line_take(line, "+ad")) {
			head->header.ad = true;
		} else if (line_take(line, "+cd")) {
			head->header.cd = true;
		} else if (line_take(line, "-rd")) {
			head->header.rd = false;
		} else if (line_take(line, "+tcp")) {
			caller->asked.limit = MESSAGE_LEN_MAX;
		} else if (line_take(line, "-edns")) {
			head->edns = (struct edns){ 0 };
			caller->asked.limit = 512;
		} else {
			line_end(line);
		}
	}
}

static void run_asks(struct caller *caller, struct line *line)
{
	struct answer answer;

	if (caller->asking)
		line_fail(line, "it has not said yet what came of its last question");
	read_options(caller, line);
	caller->replies = 0;
	caller->asking = true;
	if (resolver_answer_now(caller->resolver, &caller->asked.head, &answer)) {
		take(caller, &answer);
		entry_release(answer.entry);
		return;
	}
	caller->query = query_start(caller->resolver, &caller->asked.head, done, caller);
	if (caller->query)
		return;
	resolver_answer_shed(caller->resolver, &caller->asked.head, &answer);
	if (answer.entry)
		take(caller, &answer);
	entry_release(answer.entry);
}

static void check_head(
	const struct caller *caller, const struct line *line, const struct header *header)
{
	const struct header *asked = &caller->asked.head.header;

	if (!header->qr || !header->ra || header->id != asked->id || header->rd != asked->rd ||
		header->cd != asked->cd || header->opcode != 0)
		line_fail(line, "ID or flags are not those of the question");
	/* Octet by octet: case counts. */
	struct name name = caller->asked.head.question.name;
	if (memcmp(caller->reply + HEADER_LEN, name.octets, name.len) != 0)
		line_fail(line, "the question is not the one that was asked");
}

/* There must be signatures, and they are taken away. */
static void drop_signatures(const struct line *line, struct message *message)
{
	size_t kept = 0, signatures = 0;

	for (size_t i = 0; i < message->count; i++) {
		if (message->records[i].type == TYPE_RRSIG)
			signatures++;
		else
			message->records[kept++] = message->records[i];
	}
	if (signatures == 0)
		line_fail(line, "nothing is signed");
	message->count = kept;
}

static void check_records(
	const struct line *line, const struct message *message, const char *records)
{
	static char expected[WRITTEN_TEXT_LEN], got[WRITTEN_TEXT_LEN];
	static uint8_t wire[MESSAGE_LEN_MAX];
	struct written written = { .question = message->head.question, .records = records };
	struct arena arena;
	struct message other;

	arena_init(&arena, 1024 * 1024);
	if (message_read(bytes_of(wire, written_compose(&written, wire)), &arena, &other) != 0)
		line_fail(line, "records that cannot be read");
	written_print(&other, expected);
	written_print(message, got);
	arena_done(&arena);
	if (strcmp(expected, got) != 0)
		line_fail(line, "expected\n%s\ngot\n%s", expected, got);
}

/* What a reply should be, besides its records. */
struct expected {
	uint16_t rcode;
	bool tc, aa, ad;
	bool is_signed; /* and the signatures are not listed */
	int ede;	/* -1: none */
	const char *text;
};

/* "[tc] [aa] [ad] [signed] [ede N [TEXT]]" */
static void read_expected(struct line *line, struct expected *expected)
{
	while (!line_at_end(line)) {
		if (line_take(line, "tc")) {
			expected->tc = true;
		} else if (line_take(line, "aa")) {
			expected->aa = true;
		} else if (line_take(line, "ad")) {
			expected->ad = true;
		} else if (line_take(line, "signed")) {
			expected->is_signed = true;
		} else if (line_take(line, "ede")) {
			expected->ede = (int)line_number(line);
			if (!line_at_end(line) && strchr(line->word[line->at], ' '))
				expected->text = line_next(line);
		} else {
			line_end(line);
		}
	}
}

/* The first one. */
static void check_ede(
	const struct line *line, const struct edns *edns, const struct expected *expected)
{
	struct bytes option;
	char text[ENTRY_TEXT_MAX + 1] = "";
	int code = -1;

	if (edns->present && edns_option(edns, EDNS_OPTION_EDE, &option) && option.len >= 2) {
		code = u16_load(option.at);
		snprintf(text, sizeof(text), "%.*s", (int)option.len - 2,
			(const char *)option.at + 2);
	}
	if (code != expected->ede)
		line_fail(line, "the Extended DNS Error is %d \"%s\"", code, text);
	if (expected->text && fnmatch(expected->text, text, FNM_NOESCAPE) != 0)
		line_fail(line, "the Extended DNS Error says \"%s\"", text);
}

static void check_reply(const struct caller *caller, const struct line *line,
	const struct message *message, const struct expected *expected)
{
	const struct header *header = &message->head.header;
	char text[TYPE_TEXT_LEN];

	check_head(caller, line, header);
	if (message->rcode != expected->rcode)
		line_fail(line, "it got %s", rcode_print(message->rcode, text));
	if (header->tc != expected->tc || header->aa != expected->aa || header->ad != expected->ad)
		line_fail(line, "TC is %d, AA is %d, AD is %d", header->tc, header->aa, header->ad);
	check_ede(line, &message->head.edns, expected);
}

/* "gets RCODE [RECORDS] [tc] [aa] [ad] [signed] [ede N [TEXT]]" */
static void run_gets(struct caller *caller, struct line *line)
{
	struct expected expected = { .rcode = written_rcode(line_next(line)), .ede = -1 };
	const char *records = "";
	struct arena arena;
	struct message message;

	if (!line_at_end(line) && strchr(line->word[line->at], ' '))
		records = line_next(line);
	read_expected(line, &expected);
	if (caller->replies != 1)
		line_fail(line, "it has %u replies", caller->replies);
	arena_init(&arena, 1024 * 1024);
	if (message_read(bytes_of(caller->reply, caller->reply_len), &arena, &message) != 0)
		line_fail(line, "it got something malformed");
	check_reply(caller, line, &message, &expected);
	if (expected.is_signed)
		drop_signatures(line, &message);
	check_records(line, &message, records);
	arena_done(&arena);
	caller->asking = false;
}

void caller_run(struct caller *caller, struct line *line)
{
	if (line_take(line, "asks")) {
		run_asks(caller, line);
	} else if (line_take(line, "gets")) {
		run_gets(caller, line);
	} else if (line_take(line, "waits")) {
		if (caller->replies != 0 || !caller->query)
			line_fail(line, "it has %u replies", caller->replies);
	} else if (line_take(line, "leaves")) {
		if (!caller->query)
			line_fail(line, "it does not wait");
		caller_done(caller);
	} else if (line_take(line, "is-shed")) {
		if (caller->replies != 0 || caller->query)
			line_fail(line, "it was not turned away");
		caller->asking = false;
	} else {
		line_fail(line, "what does the client do?");
	}
	line_end(line);
}
