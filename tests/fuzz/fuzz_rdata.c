/* SPDX-License-Identifier: MIT */
/* Two octets of type, one that says how much of the rest stands before the rdata, for compression
 * pointers to lead to. */
#include <assert.h>
#include <stdlib.h>

#include "wire/form.h"
#include "wire/rdata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Names of an rdata may all be as long as can be. */
#define ARENA_LIMIT (1u << 20)

/* Printable ASCII only, the form of unknown types for what is not of its type's form. Freed by
 * the caller. */
static char *printed(uint16_t type, struct bytes rdata)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert(out);
	rdata_print(out, type, rdata);
	int err = fclose(out);
	assert(err == 0);
	for (size_t i = 0; i < len; i++)
		assert(text[i] >= ' ' && text[i] < 0x7f);
	return text;
}

static void round_trip(uint16_t type, struct bytes rdata)
{
	static uint8_t buffer[MESSAGE_LEN_MAX + HEADER_LEN];
	struct arena arena;
	struct bytes again;
	struct compose c;

	compose_init(&c, buffer, sizeof(buffer));
	writer_bytes(&c.w, bytes_of("123456789012", HEADER_LEN));
	rdata_compose(&c, type, rdata);
	assert(!c.w.failed && c.w.len <= HEADER_LEN + rdata.len);
	struct reader r = reader_over(bytes_of(buffer, c.w.len));
	reader_skip(&r, HEADER_LEN);
	arena_init(&arena, ARENA_LIMIT);
	int err = rdata_read(&r, type, &arena, &again);
	assert(err == 0 && bytes_equal(rdata, again));
	arena_done(&arena);
	/* Uncompressed it is its own copy. */
	r = reader_over(rdata);
	err = rdata_read(&r, type, &arena, &again);
	assert(err == 0 && bytes_equal(rdata, again) && arena.total == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct reader r =
		reader_over(bytes_of(data, len < MESSAGE_LEN_MAX ? len : MESSAGE_LEN_MAX));
	uint16_t type = reader_u16(&r);
	size_t before = reader_u8(&r);
	struct bytes message = reader_rest(&r), rdata;
	struct arena arena;

	r = reader_over(message);
	reader_skip(&r, before < message.len ? before : message.len);
	struct bytes raw = bytes_of(message.at + r.at, reader_left(&r));
	arena_init(&arena, ARENA_LIMIT);
	int err = rdata_read(&r, type, &arena, &rdata);
	assert(err == 0 || (err == ERR_FORMAT && form_known(type)));
	if (err == 0) {
		char *text = printed(type, rdata);
		assert(rdata.len == 0 || text[0] != '\0');
		free(text);
		round_trip(type, rdata);
	}
	/* The same octets where no pointer leads anywhere. */
	free(printed(type, raw));
	arena_done(&arena);
	return 0;
}
