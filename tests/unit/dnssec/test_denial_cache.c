/* SPDX-License-Identifier: MIT */
/* What is answered without asking, and above all what is not. That nothing but the truth is, see
 * test_denial_cache_truth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "denial_sample.h"
#include "support/failmalloc.h"

/* example: itself, a, c with something below it, and the apex again. */
static void learn_example(struct sample *s)
{
	denied_soa(&s->d, "example", 900);
	denied_nsec(&s->d, "example", "example", "a.example", TYPES(TYPE_SOA, TYPE_NS, TYPE_RRSIG));
	denied_nsec(&s->d, "example", "a.example", "x.c.example", TYPES(TYPE_A, TYPE_RRSIG));
	learn(s);
}

static void test_nsec(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	assert_answer(&s, "b.example", TYPE_A, NOTHING);
	learn_example(&s);
	assert_answer(&s, "b.example", TYPE_A, RCODE_NXDOMAIN);
	assert_answer(&s, "deep.down.B.example", TYPE_HTTPS, RCODE_NXDOMAIN);
	assert_answer(&s, "*.example", TYPE_A, RCODE_NXDOMAIN);
	assert_answer(&s, "a.example", TYPE_AAAA, RCODE_NOERROR);
	assert_answer(&s, "a.example", TYPE_A, NOTHING);
	assert_answer(&s, "example", TYPE_MX, RCODE_NOERROR);
	assert_answer(&s, "example", TYPE_SOA, NOTHING);
	/* An empty non-terminal, which exists. */
	assert_answer(&s, "c.example", TYPE_A, RCODE_NOERROR);
	assert_answer(&s, "x.c.example", TYPE_A, NOTHING);
	assert_answer(&s, "y.c.example", TYPE_A, NOTHING);
	assert_answer(&s, "other", TYPE_A, NOTHING);
	assert_answer(&s, ".", TYPE_MX, NOTHING);
	end(&s);
}

static void test_answer(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	learn_example(&s);
	s.now_s += 100;
	assert_answer(&s, "b.example", TYPE_A, RCODE_NXDOMAIN);
	/* The SOA's minimum counts for the denial, too. RFC 9077 */
	assert_int_equal(s.answer.ttl_s, 800);
	assert_name(s.answer.zone, "example.");
	assert_int_equal(s.answer.count, 6);
	static const uint16_t types[] = { TYPE_SOA, TYPE_NSEC, TYPE_NSEC };
	for (size_t i = 0; i < 3; i++) {
		const struct rrset *rrset = &s.answer.rrsets[2 * i];
		assert_int_equal(rrset[0].type, types[i]);
		assert_int_equal(rrset[1].type, TYPE_RRSIG);
		assert_int_equal(rrset[1].covers, types[i]);
		assert_int_equal(rrset[0].section, SECTION_AUTHORITY);
		assert_int_equal(rrset[1].section, SECTION_AUTHORITY);
		assert_int_equal(rrset[0].ttl_s, 800);
		assert_int_equal(rrset[1].ttl_s, 800);
	}
	assert_name(s.answer.rrsets[2].owner, "a.example.");
	assert_name(s.answer.rrsets[4].owner, "example.");
	/* One record that proves both is told once. */
	assert_answer(&s, "0.example", TYPE_A, RCODE_NXDOMAIN);
	assert_int_equal(s.answer.count, 4);
	end(&s);
}

