/* SPDX-License-Identifier: MIT */
/* RFC 5011 under a clock of ours: all states of section 4.2, and none that a stranger could bring
 * about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dnssec/anchor_roll.h"
#include "sample.h"
#include "support/failmalloc.h"
#include "world.h"

#define DAY ((int64_t)WORLD_DAY_S)

static struct world world;
static struct anchor_roll roll;
static int64_t now_s;

/* Of the sets that are shown: their TTL as signed and on arrival, and how long they are valid. */
static uint32_t original_s, arrived_s, valid_s;

/* Keys 0, 2, 4 have SEP set, odd ones not. */
#define KEY(number) (signer_key(13, number)->dnskey.rdata)

static int set_up(void **state)
{
	(void)state;
	world_init(&world);
	world_zone(&world, ".", 13, WORLD_NSEC); /* by key 0 */
	world_anchor(&world, ".");
	anchor_roll_init(&roll, name_root(), anchors_closest(world.anchors, name_root()));
	now_s = WORLD_WALL_S;
	original_s = arrived_s = WORLD_TTL_S;
	valid_s = WORLD_DAY_S;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	world_done(&world);
	return 0;
}

/* A key with REVOKE set, to sign with. */
static struct signer_key revoked(unsigned number)
{
	struct signer_key key = *signer_key(13, number);
	key.rdata[1] |= DNSKEY_FLAG_REVOKE;
	return key;
}

/* A key with ZONE not set: no zone's. */
static struct signer_key of_no_zone(unsigned number)
{
	struct signer_key key = *signer_key(13, number);
	key.rdata[0] &= (uint8_t) ~(DNSKEY_FLAG_ZONE >> 8);
	return key;
}

static struct signer_key changed_key(unsigned number)
{
	if (number >= 200)
		return of_no_zone(number - 200);
	return number >= 100 ? revoked(number - 100) : *signer_key(13, number);
}

/* The set of these keys, signed by those; a number from 100 on is that key revoked, one from 200 on
 * that key as no zone's. */
static enum reason_code see(
	const unsigned *keys, size_t key_count, const unsigned *by, size_t by_count)
{
	struct world_reply *reply = calloc(1, sizeof(*reply));
	struct signer_key changed[8];
	struct bytes rdata[8];
	struct rrset set = { .owner = name_root(),
		.type = TYPE_DNSKEY,
		.class = CLASS_IN,
		.ttl_s = original_s,
		.count = key_count,
		.rdata = rdata };
	const struct signer_terms terms = { .signer = name_root(),
		.inception = (uint32_t)(now_s - DAY),
		.expiration = (uint32_t)(now_s + valid_s) };
	struct arena arena;
	struct budget budget;
	struct reason reason;

	for (size_t i = 0; i < key_count; i++) {
		changed[i] = changed_key(keys[i]);
		rdata[i] = bytes_of(changed[i].rdata, KEY(0).len);
	}
	for (size_t i = 0; i < by_count; i++) {
		struct signer_key key =
			by[i] >= 100 ? revoked(by[i] - 100) : *signer_key(13, by[i]);
		key.dnskey.key_tag = dnskey_tag(bytes_of(key.rdata, KEY(0).len));
		world_sign(&world, reply, &set, &key, &terms);
	}
	set.ttl_s = arrived_s;
	struct bytes *signatures = calloc(by_count + 1, sizeof(*signatures));
	for (size_t i = 0; i < by_count; i++)
		signatures[i] = reply->records[i].rdata;
	struct rrset signature_set = set;
	signature_set.type = TYPE_RRSIG;
	signature_set.count = by_count;
	signature_set.rdata = signatures;
	arena_init(&arena, 1u << 20);
	budget_init(&budget);
	const struct checker checker = {
		.crypto = &world.crypto, .budget = &budget, .arena = &arena, .wall_s = now_s
	};
	assert_int_equal(anchor_roll_see(&roll, &checker, &set, &signature_set, &reason), 0);
	arena_done(&arena);
	free(signatures);
	free(reply);
	return reason.code;
}

