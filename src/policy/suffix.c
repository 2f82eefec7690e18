/* SPDX-License-Identifier: MIT */
#include "policy/suffix.h"

#include <stdlib.h>

#define FIRST_SLOTS  64
#define FIRST_OCTETS 1024

/* A name's place in the table, and enough of its hash that others' places are hardly looked at. */
struct slot {
	uint32_t hash;
	uint32_t at; /* in octets, of what struct place says, plus 1; 0: free */
};

/* All names in one piece of memory, lower case, each behind its value in 4 octets: a set of half a
 * million names is two allocations and some 35 octets a name. */
struct suffix_set {
	struct slot *slots; /* open addressing, three quarters full at most */
	size_t slot_count;  /* a power of two */
	size_t count;
	uint8_t *octets;
	size_t len;
	size_t cap;
	unsigned labels_max; /* of the names in it */
};

struct suffix_set *suffix_set_new(void)
{
	return calloc(1, sizeof(struct suffix_set));
}

void suffix_set_free(struct suffix_set *set)
{
	if (!set)
		return;
	free(set->slots);
	free(set->octets);
	free(set);
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15;
	return hash ^ hash >> 32;
}

/* The hash of a label in front of a name whose hash is known, so that all suffixes of a name are
 * hashed in one walk. Without a key: what is in the table is the user's choice, and whoever asks
 * can only make one look-up a label be a miss. */
static uint64_t hash_label(uint64_t hash, const uint8_t *label)
{
	size_t len = 1u + label[0];
	uint64_t word;
	uint32_t half;

	for (; len >= sizeof(word); len -= sizeof(word), label += sizeof(word)) {
		memcpy(&word, label, sizeof(word));
		hash = mix(hash, word);
	}
	if (len >= sizeof(half)) {
		memcpy(&half, label, sizeof(half));
		hash = mix(hash, half);
		len -= sizeof(half);
		label += sizeof(half);
	}
	for (word = 0; len > 0; len--)
		word = word << 8 | *label++;
	return mix(hash, word);
}

/* Of the root; any number will do. */
#define HASH_ROOT 0x243f6a8885a308d3

/* Both in lower case. */
static const struct slot *slot_of(const struct suffix_set *set, uint32_t hash, struct name name)
{
	size_t at = hash & (set->slot_count - 1);
	for (; set->slots[at].at != 0; at = (at + 1) & (set->slot_count - 1)) {
		/* A name ends with its root label, so that only an equal one has equal octets; and
		 * no name in memory is shorter than the octets that are compared with it. */
		size_t begin = set->slots[at].at - 1 + sizeof(uint32_t);
		if (set->slots[at].hash == hash && set->len - begin >= name.len &&
			memcmp(set->octets + begin, name.octets, name.len) == 0)
			break;
	}
	return &set->slots[at];
}

static uint32_t value_of(const struct suffix_set *set, const struct slot *slot)
{
	uint32_t value;
	memcpy(&value, set->octets + slot->at - 1, sizeof(value));
	return value;
}

/* Into the first free slot; the name is known not to be there. */
static void slot_fill(struct slot *slots, size_t slot_count, struct slot with)
{
	size_t at = with.hash & (slot_count - 1);
	while (slots[at].at != 0)
		at = (at + 1) & (slot_count - 1);
	slots[at] = with;
}

MUST_USE static int reserve_slot(struct suffix_set *set)
{
	if (set->count + 1 <= set->slot_count / 4 * 3)
		return 0;
	size_t count = set->slot_count == 0 ? FIRST_SLOTS : set->slot_count * 2;
	struct slot *slots = calloc(count, sizeof(*slots));
	if (!slots)
		return ERR_NOMEM;
	for (size_t i = 0; i < set->slot_count; i++) {
		if (set->slots[i].at != 0)
			slot_fill(slots, count, set->slots[i]);
	}
	free(set->slots);
	set->slots = slots;
	set->slot_count = count;
	return 0;
}

MUST_USE static int reserve_octets(struct suffix_set *set, size_t len)
{
	if (set->len + len > UINT32_MAX - 1)
		return ERR_LIMIT;
	if (set->len + len <= set->cap)
		return 0;
	size_t cap = set->cap == 0 ? FIRST_OCTETS : set->cap / 2 * 3;
	uint8_t *octets = realloc(set->octets, cap);
	if (!octets)
		return ERR_NOMEM;
	set->octets = octets;
	set->cap = cap;
	return 0;
}

int suffix_set_add(struct suffix_set *set, struct name suffix, size_t value)
{
	uint8_t labels[LABELS_MAX];
	struct name_space space;
	struct name name = name_fold(suffix, &space);
	unsigned label_count = name_labels(name, labels);
	uint32_t value32 = (uint32_t)value;
	uint64_t hash = HASH_ROOT;

	if (value32 != value)
		return ERR_LIMIT;
	int err = reserve_slot(set);
	if (err == 0)
		err = reserve_octets(set, sizeof(value32) + name.len);
	if (err != 0)
		return err;
	for (unsigned i = label_count; i > 0; i--)
		hash = hash_label(hash, name.octets + labels[i - 1]);
	if (slot_of(set, (uint32_t)hash, name)->at != 0)
		return ERR_FORMAT;

	slot_fill(set->slots, set->slot_count,
		(struct slot){ .hash = (uint32_t)hash, .at = (uint32_t)set->len + 1 });
	memcpy(set->octets + set->len, &value32, sizeof(value32));
	memcpy(set->octets + set->len + sizeof(value32), name.octets, name.len);
	set->len += sizeof(value32) + name.len;
	set->count++;
	if (set->labels_max < label_count)
		set->labels_max = label_count;
	return 0;
}

bool suffix_set_find(
	const struct suffix_set *set, struct name name, size_t *value, unsigned *labels)
{
	uint8_t label_at[LABELS_MAX];
	struct name_space space;
	uint64_t hash = HASH_ROOT;
	const struct slot *longest = NULL;
	unsigned longest_labels = 0;

	if (set->count == 0)
		return false;
	struct name folded = name_fold(name, &space);
	unsigned count = name_labels(folded, label_at);
	/* From the root: each hash goes on from the one before. */
	for (unsigned n = 0; n <= count && n <= set->labels_max; n++) {
		size_t begin = n == 0 ? folded.len - 1u : label_at[count - n];
		struct name suffix = { .octets = folded.octets + begin,
			.len = (uint8_t)(folded.len - begin) };
		if (n > 0)
			hash = hash_label(hash, suffix.octets);
		const struct slot *slot = slot_of(set, (uint32_t)hash, suffix);
		if (slot->at != 0) {
			longest = slot;
			longest_labels = n;
		}
	}
	if (!longest)
		return false;
	*value = value_of(set, longest);
	if (labels)
		*labels = longest_labels;
	return true;
}
