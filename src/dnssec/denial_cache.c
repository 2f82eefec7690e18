/* SPDX-License-Identifier: MIT */
#include "dnssec/denial_cache.h"

#include <stdlib.h>

#include "base/allocation.h"
#include "base/map.h"
#include "dnssec/bitmap.h"
#include "dnssec/denial_record.h"
#include "dnssec/rrsig.h"

/* RRsets of a response that are kept; an honest one has four. */
#define PUT_MAX DENIAL_RECORDS_MAX

/* Buckets of the map when it gets its first node; from then on they double. */
#define FIRST_BUCKETS 16

/* Octets that malloc() takes beside what it is asked for, at most. */
#define MALLOC_OWN_MAX 64

struct denial_zone {
	struct map_node node;
	struct name name; /* a view of octets */
	unsigned labels;
	size_t records;		   /* that are its own, in a tree or not */
	struct denial_record *soa; /* NULL: gone, nothing may be said */
	struct treap nsecs;
	struct treap nsec3s; /* of one chain */
	uint8_t octets[];
};

/* A record that was cut out of its tree, since a newer one says otherwise, is found by no look-up,
 * so never used again, and goes when it is the one not used for longest. */
struct denial_cache {
	struct map zones;
	unsigned zones_of[LABELS_MAX + 1]; /* by their labels: where to look at all */
	struct list used;		   /* records, the latest used first */
	struct hash_key key;
	uint64_t priorities; /* drawn so far */
	size_t count;
	size_t bytes; /* all but the map's table */
	size_t bytes_max;
};

struct denial_cache *denial_cache_new(size_t bytes_max, struct hash_key key)
{
	struct denial_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return NULL;
	map_init(&cache->zones);
	list_init(&cache->used);
	cache->key = key;
	cache->bytes = allocation_cost(cache);
	cache->bytes_max = bytes_max;
	return cache;
}

size_t denial_cache_count(const struct denial_cache *cache)
{
	return cache->count;
}

size_t denial_cache_bytes(const struct denial_cache *cache)
{
	return cache->bytes + allocation_cost(cache->zones.buckets);
}

static void zone_drop(struct denial_cache *cache, struct denial_zone *zone)
{
	map_remove(&cache->zones, &zone->node);
	cache->zones_of[zone->labels]--;
	cache->bytes -= allocation_cost(zone);
	free(zone);
}

static struct treap *tree_of(struct denial_zone *zone, const struct denial_record *record)
{
	return record->rrset.type == TYPE_NSEC ? &zone->nsecs : &zone->nsec3s;
}

static void record_drop(struct denial_cache *cache, struct denial_record *record)
{
	struct denial_zone *zone = record->keeper;

	if (record == zone->soa)
		zone->soa = NULL;
	else if (record->rrset.type != TYPE_SOA)
		(void)treap_remove(tree_of(zone, record), &record->node); /* it may be cut out */
	list_unlink(&record->used);
	cache->bytes -= record->cost;
	cache->count--;
	denial_record_free(record);
	if (--zone->records == 0)
		zone_drop(cache, zone);
}

static void record_use(struct denial_cache *cache, struct denial_record *record)
{
	list_unlink(&record->used);
	list_push_front(&cache->used, &record->used);
}

void denial_cache_forget(struct denial_cache *cache, struct name name)
{
	for (struct list *link = cache->used.next, *next; link != &cache->used; link = next) {
		struct denial_record *record = CONTAINER_OF(link, struct denial_record, used);
		next = link->next;
		if (name_is_within(record->zone, name) || name_is_within(name, record->zone))
			record_drop(cache, record);
	}
}

void denial_cache_free(struct denial_cache *cache)
{
	if (!cache)
		return;
	denial_cache_forget(cache, name_root());
	map_done(&cache->zones);
	free(cache);
}

static struct denial_record *record_of(struct treap_node *node)
{
	return node ? CONTAINER_OF(node, struct denial_record, node) : NULL;
}

static bool is_live(const struct denial_record *record, uint32_t now_s)
{
	return record && (int32_t)(record->expires_s - now_s) > 0;
}

