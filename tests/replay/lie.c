/* SPDX-License-Identifier: MIT */
#include "replay/lie.h"

#include "replay/written.h"
#include "unit/dnssec/signer.h"
#include "unit/dnssec/world_inside.h"

/* A verb at work. */
struct telling {
	struct truth *truth;
	struct world_reply *reply;
	struct line *line;
};

static uint16_t next_type(struct telling *t)
{
	const char *word = line_next(t->line);
	uint16_t type;

	if (type_parse(word, &type) != 0)
		line_fail(t->line, "not a type: \"%s\"", word);
	return type;
}

static void must(const struct telling *t, size_t touched)
{
	if (touched == 0)
		line_fail(t->line, "the reply has nothing of it");
}

/* "drops TYPE" */
static void run_drops(struct telling *t)
{
	must(t, reply_drop(t->reply, next_type(t)));
}

/* "drops-signatures TYPE" */
static void run_drops_signatures(struct telling *t)
{
	must(t, reply_drop_signatures(t->reply, next_type(t)));
}

/* "drops-proof": all NSEC and NSEC3 */
static void run_drops_proof(struct telling *t)
{
	must(t, reply_drop(t->reply, TYPE_NSEC) + reply_drop(t->reply, TYPE_NSEC3));
	(void)reply_drop_signatures(t->reply, TYPE_NSEC);
	(void)reply_drop_signatures(t->reply, TYPE_NSEC3);
}

/* The first or the last record, with the signature that follows it. */
static void drop_one(struct telling *t, bool last)
{
	struct world_reply *reply = t->reply;
	const uint16_t type = next_type(t);
	size_t at = SIZE_MAX;

	for (size_t i = 0; i < reply->count; i++) {
		if (reply->records[i].type == type && (last || at == SIZE_MAX))
			at = i;
	}
	must(t, at < reply->count);
	size_t past = at + 1;
	if (past < reply->count && reply->records[past].type == TYPE_RRSIG)
		past++;
	memmove(&reply->records[at], &reply->records[past],
		(reply->count - past) * sizeof(reply->records[0]));
	reply->count -= past - at;
}

static void run_drops_first(struct telling *t)
{
	drop_one(t, false);
}

static void run_drops_last(struct telling *t)
{
	drop_one(t, true);
}

/* "spoils TYPE" */
static void run_spoils(struct telling *t)
{
	must(t, reply_spoil(t->reply, next_type(t)));
}

/* "spoils-signatures TYPE" */
static void run_spoils_signatures(struct telling *t)
{
	must(t, reply_spoil_signatures(t->reply, next_type(t)));
}

/* "says RCODE" */
static void run_says(struct telling *t)
{
	t->reply->rcode = written_rcode(line_next(t->line));
}

/* "empties": no records, NOERROR. */
static void run_empties(struct telling *t)
{
	t->reply->count = 0;
	t->reply->rcode = RCODE_NOERROR;
}

/* "adds RECORDS" */
static void run_adds(struct telling *t)
{
	struct message message;

	truth_records(t->truth, t->line, line_next(t->line), &message);
	for (size_t i = 0; i < message.count; i++) {
		const struct record *record = &message.records[i];
		world_put(t->reply, record->section, record->owner, record->type, record->rdata);
		t->reply->records[t->reply->count - 1].ttl_s = record->ttl_s;
	}
}

/* "answers-as NAME TYPE": with what is true of another question. */
static void run_answers_as(struct telling *t)
{
	const struct question question = t->reply->question;
	struct name_space space;
	const char *name = line_next(t->line);
	const struct question other = written_question(name, line_next(t->line), &space);

	truth_answer(t->truth, t->line, &other, t->reply);
	t->reply->question = question;
}

/* "denies NAME by ZONE": adds the NSEC or NSEC3 that matches or covers the name. */
static void run_denies(struct telling *t)
{
	struct world *world = &t->truth->world;
	const struct name name = world_name(world, line_next(t->line));

	if (!line_take(t->line, "by"))
		line_fail(t->line, "by which zone?");
	world_deny(world, t->reply, truth_zone(t->truth, t->line), name);
}

