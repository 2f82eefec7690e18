/* SPDX-License-Identifier: MIT */
#include "world.h"

#include "world_inside.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define ARENA_LIMIT (64u << 20)
#define WANTS_MAX   64

void world_init(struct world *world)
{
	memset(world, 0, sizeof(*world));
	arena_init(&world->arena, ARENA_LIMIT);
	crypto_init(&world->crypto, NULL);
	world->anchors = anchors_new();
	world->keycache = keycache_new(1u << 20, (struct hash_key){ 1, 2 });
	world->wall_s = WORLD_WALL_S;
	world->now_s = WORLD_NOW_S;
}

void world_done(struct world *world)
{
	arena_done(&world->arena);
	anchors_free(world->anchors);
	keycache_free(world->keycache);
	crypto_done(&world->crypto);
}

struct name world_name(struct world *world, const char *text)
{
	struct name_space space;
	struct name name;
	int err = name_parse(text, &space, &name);
	assert(!err);
	err = name_copy(&world->arena, name, &name);
	assert(!err);
	(void)err;
	return name;
}

struct world_zone *world_zone_at(struct world *world, const char *name)
{
	struct world_zone *zone = world->zones;
	while (zone && !name_equal(zone->name, world_name(world, name)))
		zone = zone->next;
	return zone;
}

/* The zone that has the records of a name; a DS is the parent's. */
static struct world_zone *zone_of(struct world *world, struct name name, uint16_t type)
{
	struct world_zone *deepest = NULL;
	for (struct world_zone *z = world->zones; z; z = z->next) {
		if (!name_is_within(name, z->name) || (deepest && deepest->name.len > z->name.len))
			continue;
		if (type == TYPE_DS && name_equal(name, z->name) && !name_is_root(name))
			continue;
		deepest = z;
	}
	return deepest;
}

static void add(struct world *world, struct world_zone *zone, struct name owner, uint16_t type,
	struct bytes rdata)
{
	struct world_record *record = arena_alloc(&world->arena, sizeof(*record));
	const uint8_t *copy = arena_copy(&world->arena, rdata.at, rdata.len);
	assert(zone && record && copy);
	*record = (struct world_record){ .next = zone->records,
		.owner = owner,
		.type = type,
		.rdata = bytes_of(copy, rdata.len) };
	zone->records = record;
}

void world_add(struct world *world, const char *owner, uint16_t type, struct bytes rdata)
{
	struct name name = world_name(world, owner);
	add(world, zone_of(world, name, type), name, type, rdata);
}

void world_add_a(struct world *world, const char *owner)
{
	world_add(world, owner, TYPE_A, bytes_of("\300\0\2\1", 4));
}

void world_add_name(struct world *world, const char *owner, uint16_t type, const char *target)
{
	struct name name = world_name(world, target);
	world_add(world, owner, type, bytes_of(name.octets, name.len));
}

void world_remove(struct world *world, const char *owner, uint16_t type)
{
	struct name name = world_name(world, owner);
	struct world_record **at = &zone_of(world, name, type)->records;
	while (*at) {
		if ((*at)->type == type && name_equal((*at)->owner, name))
			*at = (*at)->next;
		else
			at = &(*at)->next;
	}
}

struct world_zone *world_zone(
	struct world *world, const char *text, uint8_t algorithm, enum world_denial denial)
{
	struct world_zone *zone = arena_alloc(&world->arena, sizeof(*zone));
	struct name name = world_name(world, text);
	struct world_zone *parent = zone_of(world, name, TYPE_DS);
	uint8_t soa[64] = { 0 }, ds[SIGNER_RDATA_MAX];

	assert(zone);
	zone->name = name;
	zone->key = algorithm ? signer_key(algorithm, 0) : NULL;
	zone->denial = denial;
	zone->inception = WORLD_WALL_S - WORLD_DAY_S;
	zone->expiration = WORLD_WALL_S + 10 * WORLD_DAY_S;
	zone->next = world->zones;
	world->zones = zone;
	u32_store(soa + 18, WORLD_TTL_S); /* behind two roots and four numbers: MINIMUM */
	add(world, zone, name, TYPE_SOA, bytes_of(soa, 22));
	add(world, zone, name, TYPE_NS, bytes_of("\2ns\0", 4));
	if (zone->key)
		add(world, zone, name, TYPE_DNSKEY, zone->key->dnskey.rdata);
	if (parent && !name_is_root(name))
		add(world, parent, name, TYPE_NS, bytes_of("\2ns\0", 4));
	if (parent && !name_is_root(name) && zone->key)
		add(world, parent, name, TYPE_DS,
			bytes_of(ds, signer_ds(zone->key, name, DIGEST_SHA256, ds)));
	return zone;
}

