/* SPDX-License-Identifier: MIT */
#include "cache/entry.h"

#include <malloc.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "wire/compose.h"

/* Octets of a record besides owner and rdata (RFC 1035 section 3.2.1). */
#define RECORD_FIXED_LEN 10

/* What clients with EDNS are told; only entries that have it pay for it. */
struct told {
	const char *text;
	uint16_t code;
};

/* Tens of thousands of these are the daemon's memory: the smallest types that hold their values,
 * no padding, and the question only once, as it stands in the wire. In tail, one behind another:
 * struct told if told; offsets of TTLs of the plain form, of the full form; wire of the plain
 * form, of the full form. The full form has RRSIG, NSEC and NSEC3, and is not there (length 0)
 * when the plain form has all that there is. */
struct entry {
	struct entry_link link;
	atomic_uint_least32_t holders;
	uint32_t stored_s;
	uint32_t ttl_s;
	uint16_t plain_len;
	uint16_t plain_ttl_count;
	uint16_t full_len;
	uint16_t full_ttl_count;
	uint16_t rcode;
	uint8_t failure_count;
	bool checking_disabled : 1;
	bool told : 1;
	alignas(struct told) uint8_t tail[];
};

/* A form being composed, in memory that is larger than it will need. */
struct draft {
	uint8_t *wire;
	uint16_t *ttl_at;
	size_t cap; /* octets */
	size_t len;
	size_t ttl_count;
};

void cache_key_init(struct cache_key *key, const struct hash_key *hash_key,
	const struct question *question, bool checking_disabled)
{
	/* Octets in both; a name's worth of room is at their beginning. */
	struct name_space *space = (struct name_space *)(void *)key->octets;
	uint8_t *behind = key->octets + name_fold(question->name, space).len;

	u16_store(behind, question->type);
	u16_store(behind + 2, question->class);
	key->len = (uint16_t)(question->name.len + 4);
	key->checking_disabled = checking_disabled;
	key->hash = hash_bytes(hash_key, bytes_of(key->octets, key->len)) ^ checking_disabled;
}

bool cache_key_equal(const struct cache_key *a, const struct cache_key *b)
{
	return a->hash == b->hash && a->checking_disabled == b->checking_disabled &&
	       bytes_equal(bytes_of(a->octets, a->len), bytes_of(b->octets, b->len));
}

/* In the answer section they may be what was asked for; in a denial they never are. */
static bool is_full_form_only(const struct rrset *rrset, uint16_t asked)
{
	return type_is_dnssec(rrset->type) &&
	       !(rrset->type == asked && rrset->section == SECTION_ANSWER);
}

static bool has_full_form(const struct entry_source *source)
{
	for (size_t i = 0; i < source->rrset_count; i++) {
		if (is_full_form_only(&source->rrsets[i], source->question.type))
			return true;
	}
	return false;
}

/* As it goes into the wire: the owner's case and the TTL are ours. */
static struct rrset as_kept(
	const struct rrset *rrset, const struct entry_source *source, struct name asked)
{
	struct rrset kept = *rrset;
	kept.ttl_s = source->ttl_s;
	if (name_is_within(asked, rrset->owner))
		kept.owner = (struct name){ .octets = asked.octets + asked.len - rrset->owner.len,
			.len = rrset->owner.len };
	return kept;
}

MUST_USE static int draft_compose(
	struct draft *draft, const struct entry_source *source, struct name asked, bool full)
{
	struct question question = source->question;
	struct header header = {
		.rcode = source->rcode & 0x0f, .qr = true, .ra = true, .question_count = 1
	};
	struct compose c;

	question.name = asked;
	compose_init(&c, draft->wire, draft->cap);
	header_write(&c.w, &header);
	compose_question(&c, &question);
	for (size_t i = 0; i < source->rrset_count && !c.w.failed; i++) {
		const struct rrset *rrset = &source->rrsets[i];
		if (!full && is_full_form_only(rrset, question.type))
			continue;
		struct rrset kept = as_kept(rrset, source, asked);
		size_t count = compose_rrset(&c, &kept, draft->ttl_at + draft->ttl_count);
		header.record_count[rrset->section] =
			(uint16_t)(header.record_count[rrset->section] + count);
		draft->ttl_count += count;
	}
	if (c.w.failed)
		return ERR_LIMIT;
	draft->len = c.w.len;
	/* Again, now that the counts are known. */
	writer_rewind(&c.w, 0);
	header_write(&c.w, &header);
	return 0;
}

static uint8_t *tail_put(uint8_t *at, const void *from, size_t len)
{
	if (len > 0)
		memcpy(at, from, len);
	return at + len;
}

MUST_USE static int entry_from_drafts(const struct entry_source *source, const struct draft *plain,
	const struct draft *full, struct entry **out)
{
	size_t told_len = source->ede.present ? sizeof(struct told) : 0;
	size_t plain_at_len = plain->ttl_count * sizeof(uint16_t);
	size_t full_at_len = full->ttl_count * sizeof(uint16_t);
	struct entry *entry = malloc(
		sizeof(*entry) + told_len + plain_at_len + full_at_len + plain->len + full->len);
	if (!entry)
		return ERR_NOMEM;
	*entry = (struct entry){
		.holders = 1,
		.stored_s = source->now_s,
		.ttl_s = source->ttl_s,
		.plain_len = (uint16_t)plain->len,
		.plain_ttl_count = (uint16_t)plain->ttl_count,
		.full_len = (uint16_t)full->len,
		.full_ttl_count = (uint16_t)full->ttl_count,
		.rcode = source->rcode,
		.failure_count = source->failure_count,
		.checking_disabled = source->checking_disabled,
		.told = source->ede.present,
	};
	struct told told = { .text = source->ede.text, .code = source->ede.code };
	uint8_t *at = tail_put(entry->tail, &told, told_len);
	at = tail_put(at, plain->ttl_at, plain_at_len);
	at = tail_put(at, full->ttl_at, full_at_len);
	at = tail_put(at, plain->wire, plain->len);
	(void)tail_put(at, full->wire, full->len);
	*out = entry;
	return 0;
}

