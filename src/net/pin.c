/* SPDX-License-Identifier: MIT */
#include "net/pin.h"

#include <string.h>

#define PREFIX "sha256/"

/* Letters of base64 (RFC 4648 section 4) that stand for 32 octets, without the "=" behind them. */
#define LETTERS 43

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int pin_parse(const char *text, struct pin *out)
{
	struct pin pin = { 0 };
	uint32_t bits = 0;
	unsigned have = 0;
	size_t len = 0;

	if (strncmp(text, PREFIX, strlen(PREFIX)) != 0)
		return ERR_FORMAT;
	text += strlen(PREFIX);
	if (strlen(text) != LETTERS + 1 || text[LETTERS] != '=')
		return ERR_FORMAT;
	for (size_t i = 0; i < LETTERS; i++) {
		const char *letter = strchr(alphabet, text[i]);
		if (!letter)
			return ERR_FORMAT;
		bits = (bits << 6 | (uint32_t)(letter - alphabet)) & 0xffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			pin.sha256[len++] = (uint8_t)(bits >> have);
		}
	}
	/* Two bits are left over: a letter that sets them was mistyped. */
	if (bits & 3)
		return ERR_FORMAT;
	*out = pin;
	return 0;
}

const char *pin_write(const struct pin *pin, char text[static PIN_TEXT_LEN])
{
	char *to = text + strlen(PREFIX);
	uint32_t bits = 0;
	unsigned have = 0;

	memcpy(text, PREFIX, strlen(PREFIX));
	for (size_t i = 0; i < PIN_LEN; i++) {
		bits = bits << 8 | pin->sha256[i];
		for (have += 8; have >= 6; have -= 6)
			*to++ = alphabet[bits >> (have - 6) & 63];
	}
	*to++ = alphabet[bits << (6 - have) & 63];
	*to++ = '=';
	*to = '\0';
	return text;
}

size_t pins_find(const struct pins *pins, const struct pin *pin)
{
	size_t i = 0;
	while (i < pins->count && memcmp(&pins->items[i], pin, sizeof(*pin)) != 0)
		i++;
	return i;
}
