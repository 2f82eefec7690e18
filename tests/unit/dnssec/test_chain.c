/* SPDX-License-Identifier: MIT */
/* The way down from an anchor: rollovers, digests, anchors in every place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "asking.h"
#include "sample.h"

static void add_key(const char *zone, uint8_t algorithm, unsigned number)
{
	world_add(&world, zone, TYPE_DNSKEY, signer_key(algorithm, number)->dnskey.rdata);
}

static void add_ds(const char *zone, uint8_t algorithm, unsigned number, uint8_t digest_type)
{
	uint8_t ds[SIGNER_RDATA_MAX];
	size_t len =
		signer_ds(signer_key(algorithm, number), world_name(&world, zone), digest_type, ds);
	world_add(&world, zone, TYPE_DS, bytes_of(ds, len));
}

static uint8_t second_algorithm;
static unsigned second_number;

/* Each RRset of the zone is signed by the second key, too. */
static void sign_twice(struct world_reply *reply, void *with)
{
	struct name zone = world_name(&world, with);
	struct message message;
	struct arena arena;
	struct rrset *rrsets;
	size_t count;

	arena_init(&arena, 1u << 20);
	world_message(reply, &arena, &message);
	assert_int_equal(rrsets_group(&message, &arena, &rrsets, &count), 0);
	for (size_t i = 0; i < count; i++) {
		struct signer_terms terms = { .signer = zone,
			.inception = WORLD_WALL_S - 10,
			.expiration = WORLD_WALL_S + WORLD_DAY_S,
			.labels = (uint8_t)name_label_count(rrsets[i].owner) };
		if (rrsets[i].type == TYPE_RRSIG || rrsets[i].type == TYPE_DS ||
			!name_is_within(rrsets[i].owner, zone))
			continue;
		world_sign(&world, reply, &rrsets[i], signer_key(second_algorithm, second_number),
			&terms);
	}
	/* Owners stand in the arena of the world or the reply, not in this one. */
	arena_done(&arena);
}

/* Key rollovers in every state (RFC 6781 section 4.1): each must be secure throughout. */
static void test_rollovers(void **state)
{
	(void)state;
	/* Pre-publish: a key that signs nothing yet. */
	add_key("n1.example", 15, 2);
	expect("www.n1.example", TYPE_A, S);
	/* Double DS: one for a key that is not there yet. */
	add_ds("n1.example", 15, 4, DIGEST_SHA256);
	add_ds("n1.example", 13, 4, DIGEST_SHA384);
	cold();
	expect("www.n1.example", TYPE_A, S);
	/* Double signature. */
	second_algorithm = 15;
	second_number = 2;
	world.tamper = sign_twice;
	world.with = (void *)(uintptr_t) "n1.example";
	cold();
	expect("www.n1.example", TYPE_A, S);
	/* The DS is the new key's alone. */
	world_remove(&world, "n1.example", TYPE_DS);
	add_ds("n1.example", 15, 2, DIGEST_SHA256);
	cold();
	expect("www.n1.example", TYPE_A, S);
	/* Algorithm rollover: signatures of both, then keys of both, then the DS. */
	world_remove(&world, "n1.example", TYPE_DS);
	add_ds("n1.example", 15, 0, DIGEST_SHA256);
	second_algorithm = 13;
	cold();
	expect("www.n1.example", TYPE_A, S);
	add_key("n1.example", 13, 2);
	cold();
	expect("www.n1.example", TYPE_A, S);
	add_ds("n1.example", 13, 2, DIGEST_SHA256);
	cold();
	expect("www.n1.example", TYPE_A, S);
	world_remove(&world, "n1.example", TYPE_DS);
	add_ds("n1.example", 13, 2, DIGEST_SHA256);
	cold();
	expect("www.n1.example", TYPE_A, S);
	/* One of the two algorithms cannot be checked here; the other can. */
	add_ds("n1.example", 15, 0, DIGEST_SHA256);
	world.crypto.algorithm[15] = false;
	cold();
	expect("www.n1.example", TYPE_A, S);
}

