/* SPDX-License-Identifier: MIT */
#include "dnssec/keycache.h"

#include <assert.h>
#include <stdlib.h>

#include "base/allocation.h"
#include "base/list.h"
#include "base/map.h"

/* Keys of one zone that are kept; a zone in the middle of two rollovers has six. */
#define KEYS_MAX 32

struct entry {
	struct map_node node;
	struct list link; /* in order of use, the latest first */
	struct zone zone; /* its views are of octets, but for keys */
	uint32_t expires_s;
	size_t bytes;
	uint16_t key_len[KEYS_MAX]; /* octets of each key's rdata, one behind the other */
	const uint8_t *rdata;
	uint8_t octets[];
};

struct keycache {
	unsigned holders;
	struct map map;
	struct list used;
	struct hash_key key;
	size_t bytes;
	size_t bytes_max;
};

struct keycache *keycache_new(size_t bytes_max, struct hash_key key)
{
	struct keycache *keycache = calloc(1, sizeof(*keycache));
	if (!keycache)
		return NULL;
	keycache->holders = 1;
	map_init(&keycache->map);
	list_init(&keycache->used);
	keycache->key = key;
	keycache->bytes_max = bytes_max;
	return keycache;
}

static void entry_drop(struct keycache *keycache, struct entry *entry)
{
	map_remove(&keycache->map, &entry->node);
	list_unlink(&entry->link);
	keycache->bytes -= entry->bytes;
	free(entry);
}

void keycache_forget(struct keycache *keycache, struct name name)
{
	for (struct list *link = keycache->used.next, *next; link != &keycache->used; link = next) {
		struct entry *entry = CONTAINER_OF(link, struct entry, link);
		next = link->next;
		if (name_is_within(entry->zone.name, name))
			entry_drop(keycache, entry);
	}
}

struct keycache *keycache_hold(struct keycache *keycache)
{
	keycache->holders++;
	return keycache;
}

void keycache_free(struct keycache *keycache)
{
	if (!keycache || --keycache->holders > 0)
		return;
	keycache_forget(keycache, name_root());
	map_done(&keycache->map);
	free(keycache);
}

struct keycache *keycache_renew(struct keycache *keycache)
{
	struct keycache *new =
		keycache->holders > 1 ? keycache_new(keycache->bytes_max, keycache->key) : NULL;

	if (!new) {
		keycache_forget(keycache, name_root());
		return keycache;
	}
	keycache_free(keycache);
	return new;
}

static struct entry *entry_find(const struct keycache *keycache, struct name name)
{
	struct map_node *node = map_first(&keycache->map, name_hash(&keycache->key, name));

	for (; node; node = map_next(node)) {
		struct entry *entry = CONTAINER_OF(node, struct entry, node);
		if (name_equal(entry->zone.name, name))
			return entry;
	}
	return NULL;
}

static bool expired(const struct entry *entry, uint32_t now_s)
{
	return (int32_t)(entry->expires_s - now_s) <= 0;
}

static struct name name_put(uint8_t **at, struct name name)
{
	struct name put = { .octets = *at, .len = name.len };

	if (!name.octets)
		return name;
	memcpy(*at, name.octets, name.len);
	*at += name.len;
	return put;
}

/* NULL: out of memory, or more keys than any zone has. */
static struct entry *entry_new(const struct zone *zone)
{
	size_t len = (size_t)zone->name.len + zone->reason.name.len + zone->reason.zone.len;

	if (zone->key_count > KEYS_MAX)
		return NULL;
	for (size_t i = 0; i < zone->key_count; i++)
		len += zone->keys[i].rdata.len;
	struct entry *entry = calloc(1, sizeof(*entry) + len);
	if (!entry)
		return NULL;
	uint8_t *at = entry->octets;
	list_init(&entry->link);
	entry->bytes = allocation_cost(entry) + 2 * sizeof(struct map_node *);
	entry->zone = *zone;
	entry->zone.keys = NULL;
	entry->zone.name = name_put(&at, zone->name);
	entry->zone.reason.name = name_put(&at, zone->reason.name);
	entry->zone.reason.zone = name_put(&at, zone->reason.zone);
	entry->rdata = at;
	for (size_t i = 0; i < zone->key_count; i++) {
		memcpy(at, zone->keys[i].rdata.at, zone->keys[i].rdata.len);
		at += zone->keys[i].rdata.len;
		entry->key_len[i] = (uint16_t)zone->keys[i].rdata.len;
	}
	return entry;
}

static uint32_t ttl_s_of(const struct zone *zone)
{
	const uint32_t max_s =
		zone->state == ZONE_BOGUS ? KEYCACHE_BOGUS_TTL_S : KEYCACHE_TTL_MAX_S;
	return zone->ttl_s < max_s ? zone->ttl_s : max_s;
}

