/* SPDX-License-Identifier: MIT */
#include "dnssec/anchor.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/map.h"
#include "dnssec/key.h"
#include "wire/type.h"

/* Octets in all: what a configuration can name, some 200,000 domains of routes not to be validated.
 */
#define ARENA_LIMIT (32u << 20)

struct negative {
	struct map_node node;
	const struct negative *next; /* the one added before it */
	struct negative_anchor anchor;
};

/* None but whoever configures us chooses these names. */
static const struct hash_key negative_key;

struct anchors {
	atomic_uint holders;
	struct arena arena;
	struct anchor *positive;
	struct map negatives; /* by name; nodes lie in the arena */
	const struct negative *newest;
};

struct anchors *anchors_new(void)
{
	struct anchors *anchors = calloc(1, sizeof(*anchors));
	if (!anchors)
		return NULL;
	atomic_init(&anchors->holders, 1);
	arena_init(&anchors->arena, ARENA_LIMIT);
	map_init(&anchors->negatives);
	return anchors;
}

struct anchors *anchors_hold(struct anchors *anchors)
{
	atomic_fetch_add_explicit(&anchors->holders, 1, memory_order_relaxed);
	return anchors;
}

void anchors_free(struct anchors *anchors)
{
	if (!anchors || atomic_fetch_sub_explicit(&anchors->holders, 1, memory_order_acq_rel) > 1)
		return;
	map_done(&anchors->negatives);
	arena_done(&anchors->arena);
	free(anchors);
}

int anchors_add_root(struct anchors *anchors)
{
	/* Tag, algorithm 8, digest type 2, digest. */
	static const uint8_t root_2017[] = { 0x4f, 0x66, 8, 2, 0xe0, 0x6d, 0x44, 0xb8, 0x0b, 0x8f,
		0x1d, 0x39, 0xa9, 0x5c, 0x0b, 0x0d, 0x7c, 0x65, 0xd0, 0x84, 0x58, 0xe8, 0x80, 0x40,
		0x9b, 0xbc, 0x68, 0x34, 0x57, 0x10, 0x42, 0x37, 0xc7, 0xf8, 0xec, 0x8d };
	static const uint8_t root_2024[] = { 0x97, 0x28, 8, 2, 0x68, 0x3d, 0x2d, 0x0a, 0xcb, 0x8c,
		0x9b, 0x71, 0x2a, 0x19, 0x48, 0xb2, 0x7f, 0x74, 0x12, 0x19, 0x29, 0x8d, 0x0a, 0x45,
		0x0d, 0x61, 0x2c, 0x48, 0x3a, 0xf4, 0x44, 0xa4, 0xc0, 0xfb, 0x2b, 0x16 };
	int err =
		anchors_add(anchors, name_root(), TYPE_DS, bytes_of(root_2017, sizeof(root_2017)));

	if (!err)
		err = anchors_add(
			anchors, name_root(), TYPE_DS, bytes_of(root_2024, sizeof(root_2024)));
	return err;
}

static int rdata_check(uint16_t type, struct bytes rdata)
{
	struct dnskey key;
	struct ds ds;

	if (type == TYPE_DS)
		return ds_read(rdata, &ds);
	if (type != TYPE_DNSKEY || dnskey_read(rdata, &key) != 0 || !dnskey_signs_zones(&key))
		return ERR_FORMAT;
	return 0;
}

static struct anchor *anchor_at(const struct anchors *anchors, struct name name)
{
	struct anchor *anchor = anchors->positive;

	while (anchor && !name_equal(anchor->name, name))
		anchor = anchor->next;
	return anchor;
}

int anchors_add_point(struct anchors *anchors, struct name name)
{
	if (anchor_at(anchors, name))
		return 0;
	struct anchor *anchor = arena_alloc(&anchors->arena, sizeof(*anchor));
	if (!anchor || name_copy(&anchors->arena, name, &anchor->name) != 0)
		return ERR_NOMEM;
	anchor->next = anchors->positive;
	anchors->positive = anchor;
	return 0;
}

int anchors_add(struct anchors *anchors, struct name name, uint16_t type, struct bytes rdata)
{
	int err = rdata_check(type, rdata);
	if (err)
		return err;
	/* The record first: a trust point without one says that all below it is false. */
	struct anchor_record *record = arena_alloc(&anchors->arena, sizeof(*record));
	const uint8_t *copy = arena_copy(&anchors->arena, rdata.at, rdata.len);
	if (!record || !copy || anchors_add_point(anchors, name) != 0)
		return ERR_NOMEM;
	struct anchor *anchor = anchor_at(anchors, name);
	*record = (struct anchor_record){
		.next = anchor->records, .type = type, .rdata = bytes_of(copy, rdata.len)
	};
	anchor->records = record;
	return 0;
}