static struct denial_zone *zone_find(
	const struct denial_cache *cache, uint64_t hash, struct name name)
{
	struct map_node *node = map_first(&cache->zones, hash);

	for (; node; node = map_next(node)) {
		struct denial_zone *zone = CONTAINER_OF(node, struct denial_zone, node);
		if (name_equal(zone->name, name))
			return zone;
	}
	return NULL;
}

/* Putting */

/* Room for a record and its zone, and for the map's next table beside the one it has. */
static bool make_room(struct denial_cache *cache, const struct denial_record *record)
{
	const size_t buckets = cache->zones.bucket_count;
	size_t bytes = record->cost + sizeof(struct denial_zone) + NAME_LEN_MAX + MALLOC_OWN_MAX;

	if (cache->zones.count >= buckets)
		bytes += (buckets == 0 ? FIRST_BUCKETS : 2 * buckets) * sizeof(void *) +
			 MALLOC_OWN_MAX;
	while (denial_cache_bytes(cache) + bytes > cache->bytes_max) {
		if (list_empty(&cache->used))
			return false;
		record_drop(cache, CONTAINER_OF(cache->used.prev, struct denial_record, used));
	}
	return true;
}

/* NULL: out of memory. It has no records yet, and must get one. */
static struct denial_zone *zone_new(struct denial_cache *cache, uint64_t hash, struct name name)
{
	struct denial_zone *zone = calloc(1, sizeof(*zone) + name.len);

	if (!zone)
		return NULL;
	memcpy(zone->octets, name.octets, name.len);
	zone->name = (struct name){ zone->octets, name.len };
	zone->labels = name_label_count(name);
	zone->node.hash = hash;
	if (map_insert(&cache->zones, &zone->node) != 0) {
		free(zone);
		return NULL;
	}
	cache->zones_of[zone->labels]++;
	cache->bytes += allocation_cost(zone);
	return zone;
}

static void record_add(struct denial_cache *cache, struct denial_zone *zone,
	struct denial_record *record, uint32_t now_s)
{
	record->keeper = zone;
	record->expires_s = now_s + record->ttl_s;
	zone->records++;
	cache->count++;
	cache->bytes += record->cost;
	list_push_front(&cache->used, &record->used);
}

static bool soa_put(struct denial_cache *cache, struct denial_record *record, uint32_t now_s)
{
	const uint64_t hash = name_hash(&cache->key, record->zone);
	struct denial_zone *zone = zone_find(cache, hash, record->zone);

	if (!zone)
		zone = zone_new(cache, hash, record->zone);
	if (!zone)
		return false;
	record_add(cache, zone, record, now_s);
	struct denial_record *old = zone->soa;
	zone->soa = record;
	if (old)
		record_drop(cache, old);
	return true;
}

/* Does a record of the other's chain say the same about how hashes are made? */
static bool same_chain(const struct denial_record *a, const struct denial_record *b)
{
	struct nsec3 x, y;

	return nsec3_read(a->rrset.owner, a->rrset.rdata[0], a->zone, &x) == 0 &&
	       nsec3_read(b->rrset.owner, b->rrset.rdata[0], b->zone, &y) == 0 &&
	       nsec3_same_chain(&x, &y);
}

/* The record that key is the key of or lies behind; around the end, the last. */
static struct denial_record *at_or_before(const struct treap *tree, struct bytes key)
{
	struct treap_node *node = treap_floor(tree, key);
	return record_of(node ? node : treap_last(tree));
}

/* What is newer is right: nothing lies within its span, and its owner in no other's. */
static void contradicted_remove(
	struct denial_cache *cache, struct treap *tree, const struct denial_record *record)
{
	const struct bytes first = bytes_of(NULL, 0);

	if (record->wraps) {
		treap_cut(tree, record->node.key, NULL);
		treap_cut(tree, first, &record->next);
	} else {
		treap_cut(tree, record->node.key, &record->next);
	}
	struct denial_record *before = at_or_before(tree, record->node.key);
	if (before && denial_record_covers(before, record->node.key))
		record_drop(cache, before);
}

