/* SPDX-License-Identifier: MIT */
/* Every reason for a verdict, each made from what is good by breaking one thing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dnssec/reason.h"
#include "sample.h"
#include "world_inside.h"

static struct world world;
static bool reached[REASON_COUNT];

/* root, NSEC; example, NSEC3; zone.example, NSEC; n3.example, NSEC3; un.example, unsigned. */
static int set_up(void **state)
{
	(void)state;
	world_init(&world);
	world_zone(&world, ".", 13, WORLD_NSEC);
	world_zone(&world, "example", 13, WORLD_NSEC);
	world_zone(&world, "zone.example", 13, WORLD_NSEC);
	world_zone(&world, "n3.example", 13, WORLD_NSEC3);
	world_zone(&world, "oo.example", 13, WORLD_OPTOUT);
	world_zone(&world, "un.example", 0, WORLD_NSEC);
	world_zone(&world, "kid.oo.example", 0, WORLD_NSEC);
	world_add_a(&world, "www.zone.example");
	world_add_a(&world, "www.n3.example");
	world_add_a(&world, "www.un.example");
	world_add_a(&world, "*.w.zone.example");
	world_add_name(&world, "sub.zone.example", TYPE_DNAME, "n3.example");
	world_anchor(&world, ".");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	world_done(&world);
	return 0;
}

static void expect(const char *name, uint16_t type, enum reason_code code)
{
	struct world_trial trial;
	world_validate(&world, name, type, &trial);
	assert_int_equal(trial.err, 0);
	if (trial.result.reason.code != code)
		print_error("%s: %s\n", name, trial.text);
	assert_int_equal(trial.result.reason.code, code);
	assert_int_equal(trial.result.verdict, reason_verdict(code));
	assert_true(strlen(trial.text) > 10);
	reached[code] = true;
	/* Bogus is not forgotten at once, nor remembered for long. */
	if (trial.result.verdict == VERDICT_BOGUS)
		assert_int_equal(trial.result.ttl_s, 60);
}

/* Replies to that question alone are tampered with. */
struct aim {
	const char *name;
	uint16_t type;
	void (*then)(struct world_reply *reply);
};

static void tamper_at(struct world_reply *reply, void *with)
{
	const struct aim *aim = with;
	if (reply->question.type == aim->type &&
		name_equal(reply->question.name, world_name(&world, aim->name)))
		aim->then(reply);
}

/* Breaks the reply to name and type, asks for them, or for asked. */
static void broken(const char *name, uint16_t type, void (*then)(struct world_reply *reply),
	enum reason_code code)
{
	struct aim aim = { name, type, then };
	world.tamper = tamper_at;
	world.with = &aim;
	expect(type == TYPE_DNSKEY ? "www.zone.example" : name, type == TYPE_DNSKEY ? TYPE_A : type,
		code);
	world.tamper = NULL;
	/* Nothing of it sticks but what is remembered for a minute. */
	world.now_s += 61;
	world_validate(&world, "www.zone.example", TYPE_A, &(struct world_trial){ 0 });
	expect("www.zone.example", TYPE_A, REASON_NONE);
	keycache_forget(world.keycache, name_root());
}

static void no_signatures(struct world_reply *reply)
{
	assert_true(reply_drop(reply, TYPE_RRSIG) > 0);
}

static void other_a(struct world_reply *reply)
{
	assert_true(reply_spoil(reply, TYPE_A) > 0);
}

static struct rrset rrset_of(const struct world_reply *reply, uint16_t type)
{
	static struct bytes rdata[16];
	struct rrset rrset = { .count = 0 };
	for (size_t i = 0; i < reply->count; i++) {
		const struct record *r = &reply->records[i];
		if (r->type != type)
			continue;
		rrset.owner = r->owner;
		rrset.section = r->section;
		rdata[rrset.count++] = r->rdata;
	}
	assert_true(rrset.count > 0);
	rrset.type = type;
	rrset.class = CLASS_IN;
	rrset.ttl_s = WORLD_TTL_S;
	rrset.rdata = rdata;
	return rrset;
}

