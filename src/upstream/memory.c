/* SPDX-License-Identifier: MIT */
#include "upstream/memory.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "net/digest.h"
#include "upstream/site.h"
#include "wire/reader.h"
#include "wire/writer.h"

/* The number is the form's version. */
static const char title[] = "stubborn upstreams 1\n";
#define TITLE_LEN (sizeof(title) - 1)

/* Octets of a pace, of an item without its URL and its places, and of a place: family, octets,
 * port, pace. */
#define PACE_LEN  8
#define ITEM_LEN  (2 + PACE_LEN + 4 + 8 + 1)
#define PLACE_LEN (1 + 16 + 2 + PACE_LEN)

static_assert(ITEM_LEN + MEMORY_URL_MAX + ENDPOINT_ADDRESSES_MAX * PLACE_LEN <= 2048 &&
		      sizeof(title) + DIGEST_LEN <= 64,
	"MEMORY_IMAGE_LEN_MAX");

struct node {
	struct list link;
	struct memory_item item;
	char url[];
};

struct memory {
	pthread_mutex_t mutex;
	struct list nodes; /* kept last first */
	size_t count;
};

static struct node *node_at(struct list *link)
{
	return CONTAINER_OF(link, struct node, link);
}

struct memory *memory_new(void)
{
	struct memory *memory = calloc(1, sizeof(*memory));
	if (!memory)
		return NULL;
	pthread_mutex_init(&memory->mutex, NULL);
	list_init(&memory->nodes);
	return memory;
}

static void drop(struct memory *memory, struct node *node)
{
	list_unlink(&node->link);
	memory->count--;
	free(node);
}

void memory_free(struct memory *memory)
{
	if (!memory)
		return;
	while (!list_empty(&memory->nodes))
		drop(memory, node_at(memory->nodes.next));
	pthread_mutex_destroy(&memory->mutex);
	free(memory);
}

static struct node *find(struct memory *memory, const char *url)
{
	for (struct list *link = memory->nodes.next; link != &memory->nodes; link = link->next) {
		if (strcmp(node_at(link)->url, url) == 0)
			return node_at(link);
	}
	return NULL;
}

bool memory_recall(struct memory *memory, const char *url, struct memory_item *out)
{
	pthread_mutex_lock(&memory->mutex);
	const struct node *node = find(memory, url);
	if (node)
		*out = node->item;
	pthread_mutex_unlock(&memory->mutex);
	return node != NULL;
}

static int keep(struct memory *memory, const char *url, const struct memory_item *item)
{
	struct node *node = find(memory, url);

	if (!node) {
		node = calloc(1, sizeof(*node) + strlen(url) + 1);
		if (!node)
			return ERR_NOMEM;
		strcpy(node->url, url);
		memory->count++;
	} else {
		list_unlink(&node->link);
	}
	node->item = *item;
	list_push_front(&memory->nodes, &node->link);
	if (memory->count > MEMORY_ITEMS_MAX)
		drop(memory, node_at(memory->nodes.prev));
	return 0;
}

void memory_keep(struct memory *memory, const char *url, const struct memory_item *item)
{
	if (strlen(url) > MEMORY_URL_MAX)
		return;
	pthread_mutex_lock(&memory->mutex);
	(void)keep(memory, url, item); /* it is a help, not a need */
	pthread_mutex_unlock(&memory->mutex);
}

size_t memory_count(struct memory *memory)
{
	pthread_mutex_lock(&memory->mutex);
	const size_t count = memory->count;
	pthread_mutex_unlock(&memory->mutex);
	return count;
}

static void pace_write(struct writer *w, const struct pace *pace)
{
	writer_u16(w, pace->srtt_8ms);
	writer_u16(w, pace->rttvar_4ms);
	writer_u32(w, pace->late_64ms);
}

static void place_write(struct writer *w, const struct memory_place *place)
{
	const struct address *address = &place->address;
	uint8_t octets[16] = { 0 };

	if (address->any.sa_family == AF_INET6)
		memcpy(octets, &address->v6.sin6_addr, 16);
	else
		memcpy(octets, &address->v4.sin_addr, 4);
	writer_u8(w, address->any.sa_family == AF_INET6 ? 6 : 4);
	writer_bytes(w, bytes_of(octets, sizeof(octets)));
	writer_u16(w, address_port(address));
	pace_write(w, &place->pace);
}

static void item_write(struct writer *w, const struct node *node)
{
	const struct memory_item *item = &node->item;
	const size_t url_len = strlen(node->url);

	writer_u16(w, (uint16_t)url_len);
	writer_bytes(w, bytes_of(node->url, url_len));
	pace_write(w, &item->pace);
	writer_u32(w, item->idle_limit_ms);
	writer_u32(w, (uint32_t)((uint64_t)item->fresh_until_s >> 32));
	writer_u32(w, (uint32_t)item->fresh_until_s);
	writer_u8(w, (uint8_t)item->place_count);
	for (size_t i = 0; i < item->place_count; i++)
		place_write(w, &item->places[i]);
}

