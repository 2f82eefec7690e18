/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdlib.h>

#include "dnssec/nsec3.h"
#include "world_inside.h"

#define LINKS_MAX 256

struct link {
	struct name name;
	uint8_t hash[NSEC3_HASH_LEN];
};

struct links {
	struct link link[LINKS_MAX];
	size_t count;
};

/* NULL types: only says whether it has any. */
static size_t types_at(const struct world_zone *zone, struct name name, uint16_t *types)
{
	size_t count = 0;
	bool delegation = false, signs = false;

	for (const struct world_record *r = zone->records; r; r = r->next) {
		if (!name_equal(r->owner, name))
			continue;
		types[count++] = r->type;
		delegation |= r->type == TYPE_NS && !name_equal(name, zone->name);
		signs |= r->type == TYPE_DS;
	}
	if (count > 0 && (!delegation || signs || zone->denial == WORLD_NSEC))
		types[count++] = TYPE_RRSIG;
	if (zone->denial == WORLD_NSEC)
		types[count++] = TYPE_NSEC;
	return count;
}

static void link_add(struct links *links, struct name name, const struct nsec3 *like)
{
	for (size_t i = 0; i < links->count; i++) {
		if (name_equal(links->link[i].name, name))
			return;
	}
	assert(links->count < LINKS_MAX);
	struct link *link = &links->link[links->count++];
	link->name = name;
	int err = like ? nsec3_hash(like, name, link->hash) : 0;
	assert(!err);
	(void)err;
}

static bool is_unsigned_cut(const struct world_zone *zone, struct name name)
{
	bool ns = false, ds = false;
	for (const struct world_record *r = zone->records; r; r = r->next) {
		ns |= r->type == TYPE_NS && name_equal(r->owner, name);
		ds |= r->type == TYPE_DS && name_equal(r->owner, name);
	}
	return ns && !ds && !name_equal(name, zone->name);
}

static int by_name(const void *a, const void *b)
{
	return name_compare(((const struct link *)a)->name, ((const struct link *)b)->name);
}

static int by_hash(const void *a, const void *b)
{
	return memcmp(
		((const struct link *)a)->hash, ((const struct link *)b)->hash, NSEC3_HASH_LEN);
}

static void links_fill(const struct world_zone *zone, const struct nsec3 *like, struct links *links)
{
	links->count = 0;
	for (const struct world_record *r = zone->records; r; r = r->next) {
		if (zone->denial == WORLD_OPTOUT && is_unsigned_cut(zone, r->owner))
			continue;
		link_add(links, r->owner, like);
		/* Empty non-terminals have hashes, too. */
		for (struct name n = r->owner; like && !name_equal(n, zone->name);
			n = name_parent(n))
			link_add(links, n, like);
	}
	qsort(links->link, links->count, sizeof(links->link[0]), like ? by_hash : by_name);
}

/* The last one that does not come after probe. */
static size_t link_find(const struct links *links, const struct link *probe,
	int (*compare)(const void *, const void *))
{
	size_t at = links->count - 1;
	for (size_t i = 0; i < links->count; i++) {
		if (compare(&links->link[i], probe) <= 0)
			at = i;
	}
	return at;
}

static struct bytes keep(struct world *world, const struct writer *w)
{
	const uint8_t *copy = arena_copy(&world->arena, w->base, w->len);
	assert(copy && !w->failed);
	return bytes_of(copy, w->len);
}

static struct name hashed_owner(
	struct world *world, const struct world_zone *zone, const uint8_t *hash)
{
	static const char letters[] = "0123456789abcdefghijklmnopqrstuv";
	uint8_t octets[NAME_LEN_MAX] = { 32 };

	for (unsigned i = 0; i < 32; i++) {
		unsigned bit = i * 5, value = (unsigned)hash[bit / 8] << 8;
		if (bit / 8 + 1 < NSEC3_HASH_LEN)
			value |= hash[bit / 8 + 1];
		octets[1 + i] = (uint8_t)letters[value >> (11 - bit % 8) & 31];
	}
	memcpy(octets + 33, zone->name.octets, zone->name.len);
	struct writer w = writer_into(octets, sizeof(octets));
	w.len = 33u + zone->name.len;
	return (struct name){ keep(world, &w).at, (uint8_t)w.len };
}

void world_deny(
	struct world *world, struct world_reply *reply, struct world_zone *zone, struct name name)
{
	static struct links links;
	const struct nsec3 nsec3 = { .iterations = zone->iterations, .salt = bytes_of("\xab", 1) };
	const struct nsec3 *like = zone->denial == WORLD_NSEC ? NULL : &nsec3;
	struct links probe = { 0 };
	uint8_t rdata[SIGNER_RDATA_MAX], bitmap[SIGNER_RDATA_MAX];
	uint16_t types[64];
	struct writer w = writer_into(rdata, sizeof(rdata));

	link_add(&probe, name, like);
	links_fill(zone, like, &links);
	size_t at = link_find(&links, &probe.link[0], like ? by_hash : by_name);
	const struct link *link = &links.link[at], *next = &links.link[(at + 1) % links.count];
	struct name owner = link->name;
	if (like) {
		owner = hashed_owner(world, zone, link->hash);
		writer_u8(&w, NSEC3_HASH_SHA1);
		writer_u8(&w, zone->denial == WORLD_OPTOUT);
		writer_u16(&w, zone->iterations);
		writer_u8(&w, 1);
		writer_u8(&w, 0xab);
		writer_u8(&w, NSEC3_HASH_LEN);
		writer_bytes(&w, bytes_of(next->hash, NSEC3_HASH_LEN));
	} else {
		name_write(&w, next->name);
	}
	size_t count = types_at(zone, link->name, types);
	writer_bytes(&w, bytes_of(bitmap, signer_bitmap(types, count, bitmap)));
	struct bytes kept = keep(world, &w);
	struct rrset rrset = { .owner = owner,
		.type = like ? TYPE_NSEC3 : TYPE_NSEC,
		.class = CLASS_IN,
		.section = SECTION_AUTHORITY,
		.ttl_s = WORLD_TTL_S,
		.count = 1,
		.rdata = &kept };
	world_put_signed(world, reply, zone, &rrset, owner);
}

bool world_put_nsec(struct world *world, struct world_reply *reply, struct world_zone *zone,
	struct name owner, struct name as)
{
	const size_t first = reply->count;
	bool has_one = false;

	for (const struct world_record *r = zone->records; r; r = r->next)
		has_one |= name_equal(r->owner, owner);
	if (!has_one || !zone->key || zone->denial != WORLD_NSEC)
		return false;
	world_deny(world, reply, zone, owner);
	for (size_t i = first; i < reply->count; i++) {
		reply->records[i].section = SECTION_ANSWER;
		reply->records[i].owner = as;
	}
	return true;
}
