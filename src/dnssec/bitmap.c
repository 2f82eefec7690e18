/* SPDX-License-Identifier: MIT */
#include "dnssec/bitmap.h"

#include "wire/reader.h"

/* Octets of a window at most (RFC 4034 section 4.1.2). */
#define WINDOW_LEN_MAX 32

bool bitmap_valid(struct bytes bitmap)
{
	struct reader r = reader_over(bitmap);
	int last = -1;

	while (reader_left(&r) > 0) {
		uint8_t window = reader_u8(&r), len = reader_u8(&r);
		if (window <= last || len == 0 || len > WINDOW_LEN_MAX)
			return false;
		reader_skip(&r, len);
		last = window;
	}
	return !r.failed;
}

bool bitmap_has(struct bytes bitmap, uint16_t type)
{
	struct reader r = reader_over(bitmap);

	while (reader_left(&r) > 0) {
		uint8_t window = reader_u8(&r);
		struct bytes bits = reader_bytes(&r, reader_u8(&r));
		unsigned at = (type & 0xffu) / 8;
		if (window == type >> 8)
			return at < bits.len && bits.at[at] & 0x80u >> type % 8;
	}
	return false;
}
