/* SPDX-License-Identifier: MIT */
#include "wire/name.h"

#include <assert.h>

/* What a label's first octet is from on where a pointer stands instead. */
#define POINTER_FIRST (POINTER_BITS >> 8)

/* Pointers followed for one name. Each goes backward, so that even without this a name ends; with
 * it, thousands of names cannot share one long chain and cost a worker its time. Composers point
 * to a name that itself ends in a pointer, seldom more than a few deep. */
#define POINTERS_MAX 32

static const uint8_t root_octets[1];

struct name name_root(void)
{
	return (struct name){ .octets = root_octets, .len = 1 };
}

static struct name fail(struct reader *r)
{
	reader_fail(r);
	return name_root();
}

/* Octets of the pointer whose first octet was read just now: where it leads, if it is before
 * where its own part of the name began; else walk fails. */
static void follow(struct reader *walk, uint8_t first, size_t *began)
{
	size_t target = (first & ~POINTER_FIRST) << 8 | reader_u8(walk);
	if (walk->failed || first < POINTER_FIRST || target >= *began) {
		reader_fail(walk);
		return;
	}
	/* What it leads to must end before, too: no part of a name is read twice. */
	walk->end = *began;
	walk->at = *began = target;
}

/* Labels up to and with a root's octet, or to a pointer's first, which is left in *first. */
static struct bytes piece_read(struct reader *walk, uint8_t *first)
{
	struct reader piece = *walk;

	/* Labels and a pointer; what is longer is no name, and not worth walking to its end. */
	if (reader_left(walk) > NAME_LEN_MAX + 1)
		walk->end = walk->at + NAME_LEN_MAX + 1;
	while ((*first = reader_u8(walk)) != 0 && *first <= LABEL_LEN_MAX)
		reader_skip(walk, *first);
	return reader_bytes(&piece, walk->failed ? 0 : walk->at - piece.at - (*first != 0));
}

/* Copies a name into space. *whole is where it stands uncompressed, 0 if it does nowhere: at 0
 * there is a header's ID, never a name. */
static struct name read_into(struct reader *r, struct name_space *space, size_t *whole)
{
	struct reader walk = *r;
	size_t began = r->at, len = 0;
	uint8_t first;

	*whole = began;
	for (unsigned pointers = 0;; pointers++) {
		struct bytes piece = piece_read(&walk, &first);
		if (walk.failed || len + piece.len > NAME_LEN_MAX)
			return fail(r);
		memcpy(space->octets + len, piece.at, piece.len);
		len += piece.len;
		if (first == 0)
			break;
		follow(&walk, first, &began);
		if (pointers == POINTERS_MAX || walk.failed)
			return fail(r);
		*whole = len == 0 ? began : 0;
	}
	name_skip(r);
	return (struct name){ .octets = space->octets, .len = (uint8_t)len };
}

struct name name_read(struct reader *r, struct name_space *space)
{
	size_t whole;
	return read_into(r, space, &whole);
}

struct name name_read_view(struct reader *r, struct name_space *space)
{
	size_t whole;
	struct name name = read_into(r, space, &whole);
	if (!r->failed && whole > 0)
		name.octets = r->base + whole;
	return name;
}

struct name name_read_plain(struct reader *r)
{
	size_t began = r->at;
	uint8_t len;

	/* A failed read gives 0 and so ends the loop. */
	while ((len = reader_u8(r)) != 0) {
		if (len > LABEL_LEN_MAX)
			reader_fail(r);
		else
			reader_skip(r, len);
	}
	if (r->failed || r->at - began > NAME_LEN_MAX)
		return fail(r);
	return (struct name){ .octets = r->base + began, .len = (uint8_t)(r->at - began) };
}

void name_skip(struct reader *r)
{
	size_t began = r->at;
	uint8_t len;

	while ((len = reader_u8(r)) != 0) {
		if (len >= POINTER_FIRST) {
			reader_skip(r, 1);
			break;
		}
		if (len > LABEL_LEN_MAX)
			reader_fail(r);
		else
			reader_skip(r, len);
	}
	if (r->at - began > NAME_LEN_MAX + 1)
		reader_fail(r);
}

void name_write(struct writer *w, struct name name)
{
	writer_bytes(w, bytes_of(name.octets, name.len));
}

/* One octet of text, escapes resolved: 0 to 255, or -1. *text goes on behind it.
 *                                                                     RFC 1035 section 5.1 */
static int octet_parse(const char **text)
{
	const char *at = *text;
	unsigned value;

	if (*at <= ' ' || *at >= 0x7f)
		return -1;
	if (*at != '\\') {
		*text = at + 1;
		return *at;
	}
	if (at[1] < '0' || at[1] > '9') {
		/* Even a blank may be escaped, the text's end may not. */
		if (at[1] < ' ' || at[1] >= 0x7f)
			return -1;
		*text = at + 2;
		return at[1];
	}
	value = 0;
	for (int i = 1; i <= 3; i++) {
		if (at[i] < '0' || at[i] > '9')
			return -1;
		value = value * 10 + (unsigned)(at[i] - '0');
	}
	*text = at + 4;
	return value > 255 ? -1 : (int)value;
}

int name_parse(const char *text, struct name_space *space, struct name *out)
{
	struct name_space result;
	size_t len = 0;

	if (strcmp(text, ".") == 0)
		text++;
	else if (*text == '\0')
		return ERR_FORMAT;
	while (*text) {
		size_t label = len++;
		while (*text && *text != '.') {
			int octet = octet_parse(&text);
			/* One octet stays free for the root. */
			if (octet < 0 || len - label > LABEL_LEN_MAX || len >= NAME_LEN_MAX - 1)
				return ERR_FORMAT;
			result.octets[len++] = (uint8_t)octet;
		}
		if (len - label == 1)
			return ERR_FORMAT;
		result.octets[label] = (uint8_t)(len - label - 1);
		if (*text == '.')
			text++;
	}
	result.octets[len++] = 0;
	memcpy(space->octets, result.octets, len);
	*out = (struct name){ .octets = space->octets, .len = (uint8_t)len };
	return 0;
}

