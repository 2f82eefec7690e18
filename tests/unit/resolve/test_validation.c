/* SPDX-License-Identifier: MIT */
/* What a client gets of data that is signed, unsigned or forged, and what it costs in queries. */
#include "unit/resolve/validating.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/failmalloc.h"

/* L11: a client that relies on AD (SSHFP, DANE) gets it for what is signed, and only if it asks. */
static void ad_for_those_who_ask(void **state)
{
	(void)state;
	assert_int_equal(ask(&a, "www.n1.example.", "A"), ASKER_WAITS);
	answer_all();
	assert_secure(&a);
	assert_string_equal(r.source, "upstream");
	const size_t asked = fake_group_asked(r.group);

	for (unsigned bits = 0; bits < 8; bits++) {
		const bool ad = bits & 1, dnssec_ok = bits & 2, edns = bits & 4;
		asker_init(&b, &r, 8, "WWW.n1.Example.", "A");
		b.asked.head.header.ad = ad;
		b.asked.head.edns =
			(struct edns){ .present = edns, .dnssec_ok = edns && dnssec_ok };
		assert_int_equal(asker_ask(&b), ASKER_ANSWERED);
		assert_int_equal(header_of(&b).ad, ad || (edns && dnssec_ok));
	}
	/* The verdict is kept with the answer. */
	assert_int_equal(fake_group_asked(r.group), asked);
}

static void unsigned_zones_just_work(void **state)
{
	(void)state;
	ask(&a, "www.un.example.", "A");
	answer_all();
	assert_false(header_of(&a).ad);
	asker_assert(&a, "NOERROR", "www.un.example. 3600 A 192.0.2.1");
	assert_int_equal(asker_ede(&a), -1);
	ask(&a, "www.kid.oo.example.", "A");
	answer_all();
	assert_false(header_of(&a).ad);
	assert_int_equal(header_of(&a).rcode, RCODE_NOERROR);
}

static void an_answer_that_ends_unsigned_has_no_ad(void **state)
{
	(void)state;
	ask(&a, "tounsigned.n1.example.", "A");
	answer_all();
	assert_int_equal(header_of(&a).rcode, RCODE_NOERROR);
	assert_false(header_of(&a).ad);
	ask(&a, "tosigned.n1.example.", "A");
	answer_all();
	assert_secure(&a);
}

static void denials_are_signed_too(void **state)
{
	(void)state;
	ask(&a, "nope.n1.example.", "A");
	answer_all();
	assert_int_equal(header_of(&a).rcode, RCODE_NXDOMAIN);
	assert_true(header_of(&a).ad);
	ask(&a, "www.n3.example.", "MX");
	answer_all();
	assert_int_equal(header_of(&a).rcode, RCODE_NOERROR);
	assert_true(header_of(&a).ad);
	/* An opt-out span covers what is not signed. */
	ask(&a, "nope.oo.example.", "A");
	answer_all();
	assert_int_equal(header_of(&a).rcode, RCODE_NXDOMAIN);
	assert_false(header_of(&a).ad);
}

/* V1, L13: the forgery does not get through, and the client is told which record failed and why. */
static void what_is_forged_ends_here(void **state)
{
	(void)state;
	world.tamper = spoil;
	ask(&a, "www.n1.example.", "A");
	answer_all();
	assert_bogus(&a, EDE_DNSSEC_BOGUS);
	assert_non_null(strstr(r.why, "www.n1.example. A"));
	assert_non_null(strstr(r.why, "n1.example."));
	assert_int_equal(r.rcode, RCODE_SERVFAIL);

	/* C4: remembered for a minute at most, and told again as it was told first. */
	const size_t asked = fake_group_asked(r.group);
	assert_int_equal(ask(&a, "www.n1.example.", "A"), ASKER_ANSWERED);
	assert_bogus(&a, EDE_DNSSEC_BOGUS);
	assert_int_equal(fake_group_asked(r.group), asked);
	fake_loop_advance(r.loop, 60000);
	world.tamper = NULL;
	assert_int_equal(ask(&a, "www.n1.example.", "A"), ASKER_WAITS);
	answer_all();
	assert_secure(&a);
}

static void strip(struct world_reply *reply, void *with)
{
	(void)with;
	if (reply->question.type == TYPE_A)
		reply_drop(reply, TYPE_RRSIG);
}