static void test_time(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	s.now_s = UINT32_MAX - 100;
	learn_example(&s);
	s.now_s += 899;
	assert_answer(&s, "b.example", TYPE_A, RCODE_NXDOMAIN);
	assert_int_equal(s.answer.ttl_s, 1);
	s.now_s++;
	assert_answer(&s, "b.example", TYPE_A, NOTHING);
	/* A new SOA does not make what has expired good again. */
	denied_soa(&s.d, "example", 900);
	learn(&s);
	assert_answer(&s, "b.example", TYPE_A, NOTHING);
	/* And what is new helps nothing as long as the SOA has expired. */
	s.now_s += 2000;
	denied_nsec(&s.d, "example", "a.example", "c.example", TYPES(TYPE_A));
	learn(&s);
	assert_answer(&s, "a.example", TYPE_MX, NOTHING);
	learn_example(&s);
	assert_answer(&s, "a.example", TYPE_MX, RCODE_NOERROR);
	assert_answer(&s, "b.example", TYPE_A, RCODE_NXDOMAIN);
	/* The least of all that is told, whichever it is. */
	s.d.ttl_s = 10;
	denied_nsec(&s.d, "example", "example", "a.example", TYPES(TYPE_SOA, TYPE_NS));
	learn(&s);
	assert_answer(&s, "b.example", TYPE_A, RCODE_NXDOMAIN);
	assert_int_equal(s.answer.ttl_s, 10);
	denied_soa(&s.d, "example", 900); /* of which TTL 10 is left */
	learn(&s);
	s.now_s += 10;
	assert_answer(&s, "a.example", TYPE_MX, NOTHING);
	end(&s);
}

/* How long a proof may be used its zone's SOA says; without one that still holds nobody does. */
static void test_proof_without_its_soa(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	denied_soa(&s.d, "example", 900);
	learn(&s);
	s.now_s += 1000;
	denied_nsec(&s.d, "example", "a.example", "c.example", TYPES(TYPE_A));
	learn(&s);
	denied_soa(&s.d, "example", 900);
	learn(&s);
	assert_answer(&s, "a.example", TYPE_MX, NOTHING);
	denied_nsec(&s.d, "example", "a.example", "c.example", TYPES(TYPE_A));
	learn(&s);
	assert_answer(&s, "a.example", TYPE_MX, RCODE_NOERROR);
	end(&s);
}

/* A delegation ends the zone; only what the parent says of it itself is its to say. */
static void test_delegation(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	learn_example(&s);
	denied_nsec(&s.d, "example", "d.example", "f.example", TYPES(TYPE_NS, TYPE_RRSIG));
	denied_nsec(&s.d, "example", "f.example", "h.example", TYPES(TYPE_DNAME, TYPE_RRSIG));
	learn(&s);
	assert_answer(&s, "e.example", TYPE_A, RCODE_NXDOMAIN);
	assert_answer(&s, "d.example", TYPE_A, NOTHING);
	assert_answer(&s, "d.example", TYPE_NS, NOTHING);
	assert_answer(&s, "d.example", TYPE_DS, RCODE_NOERROR);
	assert_answer(&s, "x.d.example", TYPE_A, NOTHING);
	assert_answer(&s, "x.d.example", TYPE_DS, NOTHING);
	assert_answer(&s, "g.example", TYPE_A, RCODE_NXDOMAIN);
	assert_answer(&s, "x.f.example", TYPE_A, NOTHING);
	assert_answer(&s, "f.example", TYPE_A, RCODE_NOERROR);
	end(&s);
}

/* Of zones in one another the deepest has the say, of a DS the parent. */
static void test_zone_in_zone(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	learn_example(&s);
	denied_nsec(&s.d, "example", "d.example", "f.example", TYPES(TYPE_NS, TYPE_DS));
	learn(&s);
	denied_soa(&s.d, "d.example", 60);
	denied_nsec(&s.d, "d.example", "d.example", "m.d.example", TYPES(TYPE_SOA, TYPE_NS));
	learn(&s);
	assert_answer(&s, "d.example", TYPE_A, RCODE_NOERROR);
	assert_name(s.answer.zone, "d.example.");
	assert_int_equal(s.answer.ttl_s, 60);
	assert_answer(&s, "d.example", TYPE_DS, NOTHING); /* there is one */
	assert_answer(&s, "x.d.example", TYPE_A, NOTHING);
	assert_answer(&s, "c.d.example", TYPE_A, RCODE_NXDOMAIN);
	assert_answer(&s, "c.d.example", TYPE_DS, RCODE_NXDOMAIN);
	denied_nsec(&s.d, "example", "d.example", "f.example", TYPES(TYPE_NS));
	learn(&s);
	assert_answer(&s, "d.example", TYPE_DS, RCODE_NOERROR);
	assert_name(s.answer.zone, "example.");
	/* The child's own word on its DS is worth nothing. */
	denial_cache_forget(s.cache, denied_name(&s.d, "."));
	denied_soa(&s.d, "d.example", 60);
	denied_nsec(&s.d, "d.example", "d.example", "m.d.example", TYPES(TYPE_SOA, TYPE_NS));
	learn(&s);
	assert_answer(&s, "d.example", TYPE_DS, NOTHING);
	/* Nor does a zone above speak where one below is known. */
	denied_soa(&s.d, "example", 900);
	denied_nsec(&s.d, "example", "example", "z.example", TYPES(TYPE_SOA, TYPE_NS));
	learn(&s);
	assert_answer(&s, "b.example", TYPE_A, RCODE_NXDOMAIN);
	assert_answer(&s, "x.d.example", TYPE_A, NOTHING);
	assert_answer(&s, ".", TYPE_DS, NOTHING);
	end(&s);
}

