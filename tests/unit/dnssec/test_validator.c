/* SPDX-License-Identifier: MIT */
/* The whole of it over a small world: what is honest is secure or insecure as it should be, and
 * what is not is never secure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "asking.h"
#include "sample.h"
#include "support/failmalloc.h"

/* By zone: NSEC, NSEC3, opt-out, unsigned. What an opt-out span covers is not secure. */
static const struct {
	const char *prefix;
	uint16_t type;
	enum verdict verdict[4];
} honest[] = {
	{ "www.", TYPE_A, { S, S, S, I } },
	{ "WWW.", TYPE_A, { S, S, S, I } },
	{ "www.", TYPE_AAAA, { S, S, S, I } },
	{ "www.", TYPE_DS, { S, S, S, I } },
	{ "nope.", TYPE_A, { S, S, I, I } },
	{ "a.b.nope.", TYPE_A, { S, S, I, I } },
	{ "x.wild.", TYPE_A, { S, S, I, I } },
	{ "x.y.wild.", TYPE_A, { S, S, I, I } },
	{ "*.wild.", TYPE_A, { S, S, S, I } },
	{ "x.wild.", TYPE_AAAA, { S, S, I, I } },
	{ "real.wild.", TYPE_A, { S, S, S, I } },
	{ "x.real.wild.", TYPE_A, { S, S, I, I } },
	{ "ent.", TYPE_A, { S, S, S, I } },
	{ "tosigned.", TYPE_A, { S, S, S, I } },
	{ "tosigned.", TYPE_CNAME, { S, S, S, I } },
	{ "tosigned.", TYPE_AAAA, { S, S, S, I } },
	{ "tounsigned.", TYPE_A, { I, I, I, I } },
	{ "tonothing.", TYPE_A, { S, S, S, I } },
	{ "x.star.", TYPE_A, { S, S, I, I } },
	{ "www.sub.", TYPE_A, { S, S, S, I } },
	{ "www.sub.", TYPE_CNAME, { S, S, S, I } },
	{ "nope.sub.", TYPE_A, { S, S, S, I } },
	{ "sub.", TYPE_DNAME, { S, S, S, I } },
	{ "loop.", TYPE_A, { S, S, S, I } },
	{ "", TYPE_SOA, { S, S, S, I } },
	{ "", TYPE_NS, { S, S, S, I } },
	{ "", TYPE_DNSKEY, { S, S, S, I } },
	{ "", TYPE_DS, { S, S, S, S } },
	{ "", TYPE_A, { S, S, S, I } },
	{ "www.", TYPE_NSEC, { S, S, S, I } },
	{ "x.wild.", TYPE_NSEC, { S, S, I, I } },
	{ "x.y.wild.", TYPE_NSEC, { S, S, I, I } },
	{ "ent.", TYPE_NSEC, { S, S, S, I } },
	{ "www.", TYPE_RRSIG, { I, I, I, I } },
	{ "x.wild.", TYPE_RRSIG, { I, I, I, I } },
	{ "tosigned.", TYPE_RRSIG, { I, I, I, I } },
	{ "ent.", TYPE_RRSIG, { S, S, S, I } },
	{ "nope.", TYPE_RRSIG, { S, S, I, I } },
};

static void ask_all(bool stay_warm)
{
	static const char *const zones[] = { "n1.example", "n3.example", "oo.example",
		"un.example" };
	for (size_t i = 0; i < COUNT_OF(honest); i++) {
		for (size_t k = 0; k < COUNT_OF(zones); k++) {
			char name[64];
			snprintf(name, sizeof(name), "%s%s", honest[i].prefix, zones[k]);
			if (!stay_warm)
				cold();
			expect(name, honest[i].type, honest[i].verdict[k]);
		}
	}
}

static void test_honest(void **state)
{
	(void)state;
	ask_all(false);
	ask_all(true);
}

