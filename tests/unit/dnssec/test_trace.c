/* SPDX-License-Identifier: MIT */
/* What a validation tells of itself, and that telling it changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dnssec/trace.h"
#include "sample.h"
#include "world.h"

static struct world world;
static struct trace trace;
static struct world_reply reply;
static struct world_trial trial;
static struct arena arena;

static int set_up(void **state)
{
	(void)state;
	world_usual(&world);
	trace_init(&trace);
	arena_init(&arena, 16u << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_done(&arena);
	trace_done(&trace);
	world_done(&world);
	return 0;
}

static void ask(const char *name, uint16_t type)
{
	world.trace = &trace;
	world_answer(&world, world_name(&world, name), type, &reply);
	if (world.tamper)
		world.tamper(&reply, world.with);
	world_validate_reply(&world, &reply, &arena, &trial);
	assert_int_equal(trial.err, 0);
}

static const struct trace_zone *zone_at(const char *name)
{
	const struct trace_zone *zone = trace.zones;
	while (zone && !name_equal(zone->name, world_name(&world, name)))
		zone = zone->next;
	assert_non_null(zone);
	return zone;
}

static const struct trace_check *check_of(const struct trace_evidence *evidence, uint16_t type)
{
	for (const struct trace_item *item = evidence->items; item; item = item->next) {
		if (item->kind == TRACE_CHECK && item->check->rrset->type == type)
			return item->check;
	}
	fail_msg("no check of type %u", type);
	return NULL;
}

static const struct trace_denial *denial_of(const struct trace_evidence *evidence)
{
	const struct trace_item *item = evidence->items;
	while (item && item->kind != TRACE_DENIAL)
		item = item->next;
	assert_non_null(item);
	return item->denial;
}

static void test_secure(void **state)
{
	static const char *const names[] = { ".", "example", "n1.example" };
	const struct trace_zone *zone;
	(void)state;
	ask("www.n1.example", TYPE_A);
	zone = trace.zones;
	for (size_t i = 0; i < COUNT_OF(names); i++, zone = zone->next) {
		const struct trace_check *keys = check_of(&zone->evidence, TYPE_DNSKEY);
		assert_true(name_equal(zone->name, world_name(&world, names[i])));
		assert_int_equal(zone->state, ZONE_SECURE);
		assert_non_null(zone->evidence.keys);
		assert_true(zone->evidence.keys->trusted);
		assert_int_equal(keys->count, 1);
		assert_int_equal(keys->first->code, REASON_NONE);
		assert_int_equal(keys->first->rrsig.key_tag, zone->evidence.keys->key.key_tag);
		if (i == 0) {
			assert_non_null(zone->evidence.anchor);
			assert_null(zone->parent.octets);
			continue;
		}
		assert_null(zone->evidence.anchor);
		assert_true(name_equal(zone->parent, world_name(&world, names[i - 1])));
		assert_ptr_equal(check_of(&zone->evidence, TYPE_DS)->rrset, zone->evidence.ds);
	}
	assert_null(zone);
	assert_non_null(trace.hops);
	assert_null(trace.hops->next);
	assert_int_equal(trace.hops->step, TRACE_ANSWER);
	assert_int_equal(trace.hops->reason.code, REASON_NONE);
	assert_true(name_equal(trace.hops->zone, world_name(&world, "n1.example")));
	assert_int_equal(check_of(&trace.hops->evidence, TYPE_A)->first->code, REASON_NONE);
	assert_false(trace.full);
}

static void test_insecure(void **state)
{
	(void)state;
	ask("www.un.example", TYPE_A);
	const struct trace_zone *zone = zone_at("un.example");
	assert_int_equal(zone->state, ZONE_INSECURE);
	assert_int_equal(zone->reason.code, REASON_NO_DS);
	assert_null(zone->evidence.ds);
	assert_int_equal(denial_of(&zone->evidence)->goal, TRACE_NO_TYPE);
	assert_int_equal(denial_of(&zone->evidence)->code, REASON_NONE);
	assert_int_equal(trace.hops->reason.code, REASON_NO_DS);
	assert_true(name_equal(trace.hops->zone, zone->name));
}

static void spoil_a(struct world_reply *at, void *with)
{
	(void)with;
	reply_spoil_signatures(at, TYPE_A);
}

/* The proof that does not hold, and the look for an unsigned zone after it. */
static void test_bogus(void **state)
{
	(void)state;
	world.tamper = spoil_a;
	ask("www.n3.example", TYPE_A);
	const struct trace_hop *hop = trace.hops;
	assert_int_equal(hop->reason.code, REASON_RRSIG_WRONG);
	assert_int_equal(hop->first_reason.code, REASON_RRSIG_WRONG);
	assert_true(name_equal(hop->first_zone, world_name(&world, "n3.example")));
	const struct trace_check *check = check_of(&hop->first_evidence, TYPE_A);
	assert_int_equal(check->reason.code, REASON_RRSIG_WRONG);
	assert_int_equal(check->count, 1);
	assert_int_equal(check->first->code, REASON_RRSIG_WRONG);
	assert_int_equal(zone_at("www.n3.example")->state, ZONE_INSIDE);
	/* The way ended in the same zone: what did not hold is not gone through once more. */
	assert_true(name_equal(hop->zone, hop->first_zone));
	assert_null(hop->evidence.items);
}

