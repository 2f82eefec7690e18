/* SPDX-License-Identifier: MIT */
#include "cache/entry.h"

#include <assert.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/allocation.h"
#include "wire/compose.h"

/* Octets of a record besides owner and rdata (RFC 1035 section 3.2.1). */
#define RECORD_FIXED_LEN 10

/* What expires sooner than that is not asked for before it does: there would be no end of asking.
 */
#define LATE_TTL_MIN_S 9

/* This part of its time is late. */
#define LATE_PART 10

/* What clients with EDNS are told; only entries that have it pay for it. The text follows, with a
 * zero octet, filled up to an even number. */
struct told {
	uint16_t code;
	uint16_t text_len; /* 0: none */
};

/* How much of each there is in a form. The message's header is made anew with each copy. */
struct shape {
	uint16_t body_len;
	uint16_t ttl_count;
	uint16_t authority_count;
};

/* Tens of thousands of these are the daemon's memory: the smallest types that hold their values,
 * no padding, and the question only once, as it stands in the body. In tail, one behind another:
 * the shape of the full form if full; struct told if told; offsets of TTLs of the plain form, of
 * the full form; body of the plain form, of the full form. The full form has RRSIG, NSEC and NSEC3,
 * and is not there when the plain form has all that there is. */
struct entry {
	struct entry_link link;
	atomic_uint_least32_t holders;
	uint32_t stored_s;
	uint32_t ttl_s;
	struct shape plain;
	uint16_t rcode : 12; /* RFC 6891 section 6.1.3 */
	uint16_t checking_disabled : 1;
	uint16_t secure : 1;
	uint16_t told : 1;
	uint16_t full : 1;
	alignas(uint16_t) uint8_t tail[];
};

static_assert(offsetof(struct entry, tail) == sizeof(struct entry_link) + 20, "no padding");

/* A form being composed, in memory that is larger than it will need. */
struct draft {
	uint8_t *wire;
	uint16_t *ttl_at;
	size_t cap; /* octets */
	struct shape shape;
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

struct question cache_key_question(const struct cache_key *key)
{
	const uint8_t *behind = key->octets + key->len - 4;

	return (struct question){
		.name = { .octets = key->octets, .len = (uint8_t)(key->len - 4) },
		.type = u16_load(behind),
		.class = u16_load(behind + 2),
	};
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
	struct shape shape = { 0 };
	struct compose c;

