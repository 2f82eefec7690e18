/* SPDX-License-Identifier: MIT */
/* Signed replies with records dropped, doubled, swapped, edited and taken from other replies: what
 * comes out as secure must be what the zones say, and only what lies in a zone that is unsigned for
 * real may come out as insecure. The octets choose a question and then what is done to which reply:
 * four for each edit. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "dnssec/canon.h"
#include "dnssec/path.h"
#include "world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define ARENA_LIMIT    (32u << 20)
#define WORLD_FULL_LEN (24u << 20) /* octets: then it is built anew */
#define HONEST_MAX     256
#define EDITS_MAX      64
#define HOPS_MAX       20

static const struct {
	const char *name;
	uint16_t type;
} questions[] = {
	{ "www.n1.example", TYPE_A },
	{ "www.n3.example", TYPE_A },
	{ "www.n1.example", TYPE_AAAA },
	{ "www.n3.example", TYPE_AAAA },
	{ "nope.n1.example", TYPE_A },
	{ "nope.n3.example", TYPE_A },
	{ "x.y.wild.n1.example", TYPE_A },
	{ "x.wild.n3.example", TYPE_A },
	{ "x.wild.n1.example", TYPE_AAAA },
	{ "x.wild.n3.example", TYPE_AAAA },
	{ "ent.n1.example", TYPE_A },
	{ "ent.n3.example", TYPE_A },
	{ "tosigned.n1.example", TYPE_A },
	{ "tounsigned.n1.example", TYPE_A },
	{ "tonothing.n3.example", TYPE_A },
	{ "x.star.n3.example", TYPE_A },
	{ "www.sub.n1.example", TYPE_A },
	{ "nope.sub.n1.example", TYPE_A },
	{ "n1.example", TYPE_DS },
	{ "un.example", TYPE_DS },
	{ "n3.example", TYPE_DNSKEY },
	{ "www.un.example", TYPE_A },
	{ "www.kid.oo.example", TYPE_A },
	{ "nope.oo.example", TYPE_A },
	{ "www.oo.example", TYPE_A },
	{ "deep.kid.oo.example", TYPE_SOA },
	{ "nope", TYPE_A },
	{ ".", TYPE_DNSKEY },
	{ "real.wild.n1.example", TYPE_A },
	{ "real.wild.n3.example", TYPE_AAAA },
};

#define QUESTIONS (sizeof(questions) / sizeof(questions[0]))

/* Zones without a way to be unsigned: no opt-out, and a DS all the way. */
static const char *const strict[] = { ".", "example", "n1.example", "n3.example" };

static struct world world;
static struct world_reply *honest[HONEST_MAX];
static size_t honest_count;

/* What one run does. */
struct run {
	const uint8_t *edits;
	size_t edit_count;
	unsigned replies; /* handed out so far */
	struct arena arena;
};

static void build(void)
{
	for (size_t i = 0; i < honest_count; i++)
		free(honest[i]);
	honest_count = 0;
	if (world.anchors)
		world_done(&world);
	world_usual(&world);
}

/* Signing is what takes time: each reply is made once. */
static const struct world_reply *honest_reply(struct name name, uint16_t type)
{
	static struct world_reply other;

	for (size_t i = 0; i < honest_count; i++) {
		if (honest[i]->question.type == type && name_equal(honest[i]->question.name, name))
			return honest[i];
	}
	int err = name_copy(&world.arena, name, &name);
	assert(err == 0);
	(void)err;
	if (honest_count == HONEST_MAX) {
		world_answer(&world, name, type, &other);
		return &other;
	}
	struct world_reply *reply = malloc(sizeof(*reply));
	assert(reply);
	world_answer(&world, name, type, reply);
	honest[honest_count++] = reply;
	return reply;
}

static uint8_t *octets_of(struct run *run, struct bytes from, size_t more)
{
	uint8_t *copy = arena_alloc(&run->arena, from.len + more);
	assert(copy);
	if (from.len > 0)
		memcpy(copy, from.at, from.len);
	return copy;
}