/* "moves-here": all records are the question's name's. */
static void run_moves_here(struct telling *t)
{
	must(t, t->reply->count);
	for (size_t i = 0; i < t->reply->count; i++)
		t->reply->records[i].owner = t->reply->question.name;
}

/* "points TYPE NAME": the CNAME or DNAME leads there. */
static void run_points(struct telling *t)
{
	const uint16_t type = next_type(t);
	const struct name name = world_name(&t->truth->world, line_next(t->line));
	size_t touched = 0;

	for (size_t i = 0; i < t->reply->count; i++) {
		if (t->reply->records[i].type != type)
			continue;
		t->reply->records[i].rdata = bytes_of(name.octets, name.len);
		touched++;
	}
	must(t, touched);
}

/* The first RRset of that type. */
static struct rrset find_rrset(const struct telling *t, uint16_t type)
{
	static struct bytes rdata[64];
	struct rrset rrset = { .type = type, .class = CLASS_IN, .rdata = rdata };

	for (size_t i = 0; i < t->reply->count; i++) {
		const struct record *record = &t->reply->records[i];
		if (record->type != type ||
			(rrset.count > 0 && !name_equal(record->owner, rrset.owner)))
			continue;
		if (rrset.count == sizeof(rdata) / sizeof(rdata[0]))
			line_fail(t->line, "too many records");
		rrset.owner = record->owner;
		rrset.section = record->section;
		rrset.ttl_s = record->ttl_s;
		rdata[rrset.count++] = record->rdata;
	}
	must(t, rrset.count);
	return rrset;
}

/* The deepest signed zone around the owner; of a DS, the one above it. */
static const struct world_zone *find_signer(const struct telling *t, const struct rrset *rrset)
{
	const struct world_zone *deepest = NULL;

	for (const struct world_zone *z = t->truth->world.zones; z; z = z->next) {
		if (!z->key || !name_is_within(rrset->owner, z->name) ||
			(rrset->type == TYPE_DS && name_equal(rrset->owner, z->name)))
			continue;
		if (!deepest || z->name.len > deepest->name.len)
			deepest = z;
	}
	if (!deepest)
		line_fail(t->line, "no zone signs that");
	return deepest;
}

/* How an RRset is signed anew. */
struct terms {
	const struct world_zone *zone;
	uint32_t algorithm, number, times;
	uint32_t labels; /* written into the signature that is made for the right ones */
	int64_t from_s, until_s;
};

static void read_terms(struct telling *t, struct terms *terms)
{
	const int64_t wall_s = loop_wall_s(t->truth->loop);

	while (!line_at_end(t->line) && strcmp(t->line->word[t->line->at], "then") != 0) {
		if (line_take(t->line, "by")) {
			terms->zone = truth_zone(t->truth, t->line);
			terms->algorithm =
				terms->zone->key ? terms->zone->key->dnskey.algorithm : 0;
		} else if (line_take(t->line, "algorithm")) {
			terms->algorithm = line_number(t->line);
		} else if (line_take(t->line, "key")) {
			terms->number = line_number(t->line);
		} else if (line_take(t->line, "times")) {
			terms->times = line_number(t->line);
		} else if (line_take(t->line, "labels")) {
			terms->labels = line_number(t->line);
		} else if (line_take(t->line, "from")) {
			terms->from_s = wall_s + line_shift_s(t->line);
		} else if (line_take(t->line, "until")) {
			terms->until_s = wall_s + line_shift_s(t->line);
		} else {
			line_end(t->line);
		}
	}
}

/* "signs TYPE [by ZONE] [algorithm N] [key N] [from TIME] [until TIME] [labels N] [times N]": anew,
 * and as the zone does it where nothing is said. */