static void what_is_stripped_ends_here(void **state)
{
	(void)state;
	world.tamper = strip;
	ask(&a, "www.n1.example.", "A");
	answer_all();
	assert_bogus(&a, EDE_RRSIGS_MISSING);
}

/* CD=1 is how a person looks at what is broken. */
static void with_cd_the_data_as_it_is(void **state)
{
	(void)state;
	world.tamper = spoil;
	asker_init(&a, &r, 7, "www.n1.example.", "A");
	a.asked.head.header.cd = true;
	a.asked.head.header.ad = true;
	assert_int_equal(asker_ask(&a), ASKER_WAITS);
	assert_int_equal(fake_group_waiting(r.group), 1); /* nothing is validated */
	answer_all();
	assert_int_equal(header_of(&a).rcode, RCODE_NOERROR);
	assert_int_equal(header_of(&a).record_count[SECTION_ANSWER], 1);
	assert_false(header_of(&a).ad);
	assert_true(header_of(&a).cd);
	/* What one client took on its own risk is not another's answer. */
	ask(&b, "www.n1.example.", "A");
	answer_all();
	assert_bogus(&b, EDE_DNSSEC_BOGUS);
}

static void cd_and_not_share_one_query(void **state)
{
	(void)state;
	ask(&a, "www.n1.example.", "A");
	const size_t asked = fake_group_asked(r.group);
	asker_init(&b, &r, 8, "www.n1.example.", "A");
	b.asked.head.header.cd = true;
	assert_int_equal(asker_ask(&b), ASKER_WAITS);
	assert_int_equal(fake_group_asked(r.group), asked);
	answer_all();
	assert_secure(&a);
	assert_int_equal(header_of(&b).rcode, RCODE_NOERROR);
}

/* V6: each round trip is time that a person waits. */
static void few_round_trips(void **state)
{
	(void)state;
	ask(&a, "www.n1.example.", "A");
	/* With DNSKEY . and example., DS example. and n1.example. */
	assert_int_equal(fake_group_waiting(r.group), 5);
	assert_int_equal(answer_all(), 2);
	assert_secure(&a);
	ask(&a, "www.n3.example.", "A"); /* the parent is known */
	assert_int_equal(answer_all(), 2);
	assert_secure(&a);
	const size_t asked = fake_group_asked(r.group);
	ask(&a, "nope.n3.example.", "A");
	assert_int_equal(answer_all(), 1);
	assert_int_equal(fake_group_asked(r.group), asked + 1);
}

/* What is not signed is nearly everything: one round trip, as if nothing were validated. */
static void unsigned_costs_no_round_trip(void **state)
{
	(void)state;
	ask(&a, "www.un.example.", "A");
	assert_int_equal(answer_all(), 1);
	assert_int_equal(header_of(&a).rcode, RCODE_NOERROR);
	assert_false(header_of(&a).ad);
}

/* A long way that holds costs too much for one question, and then nobody is to blame: else whoever
 * points an alias at a zone could have it refused for a minute. */
static void the_cost_of_a_long_way_is_nobodys_fault(void **state)
{
	enum { ZONES = 11 }; /* one in the other each, and as many CNAMEs as may be followed */
	char here[32], there[32];
	(void)state;

	for (int i = 0; i < ZONES; i++) {
		snprintf(here, sizeof(here), "y%d.example", i);
		world_zone(&world, here, 14, WORLD_NSEC);
		snprintf(here, sizeof(here), "z.y%d.example", i);
		world_zone(&world, here, 14, WORLD_NSEC);
		snprintf(here, sizeof(here), "www.z.y%d.example", i);
		world_add_a(&world, here);
		snprintf(here, sizeof(here), "a.z.y%d.example", i);
		snprintf(there, sizeof(there), "%s.z.y%d.example", i + 2 < ZONES ? "a" : "www",
			i + 1);
		if (i + 1 < ZONES)
			world_add_name(&world, here, TYPE_CNAME, there);
	}
	/* Nor does another upstream have a shorter one. */
	assert_true(fake_group_add(r.group, "second"));
	ask(&a, "a.z.y0.example.", "A");
	while (fake_group_waiting(r.group) > 0) {
		assert_null(fake_group_first(r.group)->avoid);
		answer_one();
	}
	assert_bogus(&a, EDE_DNSSEC_BOGUS);
	assert_non_null(strstr(r.why, "cost too much"));
	for (int i = 0; i < ZONES; i++) {
		snprintf(here, sizeof(here), "www.z.y%d.example", i);
		ask(&a, here, "A");
		answer_all();
		assert_secure(&a);
	}
	/* What was found out on the way is not lost. */
	fake_loop_advance(r.loop, 60000);
	ask(&a, "a.z.y0.example.", "A");
	answer_all();
	assert_secure(&a);
}

