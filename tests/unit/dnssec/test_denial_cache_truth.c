/* SPDX-License-Identifier: MIT */
/* Zones made at random are asked at random: what the store answers by itself must be what the zones
 * say. Were it not so, names that exist would be gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dnssec/denial_cache.h"
#include "sample.h"
#include "world.h"

#define WORLDS	  12
#define ZONES	  7
#define QUESTIONS 450 /* of each world */
#define OWNERS	  14  /* of each zone */
#define ED25519	  15

static const uint16_t types[] = { TYPE_A, TYPE_AAAA, TYPE_TXT, TYPE_MX, TYPE_NS, TYPE_DS,
	TYPE_CNAME, TYPE_DNAME, TYPE_DNSKEY, TYPE_HTTPS, TYPE_CAA };

/* What was answered without asking. */
struct tally {
	unsigned nxdomain, nodata, wildcard_nodata, ds;
	unsigned by[3]; /* of enum world_denial */
};

struct truth {
	struct world world;
	struct denial_cache *cache;
	char zones[ZONES][64];
	uint64_t random;
	struct tally tally;
};

static unsigned draw(struct truth *t, unsigned below)
{
	static const struct hash_key secret = { 5, 6 };
	t->random++;
	return (unsigned)(hash_bytes(&secret, bytes_of(&t->random, sizeof(t->random))) % below);
}

static const char *draw_name(struct truth *t, char text[static 128])
{
	static const char *const labels[] = { "a", "b", "c", "d", "M", "*", "www", "x-1", "\\000",
		"zz" };
	char *at = text;
	const unsigned depth = draw(t, 8) == 0 ? 0 : 1 + draw(t, 3);
	for (unsigned i = 0; i < depth; i++)
		at += sprintf(at, "%s.", labels[draw(t, COUNT_OF(labels))]);
	strcpy(at, t->zones[draw(t, ZONES)]);
	return text;
}

static struct world_zone *zone_of(struct truth *t, struct name name, uint16_t type)
{
	struct world_zone *deepest = NULL;
	for (struct world_zone *z = t->world.zones; z; z = z->next) {
		if (name_is_within(name, z->name) &&
			(!deepest || deepest->name.len < z->name.len) &&
			(type != TYPE_DS || !name_equal(name, z->name)))
			deepest = z;
	}
	return deepest;
}

static bool has(const struct world_zone *zone, struct name name, uint16_t type)
{
	for (const struct world_record *r = zone->records; r; r = r->next) {
		if ((type == 0 || r->type == type) && name_equal(r->owner, name))
			return true;
	}
	return false;
}

/* A CNAME stands alone, and below a DNAME there is nothing. */
static bool may_add(const struct world_zone *zone, struct name owner, uint16_t type)
{
	if (has(zone, owner, TYPE_CNAME) || (type == TYPE_CNAME && has(zone, owner, 0)) ||
		(type == TYPE_DNAME && owner.octets[1] == '*'))
		return false;
	for (const struct world_record *r = zone->records; r; r = r->next) {
		if ((type == TYPE_DNAME && r->owner.len > owner.len &&
			    name_is_within(r->owner, owner)) ||
			(r->type == TYPE_DNAME && owner.len > r->owner.len &&
				name_is_within(owner, r->owner)))
			return false;
	}
	return true;
}

static void add_at_random(struct truth *t, const char *zone)
{
	static const uint16_t added[] = { TYPE_A, TYPE_AAAA, TYPE_TXT, TYPE_MX, TYPE_CNAME,
		TYPE_DNAME };
	char text[128], whole[200];
	const uint16_t type = added[draw(t, COUNT_OF(added))];
	draw_name(t, text);
	/* Whatever zone it was drawn in. */
	char *suffix = strstr(text, "zone");
	strcpy(suffix, zone);
	strcpy(whole, text);
	struct name owner = world_name(&t->world, whole);
	if (!may_add(zone_of(t, owner, type), owner, type))
		return;
	if (type == TYPE_CNAME || type == TYPE_DNAME)
		world_add_name(&t->world, whole, type, "elsewhere");
	else
		world_add(&t->world, whole, type, bytes_of("\300\0\2\1", 4));
}

/* With an SOA that says how long a denial holds. */
static void add_zone(struct truth *t, unsigned i, const char *name, bool secure, unsigned denial)
{
	static const uint8_t soa[22] = { [20] = 0x0e, [21] = 0x10 };
	world_zone(&t->world, name, secure ? ED25519 : 0, (enum world_denial)denial);
	world_remove(&t->world, name, TYPE_SOA);
	world_add(&t->world, name, TYPE_SOA, bytes_of(soa, sizeof(soa)));
	strcpy(t->zones[i], name);
}

