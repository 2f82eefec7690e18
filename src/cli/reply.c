/* SPDX-License-Identifier: MIT */
#include "cli/reply.h"

#include <stdlib.h>

#include "cli/ede.h"
#include "cli/json.h"
#include "wire/rdata.h"
#include "wire/text.h"

static const char *const section_names[] = {
	[SECTION_ANSWER] = "answer",
	[SECTION_AUTHORITY] = "authority",
	[SECTION_ADDITIONAL] = "additional",
};

/* In the order that everybody is used to. */
#define FLAG_COUNT 7
static size_t flags_list(const struct header *header, const char *names[static FLAG_COUNT])
{
	size_t count = 0;
	if (header->qr)
		names[count++] = "qr";
	if (header->aa)
		names[count++] = "aa";
	if (header->tc)
		names[count++] = "tc";
	if (header->rd)
		names[count++] = "rd";
	if (header->ra)
		names[count++] = "ra";
	if (header->ad)
		names[count++] = "ad";
	if (header->cd)
		names[count++] = "cd";
	return count;
}

int reply_read(struct reply *reply, struct arena *arena)
{
	struct header header;

	if (header_read(reply->wire, &header) != 0)
		return ERR_FORMAT;
	if (header.question_count == 0 && reply->wire.len == HEADER_LEN) {
		reply->message = (struct message){ .head.header = header, .rcode = header.rcode };
		return 0;
	}
	int err = message_read(reply->wire, arena, &reply->message);
	if (err == 0)
		reply->has_question = true;
	return err;
}

bool reply_is_good(const struct reply *reply)
{
	return reply->message.rcode == RCODE_NOERROR || reply->message.rcode == RCODE_NXDOMAIN;
}

static void print_head(const struct reply *reply, FILE *out)
{
	const struct message_head *head = &reply->message.head;
	char text[NAME_TEXT_LEN], type[TYPE_TEXT_LEN], class[TYPE_TEXT_LEN];
	const char *flags[FLAG_COUNT];
	const size_t count = flags_list(&head->header, flags);

	fprintf(out, ";; status: %s, flags:", rcode_print(reply->message.rcode, type));
	for (size_t i = 0; i < count; i++)
		fprintf(out, " %s", flags[i]);
	if (head->edns.present && head->edns.dnssec_ok)
		fputs(" do", out);
	putc('\n', out);
	if (reply->has_question)
		fprintf(out, ";; question\n;%s %s %s\n", name_print(head->question.name, text),
			class_print(head->question.class, class),
			type_print(head->question.type, type));
}

static void print_section(const struct reply *reply, enum section section, FILE *out)
{
	bool begun = false;
	for (size_t i = 0; i < reply->message.count; i++) {
		const struct record *record = &reply->message.records[i];
		if (record->section != section)
			continue;
		if (!begun)
			fprintf(out, ";; %s\n", section_names[section]);
		begun = true;
		record_print(out, record);
	}
}

/* The text was written by a stranger. */
static void print_ede_text(struct bytes text, FILE *out)
{
	fputs(": ", out);
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] >= 0x20 && text.at[i] < 0x7f)
			putc(text.at[i], out);
		else
			fprintf(out, "\\%03u", text.at[i]);
	}
}

void reply_print(const struct reply *reply, FILE *out)
{
	char server[ADDRESS_TEXT_LEN];
	struct reader options = reader_over(reply->message.head.edns.options);
	struct bytes text;
	uint16_t code;

	print_head(reply, out);
	print_section(reply, SECTION_ANSWER, out);
	print_section(reply, SECTION_AUTHORITY, out);
	print_section(reply, SECTION_ADDITIONAL, out);
	while (ede_next(&options, &code, &text)) {
		fprintf(out, ";; extended error: %u (%s)", code, ede_text(code));
		if (text.len > 0)
			print_ede_text(text, out);
		putc('\n', out);
	}
	fprintf(out, ";; server: %s over %s, time: %.1f ms, size: %zu octets\n",
		address_write(&reply->server, server), reply->tcp ? "TCP" : "UDP",
		(double)reply->took_us / 1000, reply->wire.len);
}

static void print_json_text(const char *key, const char *text, FILE *out)
{
	fprintf(out, "\"%s\":", key);
	json_string_print(out, bytes_of(text, strlen(text)));
}

static int print_json_record(const struct record *record, FILE *out)
{
	char owner[NAME_TEXT_LEN], class[TYPE_TEXT_LEN], type[TYPE_TEXT_LEN];
	char *data = NULL;
	size_t len = 0;

	FILE *memory = open_memstream(&data, &len);
	if (!memory)
		return ERR_NOMEM;
	rdata_print(memory, record->type, record->rdata);
	if (fclose(memory) != 0) {
		free(data);
		return ERR_NOMEM;
	}
	putc('{', out);
	print_json_text("name", name_print(record->owner, owner), out);
	fprintf(out, ",\"ttl\":%u,", record->ttl_s);
	print_json_text("class", class_print(record->class, class), out);
	putc(',', out);
	print_json_text("type", type_print(record->type, type), out);
	putc(',', out);
	print_json_text("data", data, out);
	putc('}', out);
	free(data);
	return 0;
}

static int print_json_section(const struct reply *reply, enum section section, FILE *out)
{
	const char *between = "";
	fprintf(out, ",\"%s\":[", section_names[section]);
	for (size_t i = 0; i < reply->message.count; i++) {
		const struct record *record = &reply->message.records[i];
		if (record->section != section)
			continue;
		fputs(between, out);
		between = ",";
		if (print_json_record(record, out) != 0)
			return ERR_NOMEM;
	}
	putc(']', out);
	return 0;
}

static void print_json_head(const struct reply *reply, FILE *out)
{
	const struct message_head *head = &reply->message.head;
	char text[NAME_TEXT_LEN], word[TYPE_TEXT_LEN];
	const char *flags[FLAG_COUNT];
	const size_t count = flags_list(&head->header, flags);

	putc('{', out);
	print_json_text("status", rcode_print(reply->message.rcode, word), out);
	fputs(",\"flags\":[", out);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s\"%s\"", i > 0 ? "," : "", flags[i]);
	fputs("],\"question\":", out);
	if (!reply->has_question) {
		fputs("null", out);
		return;
	}
	putc('{', out);
	print_json_text("name", name_print(head->question.name, text), out);
	putc(',', out);
	print_json_text("class", class_print(head->question.class, word), out);
	putc(',', out);
	print_json_text("type", type_print(head->question.type, word), out);
	putc('}', out);
}

int reply_print_json(const struct reply *reply, FILE *out)
{
	struct reader options = reader_over(reply->message.head.edns.options);
	char server[ADDRESS_TEXT_LEN];
	const char *between = "";
	struct bytes text;
	uint16_t code;

	print_json_head(reply, out);
	for (enum section section = SECTION_ANSWER; section <= SECTION_ADDITIONAL; section++) {
		if (print_json_section(reply, section, out) != 0)
			return ERR_NOMEM;
	}
	fputs(",\"extended-errors\":[", out);
	while (ede_next(&options, &code, &text)) {
		fprintf(out, "%s{\"code\":%u,", between, code);
		between = ",";
		print_json_text("meaning", ede_text(code), out);
		fputs(",\"text\":", out);
		json_string_print(out, text);
		putc('}', out);
	}
	fputs("],", out);
	print_json_text("server", address_write(&reply->server, server), out);
	fprintf(out, ",\"transport\":\"%s\",\"time-ms\":%.3f,\"size\":%zu}\n",
		reply->tcp ? "tcp" : "udp", (double)reply->took_us / 1000, reply->wire.len);
	return 0;
}