static void test_wildcard(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	denied_soa(&s.d, "example", 900);
	denied_nsec(&s.d, "example", "a.example", "m.example", TYPES(TYPE_A));
	learn(&s);
	/* The wildcard may be there. */
	assert_answer(&s, "b.example", TYPE_A, NOTHING);
	denied_nsec(&s.d, "example", "*.example", "a.example", TYPES(TYPE_TXT));
	learn(&s);
	assert_answer(&s, "b.example", TYPE_A, RCODE_NOERROR);
	assert_int_equal(s.answer.count, 6);
	assert_answer(&s, "b.example", TYPE_TXT, NOTHING);
	assert_answer(&s, "*.example", TYPE_A, RCODE_NOERROR);
	assert_answer(&s, "x.a.example", TYPE_TXT, RCODE_NXDOMAIN); /* a is closer */
	denied_nsec(&s.d, "example", "*.example", "a.example", TYPES(TYPE_CNAME));
	learn(&s);
	assert_answer(&s, "b.example", TYPE_A, NOTHING);
	/* An alias has no other type, yet is not nothing. */
	denied_nsec(&s.d, "example", "a.example", "m.example", TYPES(TYPE_CNAME));
	learn(&s);
	assert_answer(&s, "a.example", TYPE_A, NOTHING);
	/* A wildcard with nothing but something below it: whoever it stands for has no types, but
	 * is there. */
	denied_nsec(&s.d, "example", "example", "x.*.example", TYPES(TYPE_SOA, TYPE_NS));
	learn(&s);
	assert_int_not_equal(ask(&s, "b.example", TYPE_A), RCODE_NXDOMAIN);
	end(&s);
}

static void test_questions_never_answered(void **state)
{
	static const uint16_t types[] = { 0, TYPE_OPT, TYPE_RRSIG, TYPE_NSEC, TYPE_NSEC3,
		TYPE_NXNAME, TYPE_TKEY, TYPE_AXFR, TYPE_MAILB, TYPE_ANY };
	struct sample s;
	(void)state;
	begin(&s);
	learn_example(&s);
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		assert_answer(&s, "b.example", types[i], NOTHING);
		assert_answer(&s, "a.example", types[i], NOTHING);
	}
	struct question question = { denied_name(&s.d, "b.example"), TYPE_A, CLASS_CH };
	const struct denial_request request = { &question, &s.world.crypto, &s.budget, &s.arena,
		NOW_S };
	assert_false(denial_cache_answer(s.cache, &request, &s.answer));
	question.class = CLASS_IN;
	assert_true(denial_cache_answer(s.cache, &request, &s.answer));
	end(&s);
}

/* Minimal spans cover little, and say of others nothing. */
static void test_made_up_denials(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	denied_soa(&s.d, "example", 900);
	denied_nsec(&s.d, "example", "b.example", "\\000.b.example",
		TYPES(TYPE_RRSIG, TYPE_NSEC, TYPE_NXNAME));
	learn(&s);
	assert_answer(&s, "b.example", TYPE_AAAA, RCODE_NOERROR);
	assert_answer(&s, "a.example", TYPE_A, NOTHING);
	assert_answer(&s, "x.b.example", TYPE_A, NOTHING);
	assert_answer(&s, "\\000.b.example", TYPE_A, NOTHING);
	assert_answer(&s, "c.example", TYPE_A, NOTHING);
	/* An owner that may not exist, around a name that does not. RFC 4470 */
	denied_nsec(&s.d, "example", "bz~.example", "c!.example", TYPES(TYPE_RRSIG, TYPE_NSEC));
	denied_nsec(&s.d, "example", "example", "0.example", TYPES(TYPE_RRSIG, TYPE_NSEC));
	learn(&s);
	assert_answer(&s, "bz~.example", TYPE_A, NOTHING);
	assert_answer(&s, "c.example", TYPE_A, NOTHING);
	end(&s);
}

