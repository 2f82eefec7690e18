/* SPDX-License-Identifier: MIT */
/* What a client gets of data that is signed, unsigned or forged, and what it costs in queries: the
 * whole way of a question through a resolver that validates, upstreams played by a signed world. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "support/failmalloc.h"
#include "unit/dnssec/world.h"
#include "unit/resolve/resolving.h"

static struct world world;
static struct resolving r;
static struct asker a, b;

static int setup(void **state)
{
	(void)state;
	world_usual(&world);
	return resolving_init_validating(&r, &world.crypto, world.anchors) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	resolving_done(&r);
	world_done(&world);
	return 0;
}

/* The upstream's answer to the query that has waited longest. */
static void answer_unsettled(void)
{
	static uint8_t wire[MESSAGE_LEN_MAX];
	static struct world_reply reply;
	const struct ask_options *asked = fake_group_first(r.group);
	char name[NAME_TEXT_LEN];

	failmalloc_pause(true);
	/* What we cannot check ourselves the upstream must not withhold. */
	assert_true(asked->dnssec_ok && asked->checking_disabled);
	world_answer(&world, world_name(&world, name_print(asked->question.name, name)),
		asked->question.type, &reply);
	if (world.tamper)
		world.tamper(&reply, world.with);
	const size_t len = world_compose(&reply, 0, false, wire);
	failmalloc_pause(false);
	fake_group_answer(r.group, bytes_of(wire, len));
}

static void answer_one(void)
{
	answer_unsettled();
	fake_loop_settle(r.loop);
}

/* Answers what is under way until nothing is; returns the round trips that it took. */
static unsigned answer_all(void)
{
	unsigned rounds = 0;

	fake_loop_settle(r.loop);
	for (; fake_group_waiting(r.group) > 0; rounds++) {
		for (size_t n = fake_group_waiting(r.group); n > 0; n--) {
			if (fake_group_waiting(r.group) > 0)
				answer_one();
		}
	}
	return rounds;
}

static enum asker_state ask(struct asker *asker, const char *name, const char *type)
{
	asker_init(asker, &r, 7, name, type);
	asker->asked.head.edns = (struct edns){ .present = true, .dnssec_ok = true };
	asker->asked.limit = 4096;
	return asker_ask(asker);
}

static struct header header_of(const struct asker *asker)
{
	struct header header;

	assert_int_equal(asker->replies, 1);
	assert_int_equal(header_read(bytes_of(asker->reply, asker->reply_len), &header), 0);
	return header;
}

static void assert_secure(const struct asker *asker)
{
	assert_true(header_of(asker).ad);
	assert_int_equal(header_of(asker).rcode, RCODE_NOERROR);
	assert_int_equal(asker_ede(asker), -1);
}

static void assert_bogus(const struct asker *asker, int ede)
{
	assert_int_equal(header_of(asker).rcode, RCODE_SERVFAIL);
	assert_false(header_of(asker).ad);
	assert_int_equal(header_of(asker).record_count[SECTION_ANSWER], 0);
	assert_int_equal(asker_ede(asker), ede);
}

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

