/* SPDX-License-Identifier: MIT */
#include "wire/svcb.h"

#include "wire/print.h"
#include "wire/reader.h"

/* IANA's "Service Parameter Keys (SvcParamKeys)". */
enum svcb_key {
	KEY_MANDATORY,
	KEY_ALPN,
	KEY_NO_DEFAULT_ALPN,
	KEY_PORT,
	KEY_IPV4HINT,
	KEY_ECH,
	KEY_IPV6HINT,
	KEY_DOHPATH, /* RFC 9461 */
	KEY_OHTTP,   /* RFC 9540 */
	KEY_COUNT,
};

static const char *const key_names[KEY_COUNT] = {
	[KEY_MANDATORY] = "mandatory",
	[KEY_ALPN] = "alpn",
	[KEY_NO_DEFAULT_ALPN] = "no-default-alpn",
	[KEY_PORT] = "port",
	[KEY_IPV4HINT] = "ipv4hint",
	[KEY_ECH] = "ech",
	[KEY_IPV6HINT] = "ipv6hint",
	[KEY_DOHPATH] = "dohpath",
	[KEY_OHTTP] = "ohttp",
};

/* One key or more in ascending order, mandatory itself not among them (RFC 9460 section 8). */
static bool keys_valid(struct bytes value)
{
	struct reader r = reader_over(value);
	uint16_t last = KEY_MANDATORY;

	while (reader_left(&r) > 0) {
		uint16_t key = reader_u16(&r);
		if (key <= last)
			return false;
		last = key;
	}
	return !r.failed && value.len > 0;
}

/* One protocol or more, none of them empty (RFC 9460 section 7.1.1). */
static bool alpn_valid(struct bytes value)
{
	struct reader r = reader_over(value);

	while (reader_left(&r) > 0) {
		uint8_t len = reader_u8(&r);
		if (len == 0)
			return false;
		reader_skip(&r, len);
	}
	return !r.failed && value.len > 0;
}

static bool value_valid(uint16_t key, struct bytes value)
{
	if (key >= KEY_COUNT)
		return true;
	switch ((enum svcb_key)key) {
	case KEY_MANDATORY: return keys_valid(value);
	case KEY_ALPN: return alpn_valid(value);
	case KEY_NO_DEFAULT_ALPN:
	case KEY_OHTTP: return value.len == 0;
	case KEY_PORT: return value.len == 2;
	case KEY_IPV4HINT: return value.len > 0 && value.len % 4 == 0;
	case KEY_IPV6HINT: return value.len > 0 && value.len % 16 == 0;
	case KEY_ECH:
	case KEY_DOHPATH: return value.len > 0;
	case KEY_COUNT: break;
	}
	return true;
}

bool svcparams_valid(struct bytes params)
{
	struct reader r = reader_over(params);
	int last = -1;

	while (reader_left(&r) > 0) {
		uint16_t key = reader_u16(&r);
		struct bytes value = reader_bytes(&r, reader_u16(&r));
		if (r.failed || key <= last || !value_valid(key, value))
			return false;
		last = key;
	}
	return true;
}

static void key_print(FILE *out, uint16_t key)
{
	if (key < KEY_COUNT)
		fputs(key_names[key], out);
	else
		fprintf(out, "key%u", key);
}

static void keys_print(FILE *out, struct bytes value)
{
	for (size_t at = 0; at < value.len; at += 2) {
		if (at > 0)
			putc(',', out);
		key_print(out, u16_load(value.at + at));
	}
}

/* Escaped twice: commas and backslashes in the list, then the list as a quoted text.
 *                                                                 RFC 9460 appendix A.1 */
static void alpn_print(FILE *out, struct bytes value)
{
	struct reader r = reader_over(value);

	putc('"', out);
	while (reader_left(&r) > 0) {
		if (r.at > 0)
			putc(',', out);
		struct bytes id = reader_bytes(&r, reader_u8(&r));
		for (size_t i = 0; i < id.len; i++) {
			if (id.at[i] == ',' || id.at[i] == '\\')
				quoted_octet_print(out, '\\');
			quoted_octet_print(out, id.at[i]);
		}
	}
	putc('"', out);
}

static void addresses_print(FILE *out, struct bytes value, size_t address_len)
{
	for (size_t at = 0; at < value.len; at += address_len) {
		if (at > 0)
			putc(',', out);
		if (address_len == 4)
			ipv4_print(out, value.at + at);
		else
			ipv6_print(out, value.at + at);
	}
}

static void text_print(FILE *out, struct bytes value)
{
	putc('"', out);
	for (size_t i = 0; i < value.len; i++)
		quoted_octet_print(out, value.at[i]);
	putc('"', out);
}

static void value_print(FILE *out, uint16_t key, struct bytes value)
{
	if (key >= KEY_COUNT) {
		text_print(out, value);
		return;
	}
	switch ((enum svcb_key)key) {
	case KEY_MANDATORY: keys_print(out, value); break;
	case KEY_ALPN: alpn_print(out, value); break;
	case KEY_PORT: fprintf(out, "%u", u16_load(value.at)); break;
	case KEY_IPV4HINT: addresses_print(out, value, 4); break;
	case KEY_IPV6HINT: addresses_print(out, value, 16); break;
	case KEY_ECH: base64_print(out, value); break;
	case KEY_DOHPATH: text_print(out, value); break;
	case KEY_NO_DEFAULT_ALPN:
	case KEY_OHTTP:
	case KEY_COUNT: break;
	}
}

void svcparams_print(FILE *out, struct bytes params)
{
	struct reader r = reader_over(params);

	while (reader_left(&r) > 0) {
		uint16_t key = reader_u16(&r);
		struct bytes value = reader_bytes(&r, reader_u16(&r));
		putc(' ', out);
		key_print(out, key);
		if (value.len > 0) {
			putc('=', out);
			value_print(out, key, value);
		}
	}
}