int anchors_add_negative(struct anchors *anchors, struct name name, int64_t until_s)
{
	struct negative *negative = arena_alloc(&anchors->arena, sizeof(*negative));

	if (!negative || name_copy(&anchors->arena, name, &negative->anchor.name) != 0)
		return ERR_NOMEM;
	negative->anchor.until_s = until_s;
	negative->node.hash = name_hash(&negative_key, name);
	negative->next = anchors->newest;
	int err = map_insert(&anchors->negatives, &negative->node);
	if (!err)
		anchors->newest = negative;
	return err;
}

int anchors_add_all(struct anchors *anchors, const struct anchors *from)
{
	int err = 0;

	for (const struct anchor *a = from->positive; !err && a; a = a->next) {
		err = anchors_add_point(anchors, a->name);
		for (const struct anchor_record *r = a->records; !err && r; r = r->next)
			err = anchors_add(anchors, a->name, r->type, r->rdata);
	}
	for (const struct negative *n = from->newest; !err && n; n = n->next)
		err = anchors_add_negative(anchors, n->anchor.name, n->anchor.until_s);
	return err;
}

const struct anchor *anchors_first(const struct anchors *anchors)
{
	return anchors->positive;
}

size_t anchors_count(const struct anchors *anchors)
{
	size_t count = 0;
	for (const struct anchor *a = anchors->positive; a; a = a->next) {
		for (const struct anchor_record *r = a->records; r; r = r->next)
			count++;
	}
	return count;
}

static bool has_record(const struct anchor *anchor, const struct anchor_record *record)
{
	for (const struct anchor_record *r = anchor->records; r; r = r->next) {
		if (r->type == record->type && bytes_equal(r->rdata, record->rdata))
			return true;
	}
	return false;
}

static bool has_all(const struct anchors *anchors, const struct anchors *of)
{
	for (const struct anchor *a = of->positive; a; a = a->next) {
		const struct anchor *ours = anchor_at(anchors, a->name);
		if (!ours)
			return false;
		for (const struct anchor_record *r = a->records; r; r = r->next) {
			if (!has_record(ours, r))
				return false;
		}
	}
	return true;
}

bool anchors_equal(const struct anchors *a, const struct anchors *b)
{
	return has_all(a, b) && has_all(b, a);
}

static bool is_usable(const struct anchor_record *record, struct crypto *crypto)
{
	struct dnskey key;
	struct ds ds;

	if (record->type == TYPE_DNSKEY)
		return dnskey_read(record->rdata, &key) == 0 &&
		       crypto_has_algorithm(crypto, key.algorithm);
	return ds_read(record->rdata, &ds) == 0 && crypto_has_algorithm(crypto, ds.algorithm) &&
	       crypto_has_digest(crypto, ds.digest_type);
}

const struct anchor *anchors_unusable(const struct anchors *anchors, struct crypto *crypto)
{
	for (const struct anchor *a = anchors->positive; a; a = a->next) {
		const struct anchor_record *r = a->records;
		while (r && !is_usable(r, crypto))
			r = r->next;
		if (a->records && !r)
			return a;
	}
	return NULL;
}

const struct anchor *anchors_closest(const struct anchors *anchors, struct name name)
{
	const struct anchor *closest = NULL;

	for (const struct anchor *a = anchors->positive; a; a = a->next) {
		if (name_is_within(name, a->name) && (!closest || a->name.len > closest->name.len))
			closest = a;
	}
	return closest;
}

/* Of that very name, and still in force. */
static const struct negative *negative_at(
	const struct anchors *anchors, struct name name, int64_t wall_s)
{
	struct map_node *node = map_first(&anchors->negatives, name_hash(&negative_key, name));

	for (; node; node = map_next(node)) {
		const struct negative *negative = CONTAINER_OF(node, struct negative, node);
		if (negative->anchor.until_s > wall_s && name_equal(negative->anchor.name, name))
			return negative;
	}
	return NULL;
}

bool anchors_negative(const struct anchors *anchors, struct name name, int64_t wall_s,
	struct negative_anchor *out)
{
	const struct negative *negative = NULL;

	if (!anchors->newest)
		return false;
	const struct anchor *anchor = anchors_closest(anchors, name);
	/* From the name upwards, and not beyond the anchor, which would be the closer one. */
	for (;; name = name_parent(name)) {
		negative = negative_at(anchors, name, wall_s);
		if (negative || name_is_root(name) || (anchor && name.len == anchor->name.len))
			break;
	}
	if (negative && out)
		*out = negative->anchor;
	return negative != NULL;
}