void world_anchor(struct world *world, const char *zone)
{
	uint8_t ds[SIGNER_RDATA_MAX];
	struct name name = world_name(world, zone);
	size_t len = signer_ds(world_zone_at(world, zone)->key, name, DIGEST_SHA256, ds);
	int err = anchors_add(world->anchors, name, TYPE_DS, bytes_of(ds, len));
	assert(!err);
	(void)err;
}

void world_put(struct world_reply *reply, enum section section, struct name owner, uint16_t type,
	struct bytes rdata)
{
	assert(reply->count < sizeof(reply->records) / sizeof(reply->records[0]));
	reply->records[reply->count++] = (struct record){ .owner = owner,
		.type = type,
		.class = CLASS_IN,
		.ttl_s = WORLD_TTL_S,
		.section = section,
		.rdata = rdata };
}

void world_sign(struct world *world, struct world_reply *reply, const struct rrset *rrset,
	const struct signer_key *key, const struct signer_terms *terms)
{
	uint8_t rdata[SIGNER_RDATA_MAX];
	size_t len = signer_sign(key, rrset, terms, rdata);
	const uint8_t *copy = arena_copy(&world->arena, rdata, len);
	assert(copy);
	world_put(reply, rrset->section, rrset->owner, TYPE_RRSIG, bytes_of(copy, len));
}

/* One RRset and its signature; as is the owner that it is given under, for wildcards. */
void world_put_signed(struct world *world, struct world_reply *reply, struct world_zone *zone,
	struct rrset *rrset, struct name as)
{
	const struct name signed_as = rrset->owner;

	for (size_t i = 0; i < reply->count; i++) {
		if (reply->records[i].type == rrset->type &&
			name_equal(reply->records[i].owner, as))
			return;
	}
	for (size_t i = 0; i < rrset->count; i++)
		world_put(reply, rrset->section, as, rrset->type, rrset->rdata[i]);
	if (!zone->key)
		return;
	const struct signer_terms terms = { .signer = zone->name,
		.inception = zone->inception,
		.expiration = zone->expiration,
		.labels = (uint8_t)(name_label_count(signed_as) - (signed_as.octets[1] == '*')) };
	world_sign(world, reply, rrset, zone->key, &terms);
	reply->records[reply->count - 1].owner = as;
}

static bool put_signatures(
	struct world *world, struct world_reply *reply, struct name owner, struct name as);

/* Returns whether there are any. */
static bool put_records(struct world *world, struct world_reply *reply, struct name owner,
	uint16_t type, struct name as)
{
	struct world_zone *zone = zone_of(world, owner, type);
	if (type == TYPE_NSEC)
		return world_put_nsec(world, reply, zone, owner, as);
	if (type == TYPE_RRSIG)
		return put_signatures(world, reply, owner, as);
	struct bytes *rdata = arena_array(&world->arena, 64, sizeof(*rdata));
	struct rrset rrset = { .owner = owner,
		.type = type,
		.class = CLASS_IN,
		.section = type == TYPE_SOA && reply->question.type != TYPE_SOA ? SECTION_AUTHORITY
										: SECTION_ANSWER,
		.ttl_s = WORLD_TTL_S,
		.rdata = rdata };

	for (struct world_record *r = zone->records; r; r = r->next) {
		if (r->type == type && name_equal(r->owner, owner))
			rdata[rrset.count++] = r->rdata;
	}
	if (rrset.count > 0)
		world_put_signed(world, reply, zone, &rrset, as);
	return rrset.count > 0;
}

/* All that there are of the owner; what they sign is left out. */
static bool put_signatures(
	struct world *world, struct world_reply *reply, struct name owner, struct name as)
{
	const struct world_zone *zone = zone_of(world, owner, TYPE_RRSIG);
	const size_t first = reply->count;
	size_t kept = first;

	for (const struct world_record *r = zone->records; r; r = r->next) {
		if (name_equal(r->owner, owner))
			(void)put_records(world, reply, owner, r->type, as);
	}
	(void)put_records(world, reply, owner, TYPE_NSEC, as);
	for (size_t i = first; i < reply->count; i++) {
		if (reply->records[i].type != TYPE_RRSIG)
			continue;
		reply->records[kept] = reply->records[i];
		reply->records[kept++].section = SECTION_ANSWER;
	}
	reply->count = kept;
	return kept > first;
}

bool world_exists(const struct world_zone *zone, struct name name)
{
	for (struct world_record *r = zone->records; r; r = r->next) {
		if (name_is_within(r->owner, name))
			return true;
	}
	return false;
}

/* Answers */