#define LIST(...)                                                                                  \
	((const unsigned[]){ __VA_ARGS__ }),                                                       \
		sizeof((const unsigned[]){ __VA_ARGS__ }) / sizeof(unsigned)

/* START for one that is not known. */
static enum roll_state state_of(unsigned number)
{
	for (size_t i = 0; i < roll.count; i++) {
		if (bytes_equal(bytes_of(roll.keys[i].rdata, roll.keys[i].len), KEY(number)))
			return roll.keys[i].state;
	}
	return ROLL_START;
}

static size_t trusted(void)
{
	struct anchors *anchors = anchors_new();
	assert_int_equal(anchor_roll_anchors(&roll, anchors), 0);
	size_t count = anchors_count(anchors);
	anchors_free(anchors);
	return count;
}

/* The ordinary way of a new key, and of the old one out. RFC 5011 section 6 */
static void test_roll(void **state)
{
	(void)state;
	assert_int_equal(see(LIST(0, 1), LIST(0)), REASON_NONE);
	assert_int_equal(state_of(0), ROLL_VALID);
	assert_int_equal(state_of(1), ROLL_START); /* no SEP: not a trust anchor's */
	assert_int_equal(see(LIST(0, 202), LIST(0)), REASON_NONE);
	assert_int_equal(roll.count, 1);
	assert_int_equal(see(LIST(0, 2), LIST(0)), REASON_NONE);
	assert_int_equal(state_of(2), ROLL_ADDPEND);
	assert_int_equal(trusted(), 1);
	now_s += 30 * DAY - 1;
	assert_int_equal(see(LIST(0, 2), LIST(0)), REASON_NONE);
	assert_int_equal(state_of(2), ROLL_ADDPEND);
	now_s++;
	assert_int_equal(see(LIST(0, 2), LIST(0)), REASON_NONE);
	assert_int_equal(state_of(2), ROLL_VALID);
	assert_int_equal(trusted(), 2);
	/* The new one alone will do. */
	now_s += DAY;
	assert_int_equal(see(LIST(2), LIST(2)), REASON_NONE);
	assert_int_equal(state_of(0), ROLL_MISSING);
	assert_int_equal(trusted(), 2);
	assert_int_equal(see(LIST(0, 2), LIST(2)), REASON_NONE);
	assert_int_equal(state_of(0), ROLL_VALID);
	assert_int_equal(trusted(), 2);
}

static void add_second(void)
{
	assert_int_equal(see(LIST(0, 2), LIST(0)), REASON_NONE);
	now_s += 30 * DAY;
	assert_int_equal(see(LIST(0, 2), LIST(0)), REASON_NONE);
	assert_int_equal(trusted(), 2);
}

/* Only its own signature revokes a key; then it is never trusted again. */
static void test_revoked(void **state)
{
	(void)state;
	add_second();
	assert_int_equal(see(LIST(0, 102), LIST(0)), REASON_NONE);
	assert_int_equal(state_of(2), ROLL_MISSING);
	assert_int_equal(see(LIST(0, 102), LIST(0, 102)), REASON_NONE);
	assert_int_equal(state_of(2), ROLL_REVOKED);
	assert_int_equal(trusted(), 1);
	now_s += 30 * DAY - 1;
	assert_int_equal(see(LIST(0), LIST(0)), REASON_NONE);
	assert_int_equal(state_of(2), ROLL_REVOKED);
	now_s++;
	assert_int_equal(see(LIST(0), LIST(0)), REASON_NONE);
	assert_int_equal(state_of(2), ROLL_REMOVED);
	assert_int_equal(see(LIST(0, 2), LIST(0)), REASON_NONE);
	assert_int_equal(state_of(2), ROLL_REMOVED);
	/* What it signs does not count. */
	assert_int_not_equal(see(LIST(0, 2, 4), LIST(2)), REASON_NONE);
	assert_int_equal(state_of(4), ROLL_START);
}

