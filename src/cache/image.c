/* SPDX-License-Identifier: MIT */
#include "cache/image.h"

#include <assert.h>
#include <stdlib.h>

/* The number is the form's version. */
static const char title[] = "stubborn cache 1\n";
#define TITLE_LEN (sizeof(title) - 1)

/* A block is the length of what is in it, that, and a checksum; the last is empty, and the first is
 * the moment. */
#define BLOCK_FRONT_LEN 4
#define BLOCK_SUM_LEN	8
#define END_LEN		(BLOCK_FRONT_LEN + BLOCK_SUM_LEN) /* of an empty one */
#define BLOCK_LEN_MAX	((size_t)128 << 10)		  /* octets in a block */

#define MOMENT_LEN (8 + 4 + IMAGE_BOOT_LEN + IMAGE_GROUNDS_LEN)

/* Before each message: age, TTL, rcode, flags, what is told and how long its text, which follows,
 * and the message are. */
#define RECORD_FRONT_LEN (4 + 4 + 2 + 1 + 2 + 2 + 2)
#define RECORD_LEN_MAX	 (RECORD_FRONT_LEN + ENTRY_TEXT_MAX + MESSAGE_LEN_MAX)

enum { RECORD_CHECKING_DISABLED = 1, RECORD_SECURE = 2, RECORD_TOLD = 4, RECORD_FLAGS = 7 };

static_assert(RECORD_LEN_MAX <= BLOCK_LEN_MAX && MOMENT_LEN <= BLOCK_LEN_MAX, "a block holds one");

/* Octets of memory for one message as it is read, which is not longer than 64 KiB. */
#define MESSAGE_MEMORY_MAX (1024u << 10)

static uint64_t sum_next(uint64_t before, struct bytes block)
{
	const struct hash_key key = { before, IMAGE_SUM_KEY };
	return hash_bytes(&key, block);
}

static void u64_store(uint8_t at[static 8], uint64_t value)
{
	u32_store(at, (uint32_t)(value >> 32));
	u32_store(at + 4, (uint32_t)value);
}

static uint64_t u64_load(const uint8_t at[static 8])
{
	return (uint64_t)u32_load(at) << 32 | u32_load(at + 4);
}

struct image_draft {
	struct cache *cache;
	struct image_moment moment;
	struct cache_walk walk;
	size_t at;   /* in the walk's entries: those before it are done with */
	size_t room; /* octets that may still come, the end's own apart */
	uint64_t sum;
	size_t count;
	bool begun, full, ended;
	uint8_t buffer[TITLE_LEN + BLOCK_FRONT_LEN + BLOCK_LEN_MAX + BLOCK_SUM_LEN];
};

struct image_draft *image_draft_new(
	struct cache *cache, const struct image_moment *moment, size_t len_max)
{
	const size_t own = TITLE_LEN + MOMENT_LEN + 2 * END_LEN;
	struct image_draft *draft = calloc(1, sizeof(*draft));

	if (!draft)
		return NULL;
	draft->cache = cache;
	draft->moment = *moment;
	draft->room = len_max > own ? len_max - own : 0;
	return draft;
}

void image_draft_free(struct image_draft *draft)
{
	if (!draft)
		return;
	for (; draft->at < draft->walk.count; draft->at++)
		entry_release(draft->walk.entries[draft->at]);
	free(draft);
}

size_t image_draft_count(const struct image_draft *draft)
{
	return draft->count;
}

/* Borrowed until the next call. NULL: there are no more. */
static struct entry *entry_next(struct image_draft *draft)
{
	if (draft->at < draft->walk.count)
		entry_release(draft->walk.entries[draft->at++]);
	if (draft->at == draft->walk.count) {
		draft->at = 0;
		if (!cache_walk(draft->cache, &draft->walk))
			return NULL;
	}
	return draft->walk.entries[draft->at];
}

/* Is an answer of that age still of use, fresh or stale? */
static bool is_of_use(uint64_t age_s, uint32_t ttl_s, uint32_t stale_s)
{
	return ttl_s > 0 && age_s < (uint64_t)ttl_s + stale_s;
}