/* Hops by several zones, and a proof that two hops share. */
static void test_path(void **state)
{
	(void)state;
	ask("tonothing.n3.example", TYPE_A);
	assert_int_equal(trace.hops->step, TRACE_ALIAS);
	assert_true(name_equal(trace.hops->zone, world_name(&world, "n3.example")));
	const struct trace_hop *last = trace.hops->next;
	assert_int_equal(last->step, TRACE_NOTHING);
	assert_null(last->rrset);
	assert_true(name_equal(last->zone, world_name(&world, "n1.example")));
	assert_int_equal(denial_of(&last->evidence)->goal, TRACE_NO_NAME);
	trace_done(&trace);
	trace_init(&trace);
	world_add_name(&world, "*.again.n1.example", TYPE_CNAME, "y.again2.n1.example");
	world_add_name(&world, "*.again2.n1.example", TYPE_CNAME, "www.sub.n1.example");
	ask("x.again.n1.example", TYPE_A);
	assert_int_equal(denial_of(&trace.hops->evidence)->goal, TRACE_NO_CLOSER);
	assert_int_equal(denial_of(&trace.hops->next->evidence)->goal, TRACE_NO_CLOSER);
	(void)check_of(&trace.hops->evidence, TYPE_NSEC);
	/* Both NSEC came in one response, and were checked once. */
	(void)check_of(&trace.hops->next->evidence, TYPE_NSEC);
	assert_int_equal(trace.hops->next->next->step, TRACE_SUBTREE);
}

static void many_signatures(struct world_reply *at, void *with)
{
	const struct question question = at->question;
	const struct record record = at->records[0];
	const struct signer_terms terms = { .signer = world_name(&world, "n1.example"),
		.inception = WORLD_WALL_S + WORLD_DAY_S,
		.expiration = WORLD_WALL_S + 2 * WORLD_DAY_S,
		.labels = 3 };
	const struct rrset rrset = { .owner = record.owner,
		.type = TYPE_A,
		.class = CLASS_IN,
		.section = SECTION_ANSWER,
		.ttl_s = WORLD_TTL_S,
		.count = 1,
		.rdata = &record.rdata };
	(void)with;
	if (question.type != TYPE_A)
		return;
	struct record good = at->records[1];
	at->count = 1;
	for (int i = 0; i < 40; i++)
		world_sign(&world, at, &rrset, signer_key(13, (unsigned)i % 4), &terms);
	at->records[at->count++] = good;
}

/* A stranger's response does not decide how much is told. */
static void test_bounds(void **state)
{
	struct dnskey key = { .key_tag = 1 };
	(void)state;
	world.tamper = many_signatures;
	ask("www.n1.example", TYPE_A);
	assert_int_equal(trial.result.verdict, VERDICT_SECURE);
	const struct trace_check *check = check_of(&trace.hops->evidence, TYPE_A);
	assert_int_equal(check->count, TRACE_SIGNATURES_MAX + 1); /* the good one is told of */
	assert_int_equal(check->first->code, REASON_RRSIG_NOT_YET_VALID);
	assert_int_equal(check->reason.code, REASON_NONE);
	for (int i = 0; i < TRACE_KEYS_MAX + 8; i++)
		trace_key(&trace, &key, true, false);
	trace_zone(&trace, &(struct zone){ .name = world_name(&world, "x") }, NULL);
	assert_int_equal(zone_at("x")->evidence.keys_left_out, 8);
	assert_true(trace.arena.total <= TRACE_MEMORY_MAX);
}