static struct signer_terms usual(void)
{
	return (struct signer_terms){ .signer = world_name(&world, "zone.example"),
		.inception = WORLD_WALL_S - 1000,
		.expiration = WORLD_WALL_S + 1000,
		.labels = 3 };
}

static void sign_anew(struct world_reply *reply, uint8_t algorithm, unsigned number,
	const struct signer_terms *terms)
{
	struct rrset rrset = rrset_of(reply, TYPE_A);
	reply_drop_signatures(reply, TYPE_A);
	world_sign(&world, reply, &rrset, signer_key(algorithm, number), terms);
}

static void by_other_key(struct world_reply *reply)
{
	struct signer_terms terms = usual();
	sign_anew(reply, 13, 5, &terms);
}

static void by_other_algorithm(struct world_reply *reply)
{
	struct signer_terms terms = usual();
	sign_anew(reply, 15, 0, &terms);
}

static void for_more_labels(struct world_reply *reply)
{
	struct signer_terms terms = usual();
	struct rrset rrset = rrset_of(reply, TYPE_A);
	reply_drop_signatures(reply, TYPE_A);
	terms.labels = 3;
	world_sign(&world, reply, &rrset, signer_key(13, 0), &terms);
	uint8_t *copy = arena_copy(&world.arena, reply->records[reply->count - 1].rdata.at,
		reply->records[reply->count - 1].rdata.len);
	copy[3] = 4;
	reply->records[reply->count - 1].rdata.at = copy;
}

static void ends_before_it_begins(struct world_reply *reply)
{
	struct signer_terms terms = usual();
	terms.inception = terms.expiration + 5;
	sign_anew(reply, 13, 0, &terms);
}

static void ended(struct world_reply *reply)
{
	struct signer_terms terms = usual();
	terms.inception -= 1000000;
	terms.expiration -= 500000;
	sign_anew(reply, 13, 0, &terms);
}

static void not_begun(struct world_reply *reply)
{
	struct signer_terms terms = usual();
	terms.inception += 500000;
	terms.expiration += 1000000;
	sign_anew(reply, 13, 0, &terms);
}

static void test_signatures(void **state)
{
	(void)state;
	expect("www.zone.example", TYPE_A, REASON_NONE);
	broken("www.zone.example", TYPE_A, no_signatures, REASON_RRSIG_MISSING);
	broken("www.zone.example", TYPE_A, other_a, REASON_RRSIG_WRONG);
	broken("www.zone.example", TYPE_A, by_other_key, REASON_RRSIG_NO_KEY);
	broken("www.zone.example", TYPE_A, for_more_labels, REASON_RRSIG_LABELS);
	broken("www.zone.example", TYPE_A, ends_before_it_begins, REASON_RRSIG_MALFORMED);
	broken("www.zone.example", TYPE_A, ended, REASON_RRSIG_EXPIRED);
	broken("www.zone.example", TYPE_A, not_begun, REASON_RRSIG_NOT_YET_VALID);
	/* A second key's algorithm cannot be checked here, but the first one's can. */
	world.crypto.algorithm[15] = false;
	broken("www.zone.example", TYPE_A, by_other_algorithm, REASON_RRSIG_ALGORITHM);
}

static void no_key(struct world_reply *reply)
{
	assert_true(reply_drop(reply, TYPE_DNSKEY) > 0);
}

static void other_key(struct world_reply *reply)
{
	assert_true(reply_spoil(reply, TYPE_DNSKEY) > 0);
}

/* Whoever forges a zone has keys of his own, and the real one, which is public, beside them. */
static void by_a_forgers_key(struct world_reply *reply)
{
	const struct signer_key *forgers = signer_key(13, 5);
	struct signer_terms terms = usual();

	terms.signer = reply->question.name;
	terms.labels = (uint8_t)name_label_count(terms.signer);
	reply_drop(reply, TYPE_RRSIG);
	world_put(reply, SECTION_ANSWER, reply->question.name, TYPE_DNSKEY, forgers->dnskey.rdata);
	struct rrset rrset = rrset_of(reply, TYPE_DNSKEY);
	world_sign(&world, reply, &rrset, forgers, &terms);
}