/* The order and number in which replies come make no difference. */
static void test_honest_one_by_one(void **state)
{
	(void)state;
	world.one_by_one = true;
	ask_all(false);
	world.wants_max = 1;
	ask_all(false);
	world.foresee = true;
	ask_all(false);
}

/* Nor does it that others get their turn in between: after each check, or after a few. */
static void test_honest_in_turns(void **state)
{
	(void)state;
	for (world.turn_max = 1; world.turn_max < 30; world.turn_max += 9) {
		ask_all(false);
		ask_all(true);
	}
	world.one_by_one = true;
	world.turn_max = 1;
	ask_all(false);
	cold();
	struct world_trial trial = ask("tosigned.n1.example", TYPE_A);
	assert_in_range(trial.pauses, 3, trial.budget.checks);
}

static void test_root(void **state)
{
	(void)state;
	expect(".", TYPE_DS, S);
	expect(".", TYPE_SOA, S);
	expect(".", TYPE_DNSKEY, S);
	expect(".", TYPE_AAAA, S);
	expect("nope", TYPE_A, S);
	expect("example", TYPE_DS, S);
	expect("example", TYPE_SOA, S);
}

/* Unsigned for real: below a delegation without DS, signed or not. */
static void test_insecure(void **state)
{
	struct world_trial trial;
	(void)state;
	expect("www.kid.oo.example", TYPE_A, I);
	expect("kid.oo.example", TYPE_DS, I); /* an opt-out span says so */
	expect("www.deep.kid.oo.example", TYPE_A, I);
	expect("nope.kid.oo.example", TYPE_A, I);
	trial = ask("nope.oo.example", TYPE_A);
	assert_true(trial.result.optout);
	trial = ask("www.kid.oo.example", TYPE_A);
	assert_true(trial.result.optout);
	trial = ask("www.un.example", TYPE_A);
	assert_false(trial.result.optout);
}

static void test_result(void **state)
{
	struct world_trial trial = ask("www.n1.example", TYPE_A);
	(void)state;
	assert_name(trial.result.zone, "n1.example.");
	assert_int_equal(trial.result.ttl_s, WORLD_TTL_S);
	assert_false(trial.result.wildcard);
	trial = ask("x.wild.n1.example", TYPE_A);
	assert_true(trial.result.wildcard);
	trial = ask("tosigned.n1.example", TYPE_A);
	assert_name(trial.result.zone, "n3.example.");
	trial = ask("www.un.example", TYPE_A);
	assert_name(trial.result.zone, ".");
	/* A signature that soon ends ends what it signs. RFC 4035 section 5.3.3 */
	world_zone_at(&world, "n1.example")->expiration = WORLD_WALL_S + 100;
	trial = ask("www.n1.example", TYPE_A);
	assert_int_equal(trial.result.ttl_s, 100);
	trial = ask("nope.n1.example", TYPE_A);
	assert_int_equal(trial.result.ttl_s, 100);
}

/* That a zone is not signed is true for as long as the proof that it has no DS: who replays the
 * proof of an earlier day must not have a zone that is signed by now taken for unsigned. */
static void test_age_of_insecure(void **state)
{
	static const char *const names[] = { "www.un.example", "www.kid.oo.example" };
	static const char *const parents[] = { "example", "oo.example" };
	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		cold();
		expect(parents[i], TYPE_SOA, S); /* its keys are good for longer */
		world_zone_at(&world, parents[i])->expiration = (uint32_t)world.wall_s + 100;
		assert_int_equal(ask(names[i], TYPE_A).result.verdict, I);
		cold();
		assert_int_equal(ask(names[i], TYPE_A).result.ttl_s, 100);
		/* What is remembered grows old. */
		world.now_s += 40;
		world.wall_s += 40;
		assert_int_equal(ask(names[i], TYPE_AAAA).result.ttl_s, 60);
		world.now_s += 60;
		world.wall_s += 60;
		world_zone_at(&world, parents[i])->expiration = (uint32_t)world.wall_s + 1000;
		assert_int_equal(ask(names[i], TYPE_AAAA).result.ttl_s, 1000);
	}
}