/* Octets that a form takes at most, without any compression. */
static size_t draft_cap(const struct entry_source *source, size_t *record_count)
{
	size_t cap = HEADER_LEN + source->question.name.len + 4u;
	*record_count = 0;
	for (size_t i = 0; i < source->rrset_count; i++) {
		const struct rrset *rrset = &source->rrsets[i];
		cap += rrset->count * (rrset->owner.len + RECORD_FIXED_LEN);
		for (size_t j = 0; j < rrset->count; j++)
			cap += rrset->rdata[j].len;
		*record_count += rrset->count;
	}
	return cap < MESSAGE_LEN_MAX ? cap : MESSAGE_LEN_MAX;
}

int entry_new(const struct entry_source *source, struct entry **out)
{
	struct name_space space;
	struct name asked = name_fold(source->question.name, &space);
	bool two = has_full_form(source);
	size_t record_count;
	size_t cap = draft_cap(source, &record_count);

	/* Composed in a short-lived place first, so that the entry is no larger than it must be. */
	uint16_t *ttl_at = malloc((two ? 2 : 1) * (record_count * sizeof(uint16_t) + cap));
	if (!ttl_at)
		return ERR_NOMEM;
	uint8_t *wire = (uint8_t *)(ttl_at + (two ? 2 : 1) * record_count);
	struct draft plain = { .wire = wire, .ttl_at = ttl_at, .cap = cap };
	struct draft full = { .wire = wire, .ttl_at = ttl_at };

	int err = draft_compose(&plain, source, asked, false);
	if (err == 0 && two) {
		full = (struct draft){
			.wire = wire + cap, .ttl_at = ttl_at + record_count, .cap = cap
		};
		err = draft_compose(&full, source, asked, true);
	}
	if (err == 0)
		err = entry_from_drafts(source, &plain, &full, out);
	free(ttl_at);
	return err;
}

struct entry *entry_hold(struct entry *entry)
{
	atomic_fetch_add_explicit(&entry->holders, 1, memory_order_relaxed);
	return entry;
}

void entry_release(struct entry *entry)
{
	if (entry && atomic_fetch_sub_explicit(&entry->holders, 1, memory_order_acq_rel) == 1)
		free(entry);
}

static const uint8_t *offsets_of(const struct entry *entry)
{
	return entry->tail + (entry->told ? sizeof(struct told) : 0);
}

static const uint8_t *plain_wire(const struct entry *entry)
{
	size_t ttl_count = (size_t)entry->plain_ttl_count + entry->full_ttl_count;
	return offsets_of(entry) + ttl_count * sizeof(uint16_t);
}

struct form entry_form(const struct entry *entry, bool dnssec_ok)
{
	const uint16_t *ttl_at = (const uint16_t *)(const void *)offsets_of(entry);
	const uint8_t *wire = plain_wire(entry);

	if (dnssec_ok && entry->full_len > 0)
		return (struct form){ .wire = bytes_of(wire + entry->plain_len, entry->full_len),
			.ttl_at = ttl_at + entry->plain_ttl_count,
			.ttl_count = entry->full_ttl_count };
	return (struct form){ .wire = bytes_of(wire, entry->plain_len),
		.ttl_at = ttl_at,
		.ttl_count = entry->plain_ttl_count };
}

uint32_t entry_age_s(const struct entry *entry, uint32_t now_s)
{
	/* Another worker's clock may be read a moment earlier than the one that stored it. */
	return now_s > entry->stored_s ? now_s - entry->stored_s : 0;
}

uint32_t entry_ttl_left_s(const struct entry *entry, uint32_t now_s)
{
	uint32_t age_s = entry_age_s(entry, now_s);
	return entry->ttl_s > age_s ? entry->ttl_s - age_s : 0;
}

struct name entry_name(const struct entry *entry)
{
	struct reader r = reader_over(bytes_of(plain_wire(entry), entry->plain_len));
	reader_skip(&r, HEADER_LEN);
	return name_read_plain(&r);
}

uint16_t entry_rcode(const struct entry *entry)
{
	return entry->rcode;
}

uint8_t entry_failure_count(const struct entry *entry)
{
	return entry->failure_count;
}

struct ede entry_ede(const struct entry *entry)
{
	if (!entry->told)
		return (struct ede){ 0 };
	const struct told *told = (const struct told *)(const void *)entry->tail;
	return (struct ede){ .present = true, .code = told->code, .text = told->text };
}

size_t allocation_cost(const void *at)
{
	/* glibc and musl alike: a word in front of what the caller sees. The call reads only, its
	 * parameter just lacks the const. */
	return at ? malloc_usable_size(unconst(at)) + sizeof(size_t) : 0;
}

size_t entry_cost(const struct entry *entry)
{
	return allocation_cost(entry);
}

struct entry_link *entry_link(struct entry *entry)
{
	return &entry->link;
}

bool entry_matches(const struct entry *entry, const struct cache_key *key)
{
	/* A name ends with its root label: equal octets are an equal name, type and class. */
	return entry->checking_disabled == key->checking_disabled &&
	       entry->plain_len >= (size_t)HEADER_LEN + key->len &&
	       memcmp(plain_wire(entry) + HEADER_LEN, key->octets, key->len) == 0;
}