/* What is of no use takes no room. */
static size_t record_len(const struct image_draft *draft, const struct entry *entry)
{
	const struct ede ede = entry_ede(entry);
	const uint32_t age_s = entry_age_s(entry, draft->moment.now_s);

	if (entry_failure_count(entry) > 0 ||
		!is_of_use(age_s, entry_ttl_s(entry), draft->moment.stale_s))
		return 0;
	return RECORD_FRONT_LEN + (ede.text ? strnlen(ede.text, ENTRY_TEXT_MAX) : 0) +
	       entry_form(entry, true).len;
}

static uint8_t flags_of(const struct entry *entry, const struct ede *ede)
{
	return (uint8_t)((entry_checking_disabled(entry) ? RECORD_CHECKING_DISABLED : 0) |
			 (entry_secure(entry) ? RECORD_SECURE : 0) |
			 (ede->present ? RECORD_TOLD : 0));
}

static void record_write(const struct image_draft *draft, const struct entry *entry, uint8_t *to)
{
	const struct ede ede = entry_ede(entry);
	const struct form form = entry_form(entry, true);
	const size_t text_len = ede.text ? strnlen(ede.text, ENTRY_TEXT_MAX) : 0;

	u32_store(to, entry_age_s(entry, draft->moment.now_s));
	u32_store(to + 4, entry_ttl_s(entry));
	u16_store(to + 8, entry_rcode(entry));
	to[10] = flags_of(entry, &ede);
	u16_store(to + 11, ede.code);
	u16_store(to + 13, (uint16_t)text_len);
	u16_store(to + 15, (uint16_t)form.len);
	if (text_len > 0)
		memcpy(to + RECORD_FRONT_LEN, ede.text, text_len);
	form_copy(&form, to + RECORD_FRONT_LEN + text_len);
}

/* Octets of a block's worth of entries. */
static size_t entries_write(struct image_draft *draft, uint8_t *to)
{
	size_t len = 0;

	while (!draft->full && len + RECORD_LEN_MAX <= BLOCK_LEN_MAX) {
		const struct entry *entry = entry_next(draft);
		const size_t more = entry ? record_len(draft, entry) : 0;
		draft->full = !entry || len + more + END_LEN > draft->room;
		if (draft->full || more == 0)
			continue;
		record_write(draft, entry, to + len);
		len += more;
		draft->count++;
	}
	return len;
}

static size_t moment_write(const struct image_moment *moment, uint8_t *to)
{
	u64_store(to, (uint64_t)moment->wall_s);
	u32_store(to + 8, moment->now_s);
	memcpy(to + 12, moment->boot, IMAGE_BOOT_LEN);
	memcpy(to + 12 + IMAGE_BOOT_LEN, moment->grounds, IMAGE_GROUNDS_LEN);
	return MOMENT_LEN;
}

/* Octets of the whole block, in which len are to be summed up. */
static size_t seal(struct image_draft *draft, uint8_t *block, size_t len)
{
	u32_store(block, (uint32_t)len);
	draft->sum = sum_next(draft->sum, bytes_of(block, BLOCK_FRONT_LEN + len));
	u64_store(block + BLOCK_FRONT_LEN + len, draft->sum);
	return BLOCK_FRONT_LEN + len + BLOCK_SUM_LEN;
}

int image_draft_next(void *owner, struct bytes *piece)
{
	struct image_draft *draft = owner;
	uint8_t *block = draft->buffer;

	*piece = bytes_of(draft->buffer, 0);
	if (draft->ended)
		return 0;
	if (draft->begun) {
		const size_t len = entries_write(draft, block + BLOCK_FRONT_LEN);
		draft->ended = len == 0;
		piece->len = seal(draft, block, len);
		draft->room -= len > 0 ? piece->len : 0;
		return 0;
	}
	memcpy(block, title, TITLE_LEN);
	block += TITLE_LEN;
	piece->len = TITLE_LEN +
		     seal(draft, block, moment_write(&draft->moment, block + BLOCK_FRONT_LEN));
	draft->begun = true;
	return 0;
}

/* An answer as it stands in a block. */
struct kept {
	uint32_t age_s, ttl_s;
	uint16_t rcode;
	uint8_t flags;
	uint16_t code;
	struct bytes text;
	struct bytes message;
};

