/* SPDX-License-Identifier: MIT */
#include "replay/written.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "wire/compose.h"
#include "wire/rrset.h"
#include "wire/text.h"

#define WORDS_MAX 12

/* Octets of the rdata of one record, as a test writes it. */
#define RDATA_MAX 65000

/* One record, taken apart at its blanks. */
struct words {
	char *word[WORDS_MAX];
	size_t count;
};

__attribute__((noreturn)) static void slip(const char *what, const char *where)
{
	fprintf(stderr, "the test's own slip: %s: \"%s\"\n", what, where);
	abort();
}

static const char *word(const struct words *words, size_t i)
{
	if (i >= words->count)
		slip("a word is missing behind", words->word[0]);
	return words->word[i];
}

static uint32_t number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);
	if (*text == '\0' || *end != '\0' || value > UINT32_MAX)
		slip("not a number", text);
	return (uint32_t)value;
}

static struct name name(const char *text, struct name_space *space)
{
	struct name out;
	if (name_parse(text, space, &out) != 0)
		slip("not a name", text);
	return out;
}

static uint16_t type(const char *text)
{
	uint16_t out;
	if (type_parse(text, &out) != 0)
		slip("not a type", text);
	return out;
}

static void write_name(struct writer *w, const char *text)
{
	struct name_space space;
	name_write(w, name(text, &space));
}

static void write_address(struct writer *w, int family, const char *text)
{
	uint8_t octets[16];
	if (inet_pton(family, text, octets) != 1)
		slip("not an address", text);
	writer_bytes(w, bytes_of(octets, family == AF_INET ? 4 : 16));
}

static void write_text(struct writer *w, const char *text)
{
	size_t left = text[0] == '*' ? number(text + 1) : strlen(text);
	do {
		size_t len = left < 255 ? left : 255;
		writer_u8(w, (uint8_t)len);
		for (size_t i = 0; i < len; i++)
			writer_u8(w, text[0] == '*' ? 'x' : (uint8_t)text[i]);
		left -= len;
	} while (left > 0);
}

static void write_soa(struct writer *w, const char *minimum)
{
	write_name(w, "ns.invalid.");
	write_name(w, "nobody.invalid.");
	for (uint32_t i = 1; i <= 4; i++)
		writer_u32(w, i);
	writer_u32(w, number(minimum));
}

static void write_rrsig(struct writer *w, const struct words *words, size_t at)
{
	writer_u16(w, type(word(words, at)));
	writer_u8(w, 13);
	writer_u8(w, 2);
	writer_u32(w, 3600);
	writer_u32(w, 2000000000);
	writer_u32(w, 1000000000);
	writer_u16(w, 4711);
	write_name(w, word(words, at + 1));
	writer_bytes(w, bytes_of("signature", 9));
}

/* Types below 256, in any order. */
static void write_nsec(struct writer *w, const struct words *words, size_t at)
{
	uint8_t bits[32] = { 0 }, used = 0;

	write_name(w, word(words, at));
	for (size_t i = at + 1; i < words->count || used == 0; i++) {
		const uint16_t has = i < words->count ? type(words->word[i]) : TYPE_A;
		if (has > 255)
			slip("a type beyond the first window", words->word[i]);
		bits[has / 8] |= (uint8_t)(0x80 >> has % 8);
		used = has / 8 >= used ? (uint8_t)(has / 8 + 1) : used;
	}
	writer_u8(w, 0);
	writer_u8(w, used);
	writer_bytes(w, bytes_of(bits, used));
}

static void write_hex(struct writer *w, const char *text)
{
	if (strlen(text) % 2 != 0)
		slip("not hex", text);
	for (; *text; text += 2) {
		unsigned octet;
		if (sscanf(text, "%2x", &octet) != 1)
			slip("not hex", text);
		writer_u8(w, (uint8_t)octet);
	}
}

static void write_rdata(struct writer *w, uint16_t of, const struct words *words, size_t at)
{
	switch (of) {
	case TYPE_A: write_address(w, AF_INET, word(words, at)); return;
	case TYPE_AAAA: write_address(w, AF_INET6, word(words, at)); return;
	case TYPE_CNAME:
	case TYPE_DNAME:
	case TYPE_NS: write_name(w, word(words, at)); return;
	case TYPE_MX:
		writer_u16(w, (uint16_t)number(word(words, at)));
		write_name(w, word(words, at + 1));
		return;
	case TYPE_TXT: write_text(w, word(words, at)); return;
	case TYPE_SOA: write_soa(w, word(words, at)); return;
	case TYPE_RRSIG: write_rrsig(w, words, at); return;
	case TYPE_NSEC: write_nsec(w, words, at); return;
	default: write_hex(w, word(words, at)); return;
	}
}

