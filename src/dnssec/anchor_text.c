/* SPDX-License-Identifier: MIT */
/* Anchors as text: the presentation form of DS and DNSKEY records, one to a line. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "base/file.h"
#include "dnssec/anchor.h"
#include "wire/type.h"
#include "wire/writer.h"

#define LINE_LEN_MAX  4096 /* octets: an RSA key of 4096 bits has some 700 letters */
#define RDATA_LEN_MAX 2048 /* octets */

/* What is left of a line; words are taken off its front. */
struct line {
	char text[LINE_LEN_MAX];
	char *rest;
};

/* NULL at the end. */
static char *word_take(struct line *line)
{
	return strtok_r(NULL, " \t\r", &line->rest);
}

static int number_take(struct line *line, unsigned long max, unsigned long *out)
{
	const char *word = word_take(line);
	char *end;

	if (!word || !isdigit((unsigned char)*word))
		return ERR_FORMAT;
	errno = 0;
	*out = strtoul(word, &end, 10);
	return errno == 0 && *end == '\0' && *out <= max ? 0 : ERR_FORMAT;
}

static int hex_value(char letter)
{
	if (letter >= '0' && letter <= '9')
		return letter - '0';
	letter |= 0x20;
	return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

static int base64_value(char letter)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = letter ? strchr(letters, letter) : NULL;
	return at ? (int)(at - letters) : -1;
}

/* All words that are left, as one number of width bits a letter. */
static int digits_take(struct line *line, unsigned width, struct writer *w)
{
	uint32_t bits = 0;
	unsigned have = 0;
	bool padded = false;

	for (const char *word; (word = word_take(line));) {
		for (; *word; word++) {
			int value = width == 4 ? hex_value(*word) : base64_value(*word);
			if (width == 6 && *word == '=') {
				padded = true;
				continue;
			}
			if (value < 0 || padded)
				return ERR_FORMAT;
			bits = bits << width | (unsigned)value;
			have += width;
			if (have >= 8) {
				have -= 8;
				writer_u8(w, (uint8_t)(bits >> have));
			}
		}
	}
	/* A half octet in hex, or a letter too many in base64. */
	return (width == 4 && have != 0) || have >= 6 || w->failed ? ERR_FORMAT : 0;
}

/* The type, behind an optional TTL and class in either order. */
static int type_take(struct line *line, uint16_t *type)
{
	const char *word = word_take(line);
	bool ttl = false, class = false;

	for (; word; word = word_take(line)) {
		if (!ttl && isdigit((unsigned char)*word)) {
			ttl = true;
		} else if (!class && (strcmp(word, "IN") == 0 || strcmp(word, "in") == 0)) {
			class = true;
		} else {
			return type_parse(word, type);
		}
	}
	return ERR_FORMAT;
}

static const char *rdata_take(struct line *line, uint16_t type, struct writer *w)
{
	unsigned long first, second, third;

	if (number_take(line, UINT16_MAX, &first) || number_take(line, UINT8_MAX, &second) ||
		number_take(line, UINT8_MAX, &third))
		return type == TYPE_DS ? "a DS is: key tag, algorithm, digest type, digest"
				       : "a DNSKEY is: flags, 3, algorithm, key";
	writer_u16(w, (uint16_t)first);
	writer_u8(w, (uint8_t)second);
	writer_u8(w, (uint8_t)third);
	if (digits_take(line, type == TYPE_DS ? 4 : 6, w) != 0)
		return type == TYPE_DS ? "the digest is not in hex" : "the key is not in base64";
	return NULL;
}

/* NULL, or what is wrong. *err is ERR_NOMEM when it is that. */
static const char *line_read(struct anchors *anchors, struct line *line, int *err)
{
	uint8_t rdata[RDATA_LEN_MAX];
	struct writer w = writer_into(rdata, sizeof(rdata));
	struct name_space space;
	struct name name;
	uint16_t type = 0;

	line->rest = line->text;
	const char *word = word_take(line);
	if (!word)
		return NULL;
	*err = ERR_FORMAT;
	if (name_parse(word, &space, &name) != 0)
		return "it must begin with a domain name";
	if (type_take(line, &type) != 0 || (type != TYPE_DS && type != TYPE_DNSKEY))
		return "it must be a DS or a DNSKEY record";
	const char *what = rdata_take(line, type, &w);
	if (what)
		return what;
	*err = anchors_add(anchors, name, type, bytes_of(rdata, w.len));
	if (*err == ERR_FORMAT)
		return type == TYPE_DS ? "the digest is not as long as its type asks for"
				       : "the key must not sign zones (flags 257 or 256, protocol "
					 "3, not revoked)";
	return *err ? "out of memory" : NULL;
}

int anchors_parse(struct anchors *anchors, const char *text, struct anchor_fault *fault)
{
	struct line line;

	*fault = (struct anchor_fault){ .what = "" };
	while (*text) {
		size_t len = strcspn(text, "\n");
		size_t spoken = strcspn(text, ";\n");
		int err = 0;
		fault->line++;
		if (spoken >= sizeof(line.text)) {
			fault->what = "it is too long";
			return ERR_FORMAT;
		}
		memcpy(line.text, text, spoken);
		line.text[spoken] = '\0';
		fault->what = line_read(anchors, &line, &err);
		if (err)
			return err;
		text += len + (text[len] == '\n');
	}
	fault->what = "";
	return 0;
}

int anchors_load(struct anchors *anchors, const char *path, struct anchor_fault *fault)
{
	const size_t before = anchors_count(anchors);
	char *text;
	size_t len;

	*fault = (struct anchor_fault){ .what = "" };
	int err = file_read(path, ANCHOR_FILE_LEN_MAX, &text, &len);
	if (err) {
		fault->what = err == ERR_LIMIT	  ? "the file is too long"
			      : err == ERR_FORMAT ? "it is a device, a pipe or a directory"
						  : "";
		return err;
	}
	if (memchr(text, '\0', len)) {
		err = ERR_FORMAT;
		fault->what = "the file is not a text";
	} else {
		err = anchors_parse(anchors, text, fault);
	}
	free(text);
	if (!err && anchors_count(anchors) == before) {
		*fault = (struct anchor_fault){ .what = "there is no DS or DNSKEY in it" };
		err = ERR_FORMAT;
	}
	return err;
}
