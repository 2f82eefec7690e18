/* SPDX-License-Identifier: MIT */
/* The way down from an anchor: rollovers, digests, anchors in every place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample.h"
#include "world.h"

static struct world world;

static int set_up(void **state)
{
	(void)state;
	world_usual(&world);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	world_done(&world);
	return 0;
}

static struct world_trial ask(const char *name, uint16_t type)
{
	struct world_trial trial;
	world_validate(&world, name, type, &trial);
	assert_int_equal(trial.err, 0);
	return trial;
}

static void expect(const char *name, uint16_t type, enum verdict verdict)
{
	struct world_trial trial = ask(name, type);
	if (trial.result.verdict != verdict)
		print_error("%s: %s\n", name, trial.text);
	assert_int_equal(trial.result.verdict, verdict);
}

static void cold(void)
{
	keycache_forget(world.keycache, name_root());
}

#define S VERDICT_SECURE
#define I VERDICT_INSECURE

static void add_key(const char *zone, uint8_t algorithm, unsigned number)
{
	world_add(&world, zone, TYPE_DNSKEY, signer_key(algorithm, number)->dnskey.rdata);
}

static void add_ds(const char *zone, uint8_t algorithm, unsigned number, uint8_t digest_type)
{
	uint8_t ds[SIGNER_RDATA_MAX];
	size_t len =
		signer_ds(signer_key(algorithm, number), world_name(&world, zone), digest_type, ds);
	world_add(&world, zone, TYPE_DS, bytes_of(ds, len));
}

static uint8_t second_algorithm;
static unsigned second_number;

/* Each RRset of the zone is signed by the second key, too. */
static void sign_twice(struct world_reply *reply, void *with)
{
	struct name zone = world_name(&world, with);
	struct message message;
	struct arena arena;
	struct rrset *rrsets;
	size_t count;

	arena_init(&arena, 1u << 20);
	world_message(reply, &arena, &message);
	assert_int_equal(rrsets_group(&message, &arena, &rrsets, &count), 0);
	for (size_t i = 0; i < count; i++) {
		struct signer_terms terms = { .signer = zone,
			.inception = WORLD_WALL_S - 10,
			.expiration = WORLD_WALL_S + WORLD_DAY_S,
			.labels = (uint8_t)name_label_count(rrsets[i].owner) };
		if (rrsets[i].type == TYPE_RRSIG || rrsets[i].type == TYPE_DS ||
			!name_is_within(rrsets[i].owner, zone))
			continue;
		world_sign(&world, reply, &rrsets[i], signer_key(second_algorithm, second_number),
			&terms);
	}
	/* Owners stand in the arena of the world or the reply, not in this one. */
	arena_done(&arena);
}

/* Key rollovers in every state (RFC 6781 section 4.1): each must be secure throughout. */
static void test_rollovers(void **state)
{
	(void)state;
	/* Pre-publish: a key that signs nothing yet. */
	add_key("n1.example", 15, 2);
	expect("www.n1.example", TYPE_A, S);
	/* Double DS: one for a key that is not there yet. */
	add_ds("n1.example", 15, 4, DIGEST_SHA256);
	add_ds("n1.example", 13, 4, DIGEST_SHA384);
	cold();
	expect("www.n1.example", TYPE_A, S);
	/* Double signature. */
	second_algorithm = 15;
	second_number = 2;
	world.tamper = sign_twice;
	world.with = (void *)(uintptr_t) "n1.example";
	cold();
	expect("www.n1.example", TYPE_A, S);
	/* The DS is the new key's alone. */
	world_remove(&world, "n1.example", TYPE_DS);
	add_ds("n1.example", 15, 2, DIGEST_SHA256);
	cold();
	expect("www.n1.example", TYPE_A, S);
	/* Algorithm rollover: signatures of both, then keys of both, then the DS. */
	world_remove(&world, "n1.example", TYPE_DS);
	add_ds("n1.example", 15, 0, DIGEST_SHA256);
	second_algorithm = 13;
	cold();
	expect("www.n1.example", TYPE_A, S);
	add_key("n1.example", 13, 2);
	cold();
	expect("www.n1.example", TYPE_A, S);
	add_ds("n1.example", 13, 2, DIGEST_SHA256);
	cold();
	expect("www.n1.example", TYPE_A, S);
	world_remove(&world, "n1.example", TYPE_DS);
	add_ds("n1.example", 13, 2, DIGEST_SHA256);
	cold();
	expect("www.n1.example", TYPE_A, S);
	/* One of the two algorithms cannot be checked here; the other can. */
	add_ds("n1.example", 15, 0, DIGEST_SHA256);
	world.crypto.algorithm[15] = false;
	cold();
	expect("www.n1.example", TYPE_A, S);
}

/* DS of SHA-1 count alone, and not beside better ones. RFC 4509 section 3 */
static void test_ds_digests(void **state)
{
	(void)state;
	world_remove(&world, "n1.example", TYPE_DS);
	add_ds("n1.example", 15, 0, DIGEST_SHA1);
	expect("www.n1.example", TYPE_A, S);
	add_ds("n1.example", 15, 2, DIGEST_SHA256);
	cold();
	expect("www.n1.example", TYPE_A, VERDICT_BOGUS);
	/* A better one that cannot be checked is none. */
	world_remove(&world, "n1.example", TYPE_DS);
	add_ds("n1.example", 15, 0, DIGEST_SHA1);
	add_ds("n1.example", 15, 2, 77);
	cold();
	expect("www.n1.example", TYPE_A, S);
	/* An unknown one beside it does not count. */
	world_remove(&world, "n1.example", TYPE_DS);
	add_ds("n1.example", 15, 0, DIGEST_SHA384);
	add_ds("n1.example", 15, 2, 77);
	cold();
	expect("www.n1.example", TYPE_A, S);
}

/* Anchors below the root, nested, an island of trust; and where trust is told to end. */
static void test_anchors(void **state)
{
	(void)state;
	expect("www.deep.kid.oo.example", TYPE_A, I);
	world_anchor(&world, "deep.kid.oo.example");
	cold();
	expect("www.deep.kid.oo.example", TYPE_A, S);
	expect("www.kid.oo.example", TYPE_A, I);
	expect("www.n1.example", TYPE_A, S);
	/* The closest one counts, even if another would do: it names a key that is not there. */
	uint8_t ds[SIGNER_RDATA_MAX];
	size_t len = signer_ds(signer_key(15, 4), world_name(&world, "n1.example"), 2, ds);
	assert_int_equal(anchors_add(world.anchors, world_name(&world, "n1.example"), TYPE_DS,
				 bytes_of(ds, len)),
		0);
	cold();
	expect("www.n1.example", TYPE_A, VERDICT_BOGUS);
	/* Its DS is its parent's business still. */
	expect("n1.example", TYPE_DS, S);
	/* A DNSKEY will do as well as a DS. */
	assert_int_equal(anchors_add(world.anchors, world_name(&world, "n1.example"), TYPE_DNSKEY,
				 signer_key(15, 0)->dnskey.rdata),
		0);
	cold();
	expect("www.n1.example", TYPE_A, S);
	assert_int_equal(
		anchors_add_negative(world.anchors, world_name(&world, "example"), INT64_MAX), 0);
	cold();
	expect("www.n3.example", TYPE_A, I);
	expect("www.n1.example", TYPE_A, S); /* an anchor below a negative one */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rollovers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ds_digests, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_anchors, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
