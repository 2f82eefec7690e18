/* SPDX-License-Identifier: MIT */
/* Any octets as the file of upstreams, with a checksum that fits, so that what is behind it is
 * reached: what was read is written and read again without a loss. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "net/digest.h"
#include "upstream/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define NOW 1800000000

static void write_again(struct memory *memory)
{
	struct memory *again = memory_new();
	uint8_t *image;
	size_t len;

	if (!again)
		abort();
	int err = memory_image_write(memory, &image, &len);
	assert(err == 0 && len <= MEMORY_IMAGE_LEN_MAX);
	if (len > 0) {
		err = memory_image_read(again, bytes_of(image, len), NOW);
		assert(err == 0);
	}
	assert(memory_count(again) == memory_count(memory));
	free(image);
	memory_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct memory *memory = memory_new();
	uint8_t *image = malloc(len + DIGEST_LEN);
	const struct bytes whole = bytes_of(image, len);

	if (!memory || !image)
		abort();
	if (len > 0)
		memcpy(image, data, len);
	if (digest_parts(&whole, 1, image + len) != 0)
		abort();
	/* As it is, and with a checksum. */
	int err = memory_image_read(memory, bytes_of(data, len), NOW);
	assert(err == 0 || err == ERR_FORMAT);
	err = memory_image_read(memory, bytes_of(image, len + DIGEST_LEN), NOW);
	assert(err == 0 || err == ERR_FORMAT);
	write_again(memory);
	free(image);
	memory_free(memory);
	return 0;
}