/* A key that goes before its time begins anew; one that was missing can still be revoked. */
static void test_comes_and_goes(void **state)
{
	(void)state;
	assert_int_equal(see(LIST(0, 2), LIST(0)), REASON_NONE);
	now_s += 20 * DAY;
	assert_int_equal(see(LIST(0), LIST(0)), REASON_NONE);
	assert_int_equal(state_of(2), ROLL_START);
	now_s += DAY;
	assert_int_equal(see(LIST(0, 2), LIST(0)), REASON_NONE);
	now_s += 20 * DAY;
	assert_int_equal(see(LIST(0, 2), LIST(0)), REASON_NONE);
	assert_int_equal(state_of(2), ROLL_ADDPEND);
	now_s += 10 * DAY;
	assert_int_equal(see(LIST(0, 2), LIST(0)), REASON_NONE);
	assert_int_equal(state_of(2), ROLL_VALID);
	assert_int_equal(see(LIST(0), LIST(0)), REASON_NONE);
	assert_int_equal(state_of(2), ROLL_MISSING);
	assert_int_equal(see(LIST(0, 102), LIST(0, 102)), REASON_NONE);
	assert_int_equal(state_of(2), ROLL_REVOKED);
}

/* Nobody but a trusted key brings anything about. */
static void test_strangers(void **state)
{
	(void)state;
	assert_int_not_equal(see(LIST(2, 4), LIST(2)), REASON_NONE); /* not the anchor's */
	assert_int_equal(roll.count, 0);
	assert_true(roll.next_s == now_s + 3600);
	assert_int_equal(see(LIST(0), LIST(0)), REASON_NONE);
	assert_int_not_equal(see(LIST(0, 2), LIST(2)), REASON_NONE);
	assert_int_not_equal(see(LIST(2), LIST(2)), REASON_NONE);
	assert_int_not_equal(see(LIST(0, 2), NULL, 0), REASON_NONE);
	assert_int_equal(state_of(0), ROLL_VALID);
	assert_int_equal(state_of(2), ROLL_START);
}

static void anchor_is(const unsigned *keys, size_t count)
{
	anchors_free(world.anchors);
	world.anchors = anchors_new();
	for (size_t i = 0; i < count; i++) {
		uint8_t ds[SIGNER_RDATA_MAX];
		size_t len = signer_ds(signer_key(13, keys[i]), name_root(), 2, ds);
		assert_int_equal(
			anchors_add(world.anchors, name_root(), TYPE_DS, bytes_of(ds, len)), 0);
	}
	roll.anchor = anchors_closest(world.anchors, name_root());
}

/* A machine that was off during a roll has a file of keys that sign nothing any more; a newer
 * program must get it going again. */
static void test_asleep(void **state)
{
	(void)state;
	assert_int_equal(see(LIST(0), LIST(0)), REASON_NONE);
	assert_int_not_equal(see(LIST(2, 4), LIST(2)), REASON_NONE);
	anchor_is(LIST(0, 2));
	assert_int_equal(trusted(), 3);
	assert_int_equal(see(LIST(2, 4), LIST(2)), REASON_NONE);
	assert_int_equal(state_of(2), ROLL_VALID);
	assert_int_equal(state_of(4), ROLL_ADDPEND);
	assert_int_equal(state_of(0), ROLL_MISSING);
	assert_int_equal(trusted(), 2);
	assert_int_not_equal(see(LIST(4), LIST(4)), REASON_NONE);
	/* The anchor knows of one that is not trusted for long enough yet. */
	anchor_is(LIST(4));
	assert_int_equal(see(LIST(4), LIST(4)), REASON_NONE);
	assert_int_equal(state_of(4), ROLL_VALID);
}

/* A key without SEP is an anchor only where somebody wrote it; nothing is learned of it, and so the
 * anchor goes on being what is trusted. */
static void test_anchor_that_is_not_learned(void **state)
{
	(void)state;
	anchor_is(LIST(1));
	assert_int_equal(see(LIST(1), LIST(1)), REASON_NONE);
	assert_int_equal(roll.count, 0);
	assert_int_equal(trusted(), 1);
	assert_int_equal(see(LIST(1), LIST(1)), REASON_NONE);
}

