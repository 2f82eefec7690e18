/* SPDX-License-Identifier: MIT */
/* Records are sorted so that those of one RRset, and in it the same rdata, stand together; then
 * RRsets and records are laid out in the message's own order. Sorting keeps its bound whatever
 * the names are, and unlike a hash table needs no secret for that. */
#include "wire/rrset.h"

#include <stdlib.h>

#include "wire/rdata.h"

/* Of a record whose rdata its RRset has already. */
#define NO_GROUP SIZE_MAX

struct item {
	const struct record *record;
	uint16_t covers;
};

struct group {
	struct rrset *rrset; /* NULL until its first record in the message's order is met */
	struct bytes *rdata; /* where the next one goes */
	size_t count;	     /* different rdata */
	uint32_t ttl_s;
};

/* What a call works with; all in its arena. */
struct grouping {
	struct item *items;   /* sorted */
	size_t *group_of;     /* by a record's place in the message */
	struct group *groups; /* in the order of items */
	size_t group_count;
};

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int group_compare(const struct item *a, const struct item *b)
{
	const struct record *x = a->record, *y = b->record;
	int order = compare(x->section, y->section);

	if (order == 0)
		order = compare(x->class, y->class);
	if (order == 0)
		order = compare(x->type, y->type);
	if (order == 0)
		order = compare(a->covers, b->covers);
	return order != 0 ? order : name_order(x->owner, y->owner);
}

static int rdata_compare(struct bytes a, struct bytes b)
{
	int order = compare(a.len, b.len);
	return order != 0 || a.len == 0 ? order : memcmp(a.at, b.at, a.len);
}

static int item_compare(const void *left, const void *right)
{
	const struct item *a = left, *b = right;
	int order = group_compare(a, b);

	if (order == 0)
		order = rdata_compare(a->record->rdata, b->record->rdata);
	return order != 0 ? order : compare((uintptr_t)a->record, (uintptr_t)b->record);
}

static int items_fill(const struct message *message, struct item *items)
{
	for (size_t i = 0; i < message->count; i++) {
		const struct record *record = &message->records[i];
		items[i].record = record;
		if (record->type != TYPE_RRSIG)
			continue;
		if (record->rdata.len < RRSIG_FIXED_LEN)
			return ERR_FORMAT;
		items[i].covers = u16_load(record->rdata.at);
	}
	return 0;
}

/* Numbers the groups and finds what stands twice. */
static void groups_find(const struct message *message, struct grouping *g)
{
	for (size_t i = 0; i < message->count; i++) {
		const struct item *item = &g->items[i], *last = i > 0 ? item - 1 : NULL;
		const struct record *record = item->record;
		size_t place = (size_t)(record - message->records);
		bool same_group = last && group_compare(last, item) == 0;

		if (!same_group)
			g->groups[g->group_count++].ttl_s = record->ttl_s;
		struct group *group = &g->groups[g->group_count - 1];
		if (record->ttl_s < group->ttl_s)
			group->ttl_s = record->ttl_s;
		if (same_group && bytes_equal(last->record->rdata, record->rdata)) {
			g->group_of[place] = NO_GROUP;
			continue;
		}
		g->group_of[place] = g->group_count - 1;
		group->count++;
	}
}

static void rrsets_fill(const struct message *message, const struct grouping *g,
	struct rrset *rrsets, struct bytes *rdata)
{
	for (size_t i = 0; i < message->count; i++) {
		const struct record *record = &message->records[i];
		if (g->group_of[i] == NO_GROUP)
			continue;
		struct group *group = &g->groups[g->group_of[i]];
		if (!group->rrset) {
			group->rrset = rrsets++;
			group->rdata = rdata;
			rdata += group->count;
			*group->rrset = (struct rrset){
				.owner = record->owner,
				.type = record->type,
				.covers =
					record->type == TYPE_RRSIG ? u16_load(record->rdata.at) : 0,
				.class = record->class,
				.section = record->section,
				.ttl_s = group->ttl_s,
				.count = group->count,
				.rdata = group->rdata,
			};
		}
		*group->rdata++ = record->rdata;
	}
}

int rrsets_group(
	const struct message *message, struct arena *arena, struct rrset **out, size_t *count)
{
	struct grouping g = {
		.items = arena_array(arena, message->count, sizeof(*g.items)),
		.group_of = arena_array(arena, message->count, sizeof(*g.group_of)),
		.groups = arena_array(arena, message->count, sizeof(*g.groups)),
	};
	struct bytes *rdata = arena_array(arena, message->count, sizeof(*rdata));

	if (!g.items || !g.group_of || !g.groups || !rdata)
		return ERR_NOMEM;
	int err = items_fill(message, g.items);
	if (err != 0)
		return err;
	qsort(g.items, message->count, sizeof(*g.items), item_compare);
	groups_find(message, &g);
	struct rrset *rrsets = arena_array(arena, g.group_count, sizeof(*rrsets));
	if (!rrsets)
		return ERR_NOMEM;
	rrsets_fill(message, &g, rrsets, rdata);
	*out = rrsets;
	*count = g.group_count;
	return 0;
}