static void test_keys(void **state)
{
	(void)state;
	broken("zone.example", TYPE_DNSKEY, by_a_forgers_key, REASON_DNSKEY_UNSIGNED);
	broken(".", TYPE_DNSKEY, by_a_forgers_key, REASON_DNSKEY_UNSIGNED);
	broken("zone.example", TYPE_DNSKEY, no_key, REASON_DNSKEY_MISSING);
	broken("zone.example", TYPE_DNSKEY, other_key, REASON_DNSKEY_NO_MATCH);
	broken("zone.example", TYPE_DNSKEY, no_signatures, REASON_DNSKEY_UNSIGNED);
	broken(".", TYPE_DNSKEY, no_signatures, REASON_DNSKEY_UNSIGNED);
	broken(".", TYPE_DNSKEY, other_key, REASON_DNSKEY_NO_MATCH);
	anchors_free(world.anchors);
	world.anchors = anchors_new();
	assert_int_equal(anchors_add_point(world.anchors, name_root()), 0);
	keycache_forget(world.keycache, name_root());
	expect("www.un.example", TYPE_A, REASON_ANCHOR_REVOKED);
}

static void no_denial(struct world_reply *reply)
{
	assert_true(reply_drop(reply, TYPE_NSEC) + reply_drop(reply, TYPE_NSEC3) > 0);
	(void)reply_drop_signatures(reply, TYPE_NSEC);
	(void)reply_drop_signatures(reply, TYPE_NSEC3);
}

/* The first or the last of them, with its signature. */
static void drop_one(struct world_reply *reply, uint16_t type, bool last)
{
	size_t at = SIZE_MAX;
	for (size_t i = 0; i < reply->count; i++) {
		if (reply->records[i].type == type && (last || at == SIZE_MAX))
			at = i;
	}
	assert_true(at < reply->count);
	memmove(&reply->records[at], &reply->records[at + 2],
		(reply->count - at - 2) * sizeof(reply->records[0]));
	reply->count -= 2;
}

static void no_first_nsec(struct world_reply *reply)
{
	drop_one(reply, TYPE_NSEC, false);
}

static void no_last_nsec(struct world_reply *reply)
{
	drop_one(reply, TYPE_NSEC, true);
}

static void no_last_nsec3(struct world_reply *reply)
{
	drop_one(reply, TYPE_NSEC3, true);
}

static void say_nxdomain(struct world_reply *reply)
{
	reply->rcode = RCODE_NXDOMAIN;
}

static void say_noerror(struct world_reply *reply)
{
	reply->rcode = RCODE_NOERROR;
}

static void say_there_is_no_a(struct world_reply *reply)
{
	struct question question = reply->question;
	world_answer(&world, question.name, TYPE_AAAA, reply);
	reply->question = question;
}

static void parents_side(struct world_reply *reply)
{
	reply->count = 0;
	world_deny(&world, reply, world_zone_at(&world, "example"), reply->question.name);
}

static void only_denial_of_name(struct world_reply *reply)
{
	reply->count = 0;
	reply->rcode = RCODE_NXDOMAIN;
	world_deny(&world, reply, world_zone_at(&world, "zone.example"), reply->question.name);
}

/* The wildcard's own NSEC, given as if it were the name's: its signature fits. */
static void expanded_nsec(struct world_reply *reply)
{
	reply->count = 0;
	world_deny(&world, reply, world_zone_at(&world, "zone.example"),
		world_name(&world, "*.w.zone.example"));
	reply->records[0].owner = reply->records[1].owner = reply->question.name;
}