/* What was revoked stays so, even if the program still has it built in. */
static void test_revoked_anchor(void **state)
{
	(void)state;
	anchor_is(LIST(0, 2));
	assert_int_equal(see(LIST(0, 102), LIST(0)), REASON_NONE); /* not by itself */
	assert_int_equal(state_of(2), ROLL_START);
	anchor_is(LIST(0, 2));
	assert_int_equal(see(LIST(0, 102), LIST(0, 102)), REASON_NONE);
	assert_int_equal(state_of(2), ROLL_REVOKED);
	assert_int_equal(trusted(), 1);
	anchor_is(LIST(0, 2));
	assert_int_equal(trusted(), 2); /* key 0, and its digest */
	assert_int_not_equal(see(LIST(0, 2), LIST(2)), REASON_NONE);
	/* Nor when it has long been removed. */
	now_s += 30 * DAY;
	assert_int_equal(see(LIST(0), LIST(0)), REASON_NONE);
	assert_int_equal(state_of(2), ROLL_REMOVED);
	anchor_is(LIST(0, 2));
	assert_int_equal(trusted(), 2);
	/* A stranger's revocation leaves nothing behind. */
	assert_int_equal(see(LIST(0, 104), LIST(0, 104)), REASON_NONE);
	assert_int_equal(roll.count, 2);
}

/* The last key that is trusted is revoked, by itself alone: whoever has stolen it must not be
 * believed any more, and what it vouched for must not look unsigned. RFC 5011 section 2.1 */
static void test_last_revoked(void **state)
{
	(void)state;
	add_second();
	/* A stranger's word beside it counts as little as before. */
	assert_int_equal(see(LIST(100, 2, 4), LIST(100)), REASON_NONE);
	assert_int_equal(state_of(0), ROLL_REVOKED);
	assert_int_equal(state_of(2), ROLL_VALID);
	assert_int_equal(state_of(4), ROLL_START);
	assert_int_equal(see(LIST(102, 104), LIST(104)), REASON_RRSIG_NO_KEY);
	assert_int_equal(roll.count, 2);
	assert_int_equal(trusted(), 1);
	assert_int_equal(see(LIST(102, 4), LIST(102)), REASON_NONE);
	assert_int_equal(trusted(), 0);
	assert_true(roll.next_s == now_s + 3600);

	struct anchors *anchors = anchors_new();
	assert_int_equal(anchor_roll_anchors(&roll, anchors), 0);
	assert_non_null(anchors_closest(anchors, name_root()));
	anchors_free(anchors);
	assert_int_not_equal(see(LIST(0, 2, 4), LIST(0, 2, 4)), REASON_NONE);
	assert_int_equal(trusted(), 0);
	/* Only a newer program knows whom to believe. */
	anchor_is(LIST(4));
	assert_int_equal(see(LIST(4), LIST(4)), REASON_NONE);
	assert_int_equal(trusted(), 1);
}

/* A set that upstreams may have had in a cache for longer than 30 days says nothing of those 30
 * days: its own time counts then. RFC 5011 section 2.4.1 */
static void test_hold_of_a_long_ttl(void **state)
{
	(void)state;
	original_s = 40 * WORLD_DAY_S;
	arrived_s = WORLD_DAY_S; /* out of an upstream's cache */
	valid_s = 60 * WORLD_DAY_S;
	assert_int_equal(see(LIST(0, 2), LIST(0)), REASON_NONE);
	now_s += 40 * DAY - 1;
	assert_int_equal(see(LIST(0, 2), LIST(0)), REASON_NONE);
	assert_int_equal(state_of(2), ROLL_ADDPEND);
	now_s++;
	assert_int_equal(see(LIST(0, 2), LIST(0)), REASON_NONE);
	assert_int_equal(state_of(2), ROLL_VALID);
}