static bool proof_put(struct denial_cache *cache, struct denial_record *record, uint32_t now_s)
{
	struct denial_zone *zone =
		zone_find(cache, name_hash(&cache->key, record->zone), record->zone);

	/* Without an SOA nothing can be answered, and it is not known for how long. */
	if (!zone || !is_live(zone->soa, now_s))
		return false;
	const uint32_t soa_left_s = zone->soa->expires_s - now_s;
	if (record->ttl_s > soa_left_s)
		record->ttl_s = soa_left_s;
	struct treap *tree = tree_of(zone, record);
	const struct denial_record *other = record_of(tree->root);
	/* One chain only; and where there is opt-out, none. */
	if (record->optout || (tree == &zone->nsec3s && other && !same_chain(other, record)))
		tree->root = NULL;
	if (record->optout)
		return false;
	record_add(cache, zone, record, now_s);
	contradicted_remove(cache, tree, record);
	record->node.priority =
		hash_bytes(&cache->key, bytes_of(&cache->priorities, sizeof(cache->priorities)));
	cache->priorities++;
	treap_insert(tree, &record->node);
	record_use(cache, zone->soa);
	return true;
}

static bool put(struct denial_cache *cache, struct denial_record *record, uint32_t now_s)
{
	if (!make_room(cache, record))
		return false;
	return record->rrset.type == TYPE_SOA ? soa_put(cache, record, now_s)
					      : proof_put(cache, record, now_s);
}

static const struct rrset *signatures_of(
	const struct rrset *rrsets, size_t count, const struct rrset *rrset)
{
	for (size_t i = 0; i < count; i++) {
		if (rrsets[i].type == TYPE_RRSIG && rrsets[i].covers == rrset->type &&
			rrsets[i].section == rrset->section && rrsets[i].class == rrset->class &&
			name_equal(rrsets[i].owner, rrset->owner))
			return &rrsets[i];
	}
	return NULL;
}

void denial_cache_put(struct denial_cache *cache, const struct rrset *rrsets, size_t count,
	int64_t wall_s, uint32_t now_s)
{
	unsigned looked_at = 0;

	/* The SOAs first: without them the others are nothing. */
	for (size_t i = 0; i < 2 * count && looked_at < PUT_MAX; i++) {
		const struct rrset *rrset = &rrsets[i % count];
		const bool soa = rrset->type == TYPE_SOA;
		if (rrset->section != SECTION_AUTHORITY || soa != (i < count) ||
			(!soa && rrset->type != TYPE_NSEC && rrset->type != TYPE_NSEC3))
			continue;
		looked_at++;
		const struct rrset *signatures = signatures_of(rrsets, count, rrset);
		struct denial_record *record =
			signatures ? denial_record_new(rrset, signatures, wall_s) : NULL;
		if (record && !put(cache, record, now_s))
			denial_record_free(record);
	}
}

/* Answering */

/* A look-up under way, and what it proves with. */
struct looking {
	struct denial_cache *cache;
	struct denial_zone *zone;
	const struct denial_request *request;
	struct denial_record *proof[3];
	unsigned count;
};

/* Meta types (RFC 6895 section 3.1) are never denied, and of DNSSEC's own records a proof is made,
 * or cannot tell. */
static bool may_be_denied(const struct question *question)
{
	const uint16_t type = question->type;

	return question->class == CLASS_IN && type != 0 && (type < 128 || type > 255) &&
	       type != TYPE_OPT && type != TYPE_RRSIG && type != TYPE_NSEC && type != TYPE_NSEC3;
}

/* The deepest known zone that the name may lie in. */
static struct denial_zone *zone_deepest(const struct denial_cache *cache, struct name name)
{
	unsigned labels = name_label_count(name);
	struct name_space space;

	if (cache->zones.count == 0)
		return NULL;
	for (name = name_fold(name, &space);; name = name_parent(name), labels--) {
		struct denial_zone *zone = NULL;
		if (cache->zones_of[labels] > 0)
			zone = zone_find(cache,
				hash_bytes(&cache->key, bytes_of(name.octets, name.len)), name);
		if (zone || labels == 0)
			return zone;
	}
}

