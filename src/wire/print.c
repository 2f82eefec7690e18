/* SPDX-License-Identifier: MIT */
#include "wire/print.h"

#include <arpa/inet.h>
#include <time.h>

#include "wire/reader.h"
#include "wire/svcb.h"
#include "wire/type.h"

void hex_print(FILE *out, struct bytes data)
{
	for (size_t i = 0; i < data.len; i++)
		fprintf(out, "%02X", data.at[i]);
}

/* bits of each character from alphabet, the last one filled up with zero bits. Returns how many
 * characters that were. */
static size_t digits_print(FILE *out, struct bytes data, unsigned bits, const char *alphabet)
{
	uint32_t pending = 0;
	unsigned have = 0;
	size_t count = 0;

	for (size_t i = 0; i < data.len; i++) {
		pending = pending << 8 | data.at[i];
		for (have += 8; have >= bits; have -= bits, count++)
			putc(alphabet[pending >> (have - bits) & ((1u << bits) - 1)], out);
	}
	if (have > 0) {
		putc(alphabet[pending << (bits - have) & ((1u << bits) - 1)], out);
		count++;
	}
	return count;
}

void base64_print(FILE *out, struct bytes data)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t count = digits_print(out, data, 6, alphabet); count % 4 != 0; count++)
		putc('=', out);
}

void quoted_octet_print(FILE *out, uint8_t octet)
{
	if (octet < 0x20 || octet >= 0x7f)
		fprintf(out, "\\%03u", octet);
	else if (octet == '"' || octet == '\\')
		fprintf(out, "\\%c", octet);
	else
		putc(octet, out);
}

static void quoted_print(FILE *out, struct bytes text)
{
	putc('"', out);
	for (size_t i = 0; i < text.len; i++)
		quoted_octet_print(out, text.at[i]);
	putc('"', out);
}

void ipv4_print(FILE *out, const uint8_t octets[static 4])
{
	char text[INET_ADDRSTRLEN];
	fputs(inet_ntop(AF_INET, octets, text, sizeof(text)), out);
}

void ipv6_print(FILE *out, const uint8_t octets[static 16])
{
	char text[INET6_ADDRSTRLEN];
	fputs(inet_ntop(AF_INET6, octets, text, sizeof(text)), out);
}

static void strings_print(FILE *out, struct bytes strings)
{
	struct reader r = reader_over(strings);
	while (reader_left(&r) > 0) {
		if (r.at > 0)
			putc(' ', out);
		quoted_print(out, reader_bytes(&r, reader_u8(&r)));
	}
}

static void time_print(FILE *out, uint32_t seconds)
{
	time_t at = seconds;
	struct tm utc;
	gmtime_r(&at, &utc);
	fprintf(out, "%04d%02d%02d%02d%02d%02d", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
		utc.tm_hour, utc.tm_min, utc.tm_sec);
}

/* The types of one window's bits, the first of them being type first. */
static void window_print(FILE *out, struct bytes bits, unsigned first)
{
	char text[TYPE_TEXT_LEN];
	for (unsigned i = 0; i < bits.len * 8; i++) {
		if (bits.at[i / 8] & 0x80 >> i % 8)
			fprintf(out, " %s", type_print((uint16_t)(first + i), text));
	}
}

static void bitmap_print(FILE *out, struct bytes bitmap)
{
	struct reader r = reader_over(bitmap);
	while (reader_left(&r) > 0) {
		unsigned window = reader_u8(&r);
		window_print(out, reader_bytes(&r, reader_u8(&r)), window * 256);
	}
}

static void name_field_print(FILE *out, struct bytes octets)
{
	char text[NAME_TEXT_LEN];
	fputs(name_print((struct name){ .octets = octets.at, .len = (uint8_t)octets.len }, text),
		out);
}

/* RFC 1876 section 2. Latitude and longitude are thousandths of a second of arc from 1 << 31,
 * altitude centimetres from 100 km below. */
#define LOC_MIDDLE	  0x80000000u
#define LOC_LATITUDE_MAX  (90u * 3600 * 1000)
#define LOC_LONGITUDE_MAX (180u * 3600 * 1000)
#define LOC_GROUND_CM	  10000000

static uint32_t loc_distance(uint32_t angle)
{
	return angle >= LOC_MIDDLE ? angle - LOC_MIDDLE : LOC_MIDDLE - angle;
}