/* DS of SHA-1 count alone, and not beside better ones. RFC 4509 section 3 */
static void test_ds_digests(void **state)
{
	(void)state;
	world_remove(&world, "n1.example", TYPE_DS);
	add_ds("n1.example", 15, 0, DIGEST_SHA1);
	expect("www.n1.example", TYPE_A, S);
	add_ds("n1.example", 15, 2, DIGEST_SHA256);
	cold();
	expect("www.n1.example", TYPE_A, VERDICT_BOGUS);
	/* A better one that cannot be checked is none. */
	world_remove(&world, "n1.example", TYPE_DS);
	add_ds("n1.example", 15, 0, DIGEST_SHA1);
	add_ds("n1.example", 15, 2, 77);
	cold();
	expect("www.n1.example", TYPE_A, S);
	/* An unknown one beside it does not count. */
	world_remove(&world, "n1.example", TYPE_DS);
	add_ds("n1.example", 15, 0, DIGEST_SHA384);
	add_ds("n1.example", 15, 2, 77);
	cold();
	expect("www.n1.example", TYPE_A, S);
}

/* Anchors below the root, nested, an island of trust; and where trust is told to end. */
static void test_anchors(void **state)
{
	(void)state;
	expect("www.deep.kid.oo.example", TYPE_A, I);
	world_anchor(&world, "deep.kid.oo.example");
	cold();
	expect("www.deep.kid.oo.example", TYPE_A, S);
	expect("www.kid.oo.example", TYPE_A, I);
	expect("www.n1.example", TYPE_A, S);
	/* The closest one counts, even if another would do: it names a key that is not there. */
	uint8_t ds[SIGNER_RDATA_MAX];
	size_t len = signer_ds(signer_key(15, 4), world_name(&world, "n1.example"), 2, ds);
	assert_int_equal(anchors_add(world.anchors, world_name(&world, "n1.example"), TYPE_DS,
				 bytes_of(ds, len)),
		0);
	cold();
	expect("www.n1.example", TYPE_A, VERDICT_BOGUS);
	/* Its DS is its parent's business still. */
	expect("n1.example", TYPE_DS, S);
	/* A DNSKEY will do as well as a DS. */
	assert_int_equal(anchors_add(world.anchors, world_name(&world, "n1.example"), TYPE_DNSKEY,
				 signer_key(15, 0)->dnskey.rdata),
		0);
	cold();
	expect("www.n1.example", TYPE_A, S);
	assert_int_equal(
		anchors_add_negative(world.anchors, world_name(&world, "example"), INT64_MAX), 0);
	cold();
	expect("www.n3.example", TYPE_A, I);
	expect("www.n1.example", TYPE_A, S); /* an anchor below a negative one */
}

static uint16_t shortened;

/* Those at hand when a DS is asked for are good for 100 s. */
static void shorten(struct world_reply *reply, void *with)
{
	(void)with;
	for (size_t i = 0; i < reply->count; i++) {
		if (reply->question.type == TYPE_DS && reply->records[i].type == shortened)
			reply->records[i].ttl_s = 100;
		/* Only who does not find the name signed looks for a cut at it. */
		if (reply->question.type == TYPE_A)
			(void)reply_drop(reply, TYPE_RRSIG);
	}
}

/* That a name is no cut is known for as long as what says so holds, all of it: who makes it one has
 * its zone looked for from then on. */
static void test_age_of_no_cut(void **state)
{
	static const struct {
		const char *name;
		uint16_t shortened;
	} cases[] = {
		{ "ent.n3.example", TYPE_NSEC3 }, { "ent.n1.example", TYPE_NSEC },
		{ "tosigned.n1.example", TYPE_CNAME },
		{ "x.star.n1.example", TYPE_CNAME }, /* made from a wildcard, */
		{ "x.star.n1.example", TYPE_NSEC },  /* and the proof of that */
	};
	(void)state;
	world.tamper = shorten;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct name name = world_name(&world, cases[i].name);
		cold();
		shortened = cases[i].shortened;
		expect(cases[i].name, TYPE_A, VERDICT_BOGUS);
		assert_int_equal(
			keycache_state(world.keycache, name, world.now_s + 99), ZONE_INSIDE);
		assert_int_equal(
			keycache_state(world.keycache, name, world.now_s + 100), ZONE_UNKNOWN);
	}
}

