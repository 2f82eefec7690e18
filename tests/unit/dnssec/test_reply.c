/* SPDX-License-Identifier: MIT */
/* A response taken apart: what belongs together, and that no signature is checked twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dnssec/reply.h"
#include "sample.h"
#include "world.h"

static struct world world;

static void open_answer(const char *name, uint16_t type, struct arena *arena, struct reply *out)
{
	static struct world_reply reply;
	static struct message message;
	world_answer(&world, world_name(&world, name), type, &reply);
	world_message(&reply, arena, &message);
	assert_int_equal(reply_open(out, &message, arena), 0);
}

static void test_find_and_check(void **state)
{
	struct budget budget;
	struct arena arena;
	struct reply reply;
	const struct signature *signature;
	(void)state;
	world_usual(&world);
	arena_init(&arena, 1u << 20);
	budget_init(&budget);
	open_answer("nope.sub.n1.example", TYPE_A, &arena, &reply);
	struct name n1 = world_name(&world, "n1.example"), n3 = world_name(&world, "n3.example");
	const struct rrset *dname =
		reply_dname_above(&reply, world_name(&world, "x.sub.n1.example"));
	assert_non_null(dname);
	assert_null(reply_dname_above(&reply, dname->owner));
	assert_ptr_equal(reply_find(&reply, SECTION_ANSWER, dname->owner, TYPE_DNAME), dname);
	assert_null(reply_find(&reply, SECTION_AUTHORITY, dname->owner, TYPE_DNAME));
	const struct rrset *soa = reply_find(&reply, SECTION_AUTHORITY, n3, TYPE_SOA);
	assert_non_null(soa);
	assert_int_equal(reply_signatures(&reply, soa)->covers, TYPE_SOA);

	struct zone zone = { .name = n1, .keys = &signer_key(15, 0)->dnskey, .key_count = 1 };
	struct checker checker = { &world.crypto, &budget, &arena, world.wall_s, false, NULL };
	assert_false(reply_is_vouched(&reply, dname));
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(reply_check(&reply, &checker, &zone, dname, &signature), 0);
		assert_int_equal(signature->reason.code, REASON_NONE);
	}
	assert_int_equal(budget.checks, 1);
	assert_true(reply_is_vouched(&reply, dname));
	assert_int_equal(reply_check(&reply, &checker, &zone, soa, &signature), 0);
	assert_int_equal(signature->reason.code, REASON_RRSIG_MISSING);
	assert_false(reply_is_vouched(&reply, soa));
	arena_done(&arena);
	world_done(&world);
}

static void test_limits(void **state)
{
	static struct record records[REPLY_RRSETS_MAX + 1];
	struct message message = { .records = records };
	struct arena arena;
	struct reply reply;
	(void)state;
	arena_init(&arena, 1u << 20);
	for (size_t i = 0; i <= REPLY_RRSETS_MAX; i++)
		records[i] = (struct record){ .owner = name_root(),
			.type = (uint16_t)(1000 + i),
			.class = CLASS_IN,
			.rdata = OCTETS("x") };
	message.count = REPLY_RRSETS_MAX;
	assert_int_equal(reply_open(&reply, &message, &arena), 0);
	message.count++;
	assert_int_equal(reply_open(&reply, &message, &arena), ERR_LIMIT);
	records[0].type = TYPE_RRSIG;
	assert_int_equal(reply_open(&reply, &message, &arena), ERR_FORMAT);
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find_and_check),
		cmocka_unit_test(test_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