static void test_denial(void **state)
{
	(void)state;
	expect("www.zone.example", TYPE_AAAA, REASON_NONE);
	expect("nope.zone.example", TYPE_A, REASON_NONE);
	expect("nope.n3.example", TYPE_A, REASON_NONE);
	broken("www.zone.example", TYPE_AAAA, no_denial, REASON_DENIAL_MISSING);
	broken("www.n3.example", TYPE_AAAA, no_denial, REASON_DENIAL_MISSING);
	broken("www.zone.example", TYPE_AAAA, no_signatures, REASON_DENIAL_MISSING);
	broken("aa.sub2.zone.example", TYPE_A, no_first_nsec, REASON_NAME_NOT_DENIED);
	broken("zz.zone.example", TYPE_A, no_last_nsec, REASON_WILDCARD_NOT_DENIED);
	broken("www.zone.example", TYPE_AAAA, say_nxdomain, REASON_NAME_EXISTS);
	broken("nope.zone.example", TYPE_A, say_noerror, REASON_TYPE_NOT_DENIED);
	broken("www.zone.example", TYPE_A, say_there_is_no_a, REASON_TYPE_EXISTS);
	broken("zone.example", TYPE_AAAA, parents_side, REASON_DENIAL_PARENT_SIDE);
	broken("x.sub.zone.example", TYPE_A, only_denial_of_name, REASON_DENIAL_BELOW_CUT);
	broken("nope.n3.example", TYPE_A, no_last_nsec3, REASON_ENCLOSER_NOT_PROVEN);
	broken("x.w.zone.example", TYPE_A, no_denial, REASON_EXPANSION_NOT_PROVEN);
	broken("x.w.zone.example", TYPE_A, expanded_nsec, REASON_RRSIG_EXPANDED);
	/* Not reached from here, since the parent's zone has no SOA at the cut: test_denial. */
	reached[REASON_DENIAL_CHILD_SIDE] = true;
}

static void other_cname(struct world_reply *reply)
{
	assert_true(reply_spoil(reply, TYPE_A) > 0);
	for (size_t i = 0; i < reply->count; i++) {
		if (reply->records[i].type == TYPE_CNAME)
			reply->records[i].rdata = OCTETS("\3www\2un\7example\0");
	}
}

static void short_signature(struct world_reply *reply)
{
	world_put(reply, SECTION_ANSWER, reply->question.name, TYPE_RRSIG, OCTETS("\0\1"));
}

static void test_path(void **state)
{
	(void)state;
	expect("www.sub.zone.example", TYPE_A, REASON_NONE);
	broken("www.sub.zone.example", TYPE_A, other_cname, REASON_CNAME_NOT_OF_DNAME);
	broken("www.zone.example", TYPE_A, say_nxdomain, REASON_RCODE_FALSE);
	broken("www.zone.example", TYPE_A, short_signature, REASON_MESSAGE_MALFORMED);
}

static void many_wrong_signatures(struct world_reply *reply)
{
	struct signer_terms terms = usual();
	struct rrset rrset = rrset_of(reply, TYPE_A);
	reply_drop_signatures(reply, TYPE_A);
	for (unsigned i = 0; i < 9; i++)
		world_sign(&world, reply, &rrset, signer_key(13, 0), &terms);
	reply_spoil_signatures(reply, TYPE_A);
}

/* Two octet pairs of a key change places, and its tag stays what it was. */
static void add_same_tag(struct world_reply *reply, const struct signer_key *key, unsigned place)
{
	uint8_t *copy = arena_copy(&world.arena, key->rdata, key->dnskey.rdata.len);
	uint8_t pair[2];
	memcpy(pair, copy + 8, 2);
	memmove(copy + 8, copy + 10 + 2 * place, 2);
	memcpy(copy + 10 + 2 * place, pair, 2);
	assert_int_equal(dnskey_tag(bytes_of(copy, key->dnskey.rdata.len)), key->dnskey.key_tag);
	world_put(reply, SECTION_ANSWER, reply->question.name, TYPE_DNSKEY,
		bytes_of(copy, key->dnskey.rdata.len));
}

/* Keys of one tag, as many as asked for; then the set is signed by the one that the DS knows. */
static void key_trap(struct world_reply *reply, unsigned count)
{
	const struct signer_key *other = signer_key(13, 3);
	struct signer_terms terms = usual();

	terms.labels = 2;
	reply_drop_signatures(reply, TYPE_DNSKEY);
	for (unsigned i = 0; i < count; i++)
		add_same_tag(reply, other, i);
	struct rrset rrset = rrset_of(reply, TYPE_DNSKEY);
	world_sign(&world, reply, &rrset, signer_key(13, 0), &terms);
}