static void alias_from_above(struct world_reply *reply, void *with)
{
	const struct question question = reply->question;

	(void)with;
	if (question.type == TYPE_A)
		(void)reply_drop(reply, TYPE_RRSIG);
	if (question.type != TYPE_DS || name_label_count(question.name) != 3)
		return;
	world_answer(&world, world_name(&world, "moved.example"), TYPE_DNAME, reply);
	reply->question = question;
	for (size_t i = 0; i < reply->count; i++)
		reply->records[i].owner = world_name(&world, "example");
}

/* What lies in a zone no alias above it can say. */
static void test_alias_above_the_zone(void **state)
{
	(void)state;
	world_add_name(&world, "moved.example", TYPE_DNAME, "n3.example");
	expect("www.n1.example", TYPE_A, S);
	world.tamper = alias_from_above;
	expect("www.n1.example", TYPE_A, VERDICT_BOGUS);
	assert_int_equal(
		keycache_state(world.keycache, world_name(&world, "www.n1.example"), world.now_s),
		ZONE_BOGUS);
}

/* Whom to blame */

static void deep_name(char *text, unsigned labels, const char *below)
{
	text[0] = '\0';
	for (unsigned i = 0; i < labels; i++)
		strcat(text, "d.");
	strcat(text, below);
}

/* The way that a question takes is whoever's who wrote the alias: what it leads to is not refused
 * to others because it was too long. */
static void test_spent_queries(void **state)
{
	char deep[NAME_TEXT_LEN], alias[NAME_TEXT_LEN + 2];
	struct world_trial trial;
	(void)state;
	deep_name(deep, BUDGET_QUERIES - 5, "n1.example"); /* so many take n1.example itself */
	world_zone(&world, deep, 0, WORLD_NSEC);
	snprintf(alias, sizeof(alias), "a.%s", deep);
	world_add_name(&world, alias, TYPE_CNAME, "www.n3.example");
	trial = ask(alias, TYPE_A);
	assert_string_equal(
		trial.text, "n3.example. DS: the chain of trust is too long below example.");
	expect("www.n3.example", TYPE_A, S);
}

static unsigned proof_at;

/* The DS of a name so deep is denied with nothing but the zone's own NSEC3. */
static void deny_by_the_apex(struct world_reply *reply, void *with)
{
	const struct question question = reply->question;

	(void)with;
	if (question.type != TYPE_DS || name_label_count(question.name) != proof_at)
		return;
	world_answer(&world, name_last_labels(question.name, 2), TYPE_MX, reply);
	reply->question = question;
}

/* Who sends a proof that asks for many hashes must not have the zone that it is about refused. */
static void test_spent_hashes(void **state)
{
	char deep[NAME_TEXT_LEN], name[NAME_TEXT_LEN + 4];
	struct world_trial trial;
	(void)state;
	world_zone(&world, "h.example", 13, WORLD_NSEC3)->iterations = 50;
	deep_name(deep, 14, "h.example");
	world_zone(&world, deep, 0, WORLD_NSEC);
	snprintf(name, sizeof(name), "www.%s", deep);
	world_add_a(&world, name);
	proof_at = 2 + 14;
	world.tamper = deny_by_the_apex;
	trial = ask(name, TYPE_A);
	assert_int_equal(trial.result.reason.code, REASON_SPENT_HASHES);
	world.tamper = NULL;
	expect(name, TYPE_A, I);
}

