/* SPDX-License-Identifier: MIT */
/* The store of denials with NSEC3 records, of a zone that is asked as an upstream would be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "denial_sample.h"

static void world_zone_make(struct sample *s, enum world_denial denial, uint16_t iterations)
{
	static const uint8_t soa[22] = { [20] = 0x0e, [21] = 0x10 };
	if (!s->world.zones)
		world_zone(&s->world, ".", 15, WORLD_NSEC);
	struct world_zone *zone = world_zone(&s->world, "h", 15, denial);
	zone->iterations = iterations;
	world_remove(&s->world, "h", TYPE_SOA);
	world_add(&s->world, "h", TYPE_SOA, bytes_of(soa, sizeof(soa)));
	world_add_a(&s->world, "www.h");
	world_add_a(&s->world, "*.wild.h");
	world_add_a(&s->world, "b.a.h");
}

static void learn_of(struct sample *s, const char *name, uint16_t type)
{
	static struct world_reply reply;
	struct message message;
	struct rrset *rrsets;
	size_t count;
	world_answer(&s->world, denied_name(&s->d, name), type, &reply);
	world_message(&reply, &s->arena, &message);
	assert_int_equal(rrsets_group(&message, &s->arena, &rrsets, &count), 0);
	denial_cache_put(s->cache, rrsets, count, WORLD_WALL_S, s->now_s);
}

static void learn_all(struct sample *s)
{
	learn_of(s, "www.h", TYPE_TXT);
	learn_of(s, "n.h", TYPE_A);
	learn_of(s, "n.wild.h", TYPE_TXT);
	learn_of(s, "n.b.a.h", TYPE_A);
}

static void test_nsec3(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	world_zone_make(&s, WORLD_NSEC3, 50);
	learn_all(&s);
	assert_answer(&s, "n.h", TYPE_MX, RCODE_NXDOMAIN);
	assert_int_equal(s.answer.rrsets[2].type, TYPE_NSEC3);
	assert_answer(&s, "deep.down.n.h", TYPE_MX, RCODE_NXDOMAIN);
	assert_answer(&s, "www.h", TYPE_AAAA, RCODE_NOERROR);
	assert_answer(&s, "www.h", TYPE_A, NOTHING);
	assert_answer(&s, "n.wild.h", TYPE_MX, RCODE_NOERROR);
	assert_int_equal(s.answer.count, 8);
	assert_answer(&s, "n.wild.h", TYPE_A, NOTHING);
	end(&s);
}

static void test_nsec3_kept_out(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	world_zone_make(&s, WORLD_OPTOUT, 0);
	learn_all(&s);
	assert_int_equal(denial_cache_count(s.cache), 1); /* the SOA */
	assert_answer(&s, "n.h", TYPE_MX, NOTHING);
	assert_answer(&s, "www.h", TYPE_AAAA, NOTHING);
	end(&s);
	/* More iterations than are secure. */
	begin(&s);
	world_zone_make(&s, WORLD_NSEC3, 51);
	learn_all(&s);
	assert_answer(&s, "n.h", TYPE_MX, NOTHING);
	/* SHA-1 that may not be used. */
	world_zone_at(&s.world, "h")->iterations = 0;
	learn_all(&s);
	assert_answer(&s, "n.h", TYPE_MX, RCODE_NXDOMAIN);
	s.world.crypto.digest[DIGEST_SHA1] = false;
	assert_answer(&s, "n.h", TYPE_MX, NOTHING);
	end(&s);
}

/* Another chain replaces the first; once there is opt-out nothing is known any more. */
static void test_nsec3_chains(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	world_zone_make(&s, WORLD_NSEC3, 3);
	learn_all(&s);
	world_zone_at(&s.world, "h")->iterations = 4;
	learn_of(&s, "www.h", TYPE_TXT);
	assert_answer(&s, "www.h", TYPE_AAAA, RCODE_NOERROR);
	assert_answer(&s, "n.h", TYPE_MX, NOTHING);
	learn_all(&s);
	assert_answer(&s, "n.h", TYPE_MX, RCODE_NXDOMAIN);
	world_zone_at(&s.world, "h")->denial = WORLD_OPTOUT;
	learn_of(&s, "www.h", TYPE_TXT);
	assert_answer(&s, "n.h", TYPE_MX, NOTHING);
	assert_answer(&s, "www.h", TYPE_AAAA, NOTHING);
	/* NSEC again. */
	world_zone_at(&s.world, "h")->denial = WORLD_NSEC;
	learn_all(&s);
	assert_answer(&s, "n.h", TYPE_MX, RCODE_NXDOMAIN);
	assert_int_equal(s.answer.rrsets[2].type, TYPE_NSEC);
	end(&s);
}