static void compose_record(struct compose *c, const struct words *words, enum section section)
{
	static uint8_t rdata_octets[RDATA_MAX];
	struct writer w = writer_into(rdata_octets, sizeof(rdata_octets));
	struct name_space owner;
	bool chaos = strcmp(word(words, 2), "CH") == 0;
	struct rrset rrset = {
		.owner = name(word(words, 0), &owner),
		.ttl_s = number(word(words, 1)),
		.class = chaos ? CLASS_CH : CLASS_IN,
		.type = type(word(words, chaos ? 3 : 2)),
		.section = section,
		.count = 1,
	};

	write_rdata(&w, rrset.type, words, chaos ? 4 : 3);
	struct bytes rdata = bytes_of(rdata_octets, w.len);
	rrset.rdata = &rdata;
	if (w.failed || compose_rrset(c, &rrset, NULL) != 1)
		slip("does not fit", words->word[0]);
}

static void compose_records(struct compose *c, const char *records, uint16_t counts[static 3])
{
	char *text = strdup(records), *rest = text, *one;
	int section = SECTION_ANSWER;

	if (!text)
		slip("no memory for", records);
	while ((one = strsep(&rest, ";\n"))) {
		struct words words = { .count = 0 };
		char *next;
		while ((next = strsep(&one, " \t"))) {
			if (strcmp(next, "authority:") == 0)
				section = SECTION_AUTHORITY;
			else if (strcmp(next, "additional:") == 0)
				section = SECTION_ADDITIONAL;
			else if (*next != '\0' && words.count < WORDS_MAX)
				words.word[words.count++] = next;
		}
		if (words.count == 0)
			continue;
		compose_record(c, &words, (enum section)section);
		counts[section]++;
	}
	free(text);
}

static void compose_opt(struct compose *c, const struct written *written)
{
	size_t opened = edns_open(&c->w, &(struct edns){
						 .udp_size = EDNS_UDP_SIZE,
						 .extended_rcode = (uint8_t)(written->rcode >> 4),
					 });
	if (written->ede.present)
		edns_add_ede(&c->w, written->ede.code, written->ede.text);
	edns_close(&c->w, opened);
}

size_t written_compose(const struct written *written, uint8_t buffer[static MESSAGE_LEN_MAX])
{
	struct header header = {
		.id = written->id,
		.qr = !written->query,
		.rd = true,
		.ra = !written->query,
		.tc = written->truncated,
		.rcode = written->rcode & 0xf,
		.question_count = 1,
	};
	struct compose c;

	compose_init(&c, buffer, MESSAGE_LEN_MAX);
	header_write(&c.w, &header);
	compose_question(&c, &written->question);
	if (written->records)
		compose_records(&c, written->records, header.record_count);
	if (written->edns || written->ede.present || written->rcode > 0xf) {
		compose_opt(&c, written);
		header.record_count[SECTION_ADDITIONAL]++;
	}
	if (c.w.failed)
		slip("too long", written->records ? written->records : "");
	size_t len = c.w.len;
	writer_rewind(&c.w, 0);
	header_write(&c.w, &header);
	return len;
}

struct question written_question(
	const char *name_text, const char *type_text, struct name_space *space)
{
	return (struct question){
		.name = name(name_text, space), .type = type(type_text), .class = CLASS_IN
	};
}

const char *written_print(const struct message *message, char text[static WRITTEN_TEXT_LEN])
{
	FILE *out = fmemopen(text, WRITTEN_TEXT_LEN, "w");
	enum section section = SECTION_ANSWER;

	if (!out)
		slip("no memory for", "printing");
	text[0] = '\0';
	for (size_t i = 0; i < message->count; i++) {
		const struct record *record = &message->records[i];
		if (record->section != section)
			fprintf(out, record->section == SECTION_AUTHORITY ? "authority:\n"
									  : "additional:\n");
		section = record->section;
		record_print(out, record);
	}
	fclose(out);
	return text;
}

uint16_t written_rcode(const char *text)
{
	char name_of[TYPE_TEXT_LEN];
	for (uint16_t rcode = 0; rcode < 24; rcode++) {
		if (strcasecmp(rcode_print(rcode, name_of), text) == 0)
			return rcode;
	}
	slip("not an rcode", text);
}