/* The record that matches or covers key. NULL: none that holds. */
static struct denial_record *lookup(
	const struct looking *l, const struct treap *tree, struct bytes key)
{
	struct denial_record *record = at_or_before(tree, key);

	if (!is_live(record, l->request->now_s))
		return NULL;
	return denial_record_matches(record, key) || denial_record_covers(record, key) ? record
										       : NULL;
}

static void take(struct looking *l, struct denial_record *record)
{
	for (unsigned i = 0; i < l->count; i++) {
		if (l->proof[i] == record)
			return;
	}
	l->proof[l->count++] = record;
}

/* What was found decides only which question to put to denial.h; the answer is its. */
static bool prove(const struct looking *l, struct name name, bool exists)
{
	struct denial denial;

	denial_init(&denial, l->zone->name, l->request->crypto, l->request->budget);
	for (unsigned i = 0; i < l->count; i++)
		denial_add(&denial, &l->proof[i]->rrset);
	return (exists ? denial_of_type(&denial, name, l->request->question->type)
		       : denial_of_name(&denial, name)) == REASON_NONE;
}

/* It is no longer than the name that has the encloser above it. */
static struct name wildcard_below(struct name encloser, struct name_space *space)
{
	memcpy(space->octets, "\1*", 2);
	memcpy(space->octets + 2, encloser.octets, encloser.len);
	return (struct name){ space->octets, (uint8_t)(encloser.len + 2) };
}

/* Of a record that matches or covers key: the name owns something, or something below it does, and
 * it is an empty non-terminal. A wildcard may be one, too, and then stands for names without any
 * type (RFC 4592 section 3.3.1). */
static bool shows_to_exist(const struct denial_record *nsec, struct bytes key)
{
	return denial_record_matches(nsec, key) ||
	       (key.len <= nsec->next.len && memcmp(nsec->next.at, key.at, key.len) == 0);
}

/* *exists: proven is then that the type does not; else that the name does not. */
static bool nsec_search(struct looking *l, bool *exists)
{
	const struct name name = l->request->question->name;
	const struct treap *tree = &l->zone->nsecs;
	struct denial_key space;
	struct name_space wildcard_space;
	struct nsec nsec;
	struct bytes key = denial_key_init(&space, name, l->zone->name);
	struct denial_record *record = lookup(l, tree, key);

	if (!record)
		return false;
	take(l, record);
	*exists = shows_to_exist(record, key);
	if (*exists)
		return true;
	if (nsec_read(record->rrset.owner, record->rrset.rdata[0], &nsec) != 0)
		return false;
	const struct name wildcard = wildcard_below(nsec_encloser(&nsec, name), &wildcard_space);
	key = denial_key_init(&space, wildcard, l->zone->name);
	record = lookup(l, tree, key);
	if (!record)
		return false;
	take(l, record);
	*exists = shows_to_exist(record, key);
	return true;
}

/* How NSEC3s of the zone are hashed, and what is spent on it. */
struct hashing {
	struct looking *l;
	struct nsec3 like;
	uint8_t hash[NSEC3_HASH_LEN];
};

/* The NSEC3 that matches or covers name. False: no more hashes may be made. */
static bool nsec3_lookup(struct hashing *h, struct name name, struct denial_record **out)
{
	if (budget_spend_hash(h->l->request->budget, h->like.iterations) != 0 ||
		nsec3_hash(&h->like, name, h->hash) != 0)
		return false;
	*out = lookup(h->l, &h->l->zone->nsec3s, bytes_of(h->hash, sizeof(h->hash)));
	return true;
}

static bool is_match(const struct hashing *h, const struct denial_record *record)
{
	return denial_record_matches(record, bytes_of(h->hash, sizeof(h->hash)));
}

/* What is below is not this zone's to deny.     RFC 6840 section 4.1, RFC 6672 section 5.3.2 */
static bool ends_zone(const struct denial_record *record)
{
	return bitmap_has(record->types, TYPE_DNAME) ||
	       (bitmap_has(record->types, TYPE_NS) && !bitmap_has(record->types, TYPE_SOA));
}