static void spoil(struct world_reply *reply, void *with)
{
	(void)with;
	if (reply->question.type == TYPE_A)
		reply_spoil(reply, TYPE_A);
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

/* Spoils only what the first upstream says. */
static void spoil_first(struct world_reply *reply, void *with)
{
	(void)with;
	if (!fake_group_first(r.group)->avoid)
		spoil(reply, NULL);
}

/* The user must not notice a bad resolver; whoever keeps the machine must. */
static void a_second_opinion_rescues_the_answer(void **state)
{
	(void)state;
	assert_true(fake_group_add(r.group, "second"));
	world.tamper = spoil_first;
	ask(&a, "www.n1.example.", "A");
	answer_all();
	assert_secure(&a);
	assert_string_equal(r.source, "second");
	assert_string_equal(r.doubted, "upstream");
	assert_int_equal(ask(&a, "www.n1.example.", "A"), ASKER_ANSWERED);
	assert_secure(&a);
}

static void drop_keys(struct world_reply *reply, void *with)
{
	(void)with;
	if (!fake_group_first(r.group)->avoid && reply->question.type == TYPE_DNSKEY &&
		name_label_count(reply->question.name) == 2)
		reply_drop(reply, TYPE_DNSKEY);
}

/* What the first one made us believe of a zone does not outlive the second opinion. */
static void a_zone_spoilt_by_one_is_not_bogus_for_a_minute(void **state)
{
	(void)state;
	assert_true(fake_group_add(r.group, "second"));
	world.tamper = drop_keys;
	ask(&a, "www.n1.example.", "A");
	answer_all();
	assert_secure(&a);
	world.tamper = NULL;
	const size_t asked = fake_group_asked(r.group);
	ask(&a, "real.wild.n1.example.", "A");
	answer_all();
	assert_secure(&a);
	assert_string_equal(r.source, "upstream");
	assert_true(fake_group_asked(r.group) <= asked + 4);
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

static void what_is_bogus_everywhere_is_bogus(void **state)
{
	(void)state;
	assert_true(fake_group_add(r.group, "second"));
	world.tamper = spoil;
	ask(&a, "www.n1.example.", "A");
	answer_all();
	assert_bogus(&a, EDE_DNSSEC_BOGUS);
	assert_string_equal(r.doubted, "");
	/* Each was asked once for the answer and what proves it, and not the first one again. */
	assert_int_equal(fake_group_asked(r.group), 14);
}

/* The second upstream is down: what the first one's data are is still the better explanation. */
static void the_first_reason_stands_when_there_is_no_second(void **state)
{
	(void)state;
	assert_true(fake_group_add(r.group, "second"));
	world.tamper = spoil;
	ask(&a, "www.n1.example.", "A");
	while (!fake_group_first(r.group)->avoid)
		answer_one();
	while (fake_group_waiting(r.group) > 0) {
		fake_group_fail(r.group, ERR_TIMEOUT, "too slow");
		fake_loop_settle(r.loop);
	}
	assert_bogus(&a, EDE_DNSSEC_BOGUS);
	assert_non_null(strstr(r.why, "www.n1.example. A"));
}

/* Whoever publishes what is bogus must not double the load on the upstreams. */
static void second_opinions_have_a_bound(void **state)
{
	char name[64];
	size_t second = 0;
	(void)state;

	assert_true(fake_group_add(r.group, "second"));
	world.tamper = spoil;
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "x%d.wild.n1.example.", i);
		ask(&a, name, "A");
		while (fake_group_waiting(r.group) > 0) {
			second += fake_group_first(r.group)->avoid &&
				  fake_group_first(r.group)->question.type == TYPE_A;
			answer_one();
		}
		assert_bogus(&a, EDE_DNSSEC_BOGUS);
	}
	assert_int_equal(second, 16);
}

/* C9: what is proven not to exist is not asked for. */
static void what_is_proven_not_to_exist_is_not_asked_for(void **state)
{
	(void)state;
	ask(&a, "nope.n1.example.", "A");
	answer_all();
	const size_t asked = fake_group_asked(r.group);
	assert_int_equal(ask(&a, "nopf.n1.example.", "A"), ASKER_ANSWERED);
	assert_int_equal(header_of(&a).rcode, RCODE_NXDOMAIN);
	assert_true(header_of(&a).ad);
	assert_int_equal(asker_ede(&a), EDE_SYNTHESIZED);
	assert_int_equal(header_of(&a).record_count[SECTION_AUTHORITY], 6);
	assert_int_equal(ask(&a, "nope.n1.example.", "MX"), ASKER_ANSWERED);
	assert_int_equal(fake_group_asked(r.group), asked);

	/* What exists, what a route takes, and what is not to be checked is asked for. */
	assert_int_equal(ask(&a, "www.n1.example.", "A"), ASKER_WAITS);
	asker_cancel(&a);
	asker_init(&a, &r, 7, "nopg.n1.example.", "A");
	a.asked.head.header.cd = true;
	assert_int_equal(asker_ask(&a), ASKER_WAITS);
	asker_cancel(&a);
	ask(&a, "nope.example.", "A");
	answer_all();
	assert_int_equal(ask(&a, "nopq.routed.example.", "A"), ASKER_WAITS);
	asker_cancel(&a);
	/* Nor what other anchors may make of it. */
	assert_true(resolving_reload(&r, world.anchors));
	assert_int_equal(ask(&a, "noph.n1.example.", "A"), ASKER_WAITS);
	asker_cancel(&a);
}