/* Escapes as dig does: \X for what means something in a zone file, \DDD for what cannot be seen. */
static char *octet_print(uint8_t octet, char *to)
{
	if (octet <= ' ' || octet >= 0x7f) {
		*to++ = '\\';
		*to++ = (char)('0' + octet / 100);
		*to++ = (char)('0' + octet / 10 % 10);
		*to++ = (char)('0' + octet % 10);
		return to;
	}
	if (strchr("\"$().;@\\", octet))
		*to++ = '\\';
	*to++ = (char)octet;
	return to;
}

const char *name_print(struct name name, char text[static NAME_TEXT_LEN])
{
	char *to = text;
	size_t at = 0;

	if (name_is_root(name))
		*to++ = '.';
	while (name.octets[at] != 0) {
		size_t end = at + 1 + name.octets[at];
		for (at++; at < end; at++)
			to = octet_print(name.octets[at], to);
		*to++ = '.';
	}
	*to = '\0';
	return text;
}

/* A to Z become a to z in eight octets at once. Length octets (63 at most) are below 'A', so that
 * whole names can be folded without looking for labels. */
static inline uint64_t fold_word(uint64_t x)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t low = x & 0x7f * ones;
	uint64_t from_a = low + (0x80 - 'A') * ones;
	uint64_t past_z = low + (0x7f - 'Z') * ones;
	uint64_t upper = (from_a ^ past_z) & ~x & 0x80 * ones;
	return x | upper >> 2;
}

static inline uint8_t fold_octet(uint8_t x)
{
	return x >= 'A' && x <= 'Z' ? x | 0x20 : x;
}

static inline uint64_t word_load(const uint8_t *at)
{
	uint64_t word;
	memcpy(&word, at, sizeof(word));
	return word;
}

bool name_equal(struct name a, struct name b)
{
	return name_order(a, b) == 0;
}

int name_order(struct name a, struct name b)
{
	size_t at = 0;

	if (a.len != b.len)
		return a.len - b.len;
	if (a.octets == b.octets)
		return 0;
	for (; a.len - at >= 8; at += 8) {
		uint64_t x = fold_word(word_load(a.octets + at));
		uint64_t y = fold_word(word_load(b.octets + at));
		if (x != y)
			return x < y ? -1 : 1;
	}
	for (; at < a.len; at++) {
		int difference = fold_octet(a.octets[at]) - fold_octet(b.octets[at]);
		if (difference != 0)
			return difference;
	}
	return 0;
}

struct name name_last_labels(struct name name, unsigned count)
{
	for (unsigned have = name_label_count(name); have > count; have--)
		name = name_parent(name);
	return name;
}

unsigned name_labels(struct name name, uint8_t at[static LABELS_MAX])
{
	unsigned count = 0;
	for (size_t i = 0; name.octets[i] != 0; i += 1u + name.octets[i])
		at[count++] = (uint8_t)i;
	return count;
}

/* a and b point at a label's length octet. */
static int label_compare(const uint8_t *a, const uint8_t *b)
{
	uint8_t len = *a < *b ? *a : *b;
	for (unsigned i = 1; i <= len; i++) {
		int difference = fold_octet(a[i]) - fold_octet(b[i]);
		if (difference != 0)
			return difference;
	}
	return *a - *b;
}

int name_compare(struct name a, struct name b)
{
	uint8_t a_at[LABELS_MAX], b_at[LABELS_MAX];
	unsigned a_count = name_labels(a, a_at), b_count = name_labels(b, b_at);

	while (a_count > 0 && b_count > 0) {
		int order = label_compare(a.octets + a_at[--a_count], b.octets + b_at[--b_count]);
		if (order != 0)
			return order;
	}
	return (int)a_count - (int)b_count;
}

bool name_is_within(struct name name, struct name ancestor)
{
	while (name.len > ancestor.len)
		name = name_parent(name);
	return name_equal(name, ancestor);
}

struct name name_parent(struct name name)
{
	uint8_t label = name.octets[0];
	assert(label != 0);
	return (struct name){ .octets = name.octets + 1 + label,
		.len = (uint8_t)(name.len - 1 - label) };
}

bool name_is_root(struct name name)
{
	return name.len == 1;
}

unsigned name_label_count(struct name name)
{
	unsigned count = 0;
	for (size_t i = 0; name.octets[i] != 0; i += 1u + name.octets[i])
		count++;
	return count;
}

uint64_t name_hash(const struct hash_key *key, struct name name)
{
	struct name_space space;
	struct name folded = name_fold(name, &space);
	return hash_bytes(key, bytes_of(folded.octets, folded.len));
}

struct name name_fold(struct name name, struct name_space *space)
{
	size_t at = 0;
	for (; name.len - at >= 8; at += 8) {
		uint64_t word = fold_word(word_load(name.octets + at));
		memcpy(space->octets + at, &word, sizeof(word));
	}
	for (; at < name.len; at++)
		space->octets[at] = fold_octet(name.octets[at]);
	return (struct name){ .octets = space->octets, .len = name.len };
}

int name_copy(struct arena *arena, struct name name, struct name *out)
{
	const uint8_t *octets = arena_copy(arena, name.octets, name.len);
	if (!octets)
		return ERR_NOMEM;
	*out = (struct name){ .octets = octets, .len = name.len };
	return 0;
}