static void strip(struct world_reply *reply, void *with)
{
	(void)with;
	reply_drop(reply, TYPE_RRSIG);
	reply_drop(reply, TYPE_NSEC);
	reply_drop(reply, TYPE_NSEC3);
	if (reply->question.type == TYPE_DS)
		reply_drop(reply, TYPE_DS);
}

/* An upstream that strips all of DNSSEC, and a stripped proof, are bogus; never insecure. */
static void test_stripped(void **state)
{
	static const char *const names[] = { "www.n1.example", "www.n3.example", "www.un.example",
		"nope.n1.example", "www.kid.oo.example", "nope" };
	(void)state;
	world.tamper = strip;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		expect(names[i], TYPE_A, VERDICT_BOGUS);
		world.now_s += 61;
	}
}

static void strip_ds_of_n1(struct world_reply *reply, void *with)
{
	if (reply->question.type == TYPE_DS)
		strip(reply, with);
	if (reply->question.type == TYPE_A)
		reply_drop(reply, TYPE_RRSIG);
}

/* The DS of another, unsigned zone in place of a signed one's: not for this name. */
static void answer_of_un(struct world_reply *reply, void *with)
{
	struct question question = reply->question;
	if (question.type == TYPE_A) {
		strip(reply, with);
		return;
	}
	if (question.type != TYPE_DS ||
		!name_equal(question.name, world_name(&world, "n1.example")))
		return;
	world_answer(&world, world_name(&world, "un.example"), TYPE_DS, reply);
	reply->question = question;
}

static void test_downgrade(void **state)
{
	(void)state;
	world.tamper = strip_ds_of_n1;
	expect("www.n1.example", TYPE_A, VERDICT_BOGUS);
	cold();
	world.tamper = answer_of_un;
	expect("www.n1.example", TYPE_A, VERDICT_BOGUS);
}

/* An RRset of one name, type or zone under another's. */
static void swap_owner(struct world_reply *reply, void *with)
{
	struct question question = reply->question;
	if (question.type != TYPE_A)
		return;
	world_answer(&world, world_name(&world, with), TYPE_A, reply);
	for (size_t i = 0; i < reply->count; i++)
		reply->records[i].owner = question.name;
	reply->question = question;
}

static void test_swapped(void **state)
{
	static const char *const from[] = { "www.n3.example", "below.ent.n1.example",
		"*.wild.n1.example", "www.un.example", "www.oo.example" };
	(void)state;
	world.tamper = swap_owner;
	for (size_t i = 0; i < COUNT_OF(from); i++) {
		world.with = (void *)(uintptr_t)from[i];
		cold();
		expect("www.n1.example", TYPE_A, VERDICT_BOGUS);
	}
}

/* Bogus keys are remembered for a minute, and then looked at again. */
static void spoil_keys(struct world_reply *reply, void *with)
{
	(void)with;
	if (name_equal(reply->question.name, world_name(&world, "n1.example")))
		reply_spoil(reply, TYPE_DNSKEY);
}

static void test_remembered(void **state)
{
	struct world_trial trial;
	(void)state;
	world.tamper = spoil_keys;
	expect("www.n1.example", TYPE_A, VERDICT_BOGUS);
	world.tamper = NULL;
	trial = ask("www.n1.example", TYPE_A);
	assert_int_equal(trial.result.verdict, VERDICT_BOGUS);
	assert_int_equal(trial.queries, 0);
	world.now_s += 60;
	expect("www.n1.example", TYPE_A, S);
	/* Keys are used for as long as they hold. */
	world.now_s += WORLD_TTL_S - 1;
	assert_int_equal(ask("www.n1.example", TYPE_A).queries, 0);
	world.now_s++;
	assert_true(ask("www.n1.example", TYPE_A).queries > 0);
}

