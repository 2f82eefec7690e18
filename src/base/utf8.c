/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

size_t utf8_char_len(struct bytes text)
{
	const uint8_t lead = text.at[0];
	const size_t len = lead < 0x80			 ? 1
			   : lead >= 0xc2 && lead < 0xe0 ? 2
			   : lead >= 0xe0 && lead < 0xf0 ? 3
			   : lead >= 0xf0 && lead < 0xf5 ? 4
							 : 0;
	if (len == 0 || len > text.len)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((text.at[i] & 0xc0) != 0x80)
			return 0;
	}
	/* Overlong forms, surrogates and what is beyond U+10FFFF show in the second octet. */
	const uint8_t second = len > 1 ? text.at[1] : 0;
	if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) ||
		(lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f))
		return 0;
	return len;
}

size_t utf8_valid_len(struct bytes text)
{
	size_t at = 0;
	while (at < text.len) {
		size_t len = utf8_char_len(bytes_of(text.at + at, text.len - at));
		if (len == 0)
			break;
		at += len;
	}
	return at;
}
