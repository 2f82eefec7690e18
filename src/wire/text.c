/* SPDX-License-Identifier: MIT */
#include "wire/text.h"

#include "wire/rdata.h"

void record_print(FILE *out, const struct record *record)
{
	char owner[NAME_TEXT_LEN], class[TYPE_TEXT_LEN], type[TYPE_TEXT_LEN];

	fprintf(out, "%s %u %s %s ", name_print(record->owner, owner), record->ttl_s,
		class_print(record->class, class), type_print(record->type, type));
	rdata_print(out, record->type, record->rdata);
	putc('\n', out);
}

/* Octets of the well-formed UTF-8 character that text begins with; 0 if it does not.
 *                                                                     RFC 3629 section 4 */
static size_t utf8_len(struct bytes text)
{
	uint8_t first = text.at[0], low = 0x80, high = 0xbf;
	size_t len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

	if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || len > text.len)
		return 0;
	/* Overlong forms, surrogates and what is beyond U+10FFFF show in the second octet. */
	if (first == 0xe0)
		low = 0xa0;
	if (first == 0xed)
		high = 0x9f;
	if (first == 0xf0)
		low = 0x90;
	if (first == 0xf4)
		high = 0x8f;
	for (size_t i = 1; i < len; i++) {
		if (text.at[i] < low || text.at[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return len;
}

void json_string_print(FILE *out, struct bytes text)
{
	putc('"', out);
	while (text.len > 0) {
		uint8_t first = text.at[0];
		size_t len = utf8_len(text);
		if (first == '"' || first == '\\')
			fprintf(out, "\\%c", first);
		else if (len == 0 || first < 0x20 || first == 0x7f)
			fprintf(out, "\\u%04x", first);
		else
			fwrite(text.at, 1, len, out);
		if (len == 0)
			len = 1;
		text = bytes_of(text.at + len, text.len - len);
	}
	putc('"', out);
}
