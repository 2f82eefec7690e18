/* SPDX-License-Identifier: MIT */
/* The first octet chooses how the rest is cut; each cut must give the same messages. */
#include <stdlib.h>

#include "net/framing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Octets in whole messages at the beginning of a stream, and how many messages. */
static size_t whole_messages(struct bytes stream, size_t *octets)
{
	size_t count = 0, at = 0;
	while (stream.len - at >= 2 && stream.len - at - 2 >= u16_load(stream.at + at)) {
		at += 2 + (size_t)u16_load(stream.at + at);
		count++;
	}
	*octets = at;
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct framing framing;
	struct bytes out;
	size_t count = 0, at = 0, octets;

	if (len == 0)
		return 0;
	size_t piece = data[0] == 0 ? len : data[0];
	struct bytes stream = bytes_of(data + 1, len - 1);
	size_t expected = whole_messages(stream, &octets);

	framing_init(&framing);
	for (size_t fed = 0; fed < stream.len; fed += piece) {
		if (piece > stream.len - fed)
			piece = stream.len - fed;
		framing_feed(&framing, bytes_of(stream.at + fed, piece));
		while (framing_next(&framing, &out) == 1) {
			if (!bytes_equal(out, bytes_of(stream.at + at + 2, out.len)))
				abort();
			at += 2 + out.len;
			count++;
		}
	}
	if (count != expected || at != octets || framing_inside(&framing) != (at < stream.len))
		abort();
	framing_done(&framing);
	return 0;
}