/* RFC 5011 section 2.3 */
static void test_times(void **state)
{
	(void)state;
	assert_int_equal(see(LIST(0), LIST(0)), REASON_NONE);
	assert_true(roll.next_s == now_s + 3600); /* half the TTL is less */
	original_s = arrived_s = 4 * WORLD_DAY_S;
	valid_s = 60 * WORLD_DAY_S;
	assert_int_equal(see(LIST(0), LIST(0)), REASON_NONE);
	assert_true(roll.next_s == now_s + 2 * DAY);
	valid_s = 2 * WORLD_DAY_S;
	assert_int_equal(see(LIST(0), LIST(0)), REASON_NONE);
	assert_true(roll.next_s == now_s + DAY);
	original_s = arrived_s = 100 * WORLD_DAY_S;
	valid_s = 200 * WORLD_DAY_S;
	assert_int_equal(see(LIST(0), LIST(0)), REASON_NONE);
	assert_true(roll.next_s == now_s + 15 * DAY);
	anchor_roll_retry(&roll, now_s, 0);
	assert_true(roll.next_s == now_s + 3600);
	anchor_roll_retry(&roll, now_s, 172800);
	assert_true(roll.next_s == now_s + 17280);
	anchor_roll_retry(&roll, now_s, UINT32_MAX);
	assert_true(roll.next_s == now_s + 86400);
}

static char *written(void)
{
	struct sheet sheet;
	anchor_roll_write(&roll, sheet_open(&sheet));
	assert_int_equal(fclose(sheet.file), 0);
	return sheet.text;
}

static void test_file(void **state)
{
	struct anchors *anchors = anchors_new();
	struct anchor_fault fault;
	struct anchor_roll before;
	(void)state;
	add_second();
	assert_int_equal(see(LIST(0, 2, 4), LIST(0)), REASON_NONE);
	assert_int_equal(see(LIST(0, 102, 4), LIST(0, 102)), REASON_NONE);
	char *text = written();
	before = roll;
	assert_true(roll.signed_s > now_s - 2 * (int64_t)WORLD_DAY_S && roll.signed_s <= now_s);
	anchor_roll_init(&roll, name_root(), anchors_closest(world.anchors, name_root()));
	assert_int_equal(anchor_roll_read(&roll, text), 0);
	assert_int_equal(roll.count, 3);
	assert_true(roll.signed_s == before.signed_s);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(roll.keys[i].state, before.keys[i].state);
		assert_true(roll.keys[i].since_s == before.keys[i].since_s);
		assert_true(roll.keys[i].hold_s == before.keys[i].hold_s);
		assert_memory_equal(roll.keys[i].rdata, before.keys[i].rdata, roll.keys[i].len);
	}
	/* As a file of anchors, it has what is trusted. */
	assert_int_equal(anchors_parse(anchors, text, &fault), 0);
	assert_int_equal(anchors_count(anchors), 1);
	/* Damaged anywhere: told, and the roll is as it was. */
	for (size_t i = 0; i < strlen(text); i += 7) {
		char kept = text[i];
		text[i] = '\1';
		if (kept != '\n' && kept != ';' && kept != ' ')
			assert_int_equal(anchor_roll_read(&roll, text), ERR_FORMAT);
		text[i] = kept;
	}
	assert_int_equal(anchor_roll_read(&roll, ". IN DNSKEY 257 3 13 AQID ;; VALID 1 1"), 0);
	assert_int_equal(roll.count, 1);
	assert_int_equal(
		anchor_roll_read(&roll, ". IN DNSKEY 257 3 13 AQID ;; START 1 1"), ERR_FORMAT);
	for (size_t n = 0;; n++) {
		failmalloc_arm(n);
		int err = anchor_roll_read(&roll, text);
		bool happened = failmalloc_disarm();
		assert_int_equal(err, happened ? ERR_NOMEM : 0);
		if (!happened)
			break;
	}
	anchors_free(anchors);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_roll, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_revoked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_comes_and_goes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_strangers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_asleep, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_anchor_that_is_not_learned, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_revoked_anchor, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_last_revoked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hold_of_a_long_ttl, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_times, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_file, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