/* A letter of the owner becomes another; label lengths stay. */
static void owner_edit(struct run *run, struct record *record, uint8_t how)
{
	uint8_t *octets = octets_of(run, bytes_of(record->owner.octets, record->owner.len), 0);
	size_t letter = 0;

	for (size_t at = 0; octets[at] != 0; at += 1u + octets[at]) {
		for (size_t i = 1; i <= octets[at]; i++, letter++) {
			if (letter == how / 4)
				octets[at + i] ^= (uint8_t)(how % 4 == 0 ? 0x20 : how % 4);
		}
	}
	record->owner.octets = octets;
}

static void rdata_edit(struct run *run, struct record *record, uint8_t where, uint8_t how)
{
	uint8_t *octets = octets_of(run, record->rdata, 1);
	size_t len = record->rdata.len;

	if (how >= 0xf0 && len > 0)
		len--;
	else if (how >= 0xe0)
		len++;
	else if (len > 0)
		octets[where % len] ^= (uint8_t)(1 << how % 8);
	record->rdata = bytes_of(octets, len);
}

static void insert(struct world_reply *reply, const struct record *record)
{
	if (reply->count < sizeof(reply->records) / sizeof(reply->records[0]))
		reply->records[reply->count++] = *record;
}

static const struct world_reply *any_reply(uint8_t index)
{
	const unsigned i = index % QUESTIONS;
	struct name_space space;
	struct name name;
	int err = name_parse(questions[i].name, &space, &name);
	assert(err == 0);
	(void)err;
	return honest_reply(name, questions[i].type);
}

/* A reply's question stays what it was. */
static void replace(struct world_reply *reply, const struct world_reply *with)
{
	struct question question = reply->question;
	*reply = *with;
	reply->question = question;
}

/* Kinds of edits; what none of them is leaves the reply alone. */
static void reply_edit(struct run *run, struct world_reply *reply, const uint8_t edit[static 4])
{
	static const uint16_t types[] = { TYPE_A, TYPE_NS, TYPE_CNAME, TYPE_SOA, TYPE_DNAME,
		TYPE_DS, TYPE_RRSIG, TYPE_NSEC, TYPE_DNSKEY, TYPE_NSEC3, TYPE_AAAA };
	const struct world_reply *other = any_reply(edit[3]);

	if ((edit[0] & 15) == 8 && other->count > 0)
		insert(reply, &other->records[edit[2] % other->count]);
	if ((edit[0] & 15) == 9)
		replace(reply, other);
	if ((edit[0] & 15) == 10)
		reply->rcode = edit[2] % 8;
	if ((edit[0] & 15) == 11)
		reply_drop_signatures(reply, types[edit[2] % 11]);
	if (reply->count == 0)
		return;
	struct record *record = &reply->records[edit[2] % reply->count];
	struct record *second = &reply->records[edit[3] % reply->count];
	struct record swapped = *record;
	switch (edit[0] & 15) {
	case 0: *record = reply->records[--reply->count]; break;
	case 1: insert(reply, record); break;
	case 2:
		*record = *second;
		*second = swapped;
		break;
	case 3: rdata_edit(run, record, edit[3], edit[1]); break;
	case 4: record->owner = second->owner; break;
	case 5: record->type = types[edit[3] % 11]; break;
	case 6: record->section = edit[3] % 3; break;
	case 7: owner_edit(run, record, edit[3]); break;
	case 12: record->ttl_s = (uint32_t)edit[3] << 8; break;
	case 13: record->rdata = second->rdata; break;
	case 14: record->class = edit[3]; break;
	case 15: reply_drop(reply, types[edit[3] % 11]); break;
	}
}

/* The upper half of an edit's first octet says which reply it is for: 0 the first, 15 each. */
static void tamper(struct world_reply *reply, void *with)
{
	struct run *run = with;

	for (size_t i = 0; i < run->edit_count; i++) {
		const uint8_t *edit = run->edits + 4 * i;
		if (edit[0] >> 4 == run->replies || edit[0] >> 4 == 15)
			reply_edit(run, reply, edit);
	}
	run->replies++;
}