static void what_two_need_is_asked_once(void **state)
{
	(void)state;
	ask(&a, "www.n1.example.", "A");
	ask(&b, "nope.n1.example.", "A");
	assert_int_equal(fake_group_waiting(r.group), 6);
	answer_all();
	assert_secure(&a);
	assert_true(header_of(&b).ad);
	assert_int_equal(fake_group_asked(r.group), 6 + 1); /* DNSKEY n1.example. */
}

static void forge_authority(struct world_reply *reply, void *with)
{
	static const uint8_t nsec[] = "\3zzz\7example\0\0\1\x40";
	(void)with;
	if (reply->question.type == TYPE_A)
		world_put(reply, SECTION_AUTHORITY, world_name(&world, "aaa.n1.example"), TYPE_NSEC,
			bytes_of(nsec, sizeof(nsec) - 1));
}

/* AD says that all of it is true. */
static void nothing_unsigned_rides_along_under_ad(void **state)
{
	(void)state;
	world.tamper = forge_authority;
	ask(&a, "www.n1.example.", "A");
	answer_all();
	assert_secure(&a);
	assert_int_equal(header_of(&a).record_count[SECTION_AUTHORITY], 0);
}

/* RFC 4035 section 5.3.3: what is kept longer than its signature is a replay. */
static void kept_no_longer_than_the_signature(void **state)
{
	(void)state;
	world_zone_at(&world, "n1.example")->expiration = WORLD_WALL_S + 100;
	ask(&a, "www.n1.example.", "A");
	answer_all();
	assert_secure(&a);
	fake_loop_advance(r.loop, 99000);
	assert_int_equal(ask(&a, "www.n1.example.", "A"), ASKER_ANSWERED);
	fake_loop_advance(r.loop, 1000);
	assert_int_equal(ask(&a, "www.n1.example.", "A"), ASKER_WAITS);
	asker_cancel(&a);
}

/* An unsigned answer is unsigned for as long as the proof that its zone may be: then it is asked
 * for again, as the zone may be signed by now. */
static void kept_no_longer_than_the_proof_that_it_is_unsigned(void **state)
{
	(void)state;
	world_zone_at(&world, "example")->expiration = WORLD_WALL_S + 100;
	ask(&a, "www.un.example.", "A");
	answer_all();
	assert_int_equal(header_of(&a).rcode, RCODE_NOERROR);
	fake_loop_advance(r.loop, 99000);
	assert_int_equal(ask(&a, "www.un.example.", "A"), ASKER_ANSWERED);
	fake_loop_advance(r.loop, 1000);
	assert_int_equal(ask(&a, "www.un.example.", "A"), ASKER_WAITS);
	asker_cancel(&a);
}

/* A chain of trust that is interrupted at its n-th query: never an answer that was not judged, and
 * nothing that lingers. */
static void interrupted_at_every_step(void **state)
{
	enum { TIMEOUT, REFUSED, EMPTY, HOWS };
	static const int errors[] = { [TIMEOUT] = ERR_TIMEOUT, [REFUSED] = ERR_UNREACHABLE };
	(void)state;

	for (int how = 0; how < HOWS; how++) {
		for (unsigned n = 0; n < 6; n++) {
			unsigned i = 0;
			resolving_done(&r);
			assert_true(resolving_init_validating(&r, &world.crypto, world.anchors));
			ask(&a, "www.n1.example.", "A");
			for (; fake_group_waiting(r.group) > 0; i++) {
				if (i != n)
					answer_one();
				else if (how == EMPTY)
					resolving_answer(&r, "SERVFAIL", "");
				else
					fake_group_fail(r.group, errors[how], "no");
				fake_loop_settle(r.loop);
			}
			assert_true(n < i);
			assert_int_equal(header_of(&a).rcode, RCODE_SERVFAIL);
			assert_true(asker_ede(&a) == EDE_NETWORK_ERROR ||
				    asker_ede(&a) == EDE_NO_REACHABLE_AUTHORITY);
			/* A failure that upstreams tell counts for 1 s at first. */
			fake_loop_advance(r.loop, 1000);
			ask(&a, "www.n1.example.", "A");
			answer_all();
			assert_secure(&a);
		}
	}
}

