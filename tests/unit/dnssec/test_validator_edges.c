/* SPDX-License-Identifier: MIT */
/* Where what is signed and what is not meet: response codes, anchors below one another, a check
 * that takes several turns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dnssec/denial.h"
#include "sample.h"
#include "usual.h"
#include "world_inside.h"

static enum reason_code ask(const char *name, uint16_t type)
{
	struct world_trial trial;
	keycache_forget(world.keycache, name_root());
	world_validate(&world, name, type, &trial);
	assert_int_equal(trial.err, 0);
	assert_int_equal(trial.result.verdict, reason_verdict(trial.result.reason.code));
	return trial.result.reason.code;
}

static uint16_t false_rcode;

/* Of answers, not of the chain's. */
static void say_otherwise(struct world_reply *reply, void *with)
{
	(void)with;
	if (reply->question.type != TYPE_DS && reply->question.type != TYPE_DNSKEY)
		reply->rcode = false_rcode;
}

/* Nobody signs the response code, and clients go by it: an address that is there would be taken for
 * a name that is not, and a mail server would bounce. */
static void test_response_codes(void **state)
{
	static const struct {
		const char *name;
		uint16_t type, rcode;
	} cases[] = {
		{ "www.n1.example", TYPE_A, RCODE_NXDOMAIN },
		{ "www.n1.example", TYPE_A, RCODE_YXDOMAIN },
		{ "www.n1.example", TYPE_MX, RCODE_YXDOMAIN },
		{ "nope.n1.example", TYPE_A, RCODE_YXDOMAIN },
		{ "loop.n1.example", TYPE_A, RCODE_NXDOMAIN },
	};
	char name[256];
	(void)state;
	world.tamper = say_otherwise;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		world.tamper = NULL;
		assert_int_equal(ask(cases[i].name, cases[i].type), REASON_NONE);
		world.tamper = say_otherwise;
		false_rcode = cases[i].rcode;
		assert_int_equal(ask(cases[i].name, cases[i].type), REASON_RCODE_FALSE);
	}
	/* A DNAME that makes the name too long is an error that the response code alone tells. */
	world_add_name(&world, "long.n1.example", TYPE_DNAME,
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.n1.example");
	name[0] = '\0';
	for (unsigned i = 0; i < 100; i++)
		strcat(name, "a.");
	strcat(name, "long.n1.example");
	world.tamper = NULL;
	assert_int_equal(ask(name, TYPE_A), REASON_NONE);
	world.tamper = say_otherwise;
	for (false_rcode = RCODE_NOERROR; false_rcode <= RCODE_NXDOMAIN; false_rcode += 3)
		assert_int_equal(ask(name, TYPE_A), REASON_RCODE_FALSE);
}

static void spoil_soa(struct world_reply *reply, void *with)
{
	(void)with;
	if (reply->question.type != TYPE_DS && reply->question.type != TYPE_DNSKEY)
		assert_true(reply_spoil_signatures(reply, TYPE_SOA) > 0);
}

static void bare_soa(struct world_reply *reply, void *with)
{
	(void)with;
	if (reply->question.type != TYPE_DS && reply->question.type != TYPE_DNSKEY)
		assert_true(reply_drop_signatures(reply, TYPE_SOA) > 0);
}

/* It says for how long a name is taken not to exist: whoever changes it keeps a new host away. */
static void test_soa_of_a_denial(void **state)
{
	static const char *const names[] = { "nope.n1.example", "nope.n3.example" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		world.tamper = spoil_soa;
		assert_int_equal(ask(names[i], TYPE_A), REASON_RRSIG_WRONG);
		world.tamper = bare_soa;
		assert_int_equal(ask(names[i], TYPE_A), REASON_RRSIG_MISSING);
	}
}