static struct name next_closer(const struct world_zone *zone, struct name name)
{
	struct name closer = name;
	while (!world_exists(zone, name_parent(closer)))
		closer = name_parent(closer);
	return closer;
}

static struct name wildcard_of(struct world *world, struct name encloser)
{
	struct name_space space;
	struct name name = { .octets = space.octets, .len = (uint8_t)(encloser.len + 2) };
	space.octets[0] = 1;
	space.octets[1] = '*';
	memcpy(space.octets + 2, encloser.octets, encloser.len);
	int err = name_copy(&world->arena, name, &name);
	assert(!err);
	(void)err;
	return name;
}

static struct name target_of(const struct world_zone *zone, struct name owner, uint16_t type)
{
	for (struct world_record *r = zone->records; r; r = r->next) {
		if (r->type == type && name_equal(r->owner, owner))
			return (struct name){ r->rdata.at, (uint8_t)r->rdata.len };
	}
	return (struct name){ NULL, 0 };
}

static void put_negative(struct world *world, struct world_reply *reply, struct world_zone *zone,
	struct name name, bool name_exists)
{
	(void)put_records(world, reply, zone->name, TYPE_SOA, zone->name);
	if (zone->key)
		world_deny(world, reply, zone, name);
	/* An unsigned cut that the chain leaves out: what is above it stands for it. */
	if (zone->denial == WORLD_OPTOUT && name_exists && name.len > zone->name.len)
		world_deny(world, reply, zone, name_parent(name));
	if (!name_exists)
		reply->rcode = RCODE_NXDOMAIN;
}

static bool put_dname(struct world *world, struct world_reply *reply, struct world_zone *zone,
	struct name name, struct name *next)
{
	for (struct name above = name; !name_equal(above, zone->name);) {
		above = name_parent(above);
		struct name target = target_of(zone, above, TYPE_DNAME);
		if (!target.octets)
			continue;
		const size_t front = (size_t)(name.len - above.len);
		uint8_t *octets = arena_alloc(&world->arena, NAME_LEN_MAX * 2);
		(void)put_records(world, reply, above, TYPE_DNAME, above);
		if (front + target.len > NAME_LEN_MAX) {
			reply->rcode = 6;
			*next = name_root();
			return true;
		}
		memcpy(octets, name.octets, front);
		memcpy(octets + front, target.octets, target.len);
		*next = (struct name){ octets, (uint8_t)(front + target.len) };
		world_put(reply, SECTION_ANSWER, name, TYPE_CNAME, bytes_of(octets, next->len));
		return true;
	}
	return false;
}

/* One hop; true if there is another at *next. */
static bool answer_hop(
	struct world *world, struct world_reply *reply, struct name name, struct name *next)
{
	const uint16_t type = reply->question.type;
	struct world_zone *zone = zone_of(world, name, type);
	struct name closer, wildcard;

	if (put_records(world, reply, name, type, name))
		return false;
	if (put_records(world, reply, name, TYPE_CNAME, name)) {
		*next = target_of(zone, name, TYPE_CNAME);
		return true;
	}
	if (put_dname(world, reply, zone, name, next))
		return reply->rcode == RCODE_NOERROR;
	if (world_exists(zone, name)) {
		put_negative(world, reply, zone, name, true);
		return false;
	}
	closer = next_closer(zone, name);
	wildcard = wildcard_of(world, name_parent(closer));
	bool found = put_records(world, reply, wildcard, type, name);
	bool alias = !found && put_records(world, reply, wildcard, TYPE_CNAME, name);
	if (found || alias) {
		if (zone->key)
			world_deny(world, reply, zone, closer);
		*next = alias ? target_of(zone, wildcard, TYPE_CNAME) : name;
		return alias;
	}
	put_negative(world, reply, zone, closer, world_exists(zone, wildcard));
	if (zone->key)
		world_deny(world, reply, zone, wildcard);
	if (zone->key && zone->denial != WORLD_NSEC)
		world_deny(world, reply, zone, name_parent(closer));
	return false;
}

void world_answer(struct world *world, struct name name, uint16_t type, struct world_reply *reply)
{
	*reply = (struct world_reply){ .question = { name, type, CLASS_IN } };
	for (unsigned hops = 0; hops < 20 && answer_hop(world, reply, name, &name); hops++)
		;
}

void world_message(const struct world_reply *reply, struct arena *arena, struct message *out)
{
	*out = (struct message){
		.head = { .header = { .qr = true, .ra = true, .question_count = 1 },
			.question = reply->question },
		.rcode = reply->rcode,
		.records =
			arena_copy(arena, reply->records, reply->count * sizeof(reply->records[0])),
		.count = reply->count,
	};
}