static bool loc_has_text(struct bytes loc)
{
	if (loc.len != 16 || loc.at[0] != 0)
		return false;
	for (int i = 1; i <= 3; i++) {
		/* Size and precisions: a digit and its power of ten. */
		if (loc.at[i] >> 4 > 9 || (loc.at[i] & 0xf) > 9)
			return false;
	}
	return loc_distance(u32_load(loc.at + 4)) <= LOC_LATITUDE_MAX &&
	       loc_distance(u32_load(loc.at + 8)) <= LOC_LONGITUDE_MAX;
}

static void loc_angle_print(FILE *out, uint32_t angle, char above, char below)
{
	uint32_t distance = loc_distance(angle);
	fprintf(out, "%u %u %u.%03u %c ", distance / 3600000, distance / 60000 % 60,
		distance / 1000 % 60, distance % 1000, angle >= LOC_MIDDLE ? above : below);
}

static void loc_print(FILE *out, struct bytes loc)
{
	loc_angle_print(out, u32_load(loc.at + 4), 'N', 'S');
	loc_angle_print(out, u32_load(loc.at + 8), 'E', 'W');
	int64_t altitude = (int64_t)u32_load(loc.at + 12) - LOC_GROUND_CM;
	uint64_t height = (uint64_t)(altitude < 0 ? -altitude : altitude);
	fprintf(out, "%s%u.%02um", altitude < 0 ? "-" : "", (unsigned)(height / 100),
		(unsigned)(height % 100));
	for (int i = 1; i <= 3; i++) {
		uint64_t cm = loc.at[i] >> 4;
		for (int power = loc.at[i] & 0xf; power > 0; power--)
			cm *= 10;
		if (cm % 100 == 0 && cm > 0)
			fprintf(out, " %um", (unsigned)(cm / 100));
		else
			fprintf(out, " %u.%02um", (unsigned)(cm / 100), (unsigned)(cm % 100));
	}
}

static bool is_word(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.at[i];
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
			return false;
	}
	return true;
}

/* Without the length in front. */
static struct bytes string_of(struct bytes octets)
{
	return bytes_of(octets.at + 1, octets.len - 1);
}

bool field_has_text(const struct field *field)
{
	if (field->kind == FIELD_LOC)
		return loc_has_text(field->octets);
	if (field->kind == FIELD_TAG)
		return is_word(string_of(field->octets));
	if (field->kind == FIELD_SVCPARAMS)
		return svcparams_valid(field->octets);
	return true;
}

bool field_needs_blank(const struct field *field)
{
	if (field->kind == FIELD_BITMAP || field->kind == FIELD_BITMAP_NXT ||
		field->kind == FIELD_SVCPARAMS)
		return false;
	return field->kind != FIELD_BASE64_ANY || field->octets.len > 0;
}

static void salt_print(FILE *out, struct bytes salt)
{
	if (salt.len == 0)
		putc('-', out);
	hex_print(out, salt);
}

void field_print(FILE *out, const struct field *field)
{
	static const char base32hex[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
	char text[TYPE_TEXT_LEN];
	const struct bytes octets = field->octets;

	switch (field->kind) {
	case FIELD_U8: fprintf(out, "%u", octets.at[0]); break;
	case FIELD_U16: fprintf(out, "%u", u16_load(octets.at)); break;
	case FIELD_U32: fprintf(out, "%u", u32_load(octets.at)); break;
	case FIELD_TYPE: fputs(type_print(u16_load(octets.at), text), out); break;
	case FIELD_TIME: time_print(out, u32_load(octets.at)); break;
	case FIELD_IPV4: ipv4_print(out, octets.at); break;
	case FIELD_IPV6: ipv6_print(out, octets.at); break;
	case FIELD_NAME_1035:
	case FIELD_NAME_RECEIVED:
	case FIELD_NAME_PLAIN: name_field_print(out, octets); break;
	case FIELD_STRING:
	case FIELD_STRINGS: strings_print(out, octets); break;
	case FIELD_SALT: salt_print(out, string_of(octets)); break;
	case FIELD_HASH: (void)digits_print(out, string_of(octets), 5, base32hex); break;
	case FIELD_TAG: fwrite(octets.at + 1, 1, octets.len - 1, out); break;
	case FIELD_TEXT: quoted_print(out, octets); break;
	case FIELD_HEX: hex_print(out, octets); break;
	case FIELD_BASE64:
	case FIELD_BASE64_ANY: base64_print(out, octets); break;
	case FIELD_BITMAP: bitmap_print(out, octets); break;
	case FIELD_BITMAP_NXT: window_print(out, octets, 0); break;
	case FIELD_SVCPARAMS: svcparams_print(out, octets); break;
	case FIELD_LOC: loc_print(out, octets); break;
	case FIELD_END: break;
	}
}