/* A DS that is malformed says that the zone is signed all the same. */
static void test_malformed_ds(void **state)
{
	(void)state;
	world_remove(&world, "n1.example", TYPE_DS);
	world_add(&world, "n1.example", TYPE_DS, OCTETS("\1\2\17\2short"));
	assert_int_equal(ask("www.n1.example", TYPE_A), REASON_DNSKEY_NO_MATCH);
	/* Unless nobody could check it anyway. */
	world_remove(&world, "n1.example", TYPE_DS);
	world_add(&world, "n1.example", TYPE_DS, OCTETS("\1\2\143\2short"));
	assert_int_equal(ask("www.n1.example", TYPE_A), REASON_DS_ALGORITHM);
}

/* An anchor whose digest nobody here can make is as if there were none, and is told of. */
static void test_anchor_of_an_unknown_digest(void **state)
{
	const struct name zone = world_name(&world, "deep.kid.oo.example");
	const struct crypto all = world.crypto;
	(void)state;
	world_anchor(&world, "deep.kid.oo.example");
	assert_int_equal(ask("www.deep.kid.oo.example", TYPE_A), REASON_NONE);
	world.crypto.digest[DIGEST_SHA256] = false;
	assert_int_equal(ask("www.deep.kid.oo.example", TYPE_A), REASON_DS_DIGEST);
	world.crypto = all;
	world.crypto
		.algorithm[world_zone_at(&world, "deep.kid.oo.example")->key->dnskey.algorithm] =
		false;
	assert_int_equal(ask("www.deep.kid.oo.example", TYPE_A), REASON_DS_ALGORITHM);
	world.crypto = all;
	assert_int_equal(keycache_state(world.keycache, zone, world.now_s), ZONE_INSECURE);
}

/* A zone is known for as long as its keys and the DS that stands for them: what a parent has taken
 * back must not be believed for the time that the child says. */
static void test_age_of_a_zone(void **state)
{
	static const char *const shortened[] = { "n1.example", "example" };
	const struct name zone = world_name(&world, "n1.example");
	(void)state;
	for (size_t i = 0; i < COUNT_OF(shortened); i++) {
		const uint32_t until = world_zone_at(&world, shortened[i])->expiration;
		world_zone_at(&world, shortened[i])->expiration = WORLD_WALL_S + 100;
		assert_int_equal(ask("www.n1.example", TYPE_A), REASON_NONE);
		assert_int_equal(
			keycache_state(world.keycache, zone, world.now_s + 99), ZONE_SECURE);
		assert_int_equal(
			keycache_state(world.keycache, zone, world.now_s + 100), ZONE_UNKNOWN);
		world_zone_at(&world, shortened[i])->expiration = until;
	}
}

/* That a name is no zone of its own is asked for once, not with each zone below it. */
static void test_no_cut_is_remembered(void **state)
{
	struct world_trial trial;
	(void)state;
	world_zone(&world, "one.between.example", 13, WORLD_NSEC);
	world_zone(&world, "two.between.example", 13, WORLD_NSEC);
	world_add_a(&world, "www.one.between.example");
	world_add_a(&world, "www.two.between.example");
	assert_int_equal(ask("www.one.between.example", TYPE_A), REASON_NONE);
	world_validate(&world, "www.two.between.example", TYPE_A, &trial);
	assert_int_equal(trial.result.verdict, VERDICT_SECURE);
	assert_int_equal(trial.queries, 2); /* its DS and its keys */
}

/* The parent signs what is its child's. */
static void sign_from_above(struct world_reply *reply, void *with)
{
	const struct signer_terms terms = { .signer = world_name(&world, "example"),
		.inception = WORLD_WALL_S - 10,
		.expiration = WORLD_WALL_S + WORLD_DAY_S,
		.labels = 3 };
	(void)with;
	if (reply->question.type != TYPE_A)
		return;
	struct rrset rrset = { .owner = reply->records[0].owner,
		.type = TYPE_A,
		.class = CLASS_IN,
		.ttl_s = WORLD_TTL_S,
		.count = 1,
		.rdata = &reply->records[0].rdata };
	(void)reply_drop(reply, TYPE_RRSIG);
	world_sign(&world, reply, &rrset, world_zone_at(&world, "example")->key, &terms);
}

