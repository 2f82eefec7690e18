/* SPDX-License-Identifier: MIT */
#include "dnssec/denial_record.h"

#include <stdlib.h>

#include "base/allocation.h"
#include "dnssec/budget.h"
#include "dnssec/nsec.h"
#include "dnssec/nsec3.h"
#include "dnssec/rrsig.h"

/* What a record is made from, once it has been read. */
struct draft {
	const struct rrset *rrset;
	const struct rrset *signatures;
	struct name zone;
	uint32_t ttl_s;
	struct denial_key key_space, next_space;
	struct bytes key, next;
	struct bytes types; /* a view of the RRset's rdata */
	bool wraps, optout;
};

static uint8_t fold(uint8_t octet)
{
	return octet >= 'A' && octet <= 'Z' ? octet | 0x20 : octet;
}

/* A label ends with 0, so that none begins another and ancestors come first; what would be taken
 * for such an end is written as two octets. */
static size_t label_put(const uint8_t *label, uint8_t *at)
{
	size_t len = 0;

	for (unsigned i = 1; i <= label[0]; i++) {
		const uint8_t octet = fold(label[i]);
		if (octet <= 1)
			at[len++] = 1;
		at[len++] = octet <= 1 ? octet + 1 : octet;
	}
	at[len++] = 0;
	return len;
}

struct bytes denial_key_init(struct denial_key *key, struct name name, struct name zone)
{
	uint8_t at[LABELS_MAX];
	unsigned count = name_labels(name, at) - name_label_count(zone);

	key->len = 0;
	while (count > 0)
		key->len += label_put(name.octets + at[--count], key->octets + key->len);
	return bytes_of(key->octets, key->len);
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Which of several signatures was found to fit, is not known here. If all are by one signer it does
 * not matter: one of them fits, and so it is that zone that says so. */
static int signatures_read(struct draft *draft, int64_t wall_s)
{
	const struct rrset *signatures = draft->signatures;
	struct rrsig rrsig;

	if (signatures->count == 0 || signatures->count > BUDGET_SIGNATURES_PER_RRSET)
		return ERR_FORMAT;
	for (size_t i = 0; i < signatures->count; i++) {
		if (rrsig_read(signatures->rdata[i], &rrsig) != 0 ||
			rrsig.covers != draft->rrset->type)
			return ERR_FORMAT;
		if (i == 0)
			draft->zone = rrsig.signer;
		if (!name_equal(rrsig.signer, draft->zone))
			return ERR_FORMAT;
		draft->ttl_s = lesser(draft->ttl_s, rrsig_ttl_s(&rrsig, wall_s));
	}
	return name_is_within(draft->rrset->owner, draft->zone) ? 0 : ERR_FORMAT;
}

/* RFC 1035 section 3.3.13 */
static int soa_read(struct draft *draft)
{
	struct reader r = reader_over(draft->rrset->rdata[0]);

	(void)name_read_plain(&r);
	(void)name_read_plain(&r);
	reader_skip(&r, 4 * sizeof(uint32_t));
	const uint32_t minimum_s = reader_u32(&r);
	if (!reader_finished(&r) || !name_equal(draft->rrset->owner, draft->zone))
		return ERR_FORMAT;
	/* As a TTL: the top bit means 0 (RFC 2181 section 8). */
	draft->ttl_s = lesser(draft->ttl_s, minimum_s <= INT32_MAX ? minimum_s : 0);
	return 0;
}

/* Nothing but RRSIG and NSEC: in a zone that was signed beforehand no name has those alone. It was
 * made for one question, and its owner may be made up, too (RFC 4470 section 3). */
static bool has_no_type(struct bytes types)
{
	static const uint8_t both[] = { 0, 6, 0, 0, 0, 0, 0, 3 };

	if (types.len != sizeof(both))
		return types.len == 0;
	return memcmp(types.at, both, 7) == 0 && (types.at[7] & ~3) == 0;
}

static int nsec_draft(struct draft *draft)
{
	struct nsec nsec;

	if (nsec_read(draft->rrset->owner, draft->rrset->rdata[0], &nsec) != 0 ||
		!name_is_within(nsec.next, draft->zone) || has_no_type(nsec.types))
		return ERR_FORMAT;
	draft->key = denial_key_init(&draft->key_space, nsec.owner, draft->zone);
	draft->next = denial_key_init(&draft->next_space, nsec.next, draft->zone);
	draft->types = nsec.types;
	draft->wraps = draft->next.len == 0;
	/* Backward, but not to the apex: of no zone's chain. */
	return draft->wraps || treap_compare(draft->key, draft->next) < 0 ? 0 : ERR_FORMAT;
}

static struct bytes hash_keep(struct denial_key *key, const uint8_t hash[static NSEC3_HASH_LEN])
{
	key->len = NSEC3_HASH_LEN;
	memcpy(key->octets, hash, NSEC3_HASH_LEN);
	return bytes_of(key->octets, key->len);
}

static int nsec3_draft(struct draft *draft)
{
	struct nsec3 nsec3;

	if (nsec3_read(draft->rrset->owner, draft->rrset->rdata[0], draft->zone, &nsec3) != 0 ||
		nsec3.iterations > NSEC3_ITERATIONS_MAX)
		return ERR_FORMAT;
	draft->key = hash_keep(&draft->key_space, nsec3.owner);
	draft->next = hash_keep(&draft->next_space, nsec3.next);
	draft->types = nsec3.types;
	draft->optout = nsec3.optout;
	draft->wraps = treap_compare(draft->key, draft->next) >= 0;
	return 0;
}

static int draft_read(struct draft *draft, int64_t wall_s)
{
	const struct rrset *rrset = draft->rrset;
	int err = rrset->class == CLASS_IN && rrset->count == 1 ? 0 : ERR_FORMAT;

	if (!err)
		err = signatures_read(draft, wall_s);
	if (!err && rrset->type == TYPE_SOA)
		err = soa_read(draft);
	else if (!err && rrset->type == TYPE_NSEC)
		err = nsec_draft(draft);
	else if (!err && rrset->type == TYPE_NSEC3)
		err = nsec3_draft(draft);
	else
		err = ERR_FORMAT;
	return !err && draft->ttl_s > 0 ? 0 : ERR_FORMAT;
}

static struct bytes put(uint8_t **at, struct bytes octets)
{
	struct bytes kept = bytes_of(*at, octets.len);