/* Signatures that do not fit, by a key whose checks are dear. */
static void many_wrong(struct world_reply *reply, void *with)
{
	const struct signer_terms terms = { .signer = world_name(&world, "trap.example"),
		.inception = WORLD_WALL_S - 10,
		.expiration = WORLD_WALL_S + WORLD_DAY_S,
		.labels = 3 };
	(void)with;
	if (reply->question.type != TYPE_A)
		return;
	for (unsigned i = 0; i < 20; i++) {
		struct rrset rrset = { .owner = reply->question.name,
			.type = TYPE_A,
			.class = CLASS_IN,
			.ttl_s = WORLD_TTL_S,
			.count = 1,
			.rdata = &reply->records[0].rdata };
		world_sign(&world, reply, &rrset, signer_key(14, 0), &terms);
	}
	reply_spoil_signatures(reply, TYPE_A);
}

/* Who sets a trap holds himself up, and not those who ask something else meanwhile. */
static void a_costly_check_lets_others_have_their_turn(void **state)
{
	unsigned turns = 0;
	(void)state;
	world_zone(&world, "trap.example", 14, WORLD_NSEC);
	world_add_a(&world, "www.trap.example");
	ask(&b, "www.n1.example.", "A");
	answer_all();
	world.tamper = many_wrong;
	ask(&a, "www.trap.example.", "A");
	for (size_t n = fake_group_waiting(r.group); n > 0; n--)
		answer_unsettled();
	while (a.replies == 0) {
		/* Others are served from the cache, which is as good as any work. */
		assert_int_equal(ask(&b, "www.n1.example.", "A"), ASKER_ANSWERED);
		(void)fake_loop_turn(r.loop);
		while (fake_group_waiting(r.group) > 0)
			answer_unsettled();
		turns++;
	}
	assert_bogus(&a, EDE_DNSSEC_BOGUS);
	/* Eight at 12 each are 96, and 32 is a turn's. */
	assert_in_range(turns, 3, 12);
	/* One who leaves in the middle leaves nothing behind. */
	fake_loop_advance(r.loop, 61000);
	ask(&a, "www.trap.example.", "A");
	for (size_t n = fake_group_waiting(r.group); n > 0; n--)
		answer_unsettled();
	(void)fake_loop_turn(r.loop);
	assert_int_equal(a.replies, 0);
	asker_cancel(&a);
	resolver_abandon(r.resolver);
}

/* Nor do several of them, who only take longer. */
static void costly_checks_share_one_turn(void **state)
{
	enum { MANY = RESOLVING_IN_FLIGHT_MAX };
	static struct asker many[MANY];
	char name[64];
	unsigned turns = 0, replies = 0;
	(void)state;
	world_zone(&world, "trap.example", 14, WORLD_NSEC);
	for (unsigned i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "www%u.trap.example", i);
		world_add_a(&world, name);
	}
	world.tamper = many_wrong;
	for (unsigned i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "www%u.trap.example.", i);
		ask(&many[i], name, "A");
	}
	for (size_t n = fake_group_waiting(r.group); n > 0; n--)
		answer_unsettled();
	for (; replies < MANY; turns++) {
		assert_true(turns < 1000);
		(void)fake_loop_turn(r.loop);
		while (fake_group_waiting(r.group) > 0)
			answer_unsettled();
		replies = 0;
		for (unsigned i = 0; i < MANY; i++)
			replies += many[i].replies;
	}
	/* Eight checks each, three of which reach the end of a turn, the first before we count;
	 * more than one a turn in any case. */
	assert_in_range(turns, MANY * 8 / 3, MANY * 8);
	for (unsigned i = 0; i < MANY; i++)
		assert_bogus(&many[i], EDE_DNSSEC_BOGUS);
}

/* A reload may take an anchor away, and what is under way still goes down from it: what it finds of
 * zones must not count for those who ask now. */
