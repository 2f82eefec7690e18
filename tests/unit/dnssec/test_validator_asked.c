/* SPDX-License-Identifier: MIT */
/* DNSSEC's own records, asked for by type: an NSEC is data like any other then, signatures are not
 * signed, and neither is a way around a proof. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"
#include "usual.h"
#include "world_inside.h"

/* What is done to the answer, not to the chain's. */
typedef void (*breakage)(struct world_reply *reply);

static void tamper(struct world_reply *reply, void *with)
{
	const breakage *then = with;

	if (*then && reply->question.type != TYPE_DS && reply->question.type != TYPE_DNSKEY)
		(*then)(reply);
}

static void expect(const char *name, uint16_t type, breakage then, enum reason_code code)
{
	struct world_trial trial;

	world.tamper = tamper;
	world.with = &then;
	keycache_forget(world.keycache, name_root());
	world_validate(&world, name, type, &trial);
	assert_int_equal(trial.err, 0);
	if (trial.result.reason.code != code)
		print_error("%s: %s\n", name, trial.text);
	assert_int_equal(trial.result.reason.code, code);
	assert_int_equal(trial.result.verdict, reason_verdict(code));
}

static struct world_zone *n1(void)
{
	return world_zone_at(&world, "n1.example");
}

static void without_authority(struct world_reply *reply)
{
	size_t kept = 0;

	for (size_t i = 0; i < reply->count; i++) {
		if (reply->records[i].section == SECTION_ANSWER)
			reply->records[kept++] = reply->records[i];
	}
	assert_in_range(kept, 1, reply->count - 1);
	reply->count = kept;
}

static void only_its_own_proof(struct world_reply *reply)
{
	without_authority(reply);
	const size_t count = reply->count;
	for (size_t i = 0; i < count; i++) {
		const struct record *record = &reply->records[i];
		world_put(reply, SECTION_AUTHORITY, record->owner, record->type, record->rdata);
	}
}

/* For a name that has an NSEC of its own. */
static void the_wildcards(struct world_reply *reply)
{
	const struct name name = reply->question.name;

	reply->count = 0;
	assert_true(
		world_put_nsec(&world, reply, n1(), world_name(&world, "*.wild.n1.example"), name));
	world_deny(&world, reply, n1(), name);
	world_deny(&world, reply, n1(), world_name(&world, "x.wild.n1.example"));
}

static void only_the_wildcards(struct world_reply *reply)
{
	const struct name name = reply->question.name;

	reply->count = 0;
	assert_true(
		world_put_nsec(&world, reply, n1(), world_name(&world, "*.wild.n1.example"), name));
}

static void say_nxdomain(struct world_reply *reply)
{
	reply->rcode = RCODE_NXDOMAIN;
}

static void spoil_nsec(struct world_reply *reply)
{
	assert_true(reply_spoil_signatures(reply, TYPE_NSEC) > 0);
}

/* Made from a wildcard it is told as what it is, but it is no proof of anything: else who has the
 * wildcard's could deny whatever lies beside it. */
static void test_nsec(void **state)
{
	(void)state;
	expect("www.n1.example", TYPE_NSEC, NULL, REASON_NONE);
	expect("www.n1.example", TYPE_NSEC, spoil_nsec, REASON_RRSIG_WRONG);
	expect("x.wild.n1.example", TYPE_NSEC, NULL, REASON_NONE);
	expect("x.wild.n1.example", TYPE_NSEC, without_authority, REASON_EXPANSION_NOT_PROVEN);
	expect("x.wild.n1.example", TYPE_NSEC, only_its_own_proof, REASON_RRSIG_EXPANDED);
	expect("x.wild.n1.example", TYPE_NSEC, say_nxdomain, REASON_RCODE_FALSE);
	expect("x.wild.n1.example", TYPE_NSEC, the_wildcards, REASON_NONE);
	expect("real.wild.n1.example", TYPE_NSEC, the_wildcards, REASON_EXPANSION_NOT_PROVEN);
	/* Among the answers it is still no denial of what was asked for. */
	world_add(&world, "real.wild.n1.example", TYPE_TXT, OCTETS("\1x"));
	expect("real.wild.n1.example", TYPE_TXT, NULL, REASON_NONE);
	expect("real.wild.n1.example", TYPE_TXT, only_the_wildcards, REASON_DENIAL_MISSING);
}

static void no_signatures(struct world_reply *reply)
{
	assert_true(reply_drop(reply, TYPE_RRSIG) > 0);
}

static void no_denial(struct world_reply *reply)
{
	assert_true(reply_drop(reply, TYPE_NSEC) > 0);
}

static void say_there_is_nothing(struct world_reply *reply)
{
	reply->count = 0;
	world_deny(&world, reply, n1(), reply->question.name);
}

/* That there are none, or no such name, is signed, and must be proven. */
static void test_signatures(void **state)
{
	(void)state;
	expect("www.n1.example", TYPE_RRSIG, NULL, REASON_RRSIG_ASKED);
	expect("x.wild.n1.example", TYPE_RRSIG, NULL, REASON_RRSIG_ASKED);
	expect("ent.n1.example", TYPE_RRSIG, NULL, REASON_NONE);
	expect("nope.n1.example", TYPE_RRSIG, NULL, REASON_NONE);
	expect("nope.un.example", TYPE_RRSIG, NULL, REASON_NO_DS);
	expect("www.n1.example", TYPE_RRSIG, no_signatures, REASON_DENIAL_MISSING);
	expect("www.n1.example", TYPE_RRSIG, say_there_is_nothing, REASON_TYPE_EXISTS);
	expect("www.n1.example", TYPE_RRSIG, say_nxdomain, REASON_RCODE_FALSE);
	expect("nope.n1.example", TYPE_RRSIG, no_denial, REASON_DENIAL_MISSING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nsec, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_signatures, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