	if (octets.len > 0)
		memcpy(*at, octets.at, octets.len);
	*at += octets.len;
	return kept;
}

static size_t octets_needed(const struct draft *draft)
{
	size_t len = draft->rrset->owner.len + draft->rrset->rdata[0].len + draft->zone.len +
		     draft->key.len + draft->next.len;

	for (size_t i = 0; i < draft->signatures->count; i++)
		len += draft->signatures->rdata[i].len;
	return len;
}

static void rrsets_keep(struct denial_record *record, const struct draft *draft, uint8_t **at)
{
	const struct rrset *rrset = draft->rrset, *signatures = draft->signatures;
	const struct name owner = { put(at, bytes_of(rrset->owner.octets, rrset->owner.len)).at,
		rrset->owner.len };

	record->rdata[0] = put(at, rrset->rdata[0]);
	for (size_t i = 0; i < signatures->count; i++)
		record->rdata[1 + i] = put(at, signatures->rdata[i]);
	record->rrset = (struct rrset){ .owner = owner,
		.type = rrset->type,
		.class = CLASS_IN,
		.section = SECTION_AUTHORITY,
		.count = 1,
		.rdata = record->rdata };
	record->signatures = record->rrset;
	record->signatures.type = TYPE_RRSIG;
	record->signatures.covers = rrset->type;
	record->signatures.count = signatures->count;
	record->signatures.rdata = record->rdata + 1;
}

struct denial_record *denial_record_new(
	const struct rrset *rrset, const struct rrset *signatures, int64_t wall_s)
{
	struct draft draft = { .rrset = rrset,
		.signatures = signatures,
		.ttl_s = lesser(rrset->ttl_s, DENIAL_TTL_MAX_S) };
	struct denial_record *record = NULL;

	if (draft_read(&draft, wall_s) != 0)
		return NULL;
	const size_t len = octets_needed(&draft);
	const size_t head = sizeof(*record) + (1 + signatures->count) * sizeof(struct bytes);
	if (len <= DENIAL_RECORD_OCTETS_MAX)
		record = calloc(1, head + len);
	if (!record)
		return NULL;
	uint8_t *at = (uint8_t *)record + head;
	list_init(&record->used);
	record->cost = allocation_cost(record);
	record->ttl_s = draft.ttl_s;
	record->wraps = draft.wraps;
	record->optout = draft.optout;
	rrsets_keep(record, &draft, &at);
	record->zone = (struct name){ put(&at, bytes_of(draft.zone.octets, draft.zone.len)).at,
		draft.zone.len };
	record->node.key = put(&at, draft.key);
	record->next = put(&at, draft.next);
	record->types = bytes_of(record->rdata[0].at + record->rdata[0].len - draft.types.len,
		draft.types.len); /* they stand at the end */
	return record;
}

void denial_record_free(struct denial_record *record)
{
	free(record);
}

bool denial_record_matches(const struct denial_record *record, struct bytes key)
{
	return treap_compare(record->node.key, key) == 0;
}

bool denial_record_covers(const struct denial_record *record, struct bytes key)
{
	const bool after = treap_compare(record->node.key, key) < 0;
	const bool before = treap_compare(key, record->next) < 0;

	if (denial_record_matches(record, key))
		return false;
	return record->wraps ? after || before : after && before;
}

static int rrset_copy(
	const struct rrset *rrset, uint32_t ttl_s, struct arena *arena, struct rrset *out)
{
	struct bytes *rdata = arena_array(arena, rrset->count, sizeof(*rdata));

	*out = *rrset;
	out->ttl_s = ttl_s;
	out->rdata = rdata;
	if (!rdata || name_copy(arena, rrset->owner, &out->owner) != 0)
		return ERR_NOMEM;
	for (size_t i = 0; i < rrset->count; i++) {
		rdata[i] = bytes_of(arena_copy(arena, rrset->rdata[i].at, rrset->rdata[i].len),
			rrset->rdata[i].len);
		if (!rdata[i].at)
			return ERR_NOMEM;
	}
	return 0;
}

int denial_record_copy(const struct denial_record *record, uint32_t ttl_s, struct arena *arena,
	struct rrset out[static 2])
{
	int err = rrset_copy(&record->rrset, ttl_s, arena, &out[0]);
	return err ? err : rrset_copy(&record->signatures, ttl_s, arena, &out[1]);
}