/* C7: what is made of a proof ends with the proof, and nobody upstream learns of it before. */
static void what_is_made_of_proofs_is_not_asked_for_early(void **state)
{
	(void)state;
	ask(&a, "nope.n1.example.", "A");
	answer_all();
	assert_int_equal(ask(&a, "nopf.n1.example.", "A"), ASKER_ANSWERED);
	fake_loop_advance(r.loop, (RESOLVING_MAX_NEGATIVE_S - 10) * 1000);
	assert_int_equal(ask(&a, "nopf.n1.example.", "A"), ASKER_ANSWERED);
	assert_int_equal(fake_group_waiting(r.group), 0);
	assert_int_equal(ask(&a, "nope.n1.example.", "A"), ASKER_ANSWERED);
	assert_int_equal(fake_group_waiting(r.group), 1);
	answer_all();
}

/* Where a route or a negative anchor begins, the zone above has nothing to say any more: it is a
 * private zone that the world does not know of. */
static void private_zones_are_not_denied_from_above(void **state)
{
	struct asker *asker = &a;
	char name[32];
	(void)state;

	assert_int_equal(anchors_add_negative(
				 world.anchors, world_name(&world, "corp.n1.example"), INT64_MAX),
		0);
	/* All that there is not in both zones. */
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "x%d.example.", i);
		if (ask(asker, name, "A") == ASKER_WAITS)
			answer_all();
	}
	ask(asker, "corpa.n1.example.", "A");
	answer_all();
	assert_int_equal(ask(asker, "nopq.unrouted.example.", "A"), ASKER_ANSWERED);
	assert_int_equal(ask(asker, "corpb.n1.example.", "A"), ASKER_ANSWERED);

	assert_int_equal(ask(asker, "nopq.routed.example.", "A"), ASKER_WAITS);
	asker_cancel(asker);
	assert_int_equal(ask(asker, "host.corp.n1.example.", "A"), ASKER_WAITS);
	asker_cancel(asker);
}

static void denials_are_used_no_longer_than_negative_answers(void **state)
{
	(void)state;
	ask(&a, "nope.n1.example.", "A");
	answer_all();
	fake_loop_advance(r.loop, (RESOLVING_MAX_NEGATIVE_S - 1) * 1000);
	assert_int_equal(ask(&a, "nopf.n1.example.", "A"), ASKER_ANSWERED);
	fake_loop_advance(r.loop, 1000);
	assert_int_equal(ask(&a, "nopg.n1.example.", "A"), ASKER_WAITS);
	asker_cancel(&a);
}

/* RFC 8509 section 3: those who roll the root's keys count on it. */
static void the_sentinel_tells_which_keys_are_trusted(void **state)
{
	const struct anchor_record *record = anchors_closest(world.anchors, name_root())->records;
	const unsigned tag = u16_load(record->rdata.at);
	const struct {
		const char *label;
		unsigned tag;
		bool fails;
	} cases[] = { { "is", tag, false }, { "is", tag ^ 1, true }, { "not", tag, true },
		{ "not", tag ^ 1, false } };
	char name[64];
	(void)state;

	assert_int_equal(record->type, TYPE_DS);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(name, sizeof(name), "root-key-sentinel-%s-ta-%05u.n1.example",
			cases[i].label, cases[i].tag);
		world_add_a(&world, name);
		ask(&a, name, "A");
		answer_all();
		if (cases[i].fails)
			assert_bogus(&a, EDE_OTHER);
		else
			assert_secure(&a);
	}
}

/* That such a name does not exist is an answer, too, and a proof in the cache is no way round. */
static void the_sentinel_speaks_where_a_proof_denies(void **state)
{
	const struct anchor_record *record = anchors_closest(world.anchors, name_root())->records;
	const unsigned tag = u16_load(record->rdata.at);
	char name[64];
	(void)state;

	ask(&a, "root.n1.example.", "A");
	answer_all();
	assert_int_equal(ask(&a, "rooz.n1.example.", "A"), ASKER_ANSWERED);
	snprintf(name, sizeof(name), "root-key-sentinel-is-ta-%05u.n1.example.", tag);
	assert_int_equal(ask(&a, name, "A"), ASKER_ANSWERED);
	assert_int_equal(header_of(&a).rcode, RCODE_NXDOMAIN);
	snprintf(name, sizeof(name), "root-key-sentinel-not-ta-%05u.n1.example.", tag);
	assert_int_equal(ask(&a, name, "A"), ASKER_WAITS);
	answer_all();
	assert_bogus(&a, EDE_OTHER);
}