/* Who gives a zone an anchor of its own does not trust those above it. */
static void test_signed_above_the_anchor(void **state)
{
	(void)state;
	world_anchor(&world, "n1.example");
	assert_int_equal(ask("www.n1.example", TYPE_A), REASON_NONE);
	world.tamper = sign_from_above;
	assert_int_equal(ask("www.n1.example", TYPE_A), REASON_RRSIG_MISSING);
}

/* A DS for keys of one's own. */
static void forge_ds(struct world_reply *reply, void *with)
{
	static uint8_t ds[SIGNER_RDATA_MAX];
	const struct name name = world_name(&world, "n1.example");

	(void)with;
	if (reply->question.type != TYPE_DS || !name_equal(reply->question.name, name))
		return;
	const size_t len = signer_ds(signer_key(15, 2), name, DIGEST_SHA256, ds);
	(void)reply_drop(reply, TYPE_DS);
	world_put(reply, SECTION_ANSWER, name, TYPE_DS, bytes_of(ds, len));
}

/* The parent's signature is all that a zone's keys hang on. */
static void test_forged_ds(void **state)
{
	(void)state;
	assert_int_equal(ask("www.n1.example", TYPE_A), REASON_NONE);
	world.tamper = forge_ds;
	assert_int_equal(ask("www.n1.example", TYPE_A), REASON_RRSIG_WRONG);
}

/* A zone whose one key, which its DS fits, has other flags. */
static void zone_with_flags(const char *name, unsigned number, uint16_t set, uint16_t cleared)
{
	static struct signer_key keys[2];
	struct world_zone *zone = world_zone(&world, name, 13, WORLD_NSEC);
	struct signer_key *key = &keys[number];
	uint8_t ds[SIGNER_RDATA_MAX];

	*key = *signer_key(13, 2);
	key->dnskey.flags = (uint16_t)((key->dnskey.flags | set) & ~cleared);
	u16_store(key->rdata, key->dnskey.flags);
	key->dnskey.rdata.at = key->rdata;
	key->dnskey.key_tag = dnskey_tag(key->dnskey.rdata);
	zone->key = key;
	world_remove(&world, name, TYPE_DNSKEY);
	world_remove(&world, name, TYPE_DS);
	world_add(&world, name, TYPE_DNSKEY, key->dnskey.rdata);
	world_add(
		&world, name, TYPE_DS, bytes_of(ds, signer_ds(key, zone->name, DIGEST_SHA256, ds)));
}

/* RFC 4034 section 2.1.1, RFC 5011 section 2.1 */
static void test_keys_that_sign_no_zone(void **state)
{
	(void)state;
	zone_with_flags("revoked.example", 0, DNSKEY_FLAG_REVOKE, 0);
	zone_with_flags("host.example", 1, 0, DNSKEY_FLAG_ZONE);
	assert_int_equal(ask("revoked.example", TYPE_SOA), REASON_DNSKEY_NO_MATCH);
	assert_int_equal(ask("host.example", TYPE_SOA), REASON_DNSKEY_NO_MATCH);
}

static void make_up(struct world_reply *reply, void *with)
{
	(void)with;
	if (reply->question.type != TYPE_A)
		return;
	reply->count = 0;
	reply->rcode = RCODE_NOERROR;
	world_put(reply, SECTION_ANSWER, reply->question.name, TYPE_A, OCTETS("\313\0\161\11"));
}

/* Below a name that does not exist no zone can be: it is not looked for label by label, and nothing
 * is held against what is not there. */
