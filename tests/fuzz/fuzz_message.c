/* SPDX-License-Identifier: MIT */
/* Any octets as a message: read, grouped, composed anew and read again, it must say the same. */
#include <assert.h>

#include "wire/compose.h"
#include "wire/rrset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* More than any message of 64 KiB needs: reaching it is a finding. */
#define ARENA_LIMIT (8u << 20)

static bool name_same(struct name a, struct name b)
{
	return bytes_equal(bytes_of(a.octets, a.len), bytes_of(b.octets, b.len));
}

static void head_check(struct bytes wire, const struct message *m)
{
	struct message_head head;
	int err = message_head_read(wire, &head);

	assert(err == 0);
	assert(name_same(head.question.name, m->head.question.name));
	assert(question_equal(&head.question, &m->head.question));
	assert(head.edns.present == m->head.edns.present);
	assert(bytes_equal(head.edns.options, m->head.edns.options));
}

/* Each record is in one RRset of its kind, no rdata stands twice in one. */
static void rrsets_check(const struct message *m, const struct rrset *rrsets, size_t count)
{
	size_t total = 0;

	for (size_t i = 0; i < count; i++) {
		const struct rrset *rrset = &rrsets[i];
		assert(rrset->count > 0);
		total += rrset->count;
		/* Neighbours only: a check of all pairs would be slower than what it checks. */
		if (i > 0)
			assert(rrset->section >= rrsets[i - 1].section);
		for (size_t k = 1; k < rrset->count; k++)
			assert(!bytes_equal(rrset->rdata[k], rrset->rdata[k - 1]));
	}
	assert(total <= m->count);
	assert((total > 0) == (m->count > 0));
}

/* Octets written, 0 when it does not all fit: what came compressed need not. */
static size_t compose_all(const struct message *m, const struct rrset *rrsets, size_t count,
	uint8_t buffer[static MESSAGE_LEN_MAX])
{
	static uint16_t ttl_at[MESSAGE_LEN_MAX];
	struct header header = m->head.header;
	struct compose c;

	for (int section = SECTION_ANSWER; section <= SECTION_ADDITIONAL; section++)
		header.record_count[section] = 0;
	for (size_t i = 0; i < count; i++)
		header.record_count[rrsets[i].section] += (uint16_t)rrsets[i].count;
	compose_init(&c, buffer, MESSAGE_LEN_MAX);
	header_write(&c.w, &header);
	compose_question(&c, &m->head.question);
	assert(!c.w.failed);
	for (size_t i = 0; i < count; i++) {
		size_t before = c.w.len;
		if (compose_rrset(&c, &rrsets[i], ttl_at) == 0) {
			assert(c.w.failed && c.w.len == before);
			return 0;
		}
		for (size_t k = 0; k < rrsets[i].count; k++)
			assert(u32_load(buffer + ttl_at[k]) == rrsets[i].ttl_s);
	}
	return c.w.len;
}

static void rrset_compare(const struct rrset *a, const struct rrset *b)
{
	assert(name_same(a->owner, b->owner));
	assert(a->type == b->type && a->covers == b->covers && a->class == b->class);
	assert(a->section == b->section && a->ttl_s == b->ttl_s && a->count == b->count);
	for (size_t i = 0; i < a->count; i++)
		assert(bytes_equal(a->rdata[i], b->rdata[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t buffer[MESSAGE_LEN_MAX];
	const struct bytes wire = bytes_of(data, len < MESSAGE_LEN_MAX ? len : MESSAGE_LEN_MAX);
	struct arena arena;
	struct message m, again;
	struct message_head head;
	struct rrset *rrsets, *others;
	size_t count, other_count;

	arena_init(&arena, ARENA_LIMIT);
	int err = message_read(wire, &arena, &m);
	assert(err == 0 || err == ERR_FORMAT);
	if (err != 0) {
		/* The short look sees less and may be content. */
		err = message_head_read(wire, &head);
		assert(err == 0 || err == ERR_FORMAT || err == ERR_PROTOCOL);
		arena_done(&arena);
		return 0;
	}
	head_check(wire, &m);
	err = rrsets_group(&m, &arena, &rrsets, &count);
	assert(err == 0);
	rrsets_check(&m, rrsets, count);
	size_t composed = compose_all(&m, rrsets, count, buffer);
	if (composed > 0) {
		struct arena second;
		arena_init(&second, ARENA_LIMIT);
		err = message_read(bytes_of(buffer, composed), &second, &again);
		assert(err == 0);
		err = rrsets_group(&again, &second, &others, &other_count);
		assert(err == 0 && other_count == count);
		for (size_t i = 0; i < count; i++)
			rrset_compare(&rrsets[i], &others[i]);
		arena_done(&second);
	}
	arena_done(&arena);
	return 0;
}
