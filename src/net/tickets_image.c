/* SPDX-License-Identifier: MIT */
#include "net/tickets_image.h"

#include <assert.h>
#include <stdlib.h>

#include "net/digest.h"
#include "net/tickets_inside.h"

/* The number is the form's version. */
static const char title[] = "stubborn tickets 1\n";
#define TITLE_LEN (sizeof(title) - 1)

/* Before each ticket: key, until_s, expires_s, length. */
#define FRONT_LEN (TICKETS_KEY_LEN + 8 + 8 + 4)

static_assert(FRONT_LEN <= 64 && sizeof(title) + DIGEST_LEN <= 64, "TICKETS_IMAGE_LEN_MAX");

static void i64_store(uint8_t at[static 8], int64_t value)
{
	u32_store(at, (uint32_t)((uint64_t)value >> 32));
	u32_store(at + 4, (uint32_t)value);
}

static int64_t i64_load(const uint8_t at[static 8])
{
	return (int64_t)((uint64_t)u32_load(at) << 32 | u32_load(at + 4));
}

static size_t image_len(const struct tickets *tickets, int64_t now_s)
{
	size_t len = 0;

	for (struct list *link = tickets->shelves.next; link != &tickets->shelves;
		link = link->next) {
		const struct shelf *shelf = shelf_at(link);
		for (size_t i = 0; i < shelf->count; i++) {
			if (ticket_usable(&shelf->items[i], now_s))
				len += FRONT_LEN + shelf->items[i].len;
		}
	}
	return len == 0 ? 0 : TITLE_LEN + len + DIGEST_LEN;
}

/* The upstream used last comes last, so that reading puts it in front again. */
static uint8_t *fill(const struct tickets *tickets, int64_t now_s, uint8_t *at)
{
	memcpy(at, title, TITLE_LEN);
	at += TITLE_LEN;
	for (struct list *link = tickets->shelves.prev; link != &tickets->shelves;
		link = link->prev) {
		const struct shelf *shelf = shelf_at(link);
		for (size_t i = 0; i < shelf->count; i++) {
			const struct ticket *ticket = &shelf->items[i];
			if (!ticket_usable(ticket, now_s))
				continue;
			memcpy(at, shelf->key, TICKETS_KEY_LEN);
			i64_store(at + TICKETS_KEY_LEN, ticket->until_s);
			i64_store(at + TICKETS_KEY_LEN + 8, ticket->expires_s);
			u32_store(at + TICKETS_KEY_LEN + 16, (uint32_t)ticket->len);
			memcpy(at + FRONT_LEN, ticket->octets, ticket->len);
			at += FRONT_LEN + ticket->len;
		}
	}
	return at;
}

int tickets_image_write(struct tickets *tickets, int64_t now_s, uint8_t **out, size_t *len)
{
	uint8_t *image = NULL, *end = NULL;

	pthread_mutex_lock(&tickets->lock);
	size_t room = image_len(tickets, now_s);
	if (room > 0)
		image = malloc(room);
	if (image)
		end = fill(tickets, now_s, image);
	pthread_mutex_unlock(&tickets->lock);
	if (room > 0 && !image)
		return ERR_NOMEM;
	if (image) {
		const struct bytes whole = bytes_of(image, (size_t)(end - image));
		int err = digest_parts(&whole, 1, end);
		if (err != 0) {
			tickets_image_done(image, room);
			return err;
		}
	}
	*out = image;
	*len = room;
	return 0;
}

void tickets_image_done(uint8_t *image, size_t len)
{
	if (image)
		explicit_bzero(image, len);
	free(image);
}

/* One ticket from the front of rest, which is cut; its octets are borrowed. */
static int next(struct bytes *rest, const uint8_t **key, struct ticket *out)
{
	if (rest->len < FRONT_LEN)
		return ERR_FORMAT;
	const uint8_t *at = rest->at;
	const size_t len = u32_load(at + TICKETS_KEY_LEN + 16);
	if (len == 0 || len > rest->len - FRONT_LEN)
		return ERR_FORMAT;
	const struct ticket ticket = {
		.octets = unconst(at + FRONT_LEN),
		.len = len,
		.until_s = i64_load(at + TICKETS_KEY_LEN),
		.expires_s = i64_load(at + TICKETS_KEY_LEN + 8),
	};
	/* No ticket outlives the certificate that it was given with. */
	if (ticket.expires_s < ticket.until_s)
		return ERR_FORMAT;
	*key = at;
	*out = ticket;
	*rest = bytes_of(at + FRONT_LEN + len, rest->len - FRONT_LEN - len);
	return 0;
}

static int check(struct bytes image, struct bytes *body)
{
	uint8_t sum[DIGEST_LEN];

	if (image.len > TICKETS_IMAGE_LEN_MAX || image.len < TITLE_LEN + DIGEST_LEN ||
		memcmp(image.at, title, TITLE_LEN) != 0)
		return ERR_FORMAT;
	const struct bytes summed = bytes_of(image.at, image.len - DIGEST_LEN);
	int err = digest_parts(&summed, 1, sum);
	if (err != 0)
		return err;
	if (memcmp(summed.at + summed.len, sum, DIGEST_LEN) != 0)
		return ERR_FORMAT;
	*body = bytes_of(image.at + TITLE_LEN, summed.len - TITLE_LEN);
	return 0;
}

int tickets_image_read(struct tickets *tickets, struct bytes image, int64_t now_s)
{
	struct bytes body, rest;
	struct ticket ticket;
	const uint8_t *key;

	int err = check(image, &body);
	if (err != 0)
		return err;
	for (rest = body; rest.len > 0;) {
		if (next(&rest, &key, &ticket) != 0)
			return ERR_FORMAT;
	}
	for (rest = body; rest.len > 0;) {
		if (next(&rest, &key, &ticket) == 0)
			tickets_put(tickets, key, &ticket, now_s);
	}
	return 0;
}