static struct kept kept_read(struct reader *r)
{
	struct kept kept;

	kept.age_s = reader_u32(r);
	kept.ttl_s = reader_u32(r);
	kept.rcode = reader_u16(r);
	kept.flags = reader_u8(r);
	kept.code = reader_u16(r);
	const uint16_t text_len = reader_u16(r);
	const uint16_t message_len = reader_u16(r);
	kept.text = reader_bytes(r, text_len);
	kept.message = reader_bytes(r, message_len);
	if (text_len > ENTRY_TEXT_MAX || (kept.flags & ~RECORD_FLAGS) != 0)
		reader_fail(r);
	return kept;
}

/* The next block from the front of rest, which is cut. */
static int block_read(struct bytes *rest, uint64_t *sum, struct bytes *out)
{
	struct reader r = reader_over(*rest);
	const uint32_t len = reader_u32(&r);

	if (len > BLOCK_LEN_MAX)
		return ERR_FORMAT;
	const struct bytes block = reader_bytes(&r, len);
	const struct bytes kept = reader_bytes(&r, BLOCK_SUM_LEN);
	if (r.failed)
		return ERR_FORMAT;
	*sum = sum_next(*sum, bytes_of(rest->at, BLOCK_FRONT_LEN + len));
	if (u64_load(kept.at) != *sum)
		return ERR_FORMAT;
	*out = block;
	*rest = reader_rest(&r);
	return 0;
}

static int moment_read(struct bytes block, struct image_moment *out)
{
	if (block.len != MOMENT_LEN)
		return ERR_FORMAT;
	*out = (struct image_moment){ .wall_s = (int64_t)u64_load(block.at),
		.now_s = u32_load(block.at + 8) };
	memcpy(out->boot, block.at + 12, IMAGE_BOOT_LEN);
	memcpy(out->grounds, block.at + 12 + IMAGE_BOOT_LEN, IMAGE_GROUNDS_LEN);
	return 0;
}

/* All checksums, and that each record is whole; what is in the messages is looked at later.
 * *blocks: those with records. */
static int check(struct bytes image, struct image_moment *moment, struct bytes *blocks)
{
	uint64_t sum = 0;
	struct bytes block;

	if (image.len < TITLE_LEN || memcmp(image.at, title, TITLE_LEN) != 0)
		return ERR_FORMAT;
	struct bytes rest = bytes_of(image.at + TITLE_LEN, image.len - TITLE_LEN);
	if (block_read(&rest, &sum, &block) != 0 || moment_read(block, moment) != 0)
		return ERR_FORMAT;
	*blocks = rest;
	do {
		if (block_read(&rest, &sum, &block) != 0)
			return ERR_FORMAT;
		struct reader r = reader_over(block);
		while (reader_left(&r) > 0)
			(void)kept_read(&r);
		if (r.failed)
			return ERR_FORMAT;
	} while (block.len > 0);
	return rest.len == 0 ? 0 : ERR_FORMAT;
}

/* Seconds since then by the clock that has run further; negative: nobody knows, or the wall clock
 * was set meanwhile. */
static int64_t elapsed_s(const struct image_moment *then, const struct image_moment *now)
{
	static const uint8_t unknown[IMAGE_BOOT_LEN];
	const bool same_boot = memcmp(then->boot, now->boot, IMAGE_BOOT_LEN) == 0 &&
			       memcmp(now->boot, unknown, IMAGE_BOOT_LEN) != 0;
	const int64_t by_boot_s = same_boot ? (int64_t)now->now_s - then->now_s : -1;
	int64_t by_wall_s;

	if (__builtin_sub_overflow(now->wall_s, then->wall_s, &by_wall_s))
		by_wall_s = INT64_MIN;
	if (same_boot &&
		(by_wall_s <= by_boot_s - IMAGE_STEP_S || by_wall_s >= by_boot_s + IMAGE_STEP_S))
		return -1;
	return by_wall_s > by_boot_s ? by_wall_s : by_boot_s;
}

