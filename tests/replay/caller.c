/* SPDX-License-Identifier: MIT */
#include "replay/caller.h"

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

/* "asks NAME TYPE [+edns N] [+do] [+cd] [-rd] [+tcp]"; EDNS is on but for "-edns". */
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

static int ede_of(const struct message *message)
{
	struct bytes option;
	const struct edns *edns = &message->head.edns;

	if (!edns->present || !edns_option(edns, EDNS_OPTION_EDE, &option) || option.len < 2)
		return -1;
	return u16_load(option.at);
}

/* "gets RCODE [RECORDS] [tc] [aa] [ede N]" */
static void run_gets(struct caller *caller, struct line *line)
{
	uint16_t rcode = written_rcode(line_next(line));
	const char *records = "";
	bool tc = false, aa = false;
	int ede = -1;
	struct arena arena;
	struct message message;
	char text[TYPE_TEXT_LEN];

	if (!line_at_end(line) && strchr(line->word[line->at], ' '))
		records = line_next(line);
	while (!line_at_end(line)) {
		if (line_take(line, "tc"))
			tc = true;
		else if (line_take(line, "aa"))
			aa = true;
		else if (line_take(line, "ede"))
			ede = (int)line_number(line);
		else
			line_end(line);
	}
	if (caller->replies != 1)
		line_fail(line, "it has %u replies", caller->replies);
	arena_init(&arena, 1024 * 1024);
	if (message_read(bytes_of(caller->reply, caller->reply_len), &arena, &message) != 0)
		line_fail(line, "it got something malformed");
	check_head(caller, line, &message.head.header);
	if (message.rcode != rcode)
		line_fail(line, "it got %s", rcode_print(message.rcode, text));
	if (message.head.header.tc != tc || message.head.header.aa != aa)
		line_fail(
			line, "TC is %d, AA is %d", message.head.header.tc, message.head.header.aa);
	check_records(line, &message, records);
	if (ede_of(&message) != ede)
		line_fail(line, "the Extended DNS Error is %d", ede_of(&message));
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