/* A zone denies what is its own; that a child's record carries its parent's name as a second
 * signer changes nothing. */
static void test_a_child_denies_nothing_of_its_parent(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	denied_soa(&s.d, "example", 900);
	denied_nsec(&s.d, "example", "example", "0.example", TYPES(TYPE_SOA, TYPE_NS));
	denied_soa(&s.d, "evil.example", 900);
	denied_nsec(&s.d, "evil.example", "evil.example", "zz.example", TYPES(TYPE_NS));
	denied_nsec(&s.d, "evil.example", "a.evil.example", "zz.example", TYPES(TYPE_A));
	denied_sign_too(&s.d, "example");
	denied_nsec(&s.d, "example", "b.evil.example", "zz.example", TYPES(TYPE_A));
	denied_sign_too(&s.d, "evil.example");
	learn(&s);
	assert_int_equal(denial_cache_count(s.cache), 3);
	assert_answer(&s, "victim.example", TYPE_A, NOTHING);
	end(&s);
}

/* Other sections, no SOA, no signatures, no such types: nothing of it is kept. */
static void test_what_is_not_kept(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	const size_t bytes = denial_cache_bytes(s.cache);
	learn(&s);
	denied_nsec(&s.d, "example", "example", "a.example", TYPES(TYPE_SOA, TYPE_NS));
	learn(&s);
	denied_soa(&s.d, "example", 900)[1].section = SECTION_ANSWER;
	learn(&s);
	denied_soa(&s.d, "example", 900)->section = SECTION_ANSWER;
	s.d.rrsets[1].section = SECTION_ANSWER;
	learn(&s);
	denied_soa(&s.d, "example", 900)[1].covers = TYPE_NSEC;
	learn(&s);
	denied_soa(&s.d, "example", 900)->type = TYPE_A;
	learn(&s);
	assert_int_equal(denial_cache_count(s.cache), 0);
	assert_int_equal(denial_cache_bytes(s.cache), bytes);
	/* The SOA may come behind. */
	denied_nsec(&s.d, "example", "example", "a.example", TYPES(TYPE_SOA, TYPE_NS));
	denied_soa(&s.d, "example", 900);
	learn(&s);
	assert_int_equal(denial_cache_count(s.cache), 2);
	end(&s);
	denial_cache_free(NULL);
}

/* The zone has changed: what was seen last holds. */
static void test_newer_is_right(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	learn_example(&s);
	/* A name in the middle of a span. */
	denied_nsec(&s.d, "example", "b.example", "bb.example", TYPES(TYPE_A));
	learn(&s);
	assert_answer(&s, "b.example", TYPE_A, NOTHING);
	assert_answer(&s, "ba.example", TYPE_A, RCODE_NXDOMAIN);
	assert_answer(&s, "az.example", TYPE_A, NOTHING);
	assert_answer(&s, "c.example", TYPE_A, NOTHING);
	/* Names that are gone. */
	denied_nsec(&s.d, "example", "a.example", "k.example", TYPES(TYPE_A));
	learn(&s);
	assert_answer(&s, "b.example", TYPE_AAAA, RCODE_NXDOMAIN);
	assert_answer(&s, "c.example", TYPE_AAAA, RCODE_NXDOMAIN);
	/* What has become a zone of its own. */
	denied_nsec(&s.d, "example", "c.example", "k.example", TYPES(TYPE_NS));
	learn(&s);
	assert_answer(&s, "x.c.example", TYPE_A, NOTHING);
	/* The end of the zone moves. */
	denied_nsec(&s.d, "example", "p.example", "q.example", TYPES(TYPE_A));
	denied_nsec(&s.d, "example", "example", "a.example", TYPES(TYPE_SOA, TYPE_NS));
	learn(&s);
	assert_answer(&s, "p.example", TYPE_MX, RCODE_NOERROR);
	denied_nsec(&s.d, "example", "o.example", "example", TYPES(TYPE_A));
	learn(&s);
	assert_answer(&s, "p.example", TYPE_MX, RCODE_NXDOMAIN);
	denied_nsec(&s.d, "example", "r.example", "example", TYPES(TYPE_A));
	learn(&s);
	assert_answer(&s, "p.example", TYPE_MX, NOTHING);
	assert_answer(&s, "s.example", TYPE_MX, RCODE_NXDOMAIN);
	end(&s);
}