/* ERR_FORMAT: it is no answer. */
static int source_read(const struct kept *kept, struct arena *arena, struct entry_source *source)
{
	struct message message;
	struct rrset *rrsets;
	size_t count;

	int err = message_read(kept->message, arena, &message);
	if (err == 0)
		err = rrsets_group(&message, arena, &rrsets, &count);
	if (err != 0)
		return err;
	if (message.head.header.record_count[SECTION_ADDITIONAL] > 0)
		return ERR_FORMAT;
	source->question = message.head.question;
	source->rrsets = rrsets;
	source->rrset_count = count;
	return 0;
}

/* What the cache has is newer. False: it had one. */
static bool put_unless_there(struct cache *cache, const struct cache_key *key, struct entry *entry)
{
	struct entry *newer = cache_get(cache, key);

	if (!newer)
		cache_put(cache, key, entry);
	entry_release(newer);
	return !newer;
}

/* ERR_FORMAT, ERR_LIMIT: it is no answer, and stays behind. */
static int kept_put(struct cache *cache, const struct kept *kept, uint32_t stored_s,
	struct arena *arena, size_t *count)
{
	char text[ENTRY_TEXT_MAX + 1] = "";
	struct entry_source source = {
		.checking_disabled = kept->flags & RECORD_CHECKING_DISABLED,
		.rcode = kept->rcode,
		.ttl_s = kept->ttl_s,
		.now_s = stored_s,
		.secure = kept->flags & RECORD_SECURE,
	};
	struct cache_key key;
	struct entry *entry;

	if (kept->flags & RECORD_TOLD)
		source.ede = (struct ede){ .present = true, .code = kept->code };
	if (source.ede.present && kept->text.len > 0) {
		memcpy(text, kept->text.at, kept->text.len);
		source.ede.text = text;
	}
	int err = source_read(kept, arena, &source);
	if (err == 0)
		err = entry_new(&source, &entry);
	if (err != 0)
		return err;
	cache_key_init(&key, cache_hash_key(cache), &source.question, source.checking_disabled);
	*count += put_unless_there(cache, &key, entry);
	entry_release(entry);
	return 0;
}

/* How old all of it is, and as of when. */
struct ageing {
	const struct image_moment *now;
	int64_t elapsed_s;
};

static int block_put(
	struct cache *cache, const struct ageing *ageing, struct bytes block, size_t *count)
{
	struct reader r = reader_over(block);
	struct arena arena;
	int err = 0;

	arena_init(&arena, MESSAGE_MEMORY_MAX);
	const struct arena_mark mark = arena_mark(&arena);
	while (reader_left(&r) > 0 && err != ERR_NOMEM) {
		const struct kept kept = kept_read(&r);
		const uint64_t age_s = (uint64_t)kept.age_s + (uint64_t)ageing->elapsed_s;
		if (kept.ttl_s > IMAGE_TTL_MAX_S || age_s >= ageing->now->now_s ||
			!is_of_use(age_s, kept.ttl_s, ageing->now->stale_s))
			continue;
		err = kept_put(cache, &kept, ageing->now->now_s - (uint32_t)age_s, &arena, count);
		arena_rewind(&arena, mark);
	}
	arena_done(&arena);
	return err == ERR_NOMEM ? err : 0;
}

int image_read(struct cache *cache, const struct image_moment *moment, struct bytes image,
	enum image_use *use, size_t *count)
{
	struct image_moment then;
	struct bytes rest;

	int err = check(image, &then, &rest);
	if (err != 0)
		return err;
	const struct ageing ageing = { .now = moment, .elapsed_s = elapsed_s(&then, moment) };
	*count = 0;
	*use = IMAGE_USED;
	if (memcmp(then.grounds, moment->grounds, IMAGE_GROUNDS_LEN) != 0)
		*use = IMAGE_OTHER_GROUNDS;
	else if (ageing.elapsed_s < 0)
		*use = IMAGE_OTHER_TIME;
	while (*use == IMAGE_USED && err == 0 && rest.len > END_LEN) {
		const struct bytes block = bytes_of(rest.at + BLOCK_FRONT_LEN, u32_load(rest.at));
		err = block_put(cache, &ageing, block, count);
		rest.at += END_LEN + block.len;
		rest.len -= END_LEN + block.len;
	}
	return err;
}