static void lose_keys(struct world_reply *at, void *with)
{
	(void)with;
	if (at->question.type == TYPE_DNSKEY)
		at->rcode = UINT16_MAX;
}

static void spoil_ds(struct world_reply *at, void *with)
{
	(void)with;
	reply_spoil(at, TYPE_DS);
}

static void drop_denials(struct world_reply *at, void *with)
{
	(void)with;
	reply_drop(at, TYPE_NSEC);
	reply_drop(at, TYPE_NSEC3);
}

static struct world_trial judged_with(struct trace *with, const char *name, uint16_t type)
{
	struct world_trial one;
	keycache_forget(world.keycache, name_root());
	world.trace = with;
	world_validate(&world, name, type, &one);
	assert_int_equal(one.err, 0);
	return one;
}

/* Neither a trace nor one that has no room left changes a verdict or what it costs. */
static void same_verdict(const char *name, uint16_t type)
{
	struct trace whole, full;
	trace_init(&whole);
	trace_init(&full);
	full.arena.limit = 0;
	const struct world_trial plain = judged_with(NULL, name, type);
	const struct world_trial others[] = { judged_with(&whole, name, type),
		judged_with(&full, name, type) };
	assert_false(whole.full);
	/* A response that tells of a failure has no hop, and nothing is left out. */
	assert_int_equal(full.full, whole.hops != NULL);
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		assert_int_equal(others[i].result.verdict, plain.result.verdict);
		assert_int_equal(others[i].result.reason.code, plain.result.reason.code);
		assert_int_equal(others[i].result.ttl_s, plain.result.ttl_s);
		assert_string_equal(others[i].text, plain.text);
		assert_int_equal(others[i].queries, plain.queries);
		assert_memory_equal(&others[i].budget, &plain.budget, sizeof(plain.budget));
	}
	trace_done(&whole);
	trace_done(&full);
}

static void test_changes_nothing(void **state)
{
	static const char *const names[] = { "www.n1.example", "nope.n3.example",
		"x.wild.oo.example", "tounsigned.n1.example", "www.sub.n3.example",
		"loop.n1.example", "www.deep.kid.oo.example", "nope", "ent.n1.example" };
	static void (*const tampers[])(struct world_reply *, void *) = { NULL, spoil_a, lose_keys,
		spoil_ds, drop_denials };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(tampers); i++) {
		world.tamper = tampers[i];
		for (size_t k = 0; k < COUNT_OF(names); k++)
			same_verdict(names[k], TYPE_A);
		same_verdict("n1.example", TYPE_DS);
		same_verdict("n1.example", TYPE_DNSKEY);
		same_verdict("www.n1.example", TYPE_RRSIG);
	}
}

/* With no trace nothing is told, and nothing goes wrong. */
static void test_none(void **state)
{
	const struct reason reason = { .code = REASON_NONE };
	const struct name root = name_root();
	(void)state;
	trace_anchor(NULL, NULL);
	trace_ds(NULL, NULL);
	trace_key(NULL, &(struct dnskey){ 0 }, true, true);
	trace_check_open(NULL, root, NULL, NULL);
	trace_signature(NULL, NULL, REASON_NONE);
	trace_check_close(NULL, &reason);
	trace_check_again(NULL, root, NULL);
	trace_denial(NULL, NULL);
	trace_zone(NULL, NULL, NULL);
	trace_hop(NULL, NULL);
	trace_hop_zone(NULL, root);
	trace_hop_again(NULL, &reason);
	trace_hop_end(NULL, &reason);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_secure, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_insecure, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bogus, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_path, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bounds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_changes_nothing, set_up, tear_down),
		cmocka_unit_test(test_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