/* Octets as nobody should send them. What comes of it does not matter, that nothing breaks does. */
static void test_hostile_octets(void **state)
{
	enum { TYPE_COUNT = 3, ROUNDS = 3000 };
	struct sample s;
	uint64_t random = 1;
	(void)state;
	begin(&s);
	learn_example(&s);
	for (unsigned round = 0; round < ROUNDS; round++) {
		denied_soa(&s.d, "example", 900);
		denied_nsec(&s.d, "example", "a.example", "c.example", TYPES(TYPE_A, TYPE_CAA));
		denied_nsec3(&s.d, "example", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom", 0x80, 0, 1);
		for (unsigned i = 0; i < 2 * TYPE_COUNT; i++) {
			const struct bytes *rdata = s.d.rrsets[i].rdata;
			random = hash_bytes(&SECRET, bytes_of(&random, sizeof(random)));
			uint8_t *octet = unconst(rdata->at + random % rdata->len);
			if (random >> 32 & 1)
				*octet = (uint8_t)(random >> 40);
		}
		learn(&s);
		(void)ask(&s, "b.example", TYPE_A);
		(void)ask(&s, "x.b.c.example", TYPE_DS);
		arena_done(&s.d.arena);
		denied_init(&s.d);
	}
	assert_true(denial_cache_bytes(s.cache) <= BYTES);
	end(&s);
}

/* A response full of denials does not drive out what others have taught. */
static void test_many_in_one_response(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	denied_soa(&s.d, "example", 900);
	for (char i = 'a'; i < 'a' + 2 * DENIAL_RECORDS_MAX - 10; i++) {
		const char owner[] = { i, '.', 'h', '\0' }, next[] = { i, 'x', '.', 'h', '\0' };
		denied_nsec(&s.d, "h", owner, next, TYPES(TYPE_A));
	}
	denied_soa(&s.d, "h", 900);
	learn(&s);
	assert_int_equal(denial_cache_count(s.cache), DENIAL_RECORDS_MAX);
	end(&s);
}

/* Memory */

static void flood(struct sample *s, unsigned i)
{
	char zone[32], owner[48], next[48];
	snprintf(zone, sizeof(zone), "z%u.example", i / 20);
	snprintf(owner, sizeof(owner), "n%05u.%s", i, zone);
	snprintf(next, sizeof(next), "n%05ux.%s", i, zone);
	denied_soa(&s->d, zone, 900);
	denied_nsec(&s->d, zone, owner, next, TYPES(TYPE_A));
	learn(s);
	arena_done(&s->d.arena);
	denied_init(&s->d);
}

/* The bound holds, and what was not used for longest goes first. */
static void test_bound(void **state)
{
	enum { FEW = 20000 };
	struct sample s;
	(void)state;
	begin(&s);
	denial_cache_free(s.cache);
	s.cache = denial_cache_new(FEW, SECRET);
	for (unsigned i = 0; i < 1500; i++) {
		flood(&s, i);
		assert_true(denial_cache_bytes(s.cache) <= FEW);
		assert_answer(&s, "n00000.z0.example", TYPE_MX, RCODE_NOERROR);
		if (i > 0 && i % 20 != 0)
			assert_true(denial_cache_count(s.cache) > 2);
	}
	assert_true(denial_cache_count(s.cache) > 10);
	assert_answer(&s, "n00001.z0.example", TYPE_MX, NOTHING);
	assert_answer(&s, "n01499.z74.example", TYPE_MX, RCODE_NOERROR);
	denial_cache_free(s.cache);
	/* What does not fit at all is not kept. */
	s.cache = denial_cache_new(100, SECRET);
	flood(&s, 0);
	assert_int_equal(denial_cache_count(s.cache), 0);
	end(&s);
}

/* What was overtaken goes in its turn, though no look-up finds it any more. */
static void test_overtaken_are_evicted(void **state)
{
	enum { FEW = 20000 };
	struct sample s;
	(void)state;
	begin(&s);
	denial_cache_free(s.cache);
	s.cache = denial_cache_new(FEW, SECRET);
	for (unsigned round = 0; round < 40; round++) {
		for (unsigned i = 0; i < 20; i++)
			flood(&s, i);
		denied_soa(&s.d, "z0.example", 900);
		denied_nsec(&s.d, "z0.example", "z0.example", "z0.example", TYPES(TYPE_SOA));
		learn(&s);
		assert_answer(&s, "n00003.z0.example", TYPE_A, RCODE_NXDOMAIN);
		assert_true(denial_cache_bytes(s.cache) <= FEW);
	}
	denial_cache_forget(s.cache, name_root());
	assert_int_equal(denial_cache_count(s.cache), 0);
	end(&s);
}

static void test_forget(void **state)
{
	struct sample s;
	(void)state;
	begin(&s);
	const size_t bytes = denial_cache_bytes(s.cache);
	learn_example(&s);
	flood(&s, 0);
	flood(&s, 20);
	assert_int_equal(denial_cache_count(s.cache), 7);
	denial_cache_forget(s.cache, denied_name(&s.d, "other"));
	denial_cache_forget(s.cache, denied_name(&s.d, "w.z1.example"));
	assert_int_equal(denial_cache_count(s.cache), 2); /* those above could deny it, too */
	assert_answer(&s, "n00000.z0.example", TYPE_MX, RCODE_NOERROR);
	assert_answer(&s, "b.example", TYPE_A, NOTHING);
	denial_cache_forget(s.cache, denied_name(&s.d, "example"));
	assert_int_equal(denial_cache_count(s.cache), 0);
	assert_true(denial_cache_bytes(s.cache) < bytes + 256); /* the empty table */
	learn_example(&s);
	assert_answer(&s, "b.example", TYPE_A, RCODE_NXDOMAIN);
	end(&s);
}

/* Without memory less is kept and nothing goes wrong. */
static void test_out_of_memory(void **state)
{
	struct sample s;
	bool failed = true;
	(void)state;
	failmalloc_arm(0);
	assert_null(denial_cache_new(BYTES, SECRET));
	assert_true(failmalloc_disarm());
	for (size_t n = 0; failed; n++) {
		begin(&s);
		denied_soa(&s.d, "example", 900);
		denied_nsec(&s.d, "example", "example", "example", TYPES(TYPE_SOA));
		failmalloc_arm(n);
		learn(&s);
		failed = failmalloc_disarm();
		assert_answer(&s, "b.example", TYPE_A, failed ? NOTHING : RCODE_NXDOMAIN);
		end(&s);
		assert_true(n < 10);
	}
	begin(&s);
	learn_example(&s);
	assert_answer(&s, "a.example", TYPE_MX, RCODE_NOERROR);
	arena_done(&s.arena);
	arena_init(&s.arena, 0);
	assert_answer(&s, "b.example", TYPE_A, NOTHING);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nsec),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_proof_without_its_soa),
		cmocka_unit_test(test_delegation),
		cmocka_unit_test(test_zone_in_zone),
		cmocka_unit_test(test_wildcard),
		cmocka_unit_test(test_questions_never_answered),
		cmocka_unit_test(test_made_up_denials),
		cmocka_unit_test(test_a_child_denies_nothing_of_its_parent),
		cmocka_unit_test(test_what_is_not_kept),
		cmocka_unit_test(test_newer_is_right),
		cmocka_unit_test(test_hostile_octets),
		cmocka_unit_test(test_many_in_one_response),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_overtaken_are_evicted),
		cmocka_unit_test(test_forget),
		cmocka_unit_test(test_out_of_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