static void run_signs(struct telling *t)
{
	struct world *world = &t->truth->world;
	const struct rrset rrset = find_rrset(t, next_type(t));
	struct terms terms = { .zone = find_signer(t, &rrset), .times = 1 };

	terms.algorithm = terms.zone->key->dnskey.algorithm;
	terms.from_s = terms.zone->inception;
	terms.until_s = terms.zone->expiration;
	read_terms(t, &terms);
	const struct signer_key *key = truth_key(t->line, (uint8_t)terms.algorithm, terms.number);
	const struct signer_terms signer = {
		.signer = terms.zone->name,
		.inception = (uint32_t)terms.from_s,
		.expiration = (uint32_t)terms.until_s,
		.labels = (uint8_t)(name_label_count(rrset.owner) - (rrset.owner.octets[1] == '*')),
	};
	(void)reply_drop_signatures(t->reply, rrset.type);
	for (uint32_t i = 0; i < terms.times; i++) {
		world_sign(world, t->reply, &rrset, key, &signer);
		struct bytes *rdata = &t->reply->records[t->reply->count - 1].rdata;
		uint8_t *copy = arena_copy(&world->arena, rdata->at, rdata->len);
		if (!copy)
			line_fail(t->line, "out of memory");
		copy[3] = terms.labels > 0 ? (uint8_t)terms.labels : copy[3];
		rdata->at = copy;
	}
}

/* "adds-twins N of N": that many useless keys with the tag of the key of that number. Two pairs of
 * its octets change places, which leaves the tag as it was. */
static void run_adds_twins(struct telling *t)
{
	struct world *world = &t->truth->world;
	const uint32_t count = line_number(t->line);

	if (!line_take(t->line, "of"))
		line_fail(t->line, "twins of which key?");
	const struct rrset rrset = find_rrset(t, TYPE_DNSKEY);
	const struct world_zone *zone = find_signer(t, &rrset);
	const struct signer_key *key =
		truth_key(t->line, zone->key->dnskey.algorithm, line_number(t->line));
	for (uint32_t i = 0; i < count; i++) {
		const size_t len = key->dnskey.rdata.len, other = 10 + 2 * (size_t)i;
		uint8_t *copy = arena_copy(&world->arena, key->rdata, len);
		if (!copy || other + 2 > len)
			line_fail(t->line, "too many twins");
		memcpy(copy + 8, key->rdata + other, 2);
		memcpy(copy + other, key->rdata + 8, 2);
		if (dnskey_tag(bytes_of(copy, len)) != key->dnskey.key_tag)
			line_fail(t->line, "the twin has another tag");
		world_put(t->reply, SECTION_ANSWER, rrset.owner, TYPE_DNSKEY, bytes_of(copy, len));
	}
}

static void tell_one(struct telling *t)
{
	static const struct {
		const char *word;
		void (*run)(struct telling *t);
	} verbs[] = {
		{ "drops", run_drops },
		{ "drops-signatures", run_drops_signatures },
		{ "drops-proof", run_drops_proof },
		{ "drops-first", run_drops_first },
		{ "drops-last", run_drops_last },
		{ "spoils", run_spoils },
		{ "spoils-signatures", run_spoils_signatures },
		{ "says", run_says },
		{ "empties", run_empties },
		{ "adds", run_adds },
		{ "adds-twins", run_adds_twins },
		{ "answers-as", run_answers_as },
		{ "denies", run_denies },
		{ "moves-here", run_moves_here },
		{ "points", run_points },
		{ "signs", run_signs },
	};

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (line_take(t->line, verbs[i].word)) {
			verbs[i].run(t);
			return;
		}
	}
	line_fail(t->line, "how does it lie?");
}

void lies_add(struct lies *lies, struct line *line)
{
	if (lies->count == LIES_MAX)
		line_fail(line, "too many lies");
	struct lie *lie = &lies->lie[lies->count++];
	const char *name = line_next(line);
	lie->about = written_question(name, line_next(line), &lie->space);
	lie->told = false;
	line_keep(line, lie->text, sizeof(lie->text), &lie->line);
}

void lies_tell(struct lies *lies, struct truth *truth, struct world_reply *reply)
{
	for (size_t i = 0; i < lies->count; i++) {
		struct lie *lie = &lies->lie[i];
		struct telling telling = { truth, reply, &lie->line };
		if (!question_equal(&lie->about, &reply->question))
			continue;
		lie->line.at = 0;
		do
			tell_one(&telling);
		while (line_take(&lie->line, "then"));
		line_end(&lie->line);
		lie->told = true;
	}
}

void lies_end(struct lies *lies)
{
	for (size_t i = 0; i < lies->count; i++) {
		if (!lies->lie[i].told)
			line_fail(&lies->lie[i].line, "nobody was told that");
	}
	lies->count = 0;
}