/* At the limit of 255 octets: signed, denied, and a DNAME that makes too long a name. */
static void test_long_names(void **state)
{
	char name[600];
	(void)state;
	memset(name, 'a', sizeof(name));
	name[63] = name[127] = name[191] = '.';
	strcpy(name + 192 + 50, ".n1.example"); /* 64 * 3 + 51 + 3 + 8 + 1 = 255 */
	expect(name, TYPE_A, S);
	world_add_a(&world, name);
	expect(name, TYPE_A, S);
	world_add_name(&world, "longer.example", TYPE_DNAME, "a-long-target.n1.example");
	memset(name + 192, 'a', 46);
	strcpy(name + 192 + 46, ".longer.example");
	expect(name, TYPE_A, S);
}

static size_t allocations_left, counted_before;
static bool failed_once;

/* What the test itself allocates does not fail. */
static void count_allocations(bool inside)
{
	if (inside) {
		counted_before = failmalloc_count();
		if (!failed_once)
			failmalloc_arm(allocations_left);
		return;
	}
	failed_once |= failmalloc_disarm();
	allocations_left -= failmalloc_count() - counted_before;
}

/* Each allocation of a whole validation fails once: an error is told, nothing leaks, and no
 * verdict comes of it but what came without. */
static void test_out_of_memory(void **state)
{
	static const struct {
		const char *name;
		enum verdict verdict;
	} cases[] = { { "www.n1.example", S }, { "nope.n3.example", S }, { "www.un.example", I },
		{ "nope.sub.n1.example", S } };
	(void)state;
	world.guard = count_allocations;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		unsigned failures = 0;
		failed_once = true;
		for (size_t n = 0; failed_once; n++) {
			struct world_trial trial;
			cold();
			allocations_left = n;
			failed_once = false;
			world_validate(&world, cases[i].name, TYPE_A, &trial);
			assert_true(trial.err == 0 || (trial.err == ERR_NOMEM && failed_once));
			if (trial.err == 0)
				assert_int_equal(trial.result.verdict, cases[i].verdict);
			failures += trial.err != 0;
		}
		assert_true(failures >= 3);
	}
}

/* Of what a response holds besides, nothing is vouched for. L11 */
static void test_vouches(void **state)
{
	const struct validator_context context = { .crypto = &world.crypto,
		.anchors = world.anchors,
		.keycache = world.keycache,
		.wall_s = world.wall_s,
		.now_s = world.now_s };
	struct world_reply *reply = malloc(sizeof(*reply));
	struct validator_want wants[8];
	struct message message;
	struct budget budget;
	struct arena arena;
	struct rrset *rrsets;
	size_t count;
	int err;
	(void)state;
	(void)ask("www.n1.example", TYPE_AAAA);
	arena_init(&arena, 1u << 20);
	budget_init(&budget);
	world_answer(&world, world_name(&world, "www.n1.example"), TYPE_AAAA, reply);
	world_put(reply, SECTION_AUTHORITY, world_name(&world, "a.n1.example"), TYPE_NSEC,
		OCTETS("\0\0\1\100"));
	world_message(reply, &arena, &message);
	struct validator *v = validator_start(&context, &message, &budget, &arena);
	assert_int_equal(validator_step(v, wants, 8, &count, &err), VALIDATOR_DONE);
	assert_int_equal(validator_result(v)->verdict, S);
	assert_int_equal(rrsets_group(&message, &arena, &rrsets, &count), 0);
	for (size_t i = 0; i < count; i++) {
		if (rrsets[i].type != TYPE_RRSIG)
			assert_int_equal(validator_vouches(v, &rrsets[i]),
				!name_equal(rrsets[i].owner, world_name(&world, "a.n1.example")));
	}
	arena_done(&arena);
	free(reply);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_honest, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_honest_one_by_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_honest_in_turns, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_root, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_insecure, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_result, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_age_of_insecure, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stripped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_downgrade, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_swapped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_remembered, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_long_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_out_of_memory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_vouches, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
