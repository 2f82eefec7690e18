/* SPDX-License-Identifier: MIT */
#include "cli/json.h"

#include "base/utf8.h"

void json_string_print(FILE *out, struct bytes text)
{
	putc('"', out);
	while (text.len > 0) {
		uint8_t first = text.at[0];
		size_t len = utf8_char_len(text);
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