/* So many signatures that do not fit in front of the one over what zone has at owner. */
static void sign_in_vain(struct world_reply *reply, const char *owner, uint16_t type,
	const char *zone, unsigned times)
{
	const struct name name = world_name(&world, owner);
	const struct signer_terms terms = { .signer = world_name(&world, zone),
		.inception = WORLD_WALL_S - 10,
		.expiration = WORLD_WALL_S + WORLD_DAY_S,
		.labels = (uint8_t)name_label_count(name) };
	struct record good = { 0 };
	struct bytes rdata = { 0 };
	struct rrset rrset = { .owner = name,
		.type = type,
		.class = CLASS_IN,
		.ttl_s = WORLD_TTL_S,
		.count = 1,
		.rdata = &rdata };
	size_t kept = 0;

	for (size_t i = 0; i < reply->count; i++) {
		const struct record *record = &reply->records[i];
		const bool here = name_equal(record->owner, name);
		if (here && record->type == type)
			rdata = record->rdata;
		if (here && record->type == TYPE_RRSIG && u16_load(record->rdata.at) == type)
			good = *record;
		else
			reply->records[kept++] = *record;
	}
	reply->count = kept;
	if (!rdata.at)
		return;
	for (unsigned i = 0; i < times; i++) {
		world_sign(&world, reply, &rrset, world_zone_at(&world, zone)->key, &terms);
		struct record *bad = &reply->records[reply->count - 1];
		uint8_t *octets = arena_copy(&world.arena, bad->rdata.at, bad->rdata.len);
		octets[bad->rdata.len - 1] ^= 1;
		bad->rdata.at = octets;
	}
	assert_non_null(good.rdata.at);
	reply->records[reply->count++] = good;
}

static struct vain {
	const char *owner;
	uint16_t type;
	const char *zone;
} vain[4];

static void sign_all_in_vain(struct world_reply *reply, void *with)
{
	(void)with;
	for (size_t i = 0; i < COUNT_OF(vain) && vain[i].owner; i++) {
		if (reply->question.type == (vain[i].type == TYPE_CNAME ? TYPE_A : vain[i].type))
			sign_in_vain(reply, vain[i].owner, vain[i].type, vain[i].zone, 7);
	}
}

static void ask_in_vain(const char *name)
{
	struct world_trial trial;

	cold();
	world.tamper = sign_all_in_vain;
	trial = ask(name, TYPE_A);
	assert_int_equal(trial.result.reason.code, REASON_SPENT_CHECKS);
	world.tamper = NULL;
}

/* A zone is left alone for what it cost itself, not for what others on the path did before it. */
static void test_spent_checks(void **state)
{
	const struct vain keys = { "last.example", TYPE_DNSKEY, "last.example" };
	const struct vain records = { "www.last.example", TYPE_A, "last.example" };
	(void)state;
	world_zone(&world, "first.example", 13, WORLD_NSEC);
	world_zone(&world, "last.example", 13, WORLD_NSEC);
	world_add_name(&world, "a.first.example", TYPE_CNAME, "b.first.example");
	world_add_name(&world, "b.first.example", TYPE_CNAME, "www.last.example");
	world_add_a(&world, "www.last.example");
	expect("a.first.example", TYPE_A, S);
	vain[0] = (struct vain){ "a.first.example", TYPE_CNAME, "first.example" };
	vain[1] = (struct vain){ "b.first.example", TYPE_CNAME, "first.example" };
	vain[2] = keys;
	ask_in_vain("a.first.example");
	expect("www.last.example", TYPE_A, S);
	vain[2] = records;
	ask_in_vain("a.first.example");
	expect("www.last.example", TYPE_A, S);
	vain[0] = (struct vain){ "last.example", TYPE_DS, "example" };
	vain[1] = keys;
	ask_in_vain("www.last.example");
	expect("www.last.example", TYPE_A, VERDICT_BOGUS);
	world.now_s += KEYCACHE_BOGUS_TTL_S;
	expect("www.last.example", TYPE_A, S);
	vain[0] = (struct vain){ "example", TYPE_DNSKEY, "example" };
	vain[1] = (struct vain){ "last.example", TYPE_DS, "example" };
	vain[2] = keys;
	ask_in_vain("www.last.example");
	expect("www.last.example", TYPE_A, VERDICT_BOGUS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rollovers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ds_digests, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_anchors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_age_of_no_cut, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_alias_above_the_zone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_spent_queries, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_spent_hashes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_spent_checks, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