static bool is_strict(struct name name)
{
	const struct world_zone *deepest = NULL;
	struct name_space space;
	struct name zone;

	for (const struct world_zone *z = world.zones; z; z = z->next) {
		if (name_is_within(name, z->name) && (!deepest || z->name.len > deepest->name.len))
			deepest = z;
	}
	for (size_t i = 0; i < sizeof(strict) / sizeof(strict[0]); i++) {
		int err = name_parse(strict[i], &space, &zone);
		assert(err == 0);
		(void)err;
		if (name_equal(deepest->name, zone))
			return true;
	}
	return false;
}

static bool same_records(struct run *run, const struct rrset *a, const struct rrset *b)
{
	struct canon x, y;
	int err = canon_init(&x, a, &run->arena);
	if (!err)
		err = canon_init(&y, b, &run->arena);
	assert(!err);
	bool same = x.count == y.count;
	for (size_t i = 0; same && i < x.count; i++)
		same = bytes_equal(x.rdata[i], y.rdata[i]);
	return same;
}

static void open_reply(struct run *run, const struct world_reply *from, struct reply *out)
{
	struct message *message = arena_alloc(&run->arena, sizeof(*message));
	assert(message);
	world_message(from, &run->arena, message);
	int err = reply_open(out, message, &run->arena);
	assert(!err);
	(void)err;
}

/* Is the hop what the zones say? */
static bool hop_is_true(
	struct run *run, const struct world_reply *told, const struct hop *hop, uint16_t type)
{
	struct reply truth;

	if (hop->kind == HOP_NOTHING) {
		const struct world_reply *real = honest_reply(hop->name, type);
		open_reply(run, real, &truth);
		struct hop first;
		int err = path_next(&truth, hop->name, type, &run->arena, &first);
		assert(!err);
		(void)err;
		return first.kind == HOP_NOTHING && real->rcode == told->rcode;
	}
	open_reply(run, honest_reply(hop->rrset->owner, hop->rrset->type), &truth);
	/* What stands behind an alias is for its own hop to say. */
	if (hop->kind == HOP_RECORDS && told->rcode != RCODE_NOERROR)
		return false;
	const struct rrset *real =
		reply_find(&truth, SECTION_ANSWER, hop->rrset->owner, hop->rrset->type);
	return real && same_records(run, real, hop->rrset);
}

/* Each hop that lies in a strict zone must be true. */
static void check(struct run *run, const struct world_reply *told, const struct world_trial *trial)
{
	const uint16_t type = told->question.type;
	struct name name = told->question.name;
	bool loose = false;
	struct reply reply;

	if (trial->result.verdict != VERDICT_SECURE && trial->result.verdict != VERDICT_INSECURE)
		return;
	assert(trial->result.ttl_s <= KEYCACHE_TTL_MAX_S);
	open_reply(run, told, &reply);
	for (unsigned hops = 0; hops < HOPS_MAX; hops++) {
		struct hop hop;
		int err = path_next(&reply, name, type, &run->arena, &hop);
		assert(!err);
		(void)err;
		struct name at = hop.rrset ? hop.rrset->owner : hop.name;
		uint16_t of = hop.rrset ? hop.rrset->type : type;
		if (is_strict(of == TYPE_DS && !name_is_root(at) ? name_parent(at) : at))
			assert(hop_is_true(run, told, &hop, type));
		else
			loose = true;
		if (hop.kind != HOP_ALIAS && hop.kind != HOP_SUBTREE)
			break;
		name = hop.target;
	}
	assert(loose || trial->result.verdict == VERDICT_SECURE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct world_reply reply;
	struct world_trial trial;
	struct run run = { 0 };

	if (len < 2)
		return 0;
	if (!world.anchors || world.arena.total > WORLD_FULL_LEN)
		build();
	run.edits = data + 2;
	run.edit_count = (len - 2) / 4 < EDITS_MAX ? (len - 2) / 4 : EDITS_MAX;
	arena_init(&run.arena, ARENA_LIMIT);
	keycache_forget(world.keycache, name_root());
	world.answer = honest_reply;
	world.tamper = tamper;
	world.with = &run;
	world.foresee = data[1] & 1;
	world.one_by_one = data[1] & 2;
	reply = *any_reply(data[0]);
	tamper(&reply, &run);
	world_validate_reply(&world, &reply, &run.arena, &trial);
	if (trial.err == 0)
		check(&run, &reply, &trial);
	arena_done(&run.arena);
	return 0;
}