static void test_below_nothing(void **state)
{
	struct world_trial trial;
	struct arena arena;
	struct zone zone;
	(void)state;
	assert_int_equal(ask("www.n1.example", TYPE_A), REASON_NONE);
	world.tamper = make_up;
	world_validate(&world, "h.g.f.e.d.c.b.nope.n1.example", TYPE_A, &trial);
	assert_int_equal(trial.result.reason.code, REASON_RRSIG_MISSING);
	assert_in_range(trial.queries, 1, 2);
	arena_init(&arena, 1u << 20);
	assert_int_equal(keycache_find(world.keycache, world_name(&world, "nope.n1.example"),
				 world.now_s, &arena, &zone),
		ERR_NOT_FOUND);
	arena_done(&arena);
}

static unsigned spoilt;

static void sign_keys_badly(struct world_reply *reply, void *with)
{
	const struct name zone = world_name(&world, "ec.example");
	const struct signer_key *key = world_zone_at(&world, "ec.example")->key;
	const struct signer_terms terms = { .signer = zone,
		.inception = WORLD_WALL_S - 10,
		.expiration = WORLD_WALL_S + WORLD_DAY_S,
		.labels = 2 };
	struct bytes rdata = key->dnskey.rdata;
	struct rrset rrset = { .owner = zone,
		.type = TYPE_DNSKEY,
		.class = CLASS_IN,
		.ttl_s = WORLD_TTL_S,
		.count = 1,
		.rdata = &rdata };
	(void)with;
	if (reply->question.type != TYPE_DNSKEY || !name_equal(reply->question.name, zone))
		return;
	(void)reply_drop(reply, TYPE_RRSIG);
	for (unsigned i = 0; i < spoilt; i++)
		world_sign(&world, reply, &rrset, key, &terms);
	(void)reply_spoil_signatures(reply, TYPE_DNSKEY);
	world_sign(&world, reply, &rrset, key, &terms);
}

/* A set of keys whose last signature is the one that fits, found over several turns. */
static void test_keys_in_turns(void **state)
{
	struct world_trial trial;
	(void)state;
	world_zone(&world, "ec.example", 13, WORLD_NSEC); /* whose signatures differ each time */
	world_add_a(&world, "www.ec.example");
	world.tamper = sign_keys_badly;
	spoilt = 4;
	world.turn_max = 1;
	world_validate(&world, "www.ec.example", TYPE_A, &trial);
	assert_int_equal(trial.result.verdict, VERDICT_SECURE);
	assert_int_equal(trial.budget.failed_checks, 4);
	assert_true(trial.pauses >= 4);
}

static void deny_much(struct world_reply *reply, void *with)
{
	char name[32];
	(void)with;
	if (reply->question.type != TYPE_A)
		return;
	for (unsigned i = 0; i < 2 * DENIAL_RECORDS_MAX; i++) {
		snprintf(name, sizeof(name), "h%u.n1.example", i);
		world_deny(&world, reply, world_zone_at(&world, "n1.example"),
			world_name(&world, name));
	}
}

/* Denials that are good, but that nobody needs, are not all checked. */
static void test_many_denials(void **state)
{
	struct world_trial trial;
	char name[32];
	(void)state;
	for (unsigned i = 0; i < 2 * DENIAL_RECORDS_MAX; i++) {
		snprintf(name, sizeof(name), "h%u.n1.example", i);
		world_add_a(&world, name);
	}
	assert_int_equal(ask("www.n1.example", TYPE_A), REASON_NONE);
	world.tamper = deny_much;
	world_validate(&world, "nope.n1.example", TYPE_A, &trial);
	assert_int_equal(trial.result.verdict, VERDICT_SECURE);
	assert_int_equal(trial.budget.checks, DENIAL_RECORDS_MAX + 1); /* the SOA */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_response_codes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_soa_of_a_denial, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_malformed_ds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_anchor_of_an_unknown_digest, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_age_of_a_zone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_cut_is_remembered, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_forged_ds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_keys_that_sign_no_zone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_below_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_signed_above_the_anchor, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_keys_in_turns, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_many_denials, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