/* The one kept last comes last, so that reading puts it in front again. */
int memory_image_write(struct memory *memory, uint8_t **image, size_t *len)
{
	uint8_t *octets = malloc(MEMORY_IMAGE_LEN_MAX);
	if (!octets)
		return ERR_NOMEM;
	struct writer w = writer_into(octets, MEMORY_IMAGE_LEN_MAX);
	writer_bytes(&w, bytes_of(title, TITLE_LEN));
	pthread_mutex_lock(&memory->mutex);
	const bool any = memory->count > 0;
	for (struct list *link = memory->nodes.prev; link != &memory->nodes; link = link->prev)
		item_write(&w, node_at(link));
	pthread_mutex_unlock(&memory->mutex);
	const struct bytes whole = bytes_of(octets, w.len);
	assert(!w.failed && w.len + DIGEST_LEN <= MEMORY_IMAGE_LEN_MAX);
	int err = any ? digest_parts(&whole, 1, octets + w.len) : 0;
	if (err != 0 || !any) {
		free(octets);
		octets = NULL;
	}
	if (err == 0) {
		*image = octets;
		*len = any ? w.len + DIGEST_LEN : 0;
	}
	return err;
}

static struct pace pace_read(struct reader *r)
{
	struct pace pace;

	pace.srtt_8ms = reader_u16(r);
	pace.rttvar_4ms = reader_u16(r);
	pace.late_64ms = reader_u32(r);
	if (pace.srtt_8ms > PACE_LONGEST_MS * 8 || pace.late_64ms > PACE_LONGEST_MS * 64)
		reader_fail(r);
	return pace;
}

static struct memory_place place_read(struct reader *r)
{
	struct memory_place place = { 0 };
	const uint8_t family = reader_u8(r);
	const struct bytes octets = reader_bytes(r, 16);
	const uint16_t port = reader_u16(r);

	if (octets.len != 16 || port == 0 || (family != 4 && family != 6)) {
		reader_fail(r);
		return place;
	}
	place.address.any.sa_family = family == 6 ? AF_INET6 : AF_INET;
	if (family == 6)
		memcpy(&place.address.v6.sin6_addr, octets.at, 16);
	else
		memcpy(&place.address.v4.sin_addr, octets.at, 4);
	address_set_port(&place.address, port);
	place.pace = pace_read(r);
	return place;
}

static void item_read(struct reader *r, struct memory_item *item, int64_t now_s)
{
	uint64_t until_s;

	*item = (struct memory_item){ .pace = pace_read(r), .idle_limit_ms = reader_u32(r) };
	until_s = (uint64_t)reader_u32(r) << 32;
	until_s |= reader_u32(r);
	item->fresh_until_s = (int64_t)until_s;
	/* 1 is over, and 0 is something else. */
	if (item->fresh_until_s != 0 &&
		(item->fresh_until_s < now_s || item->fresh_until_s - now_s > SITE_TTL_MAX_S))
		item->fresh_until_s = 1;
	item->place_count = reader_u8(r);
	if (item->place_count > ENDPOINT_ADDRESSES_MAX)
		reader_fail(r);
	for (size_t i = 0; i < item->place_count && !r->failed; i++)
		item->places[i] = place_read(r);
}

/* One item after the other, into memory if there is one. */
static int items_read(struct reader *r, struct memory *memory, int64_t now_s)
{
	char url[MEMORY_URL_MAX + 1];
	struct memory_item item;
	size_t count = 0;
	int err = 0;

	while (err == 0 && !r->failed && reader_left(r) > 0 && count++ < MEMORY_ITEMS_MAX) {
		const size_t len = reader_u16(r);
		const struct bytes text = reader_bytes(r, len);
		if (len > MEMORY_URL_MAX || text.len != len || memchr(text.at, '\0', len))
			return ERR_FORMAT;
		memcpy(url, text.at, len);
		url[len] = '\0';
		item_read(r, &item, now_s);
		if (memory && !r->failed)
			err = keep(memory, url, &item);
	}
	return err != 0 || reader_finished(r) ? err : ERR_FORMAT;
}

int memory_image_read(struct memory *memory, struct bytes image, int64_t now_s)
{
	uint8_t digest[DIGEST_LEN];

	if (image.len < TITLE_LEN + DIGEST_LEN || memcmp(image.at, title, TITLE_LEN) != 0)
		return ERR_FORMAT;
	const struct bytes whole = bytes_of(image.at, image.len - DIGEST_LEN);
	int err = digest_parts(&whole, 1, digest);
	if (err == 0 && memcmp(digest, image.at + whole.len, DIGEST_LEN) != 0)
		err = ERR_FORMAT;
	if (err != 0)
		return err;
	const struct bytes items = bytes_of(image.at + TITLE_LEN, whole.len - TITLE_LEN);
	struct reader r = reader_over(items);
	err = items_read(&r, NULL, now_s);
	if (err != 0)
		return err;
	r = reader_over(items);
	pthread_mutex_lock(&memory->mutex);
	err = items_read(&r, memory, now_s);
	pthread_mutex_unlock(&memory->mutex);
	return err;
}
