/* SPDX-License-Identifier: MIT */
/* Any octets as the file of tickets, with a checksum that fits, so that what is behind it is
 * reached: what was read is written and read again without a loss. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "net/digest.h"
#include "net/tickets_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The seeds' tickets end a little later. */
#define NOW 1800000000

static void write_again(struct tickets *tickets)
{
	struct tickets *again = tickets_new();
	uint8_t *image;
	size_t len;

	if (!again)
		abort();
	int err = tickets_image_write(tickets, NOW, &image, &len);
	assert(err == 0 && len <= TICKETS_IMAGE_LEN_MAX);
	if (len > 0) {
		err = tickets_image_read(again, bytes_of(image, len), NOW);
		assert(err == 0);
	}
	assert(tickets_count(again) == tickets_count(tickets));
	tickets_image_done(image, len);
	tickets_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct tickets *tickets = tickets_new();
	uint8_t *image = malloc(len + DIGEST_LEN);
	const struct bytes whole = bytes_of(image, len);

	if (!tickets || !image)
		abort();
	if (len > 0)
		memcpy(image, data, len);
	if (digest_parts(&whole, 1, image + len) != 0)
		abort();
	/* As it is, and with a checksum. */
	int err = tickets_image_read(tickets, bytes_of(data, len), NOW);
	assert(err == 0 || err == ERR_FORMAT);
	err = tickets_image_read(tickets, bytes_of(image, len + DIGEST_LEN), NOW);
	assert(err == 0 || (err == ERR_FORMAT && tickets_count(tickets) == 0));
	write_again(tickets);
	free(image);
	tickets_free(tickets);
	return 0;
}