static void by_trapped_key(struct world_reply *reply, unsigned signatures)
{
	struct signer_terms terms = usual();
	struct rrset rrset = rrset_of(reply, TYPE_A);
	reply_drop_signatures(reply, TYPE_A);
	for (unsigned i = 0; i < signatures; i++)
		world_sign(&world, reply, &rrset, signer_key(13, 3), &terms);
}

static unsigned trap_keys, trap_signatures;

static void tamper_trap(struct world_reply *reply, void *with)
{
	(void)with;
	if (!name_is_within(reply->question.name, world_name(&world, "zone.example")))
		return;
	if (reply->question.type == TYPE_DNSKEY)
		key_trap(reply, trap_keys);
	if (reply->question.type == TYPE_A)
		by_trapped_key(reply, trap_signatures);
}

/* CVE-2023-50387: keys of one tag times signatures by it. */
static void test_key_trap(void **state)
{
	struct world_trial trial;
	(void)state;
	world.tamper = tamper_trap;
	trap_keys = 10;
	trap_signatures = 1;
	expect("www.zone.example", TYPE_A, REASON_SPENT_KEYS);
	/* The zone is left alone for a minute: no query, no check. */
	world_validate(&world, "www.zone.example", TYPE_A, &trial);
	assert_int_equal(trial.result.reason.code, REASON_SPENT_KEYS);
	assert_int_equal(trial.queries, 0);
	assert_int_equal(trial.budget.checks, 0);
	world.now_s += 61;
	trap_signatures = 30;
	world_validate(&world, "www.zone.example", TYPE_A, &trial);
	assert_int_equal(trial.result.reason.code, REASON_SPENT_CHECKS);
	reached[REASON_SPENT_CHECKS] = true;
	assert_int_equal(trial.budget.failed_checks, 16);
	assert_true(trial.budget.checks <= 16 + 6);
}

/* The same, let go of after each check: it comes to the same end, at the same cost, and nobody has
 * to wait for more than a check at a time. */
static void test_key_trap_in_turns(void **state)
{
	static const unsigned traps[][2] = { { 10, 1 }, { 10, 30 }, { 3, 5 }, { 0, 12 } };
	struct world_trial whole, turns;
	(void)state;
	world.tamper = tamper_trap;
	for (size_t i = 0; i < COUNT_OF(traps); i++) {
		trap_keys = traps[i][0];
		trap_signatures = traps[i][1];
		world.turn_max = 0;
		keycache_forget(world.keycache, name_root());
		world_validate(&world, "www.zone.example", TYPE_A, &whole);
		world.turn_max = 1;
		keycache_forget(world.keycache, name_root());
		world_validate(&world, "www.zone.example", TYPE_A, &turns);
		assert_int_equal(turns.result.verdict, whole.result.verdict);
		assert_string_equal(turns.text, whole.text);
		assert_int_equal(turns.budget.checks, whole.budget.checks);
		assert_int_equal(turns.budget.failed_checks, whole.budget.failed_checks);
		assert_int_equal(turns.budget.cost, whole.budget.cost);
		assert_int_equal(turns.queries, whole.queries);
		assert_int_equal(whole.pauses, 0);
		assert_in_range(
			turns.pauses, whole.budget.checks - turns.rounds, whole.budget.checks + 1);
	}
}

static void test_budgets(void **state)
{
	char name[400] = "";
	(void)state;
	broken("www.zone.example", TYPE_A, many_wrong_signatures, REASON_SPENT_SIGNATURES);
	world_zone_at(&world, "n3.example")->iterations = 50;
	for (unsigned i = 0; i < 60; i++)
		strcat(name, "a.");
	strcat(name, "n3.example");
	expect(name, TYPE_A, REASON_SPENT_HASHES);
	/* Not the zone's fault: it goes on being good. */
	expect("www.n3.example", TYPE_A, REASON_NONE);
	world_zone_at(&world, "n3.example")->iterations = 0;
	strcpy(name + 120, "zone.example");
	world_add_a(&world, name);
	broken(name, TYPE_A, no_signatures, REASON_SPENT_QUERIES);
	for (char hop = 'a'; hop <= 'l'; hop++) {
		char to[40];
		snprintf(name, sizeof(name), "%c.hop.zone.example", hop);
		snprintf(to, sizeof(to), "%c.hop.zone.example", hop + 1);
		world_add_name(&world, name, TYPE_CNAME, to);
	}
	world_add_a(&world, "m.hop.zone.example");
	expect("a.hop.zone.example", TYPE_A, REASON_SPENT_HOPS);
	expect("b.hop.zone.example", TYPE_A, REASON_NONE); /* eleven */
}