static void what_the_old_anchors_vouched_for_ends_with_them(void **state)
{
	struct group *old = group_hold(r.group), *new;
	(void)state;

	ask(&a, "www.n1.example.", "A");
	assert_true(resolving_reload(&r, world.anchors));
	new = r.group;
	r.group = old;
	answer_all();
	assert_secure(&a);
	r.group = new;
	ask(&b, "nope.n1.example.", "A");
	assert_true(fake_group_waiting(new) > 1); /* the way down to its zone is asked for */
	answer_all();
	group_release(old);
}

static void who_waits_at_the_end_is_told(void **state)
{
	(void)state;
	ask(&a, "www.n1.example.", "A");
	answer_one(); /* the response is there, the chain is not */
	resolver_abandon(r.resolver);
	assert_bogus(&a, EDE_NOT_READY);
	assert_int_equal(fake_group_waiting(r.group), 0);
}

static void who_leaves_leaves_the_answer_to_the_cache(void **state)
{
	(void)state;
	ask(&a, "www.n1.example.", "A");
	answer_one();
	asker_cancel(&a);
	answer_all();
	assert_int_equal(ask(&a, "www.n1.example.", "A"), ASKER_ANSWERED);
	assert_secure(&a);
}

static void other_anchors_from_the_next_question_on(void **state)
{
	struct anchors *none = anchors_new();
	struct group *before = r.group;
	(void)state;

	ask(&a, "www.n1.example.", "A");
	assert_true(resolving_reload(&r, none));
	anchors_free(none);
	/* What began by the old ones ends by them. */
	struct group *now = r.group;
	group_hold(before);
	r.group = before;
	answer_all();
	group_release(before);
	r.group = now;
	assert_secure(&a);
	ask(&a, "www.n3.example.", "A");
	answer_all();
	assert_false(header_of(&a).ad);
	assert_int_equal(header_of(&a).rcode, RCODE_NOERROR);
}

static void out_of_memory_anywhere(void **state)
{
	(void)state;
	for (size_t n = 0;; n++) {
		resolving_done(&r);
		assert_true(resolving_init_validating(&r, &world.crypto, world.anchors));
		assert_true(fake_group_add(r.group, "second"));
		world.tamper = spoil_first;
		ask(&b, "www.un.example.", "A"); /* what the test itself needs is warm */
		answer_all();
		failmalloc_arm(n);
		enum asker_state is = ask(&a, "www.n1.example.", "A");
		answer_all();
		const bool failed = failmalloc_disarm();
		if (is == ASKER_WAITS && header_of(&a).rcode == RCODE_NOERROR)
			assert_true(header_of(&a).ad);
		if (!failed)
			break;
	}
	assert_secure(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VALIDATING_TEST(ad_for_those_who_ask),
		VALIDATING_TEST(unsigned_zones_just_work),
		VALIDATING_TEST(an_answer_that_ends_unsigned_has_no_ad),
		VALIDATING_TEST(denials_are_signed_too),
		VALIDATING_TEST(what_is_forged_ends_here),
		VALIDATING_TEST(what_is_stripped_ends_here),
		VALIDATING_TEST(with_cd_the_data_as_it_is),
		VALIDATING_TEST(cd_and_not_share_one_query),
		VALIDATING_TEST(few_round_trips),
		VALIDATING_TEST(unsigned_costs_no_round_trip),
		VALIDATING_TEST(the_cost_of_a_long_way_is_nobodys_fault),
		VALIDATING_TEST(what_two_need_is_asked_once),
		VALIDATING_TEST(nothing_unsigned_rides_along_under_ad),
		VALIDATING_TEST(kept_no_longer_than_the_signature),
		VALIDATING_TEST(kept_no_longer_than_the_proof_that_it_is_unsigned),
		VALIDATING_TEST(interrupted_at_every_step),
		VALIDATING_TEST(a_costly_check_lets_others_have_their_turn),
		VALIDATING_TEST(costly_checks_share_one_turn),
		VALIDATING_TEST(what_the_old_anchors_vouched_for_ends_with_them),
		VALIDATING_TEST(who_waits_at_the_end_is_told),
		VALIDATING_TEST(who_leaves_leaves_the_answer_to_the_cache),
		VALIDATING_TEST(other_anchors_from_the_next_question_on),
		VALIDATING_TEST(out_of_memory_anywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