/* Below a name that redirects or delegates now, what is still known of before counts no more. */
static void test_nsec3_below_what_is_new(void **state)
{
	static const uint16_t types[] = { TYPE_DNAME, TYPE_NS };
	struct sample s;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		begin(&s);
		world_zone_make(&s, WORLD_NSEC3, 0);
		learn_all(&s);
		assert_answer(&s, "n.b.a.h", TYPE_MX, RCODE_NXDOMAIN);
		world_add_name(&s.world, "a.h", types[i], "www.h");
		learn_of(&s, "a.h", types[i] == TYPE_NS ? TYPE_DS : TYPE_MX);
		assert_answer(&s, "n.b.a.h", TYPE_MX, NOTHING);
		end(&s);
	}
}

/* However deep the name and however slow the hash: two proofs' budget. */
static void test_nsec3_budget(void **state)
{
	char deep[NAME_TEXT_LEN] = "";
	struct sample s;
	(void)state;
	begin(&s);
	world_zone_make(&s, WORLD_NSEC3, 50);
	learn_of(&s, "www.h", TYPE_TXT);
	for (unsigned i = 0; i < 120; i++)
		strcat(deep, "x.");
	strcat(deep, "www.h");
	assert_answer(&s, deep, TYPE_A, NOTHING);
	assert_true(s.budget.hashes > 5);
	assert_true(s.budget.hashes <= 2 * BUDGET_HASH_BLOCKS / 51);
	end(&s);
}

/* From a response that a validator has looked at, as the resolver will have it. */
static void test_of_a_validated_response(void **state)
{
	static struct world_reply reply;
	struct sample s;
	struct message message;
	struct rrset *rrsets;
	size_t count, kept = 0, wanted;
	struct validator_want wants[16];
	int err;
	(void)state;
	begin(&s);
	world_zone_make(&s, WORLD_NSEC, 0);
	world_anchor(&s.world, ".");
	const struct validator_context context = { &s.world.crypto, s.world.anchors,
		s.world.keycache, s.world.wall_s, false, s.now_s, NULL };
	world_answer(&s.world, denied_name(&s.d, "n.h"), TYPE_A, &reply);
	/* Somebody slips in what nobody has signed. */
	denied_nsec(&s.d, "h", "x.h", "zzz.h", TYPES(TYPE_A));
	for (size_t i = 0; i < 2; i++)
		world_put(&reply, SECTION_AUTHORITY, s.d.rrsets[i].owner, s.d.rrsets[i].type,
			s.d.rrsets[i].rdata[0]);
	world_message(&reply, &s.arena, &message);
	struct validator *v = validator_start(&context, &message, &s.budget, &s.arena);
	while (validator_step(v, wants, COUNT_OF(wants), &wanted, &err) == VALIDATOR_WANTS) {
		for (size_t i = 0; i < wanted; i++) {
			struct world_reply *got = arena_alloc(&s.arena, sizeof(*got));
			struct message *response = arena_alloc(&s.arena, sizeof(*response));
			world_answer(&s.world, wants[i].name, wants[i].type, got);
			world_message(got, &s.arena, response);
			validator_supply(v, &wants[i], response);
		}
	}
	assert_int_equal(validator_result(v)->verdict, VERDICT_SECURE);
	assert_int_equal(rrsets_group(&message, &s.arena, &rrsets, &count), 0);
	for (size_t i = 0; i < count; i++) {
		if (rrsets[i].type == TYPE_RRSIG || validator_vouches(v, &rrsets[i]))
			rrsets[kept++] = rrsets[i];
	}
	assert_true(kept < count);
	denial_cache_put(s.cache, rrsets, kept, s.world.wall_s, s.now_s);
	assert_answer(&s, "m.h", TYPE_MX, RCODE_NXDOMAIN);
	assert_answer(&s, "y.h", TYPE_A, NOTHING);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nsec3),
		cmocka_unit_test(test_nsec3_kept_out),
		cmocka_unit_test(test_nsec3_chains),
		cmocka_unit_test(test_nsec3_below_what_is_new),
		cmocka_unit_test(test_nsec3_budget),
		cmocka_unit_test(test_of_a_validated_response),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
