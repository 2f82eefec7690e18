/* SPDX-License-Identifier: MIT */
/* Class, TTL and rdata of an OPT record: the same record can be made of what was read. */
#include <assert.h>

#include "wire/edns.h"
#include "wire/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Octets of an OPT record in front of its rdata. */
#define OPT_FIXED_LEN 11

#define DO_AND_ABOVE 0xffff8000u /* the bits of TTL that mean something */

/* All options once more, each found by its code if it is the first of it. */
static void options_copy(struct writer *w, const struct edns *edns)
{
	struct reader r = reader_over(edns->options);

	while (reader_left(&r) > 0) {
		struct bytes first;
		uint16_t code = reader_u16(&r);
		struct bytes option = reader_bytes(&r, reader_u16(&r));
		assert(!r.failed);
		edns_add_option(w, code, option);
		bool found = edns_option(edns, code, &first);
		assert(found);
		/* Data of no octets stands nowhere. */
		if (first.len > 0 && option.len > 0)
			assert(first.at < option.at || bytes_equal(first, option));
	}
}

static void refill(const struct edns *edns, uint16_t class, uint32_t ttl)
{
	static uint8_t buffer[OPT_FIXED_LEN + UINT16_MAX];
	struct writer w = writer_into(buffer, sizeof(buffer));

	size_t opened = edns_open(&w, edns);
	options_copy(&w, edns);
	edns_close(&w, opened);
	assert(!w.failed);
	struct reader r = reader_over(bytes_of(buffer, w.len));
	reader_skip(&r, 3);
	uint16_t class_again = reader_u16(&r);
	uint32_t ttl_again = reader_u32(&r);
	assert(class_again == class && ttl_again == (ttl & DO_AND_ABOVE));
	uint16_t options_len = reader_u16(&r);
	assert(options_len == reader_left(&r));
	assert(bytes_equal(reader_rest(&r), edns->options));
}

/* Whatever stands before it, padding ends on a block and the options stay readable. */
static void padding_check(const struct edns *edns, size_t block_len)
{
	static uint8_t buffer[OPT_FIXED_LEN + UINT16_MAX + 1024];
	struct writer w = writer_into(buffer, sizeof(buffer));
	struct edns again;
	struct bytes padding;

	size_t opened = edns_open(&w, edns);
	options_copy(&w, edns);
	edns_add_ede(&w, EDE_OTHER, "fuzz");
	edns_add_padding(&w, block_len);
	edns_close(&w, opened);
	if (w.failed) {
		assert(edns->options.len > UINT16_MAX - 1024);
		return;
	}
	assert(w.len % block_len == 0);
	int err = edns_read(
		edns->udp_size, 0, bytes_of(buffer + opened + 2, w.len - opened - 2), &again);
	assert(err == 0);
	bool found = edns_option(&again, EDNS_OPTION_PADDING, &padding);
	assert(found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct reader r = reader_over(bytes_of(data, len));
	uint16_t class = reader_u16(&r);
	uint32_t ttl = reader_u32(&r);
	struct bytes rdata = reader_rest(&r);
	struct edns edns = { .udp_size = 7 };

	if (rdata.len > UINT16_MAX)
		return 0;
	int err = edns_read(class, ttl, rdata, &edns);
	if (err != 0) {
		assert(err == ERR_FORMAT && edns.udp_size == 7);
		return 0;
	}
	assert(edns.present && edns.udp_size == class);
	refill(&edns, class, ttl);
	padding_check(&edns, 1 + class % 512);
	return 0;
}