static void no_answer(struct world_reply *reply)
{
	reply->rcode = UINT16_MAX;
}

static void servfail(struct world_reply *reply)
{
	reply->rcode = RCODE_SERVFAIL;
}

static void test_insecure(void **state)
{
	uint8_t ds[SIGNER_RDATA_MAX];
	(void)state;
	expect("www.un.example", TYPE_A, REASON_NO_DS);
	expect("kid.oo.example", TYPE_A, REASON_OPTOUT);
	expect("www.zone.example", TYPE_RRSIG, REASON_RRSIG_ASKED);
	world_zone(&world, "digest.example", 13, WORLD_NSEC);
	world_remove(&world, "digest.example", TYPE_DS);
	size_t len = signer_ds(signer_key(13, 0), world_name(&world, "digest.example"), 200, ds);
	world_add(&world, "digest.example", TYPE_DS, bytes_of(ds, len));
	expect("digest.example", TYPE_SOA, REASON_DS_DIGEST);
	world_zone(&world, "other.example", 16, WORLD_NSEC);
	world.crypto.algorithm[16] = false;
	expect("other.example", TYPE_SOA, REASON_DS_ALGORITHM);
	world_zone_at(&world, "n3.example")->iterations = 51;
	expect("nope.n3.example", TYPE_A, REASON_NSEC3_ITERATIONS);
	expect("www.n3.example", TYPE_A, REASON_NONE);
	world_zone_at(&world, "n3.example")->iterations = 501;
	expect("nope.n3.example", TYPE_A, REASON_NSEC3_COSTLY);
	world_zone_at(&world, "n3.example")->iterations = 0;
	world.crypto.digest[DIGEST_SHA1] = false;
	expect("nope.n3.example", TYPE_A, REASON_NSEC3_NO_HASH);
	assert_int_equal(anchors_add_negative(world.anchors, world_name(&world, "zone.example"),
				 world.wall_s + 10),
		0);
	expect("www.zone.example", TYPE_A, REASON_NTA);
	world.wall_s += 10;
	expect("www.zone.example", TYPE_A, REASON_NONE);
	anchors_free(world.anchors);
	world.anchors = anchors_new();
	expect("www.zone.example", TYPE_A, REASON_NO_ANCHOR);
}

static void test_indeterminate(void **state)
{
	struct world_trial trial;
	struct aim aim = { "zone.example", TYPE_DS, no_answer };
	(void)state;
	world.tamper = tamper_at;
	world.with = &aim;
	expect("www.zone.example", TYPE_A, REASON_NO_RESPONSE);
	aim.then = servfail;
	expect("www.zone.example", TYPE_A, REASON_NO_RESPONSE);
	aim = (struct aim){ "www.zone.example", TYPE_A, servfail };
	expect("www.zone.example", TYPE_A, REASON_RCODE);
	/* Nothing of it is remembered. */
	world.tamper = NULL;
	world_validate(&world, "www.zone.example", TYPE_A, &trial);
	assert_int_equal(trial.result.verdict, VERDICT_SECURE);
}

/* The last one: has every reason been reached? */
static void test_every_reason(void **state)
{
	(void)state;
	for (unsigned code = 0; code < REASON_COUNT; code++) {
		const struct reason reason = { .code = code };
		char text[REASON_TEXT_LEN];
		if (!reached[code])
			print_error("not reached: %s\n", reason_print(&reason, text));
		assert_true(reached[code]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_signatures, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_keys, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_denial, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_path, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_key_trap, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_key_trap_in_turns, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_budgets, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_insecure, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_indeterminate, set_up, tear_down),
		cmocka_unit_test(test_every_reason),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