/* When the key is not trusted any more an older answer must not hide it. */
static void the_sentinel_speaks_though_an_old_answer_is_there(void **state)
{
	const struct anchor_record *record = anchors_closest(world.anchors, name_root())->records;
	struct anchors *island = anchors_new();
	char name[64];
	(void)state;

	snprintf(name, sizeof(name), "root-key-sentinel-is-ta-%05u.n1.example",
		(unsigned)u16_load(record->rdata.at));
	world_add_a(&world, name);
	ask(&a, name, "A");
	answer_all();
	assert_secure(&a);
	fake_loop_advance(r.loop, 3600 * 1000);
	struct anchors *before = world.anchors;
	world.anchors = island;
	world_anchor(&world, "n1.example");
	assert_true(resolving_reload(&r, island));
	world.anchors = before;
	ask(&a, name, "A");
	answer_all();
	assert_bogus(&a, EDE_OTHER);
	anchors_free(island);
}

/* RFC 8509 section 3.1: an answer that is not signed says nothing of keys. */
static void the_sentinel_is_silent_where_nothing_is_signed(void **state)
{
	static const char name[] = "root-key-sentinel-is-ta-00001.un.example";
	(void)state;

	world_add_a(&world, name);
	ask(&a, name, "A");
	answer_all();
	assert_int_equal(header_of(&a).rcode, RCODE_NOERROR);
	assert_int_equal(header_of(&a).record_count[SECTION_ANSWER], 1);
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

#define VALIDATION_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		VALIDATION_TEST(ad_for_those_who_ask),
		VALIDATION_TEST(unsigned_zones_just_work),
		VALIDATION_TEST(an_answer_that_ends_unsigned_has_no_ad),
		VALIDATION_TEST(denials_are_signed_too),
		VALIDATION_TEST(what_is_forged_ends_here),
		VALIDATION_TEST(what_is_stripped_ends_here),
		VALIDATION_TEST(with_cd_the_data_as_it_is),
		VALIDATION_TEST(cd_and_not_share_one_query),
		VALIDATION_TEST(few_round_trips),
		VALIDATION_TEST(unsigned_costs_no_round_trip),
		VALIDATION_TEST(the_cost_of_a_long_way_is_nobodys_fault),
		VALIDATION_TEST(what_two_need_is_asked_once),
		VALIDATION_TEST(nothing_unsigned_rides_along_under_ad),
		VALIDATION_TEST(kept_no_longer_than_the_signature),
		VALIDATION_TEST(kept_no_longer_than_the_proof_that_it_is_unsigned),
		VALIDATION_TEST(interrupted_at_every_step),
		VALIDATION_TEST(a_second_opinion_rescues_the_answer),
		VALIDATION_TEST(a_zone_spoilt_by_one_is_not_bogus_for_a_minute),
		VALIDATION_TEST(a_costly_check_lets_others_have_their_turn),
		VALIDATION_TEST(what_is_bogus_everywhere_is_bogus),
		VALIDATION_TEST(the_first_reason_stands_when_there_is_no_second),
		VALIDATION_TEST(second_opinions_have_a_bound),
		VALIDATION_TEST(what_is_proven_not_to_exist_is_not_asked_for),
		VALIDATION_TEST(denials_are_used_no_longer_than_negative_answers),
		VALIDATION_TEST(what_is_made_of_proofs_is_not_asked_for_early),
		VALIDATION_TEST(private_zones_are_not_denied_from_above),
		VALIDATION_TEST(the_sentinel_tells_which_keys_are_trusted),
		VALIDATION_TEST(the_sentinel_speaks_where_a_proof_denies),
		VALIDATION_TEST(the_sentinel_speaks_though_an_old_answer_is_there),
		VALIDATION_TEST(the_sentinel_is_silent_where_nothing_is_signed),
		VALIDATION_TEST(what_the_old_anchors_vouched_for_ends_with_them),
		VALIDATION_TEST(who_waits_at_the_end_is_told),
		VALIDATION_TEST(who_leaves_leaves_the_answer_to_the_cache),
		VALIDATION_TEST(other_anchors_from_the_next_question_on),
		VALIDATION_TEST(out_of_memory_anywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