static void evict(struct keycache *keycache, size_t bytes)
{
	while (keycache->bytes > bytes)
		entry_drop(keycache, CONTAINER_OF(keycache->used.prev, struct entry, link));
}

/* False: out of memory. It must not be larger than all there may be. */
static bool entry_insert(struct keycache *keycache, struct entry *entry)
{
	evict(keycache, keycache->bytes_max - entry->bytes);
	if (map_insert(&keycache->map, &entry->node) != 0)
		return false;
	keycache->bytes += entry->bytes;
	list_push_front(&keycache->used, &entry->link);
	return true;
}

void keycache_put(struct keycache *keycache, const struct zone *zone, uint32_t now_s)
{
	struct entry *old = entry_find(keycache, zone->name);

	if (zone->state == ZONE_UNKNOWN || ttl_s_of(zone) == 0)
		return;
	struct entry *entry = entry_new(zone);
	if (!entry)
		return;
	if (entry->bytes > keycache->bytes_max) {
		free(entry);
		return;
	}
	if (old)
		entry_drop(keycache, old);
	entry->expires_s = now_s + ttl_s_of(zone);
	entry->node.hash = name_hash(&keycache->key, entry->zone.name);
	if (!entry_insert(keycache, entry))
		free(entry);
}

/* May entry, which belongs to nobody, take its place? */
static bool contradict(struct keycache *keycache, const struct entry *entry, uint32_t now_s)
{
	const struct zone *zone = &entry->zone;
	struct entry *old = entry_find(keycache, zone->name);

	if (expired(entry, now_s) || zone->state == ZONE_BOGUS ||
		(old && !expired(old, now_s) && old->zone.state == zone->state))
		return false;
	/* What is bogus is not what anything below it was found by. */
	if (zone->state == ZONE_INSECURE || (old && old->zone.state != ZONE_BOGUS))
		keycache_forget(keycache, zone->name);
	else if (old)
		entry_drop(keycache, old);
	return true;
}

void keycache_adopt(struct keycache *into, struct keycache *from, uint32_t now_s)
{
	while (!list_empty(&from->used)) { /* the latest comes last, and so to the front */
		struct entry *entry = CONTAINER_OF(from->used.prev, struct entry, link);
		map_remove(&from->map, &entry->node);
		list_unlink(&entry->link);
		from->bytes -= entry->bytes;
		if (entry->bytes > into->bytes_max || !contradict(into, entry, now_s) ||
			!entry_insert(into, entry))
			free(entry);
	}
}

static int keys_copy(const struct entry *entry, struct arena *arena, struct zone *out)
{
	const size_t count = entry->zone.key_count;
	struct dnskey *keys = arena_array(arena, count, sizeof(*keys));
	const uint8_t *at = entry->rdata;

	if (!keys)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++) {
		const uint8_t *rdata = arena_copy(arena, at, entry->key_len[i]);
		if (!rdata)
			return ERR_NOMEM;
		int err = dnskey_read(bytes_of(rdata, entry->key_len[i]), &keys[i]);
		assert(err == 0); /* it was read before it was kept */
		(void)err;
		at += entry->key_len[i];
	}
	out->keys = keys;
	return 0;
}

static int name_keep(struct arena *arena, struct name *name)
{
	return name->octets ? name_copy(arena, *name, name) : 0;
}

int keycache_find(struct keycache *keycache, struct name name, uint32_t now_s, struct arena *arena,
	struct zone *out)
{
	struct entry *entry = entry_find(keycache, name);

	if (!entry)
		return ERR_NOT_FOUND;
	if (expired(entry, now_s)) {
		entry_drop(keycache, entry);
		return ERR_NOT_FOUND;
	}
	struct zone zone = entry->zone;
	zone.ttl_s = entry->expires_s - now_s;
	if (keys_copy(entry, arena, &zone) != 0 || name_keep(arena, &zone.name) != 0 ||
		name_keep(arena, &zone.reason.name) != 0 ||
		name_keep(arena, &zone.reason.zone) != 0)
		return ERR_NOMEM;
	list_unlink(&entry->link);
	list_push_front(&keycache->used, &entry->link);
	*out = zone;
	return 0;
}

enum zone_state keycache_state(const struct keycache *keycache, struct name name, uint32_t now_s)
{
	const struct entry *entry = entry_find(keycache, name);
	return entry && !expired(entry, now_s) ? entry->zone.state : ZONE_UNKNOWN;
}

size_t keycache_count(const struct keycache *keycache)
{
	return keycache->map.count;
}

size_t keycache_bytes(const struct keycache *keycache)
{
	return keycache->bytes + allocation_cost(keycache);
}