	question.name = asked;
	compose_init(&c, draft->wire, draft->cap);
	header_write(&c.w, &(struct header){ 0 });
	compose_question(&c, &question);
	for (size_t i = 0; i < source->rrset_count && !c.w.failed; i++) {
		const struct rrset *rrset = &source->rrsets[i];
		assert(rrset->section != SECTION_ADDITIONAL);
		if (!full && is_full_form_only(rrset, question.type))
			continue;
		struct rrset kept = as_kept(rrset, source, asked);
		size_t count = compose_rrset(&c, &kept, draft->ttl_at + shape.ttl_count);
		shape.ttl_count = (uint16_t)(shape.ttl_count + count);
		if (rrset->section == SECTION_AUTHORITY)
			shape.authority_count = (uint16_t)(shape.authority_count + count);
	}
	if (c.w.failed)
		return ERR_LIMIT;
	shape.body_len = (uint16_t)(c.w.len - HEADER_LEN);
	draft->shape = shape;
	return 0;
}

static uint8_t *tail_put(uint8_t *at, const void *from, size_t len)
{
	if (len > 0)
		memcpy(at, from, len);
	return at + len;
}

static size_t told_len(const struct told *told)
{
	return sizeof(*told) + (told->text_len > 0 ? (told->text_len + 2u) / 2 * 2 : 0);
}

static struct told told_of(const struct ede *ede)
{
	return (struct told){ .code = ede->code,
		.text_len = ede->text ? (uint16_t)strnlen(ede->text, ENTRY_TEXT_MAX) : 0 };
}

static size_t tail_len(
	const struct entry_source *source, const struct draft *plain, const struct draft *full)
{
	struct told told = told_of(&source->ede);
	size_t len = source->ede.present ? told_len(&told) : 0;

	len += plain->shape.ttl_count * sizeof(uint16_t) + plain->shape.body_len;
	if (full)
		len += sizeof(struct shape) + full->shape.ttl_count * sizeof(uint16_t) +
		       full->shape.body_len;
	return len;
}

static uint8_t *tail_put_told(uint8_t *at, const struct ede *ede)
{
	struct told told = told_of(ede);
	size_t len = told_len(&told);

	memset(at, 0, len);
	tail_put(tail_put(at, &told, sizeof(told)), ede->text, told.text_len);
	return at + len;
}

/* full is NULL when plain has all. */
MUST_USE static int entry_from_drafts(const struct entry_source *source, const struct draft *plain,
	const struct draft *full, struct entry **out)
{
	/* The smallest tail is longer than what sizeof would add to it. */
	struct entry *entry = malloc(offsetof(struct entry, tail) + tail_len(source, plain, full));
	if (!entry)
		return ERR_NOMEM;
	*entry = (struct entry){
		.link.failure_count = source->failure_count,
		.link.failure_final = source->failure_final,
		.holders = 1,
		.stored_s = source->now_s,
		.ttl_s = source->ttl_s,
		.plain = plain->shape,
		.rcode = source->rcode & 0xfffu,
		.checking_disabled = source->checking_disabled,
		.secure = source->secure,
		.told = source->ede.present,
		.full = full != NULL,
	};
	uint8_t *at = entry->tail;
	if (full)
		at = tail_put(at, &full->shape, sizeof(full->shape));
	if (source->ede.present)
		at = tail_put_told(at, &source->ede);
	at = tail_put(at, plain->ttl_at, plain->shape.ttl_count * sizeof(uint16_t));
	if (full)
		at = tail_put(at, full->ttl_at, full->shape.ttl_count * sizeof(uint16_t));
	at = tail_put(at, plain->wire + HEADER_LEN, plain->shape.body_len);
	if (full)
		(void)tail_put(at, full->wire + HEADER_LEN, full->shape.body_len);
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
		err = entry_from_drafts(source, &plain, two ? &full : NULL, out);
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

static const struct shape no_shape;

static const struct shape *full_shape(const struct entry *entry)
{
	return entry->full ? (const struct shape *)(const void *)entry->tail : &no_shape;
}

/* NULL: nothing is told. */
static const struct told *told_in(const struct entry *entry)
{
	const uint8_t *at = entry->tail + (entry->full ? sizeof(struct shape) : 0);
	return entry->told ? (const struct told *)(const void *)at : NULL;
}

static const uint8_t *offsets_of(const struct entry *entry)
{
	const struct told *told = told_in(entry);
	return entry->tail + (entry->full ? sizeof(struct shape) : 0) + (told ? told_len(told) : 0);
}

static const uint8_t *plain_body(const struct entry *entry)
{
	size_t ttl_count = (size_t)entry->plain.ttl_count + full_shape(entry)->ttl_count;
	return offsets_of(entry) + ttl_count * sizeof(uint16_t);
}

static struct form form_of(const struct shape *shape, const uint16_t *ttl_at, const uint8_t *body)
{
	return (struct form){
		.len = HEADER_LEN + (size_t)shape->body_len,
		.ttl_at = ttl_at,
		.ttl_count = shape->ttl_count,
		.authority_count = shape->authority_count,
		.body = body,
	};
}

struct form entry_form(const struct entry *entry, bool dnssec_ok)
{
	const uint16_t *ttl_at = (const uint16_t *)(const void *)offsets_of(entry);
	const uint8_t *body = plain_body(entry);

	if (dnssec_ok && entry->full)
		return form_of(full_shape(entry), ttl_at + entry->plain.ttl_count,
			body + entry->plain.body_len);
	return form_of(&entry->plain, ttl_at, body);
}

void form_copy(const struct form *form, uint8_t *message)
{
	memset(message, 0, HEADER_LEN);
	u16_store(message + 4, 1);
	u16_store(message + 6, (uint16_t)(form->ttl_count - form->authority_count));
	u16_store(message + 8, (uint16_t)form->authority_count);
	memcpy(message + HEADER_LEN, form->body, form->len - HEADER_LEN);
}

uint32_t entry_ttl_s(const struct entry *entry)
{
	return entry->ttl_s;
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

uint32_t entry_expired_s(const struct entry *entry, uint32_t now_s)
{
	uint32_t age_s = entry_age_s(entry, now_s);
	return age_s > entry->ttl_s ? age_s - entry->ttl_s : 0;
}

enum freshness entry_freshness(const struct entry *entry, uint32_t now_s)
{
	uint32_t left_s = entry_ttl_left_s(entry, now_s);
	if (left_s == 0)
		return FRESHNESS_EXPIRED;
	/* Rounded up: of 9 s the last one is late. */
	return left_s <= (entry->ttl_s + LATE_PART - 1) / LATE_PART &&
			       entry->ttl_s >= LATE_TTL_MIN_S
		       ? FRESHNESS_LATE
		       : FRESHNESS_FRESH;
}

bool entry_claim_refresh(struct entry *entry)
{
	/* Read first: most who come are late for it. */
	return !atomic_load_explicit(&entry->link.refresh_claimed, memory_order_relaxed) &&
	       !atomic_exchange_explicit(&entry->link.refresh_claimed, true, memory_order_relaxed);
}

struct name entry_name(const struct entry *entry)
{
	struct reader r = reader_over(bytes_of(plain_body(entry), entry->plain.body_len));
	return name_read_plain(&r);
}

bool entry_checking_disabled(const struct entry *entry)
{
	return entry->checking_disabled;
}

uint16_t entry_rcode(const struct entry *entry)
{
	return entry->rcode;
}

bool entry_secure(const struct entry *entry)
{
	return entry->secure;
}

uint8_t entry_failure_count(const struct entry *entry)
{
	return entry->link.failure_count;
}

bool entry_failure_final(const struct entry *entry)
{
	return entry->link.failure_final;
}

struct ede entry_ede(const struct entry *entry)
{
	const struct told *told = told_in(entry);
	if (!told)
		return (struct ede){ 0 };
	return (struct ede){ .present = true,
		.code = told->code,
		.text = told->text_len > 0 ? (const char *)(told + 1) : NULL };
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
	       entry->plain.body_len >= key->len &&
	       memcmp(plain_body(entry), key->octets, key->len) == 0;
}

bool entry_says_same(const struct entry *entry, const struct entry *other)
{
	const struct form one = entry_form(entry, true), two = entry_form(other, true);
	size_t from = HEADER_LEN;

	if (entry_rcode(entry) != entry_rcode(other) || one.len != two.len ||
		one.ttl_count != two.ttl_count)
		return false;
	for (size_t i = 0; i <= one.ttl_count; i++) {
		const size_t to = i < one.ttl_count ? one.ttl_at[i] : one.len;
		if ((i < one.ttl_count && two.ttl_at[i] != to) ||
			memcmp(one.body + from - HEADER_LEN, two.body + from - HEADER_LEN,
				to - from) != 0)
			return false;
		from = to + sizeof(uint32_t);
	}
	return true;
}
