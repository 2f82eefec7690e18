/* SPDX-License-Identifier: MIT */
#include "wire/reader.h"

struct bytes reader_bytes(struct reader *r, size_t len)
{
	static const uint8_t none[1];

	if (len == 0 || reader_left(r) < len) {
		if (len > 0)
			reader_fail(r);
		return bytes_of(none, 0);
	}
	r->at += len;
	return bytes_of(r->base + r->at - len, len);
}

struct bytes reader_rest(struct reader *r)
{
	return reader_bytes(r, reader_left(r));
}

struct reader reader_part(struct reader *r, size_t len)
{
	struct reader part = *r;

	reader_skip(r, len);
	if (r->failed)
		reader_fail(&part);
	else
		part.end = r->at;
	return part;
}
