/* SPDX-License-Identifier: MIT */
/* Compression works from the root's side: a name's last label is looked for among those written
 * behind nothing, the next among those written in front of it, and so on. So each label is hashed
 * and compared once, and a name costs no more than its length. */
#include "wire/compose.h"

#include "wire/rdata.h"
#include "wire/rrset.h"

/* Slots looked at for one label, and the share of slots used: whoever chooses the names chooses
 * what collides, and loses nothing but compression. */
#define PROBES	    8
#define TARGETS_MAX (COMPOSE_TARGETS * 3 / 4)

/* Mixing: 2^32 over the golden ratio (Knuth, TAOCP 6.4) and FNV-1a's 32-bit prime. */
#define GOLDEN_32 0x9e3779b1u
#define FNV_PRIME 0x01000193u

void compose_init(struct compose *c, uint8_t *buffer, size_t cap)
{
	*c = (struct compose){ .w = writer_into(buffer, cap) };
}

/* The slot to begin at, for a label in front of what stands at parent; 0 is the root. */
static unsigned slot_of(const uint8_t *label, size_t parent)
{
	uint32_t hash = (uint32_t)parent * GOLDEN_32;
	for (unsigned i = 0; i <= *label; i++)
		hash = (hash ^ label[i]) * FNV_PRIME;
	return (hash ^ hash >> 15) % COMPOSE_TARGETS;
}

/* Does that label stand at target, and what stands at parent behind it? The octets are what
 * counts, so that a slot left from before a rewind can do no harm. */
static bool stands_at(const struct compose *c, size_t target, const uint8_t *label, size_t parent)
{
	const uint8_t *base = c->w.base;
	size_t behind = target + 1 + *label;

	if (behind >= c->w.len || memcmp(base + target, label, 1u + *label) != 0)
		return false;
	if (parent == 0)
		return base[behind] == 0;
	if (behind == parent)
		return true;
	return behind + 2 <= c->w.len && u16_load(base + behind) == (POINTER_BITS | parent);
}

/* Where that label stands in front of parent, 0 for nowhere. */
static size_t target_find(const struct compose *c, const uint8_t *label, size_t parent)
{
	unsigned slot = slot_of(label, parent);
	for (unsigned i = 0; i < PROBES; i++) {
		size_t target = c->targets[(slot + i) % COMPOSE_TARGETS];
		if (target == 0)
			return 0;
		if (stands_at(c, target, label, parent))
			return target;
	}
	return 0;
}

/* False if there is no slot or the offset is too far for a pointer. */
static bool target_add(struct compose *c, size_t target, const uint8_t *label, size_t parent)
{
	unsigned slot = slot_of(label, parent);

	if (target >= POINTER_END || c->target_count >= TARGETS_MAX)
		return false;
	for (unsigned i = 0; i < PROBES; i++) {
		uint16_t *at = &c->targets[(slot + i) % COMPOSE_TARGETS];
		if (*at == 0) {
			*at = (uint16_t)target;
			c->target_count++;
			return true;
		}
	}
	return false;
}

void compose_name(struct compose *c, struct name name)
{
	uint8_t labels[LABELS_MAX];
	unsigned count = name_labels(name, labels);
	size_t parent = 0, began = c->w.len;

	while (count > 0) {
		size_t target = target_find(c, name.octets + labels[count - 1], parent);
		if (target == 0)
			break;
		parent = target;
		count--;
	}
	/* count labels from the left are new. */
	if (parent == 0) {
		name_write(&c->w, name);
	} else {
		size_t new_len = labels[count];
		if (c->w.cap - c->w.len < new_len + 2)
			c->w.failed = true;
		writer_bytes(&c->w, bytes_of(name.octets, new_len));
		writer_u16(&c->w, (uint16_t)(POINTER_BITS | parent));
	}
	for (; count > 0 && !c->w.failed; count--) {
		size_t target = began + labels[count - 1];
		if (!target_add(c, target, name.octets + labels[count - 1], parent))
			break;
		parent = target;
	}
}

void compose_question(struct compose *c, const struct question *question)
{
	compose_name(c, question->name);
	writer_u16(&c->w, question->type);
	writer_u16(&c->w, question->class);
}

/* All but an RRset's first record point at its owner, or at what that points at. */
static void owner_again(struct compose *c, struct name owner, size_t first)
{
	uint8_t len = c->w.base[first];

	if (len == 0 || (len < POINTER_BITS >> 8 && first >= POINTER_END))
		compose_name(c, owner);
	else if (len < POINTER_BITS >> 8)
		writer_u16(&c->w, (uint16_t)(POINTER_BITS | first));
	else
		writer_u16(&c->w, u16_load(c->w.base + first));
}

size_t compose_rrset(struct compose *c, const struct rrset *rrset, uint16_t *ttl_at)
{
	size_t began = c->w.len;

	for (size_t i = 0; i < rrset->count && !c->w.failed; i++) {
		if (i == 0)
			compose_name(c, rrset->owner);
		else
			owner_again(c, rrset->owner, began);
		writer_u16(&c->w, rrset->type);
		writer_u16(&c->w, rrset->class);
		if (ttl_at)
			ttl_at[i] = (uint16_t)c->w.len;
		writer_u32(&c->w, rrset->ttl_s);
		size_t len_at = c->w.len;
		writer_u16(&c->w, 0);
		rdata_compose(c, rrset->type, rrset->rdata[i]);
		size_t len = c->w.len - len_at;
		if (len > UINT16_MAX || c->w.len > MESSAGE_LEN_MAX)
			c->w.failed = true;
		if (!c->w.failed)
			writer_patch_u16(&c->w, len_at, (uint16_t)(len - 2));
	}
	if (!c->w.failed)
		return rrset->count;
	writer_rewind(&c->w, began);
	c->w.failed = true;
	return 0;
}
