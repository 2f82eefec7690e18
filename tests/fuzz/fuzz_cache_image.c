/* SPDX-License-Identifier: MIT */
/* Any octets as the file of the cache, as they are and as its answers, with checksums that fit, so
 * that what is behind them is reached: what was read can be given to clients, and is written and
 * read again without a loss. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "cache/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define NOW  (UINT32_C(1) << 30)
#define SIZE ((size_t)16 << 20)

static const struct image_moment now = { .wall_s = 1800000000, .now_s = NOW };

static struct cache *cache_of(size_t size)
{
	const struct cache_options options = { .size = size, .shards = 2 };
	const struct hash_key key = { 1, 2 };
	struct cache *cache = cache_new(&options, &key);

	if (!cache)
		abort();
	return cache;
}

struct octets {
	uint8_t *at;
	size_t len;
};

static void append(struct octets *to, const void *from, size_t len)
{
	to->at = realloc(to->at, to->len + len);
	if (!to->at)
		abort();
	if (len > 0)
		memcpy(to->at + to->len, from, len);
	to->len += len;
}

static struct octets image_of(struct cache *cache)
{
	struct image_draft *draft = image_draft_new(cache, &now, SIZE);
	struct octets image = { 0 };
	struct bytes piece;

	if (!draft)
		abort();
	do {
		int err = image_draft_next(draft, &piece);
		assert(err == 0);
		append(&image, piece.at, piece.len);
	} while (piece.len > 0);
	image_draft_free(draft);
	return image;
}

static void append_block(struct octets *image, uint64_t *sum, const uint8_t *data, size_t len)
{
	const size_t at = image->len;
	uint8_t number[8];

	u32_store(number, (uint32_t)len);
	append(image, number, 4);
	append(image, data, len);
	*sum = hash_bytes(&(struct hash_key){ *sum, IMAGE_SUM_KEY },
		bytes_of(image->at + at, image->len - at));
	u32_store(number, (uint32_t)(*sum >> 32));
	u32_store(number + 4, (uint32_t)*sum);
	append(image, number, 8);
}

/* An image of an empty cache, with a block in front of its end. */
static struct octets image_around(const uint8_t *data, size_t len)
{
	struct cache *none = cache_of(1 << 18);
	struct octets image = image_of(none);
	uint64_t sum;

	image.len -= 4 + 8;
	sum = (uint64_t)u32_load(image.at + image.len - 8) << 32 |
	      u32_load(image.at + image.len - 4);
	if (len > 0)
		append_block(&image, &sum, data, len);
	append_block(&image, &sum, NULL, 0);
	cache_free(none);
	return image;
}

static void look_at_all(struct cache *cache)
{
	static uint8_t message[MESSAGE_LEN_MAX];
	static struct cache_walk walk;

	walk = (struct cache_walk){ 0 };
	while (cache_walk(cache, &walk)) {
		for (size_t i = 0; i < walk.count; i++) {
			struct entry *entry = walk.entries[i];
			assert(entry_ttl_left_s(entry, NOW) > 0);
			for (int full = 0; full < 2; full++) {
				const struct form form = entry_form(entry, full);
				struct message_head head;
				form_copy(&form, message);
				assert(message_head_read(bytes_of(message, form.len), &head) == 0);
				for (size_t j = 0; j < form.ttl_count; j++)
					assert(form.ttl_at[j] + 4u <= form.len);
			}
			entry_release(entry);
		}
	}
}

static void write_again(struct cache *cache)
{
	struct cache *again = cache_of(SIZE);
	struct octets image = image_of(cache);
	enum image_use use;
	size_t count;

	int err = image_read(again, &now, bytes_of(image.at, image.len), &use, &count);
	assert(err == 0 && use == IMAGE_USED);
	assert(count == cache_usage(cache).entries);
	assert(cache_usage(again).entries == count);
	free(image.at);
	cache_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct cache *cache = cache_of(SIZE);
	struct octets image = image_around(data, len < (128 << 10) ? len : 0);
	enum image_use use;
	size_t count;

	int err = image_read(cache, &now, bytes_of(data, len), &use, &count);
	assert(err == 0 || err == ERR_FORMAT);
	err = image_read(cache, &now, bytes_of(image.at, image.len), &use, &count);
	/* The checksums fit: only a record that is not whole is in the way. */
	assert(err == ERR_FORMAT ? len > 0 : err == 0 && use == IMAGE_USED);
	look_at_all(cache);
	write_again(cache);
	free(image.at);
	cache_free(cache);
	return 0;
}