/* From the apex down, which finds the next closer name as soon as there can be no more below.
 * *closest is the name that does not exist, or the question's own if it does. */
static bool closest_find(struct hashing *h, struct name *closest, bool *exists)
{
	const struct name name = h->l->request->question->name;
	const unsigned count = name_label_count(name);
	struct denial_record *encloser = NULL, *record;

	*exists = true;
	for (unsigned labels = h->l->zone->labels; labels <= count && *exists; labels++) {
		*closest = name_last_labels(name, labels);
		if (!nsec3_lookup(h, *closest, &record))
			return false;
		*exists = !record || is_match(h, record);
		if (!*exists)
			take(h->l, record);
		else if (record && labels < count && ends_zone(record))
			return false;
		else
			encloser = record;
	}
	if (encloser)
		take(h->l, encloser);
	return encloser != NULL;
}

/* As nsec_search(), but about *closest: what does not exist has nothing below it (RFC 8020). */
static bool nsec3_search(struct looking *l, struct name *closest, bool *exists)
{
	const struct denial_record *any = record_of(l->zone->nsec3s.root);
	struct hashing h = { .l = l };
	struct name_space space;
	struct denial_record *record;

	if (!crypto_has_digest(l->request->crypto, DIGEST_SHA1) ||
		nsec3_read(any->rrset.owner, any->rrset.rdata[0], any->zone, &h.like) != 0)
		return false;
	if (!closest_find(&h, closest, exists))
		return false;
	if (*exists)
		return true;
	if (!nsec3_lookup(&h, wildcard_below(name_parent(*closest), &space), &record) || !record)
		return false;
	take(l, record);
	*exists = is_match(&h, record);
	return true;
}

static bool search(struct looking *l, bool *exists)
{
	struct name name = l->request->question->name;

	if (l->zone->nsecs.root && nsec_search(l, exists) && prove(l, name, *exists))
		return true;
	l->count = 0;
	return l->zone->nsec3s.root && nsec3_search(l, &name, exists) && prove(l, name, *exists);
}

static uint32_t least_left_s(const struct looking *l)
{
	uint32_t left_s = l->zone->soa->expires_s - l->request->now_s;

	for (unsigned i = 0; i < l->count; i++) {
		const uint32_t own_s = l->proof[i]->expires_s - l->request->now_s;
		if (own_s < left_s)
			left_s = own_s;
	}
	return left_s;
}

static bool tell(struct looking *l, bool exists, struct denial_answer *out)
{
	struct arena *arena = l->request->arena;
	struct denial_answer answer = { .rcode = exists ? RCODE_NOERROR : RCODE_NXDOMAIN,
		.count = 2 * (1 + l->count),
		.ttl_s = least_left_s(l) };

	answer.rrsets = arena_array(arena, answer.count, sizeof(*answer.rrsets));
	if (!answer.rrsets || name_copy(arena, l->zone->name, &answer.zone) != 0 ||
		denial_record_copy(l->zone->soa, answer.ttl_s, arena, answer.rrsets) != 0)
		return false;
	for (unsigned i = 0; i < l->count; i++) {
		if (denial_record_copy(
			    l->proof[i], answer.ttl_s, arena, answer.rrsets + 2 * (1 + i)) != 0)
			return false;
	}
	for (unsigned i = 0; i < l->count; i++)
		record_use(l->cache, l->proof[i]);
	record_use(l->cache, l->zone->soa);
	*out = answer;
	return true;
}

bool denial_cache_answer(
	struct denial_cache *cache, const struct denial_request *request, struct denial_answer *out)
{
	struct looking l = { .cache = cache, .request = request };
	struct name lies_in = request->question->name;
	bool exists;

	if (!may_be_denied(request->question))
		return false;
	/* A DS is the parent's. */
	if (request->question->type == TYPE_DS) {
		if (name_is_root(lies_in))
			return false;
		lies_in = name_parent(lies_in);
	}
	l.zone = zone_deepest(cache, lies_in);
	if (!l.zone || !is_live(l.zone->soa, request->now_s))
		return false;
	return search(&l, &exists) && tell(&l, exists, out);
}