/* Each zone's name begins with "zone", so that it can be told in a name drawn. */
static void make(struct truth *t, unsigned seed)
{
	memset(t, 0, sizeof(*t));
	t->random = (uint64_t)seed << 32;
	world_init(&t->world);
	/* Small ones lose records all the time: what is left must still be right. */
	t->cache = denial_cache_new(seed % 3 == 2 ? 9000 : 1u << 20, (struct hash_key){ seed, 1 });
	world_zone(&t->world, ".", ED25519, WORLD_NSEC);
	world_anchor(&t->world, ".");
	add_zone(t, 0, "zone", true, seed % 2);
	add_zone(t, 1, "zoneb", true, WORLD_NSEC3 - seed % 2);
	add_zone(t, 2, "zonec", true, WORLD_OPTOUT);
	add_zone(t, 3, "zoned.b.zone", true, draw(t, 2));
	add_zone(t, 4, "zonee.zone", false, WORLD_NSEC);
	add_zone(t, 5, "zonef.zoneb", true, draw(t, 3));
	add_zone(t, 6, "zoneg.zonec", false, WORLD_NSEC);
	for (unsigned i = 0; i < ZONES; i++) {
		for (unsigned k = 0; k < OWNERS; k++)
			add_at_random(t, t->zones[i]);
	}
}

/* As a validator that vouches for all of it would hand it over. */
static void learn(struct truth *t, const struct world_reply *reply)
{
	struct arena arena;
	struct message message;
	struct rrset *rrsets;
	size_t count;
	arena_init(&arena, 1u << 20);
	world_message(reply, &arena, &message);
	assert_int_equal(rrsets_group(&message, &arena, &rrsets, &count), 0);
	denial_cache_put(t->cache, rrsets, count, t->world.wall_s, t->world.now_s);
	arena_done(&arena);
}

/* A validator that is shown the answer finds it secure. */
static void assert_proves(struct truth *t, const struct denial_answer *answer,
	struct world_reply *reply, const struct question *question)
{
	struct arena arena;
	struct world_trial trial;
	*reply = (struct world_reply){ .question = *question, .rcode = answer->rcode };
	for (size_t i = 0; i < answer->count; i++) {
		for (size_t k = 0; k < answer->rrsets[i].count; k++)
			world_put(reply, answer->rrsets[i].section, answer->rrsets[i].owner,
				answer->rrsets[i].type, answer->rrsets[i].rdata[k]);
	}
	arena_init(&arena, 4u << 20);
	world_validate_reply(&t->world, reply, &arena, &trial);
	assert_int_equal(trial.err, 0);
	if (trial.result.verdict != VERDICT_SECURE)
		fail_msg("not secure: %s", trial.text);
	arena_done(&arena);
}

static void assert_true_of(struct truth *t, const struct question *question,
	const struct denial_answer *answer, struct world_reply *reply)
{
	const struct world_zone *zone = zone_of(t, question->name, question->type);
	char text[NAME_TEXT_LEN];
	const uint16_t rcode = reply->rcode;
	bool positive = false;
	for (size_t i = 0; i < reply->count; i++)
		positive |= reply->records[i].section == SECTION_ANSWER;
	if (positive || has(zone, question->name, question->type) || answer->rcode != rcode ||
		!name_equal(zone->name, answer->zone))
		fail_msg("%s type %u: answered rcode %u, is %u%s in a world begun with %llx",
			name_print(question->name, text), question->type, answer->rcode, rcode,
			positive ? " and exists" : "", (unsigned long long)t->random);
	/* An opt-out span says nothing of what may lie in it. */
	assert_int_not_equal(zone->denial, WORLD_OPTOUT);
	t->tally.by[zone->denial]++;
	t->tally.nxdomain += rcode == RCODE_NXDOMAIN;
	t->tally.nodata += rcode == RCODE_NOERROR;
	t->tally.ds += question->type == TYPE_DS;
	t->tally.wildcard_nodata += rcode == RCODE_NOERROR && answer->count == 8;
	assert_proves(t, answer, reply, question);
}

static void ask(struct truth *t)
{
	static struct world_reply reply;
	char text[128];
	struct budget budget;
	struct arena arena;
	struct denial_answer answer;
	const struct question question = { .name = world_name(&t->world, draw_name(t, text)),
		.type = types[draw(t, COUNT_OF(types))],
		.class = CLASS_IN };
	const struct denial_request request = { .question = &question,
		.crypto = &t->world.crypto,
		.budget = &budget,
		.arena = &arena,
		.now_s = t->world.now_s };
	budget_init(&budget);
	arena_init(&arena, 1u << 16);
	bool answered = denial_cache_answer(t->cache, &request, &answer);
	world_answer(&t->world, question.name, question.type, &reply);
	if (answered)
		assert_true_of(t, &question, &answer, &reply);
	else
		learn(t, &reply);
	arena_done(&arena);
}

static void test_only_the_truth(void **state)
{
	struct tally all = { 0 };
	struct truth t;
	(void)state;
	for (unsigned seed = 0; seed < WORLDS; seed++) {
		make(&t, seed);
		for (unsigned i = 0; i < QUESTIONS; i++)
			ask(&t);
		assert_true(denial_cache_bytes(t.cache) <= (seed % 3 == 2 ? 9000 : 1u << 20));
		all.nxdomain += t.tally.nxdomain;
		all.nodata += t.tally.nodata;
		all.wildcard_nodata += t.tally.wildcard_nodata;
		all.ds += t.tally.ds;
		for (unsigned i = 0; i < 3; i++)
			all.by[i] += t.tally.by[i];
		denial_cache_free(t.cache);
		world_done(&t.world);
	}
	/* Not by saying nothing. */
	assert_true(all.nxdomain > 200 && all.nodata > 200 && all.wildcard_nodata > 20);
	assert_true(all.ds > 20 && all.by[WORLD_NSEC] > 200 && all.by[WORLD_NSEC3] > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_only_the_truth) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
