/* SPDX-License-Identifier: MIT */
#include "cli/json.h"

#include "base/utf8.h"

void json_string_print(FILE *out, struct bytes text)
{
	putc('"', out);
	while (text.len > 0) {
		uint8_t first = text.at[0];
		size_t len = utf8_char_len(text);
		/* U+0080 to U+009F, which terminals obey as they do escape sequences. */
		const bool control = len == 2 && first == 0xc2 && text.at[1] < 0xa0;
		if (first == '"' || first == '\\')
			fprintf(out, "\\%c", first);
		else if (len == 0 || first < 0x20 || first == 0x7f)
			fprintf(out, "\\u%04x", first);
		else if (control)
			fprintf(out, "\\u%04x", text.at[1]);
		else
			fwrite(text.at, 1, len, out);
		if (len == 0)
			len = 1;
		text = bytes_of(text.at + len, text.len - len);
	}
	putc('"', out);
}

static void key_print(struct json *json, const char *key)
{
	if (json->more)
		putc(',', json->out);
	json->more = true;
	if (!key)
		return;
	json_string_print(json->out, bytes_of(key, strlen(key)));
	putc(':', json->out);
}

void json_open(struct json *json, const char *key, char bracket)
{
	key_print(json, key);
	putc(bracket, json->out);
	json->more = false;
}

void json_close(struct json *json, char bracket)
{
	putc(bracket, json->out);
	json->more = true;
}

void json_octets(struct json *json, const char *key, struct bytes text)
{
	key_print(json, key);
	json_string_print(json->out, text);
}

void json_text(struct json *json, const char *key, const char *text)
{
	if (text) {
		json_octets(json, key, bytes_of(text, strlen(text)));
		return;
	}
	key_print(json, key);
	fputs("null", json->out);
}

void json_number(struct json *json, const char *key, int64_t number)
{
	key_print(json, key);
	fprintf(json->out, "%lld", (long long)number);
}

void json_bool(struct json *json, const char *key, bool value)
{
	key_print(json, key);
	fputs(value ? "true" : "false", json->out);
}
