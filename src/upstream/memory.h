/* SPDX-License-Identifier: MIT */
/* What is known of upstreams beyond a restart: how fast they are, how long they let a connection
 * idle, and where they were when they were looked up last, so that a machine that starts need not
 * ask for them in clear. Shared by all workers: a mutex, held to copy. */
#pragma once

#include "upstream/endpoint.h"
#include "upstream/pace.h"

/* Upstreams at most; beyond it the one that was kept longest ago is forgotten. */
#define MEMORY_ITEMS_MAX 64

/* Octets of a URL at most; one that is longer is not remembered. */
#define MEMORY_URL_MAX 1024

/* Octets of an image at most. */
#define MEMORY_IMAGE_LEN_MAX ((size_t)MEMORY_ITEMS_MAX * 2048 + 64)

struct memory_place {
	struct address address;
	struct pace pace;
};

struct memory_item {
	struct pace pace;
	uint32_t idle_limit_ms; /* 0: not known */
	/* Wall clock: until then the addresses are as good as looked up now; 0: they were written
	 * by the user, and only how fast they are was learnt. */
	int64_t fresh_until_s;
	size_t place_count;
	struct memory_place places[ENDPOINT_ADDRESSES_MAX];
};

struct memory;

struct memory *memory_new(void); /* NULL: out of memory */
void memory_free(struct memory *memory);

/* False: nothing is known of the upstream of that URL. Any thread. */
bool memory_recall(struct memory *memory, const char *url, struct memory_item *out);

/* In place of what was known; without memory for it that is kept. Any thread. */
void memory_keep(struct memory *memory, const char *url, const struct memory_item *item);

size_t memory_count(struct memory *memory);

/* As octets, for free(), at most MEMORY_IMAGE_LEN_MAX; none when nothing is known. Any thread.
 * ERR_NOMEM, ERR_SYSTEM. */
MUST_USE int memory_image_write(struct memory *memory, uint8_t **image, size_t *len);

/* Adds what the image has, whose every octet may be hostile. A TTL's end that is further away from
 * now_s than any TTL lasts is over: the clock was set. ERR_FORMAT: damaged, or of another version,
 * and nothing was added; ERR_NOMEM. */
MUST_USE int memory_image_read(struct memory *memory, struct bytes image, int64_t now_s);
